"""The command line: the window by default, and every task also without one."""

import argparse
import contextlib
import logging
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NoReturn

from vv_desktop import __version__, average_command, commands, export_commands, label_commands, predict_command
from vv_desktop.commands import EXIT_CANCELLED, EXIT_DONE, EXIT_INPUT, show_window
from vv_desktop.console import ConsoleSink
from vv_desktop.core.dataset import SPLITS
from vv_desktop.core.errors import Cancelled
from vv_desktop.core.export_formats import FILES
from vv_desktop.core.plans import PLANS
from vv_desktop.workers import Flags, WorkerProgress, run_task

_COMMANDS = (
    *("demo", "import", "train", "evaluate", "predict", "export", "verify", "doctor"),
    *("average", "suspects", "duplicates", "quality", "relabel", "export-labels"),
)


def main(arguments: list[str] | None = None) -> NoReturn:
    """Parse, run, and exit: 0 done, 1 the input was at fault, 2 usage, 130 cancelled."""
    arguments = sys.argv[1:] if arguments is None else arguments
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")  # a name that is no Unicode must not stop us
    if not arguments or (arguments[0] not in _COMMANDS and arguments[0] not in ("-h", "--help", "--version")):
        sys.exit(_window(arguments))
    options = _parser().parse_args(arguments)
    logging.basicConfig(level=logging.INFO if options.verbose else logging.CRITICAL, format="%(message)s")
    sys.exit(_run(options))


def _run(options: argparse.Namespace) -> int:
    flags = Flags()
    with ConsoleSink() as sink, _interruptible(flags):
        progress = WorkerProgress(flags, sink)
        try:
            _, failure = run_task(options.call, (options,), progress, flags)
        except Cancelled:
            print("Cancelled.", file=sys.stderr)
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


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        "vv-desktop",
        description="From a folder of photos to a trustworthy image classifier on a phone.",
        epilog="Without a command: vv-desktop [PATH] opens the window. Exit: 0 done, 1 input, 2 usage, 130 cancelled.",
    )
    parser.add_argument("--version", action="version", version=f"vv-desktop {__version__}")
    verbs = parser.add_subparsers(dest="command", required=True)

    def command(name: str, call: Callable[..., None], text: str) -> argparse.ArgumentParser:
        sub = verbs.add_parser(name, help=text, description=text)
        sub.add_argument(
            "--json", action="store_true", help="print one JSON document on stdout, and nothing else there"
        )
        sub.add_argument("--verbose", "-v", action="store_true", help="log what happens")
        sub.set_defaults(call=call, status=EXIT_DONE)
        return sub

    sub = command("demo", commands.demo, "The demo project: in the window, or the whole job without one.")
    sub.add_argument("--dir", type=Path, default=Path("demo"), help="where it is kept (default: demo)")
    sub.add_argument(
        "--headless", action="store_true", help="no window: train, evaluate, predict, export, and a report"
    )
    sub = command("import", commands.import_, "Make a project of a folder of images, or of CSV files (filepath,label).")
    sub.add_argument("sources", nargs="+", type=Path, metavar="SOURCE")
    sub.add_argument("--project", type=Path, help="the project's folder (default: vv-project beside the images)")
    sub.add_argument("--labels", type=Path, metavar="labels.txt", help="the classes, one name a line")
    sub = command("train", commands.train, "Train a classifier on a project.")
    sub.add_argument("project", type=Path)
    what = sub.add_mutually_exclusive_group()
    what.add_argument("--plan", choices=list(PLANS), help="default: quick")
    what.add_argument("--like", metavar="RUN", help="repeat this run: its plan, seed and weights")
    sub.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", dest="changes", help="another value")
    sub.add_argument("--seed", type=int)
    sub.add_argument("--weights", metavar="FILE", help="pretrained weights (.h5); 'random' to start from nothing")
    sub.add_argument("--workers", metavar="HOST:PORT,...", help="train with these machines; each runs this command")
    sub.add_argument("--worker-index", type=int, metavar="N", help="which of them this is; 0 keeps the run")
    sub = command("evaluate", commands.evaluate, "Score a run on one split of its project.")
    sub.add_argument("project", type=Path)
    sub.add_argument("--run", help="a run's id or name (default: the newest)")
    sub.add_argument("--split", choices=SPLITS, help="default: test, or val where no test image is labelled")
    sub = command("average", average_command.average, "Average several runs: they answer as one.")
    sub.add_argument("project", type=Path)
    sub.add_argument("runs", nargs="+", metavar="RUN", help="ids or names of two runs or more")
    sub.add_argument("--name", help="default: Average of so many")
    sub = command("predict", predict_command.predict, "What a project's newest run, or a model file, says of photos.")
    sub.add_argument("model", type=Path, metavar="PROJECT_OR_MODEL")
    sub.add_argument("files", nargs="+", type=Path, metavar="FILE", help="a photo, or a folder of photos")
    sub.add_argument("--csv", type=Path, metavar="OUT.csv", help="write a row for each photo, as the answers come")
    sub.add_argument("--run", help="a run's id or name (default: the newest)")
    _add_export_commands(command)
    _add_label_commands(command)
    command("doctor", commands.doctor, "What this machine has: versions, screen, pretrained weights.")
    return parser


def _add_export_commands(command: Callable[..., argparse.ArgumentParser]) -> None:
    sub = command("export", export_commands.export, "Write a run's model as files, and prove each against it.")
    sub.add_argument("project", type=Path)
    sub.add_argument("--out", type=Path, required=True)
    sub.add_argument("--run", help="a run's id or name (default: the newest)")
    sub.add_argument("--formats", help=f"some of {','.join(FILES)} (default: all that can be written here)")
    sub.add_argument(
        "--gate",
        action="append",
        default=[],
        metavar="LIMIT",
        help="another limit: int8=0.95 (share of same answers), int8.loss=0.02, fp32.difference=0.01 or =none",
    )
    sub.add_argument("--accept-failed-gate", action="store_true", help="write it although a file is below its gate")
    sub = command("verify", export_commands.verify, "Is an export whole, and does it still answer as the model?")
    sub.add_argument("export", type=Path, metavar="EXPORT_DIR")
    sub.add_argument("photos", nargs="?", type=Path, metavar="IMAGES_OR_CSV", help="prove it again on these photos")


def _add_label_commands(command: Callable[..., argparse.ArgumentParser]) -> None:
    sub = command("suspects", label_commands.suspects, "Images whose label is probably wrong, worst first.")
    sub.add_argument("project", type=Path)
    sub.add_argument("--top", type=int, metavar="N", help="only so many")
    sub.add_argument("--weights", metavar="FILE", help="pretrained weights (.h5); 'random' to start from nothing")
    sub = command(
        "duplicates", label_commands.duplicates, "Images that show the same picture, or nearly so, or its mirror image."
    )
    sub.add_argument("project", type=Path)
    sub.add_argument("--weights", metavar="FILE", help="pretrained weights (.h5); 'random' to start from nothing")
    sub = command("quality", label_commands.quality, "Pictures that are dark, bright, blurred, tiny or oddly shaped.")
    sub.add_argument("project", type=Path)
    sub = command("relabel", label_commands.relabel, "Take labels from a CSV (filepath,label), as one undo step.")
    sub.add_argument("project", type=Path)
    sub.add_argument("csv", type=Path, metavar="CSV")
    sub = command("export-labels", label_commands.export_labels, "Write the labels as they are now to a CSV.")
    sub.add_argument("project", type=Path)
    sub.add_argument("out", type=Path, metavar="OUT.csv")
    sub.add_argument("--split", choices=SPLITS, help="only these")
