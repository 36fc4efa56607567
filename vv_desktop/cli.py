"""The command line: the window by default, and every task also without one."""

import argparse
import contextlib
import logging
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NoReturn

from vv_desktop import __version__
from vv_desktop.commands import answers, exports, labels, start, training
from vv_desktop.commands.console import ConsoleSink
from vv_desktop.commands.start import show_window
from vv_desktop.commands.verbs import EXIT_CANCELLED, EXIT_DONE, EXIT_INPUT, Call
from vv_desktop.core.errors import Cancelled
from vv_desktop.workers import Flags, WorkerProgress, run_task

_ROOMS = (start, training, answers, exports, labels)


def main(arguments: list[str] | None = None) -> NoReturn:
    """Parse, run, and exit: 0 done, 1 the input was at fault, 2 usage, 130 cancelled."""
    arguments = sys.argv[1:] if arguments is None else arguments
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")  # a name that is no Unicode must not stop us
    parser, known = _parser()
    if not arguments or arguments[0] not in (*known, "-h", "--help", "--version"):
        sys.exit(_window(arguments))
    options = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO if options.verbose else logging.CRITICAL, format="%(message)s")
    sys.exit(_run(options))


def _run(options: argparse.Namespace) -> int:
    flags = Flags()
    with ConsoleSink() as sink, _interruptible(flags):
        progress = WorkerProgress(flags, sink)
        try:
            _, failure = run_task(options.call, (options,), progress, flags)
        except Cancelled as cancelled:
            print(str(cancelled) or "Cancelled.", file=sys.stderr)
            return EXIT_CANCELLED
    if failure is not None:
        print(failure.sentence, file=sys.stderr)
        if failure.details:
            print(failure.details, file=sys.stderr)
        return EXIT_INPUT
    return int(options.status)


@contextlib.contextmanager
def _interruptible(flags: Flags) -> Iterator[None]:
    """The first Ctrl-C asks the task to end; a second one ends the process as usual."""
    before = signal.getsignal(signal.SIGINT)

    def cancel(*_: Any) -> None:
        flags.closing.set()
        flags.cancel.set()
        signal.signal(signal.SIGINT, signal.SIG_DFL)

    signal.signal(signal.SIGINT, cancel)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _window(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser("vv-desktop", description="Label, train, check and export an image classifier.")
    parser.add_argument(
        "path", nargs="*", type=Path, metavar="PATH", help="a project, a folder of images, or CSV files"
    )
    return show_window(parser.parse_args(arguments).path)


def _parser() -> tuple[argparse.ArgumentParser, tuple[str, ...]]:
    """Of all verbs, and their names."""
    parser = argparse.ArgumentParser(
        "vv-desktop",
        description="From a folder of photos to a trustworthy image classifier on a phone.",
        epilog="Without a command: vv-desktop [PATH] opens the window. Exit: 0 done, 1 input, 2 usage, 130 cancelled.",
    )
    parser.add_argument("--version", action="version", version=f"vv-desktop {__version__}")
    verbs = parser.add_subparsers(dest="command", required=True)

    def verb(name: str, call: Call, text: str, /) -> argparse.ArgumentParser:
        sub = verbs.add_parser(name, help=text, description=text)
        sub.add_argument(
            "--json", action="store_true", help="print one JSON document on stdout, and nothing else there"
        )
        sub.add_argument("--verbose", "-v", action="store_true", help="log what happens")
        sub.set_defaults(call=call, status=EXIT_DONE)
        return sub

    for room in _ROOMS:
        room.declare(verb)
    return parser, tuple(verbs.choices)
