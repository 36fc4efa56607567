"""What all verbs of the command line share: how one is declared, opens its project, and says its answer."""

import argparse
import contextlib
import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Protocol

from vv_desktop.core.errors import UserError
from vv_desktop.core.plain_json import plain
from vv_desktop.workers import WorkerProgress

EXIT_DONE, EXIT_INPUT, EXIT_USAGE, EXIT_CANCELLED = 0, 1, 2, 130
Call = Callable[[argparse.Namespace, WorkerProgress], None]
"""Does what a verb says; it may set the exit status, `options.status`."""


class Verbs(Protocol):
    """Declares a verb: its name, what it does, and that in words; its arguments are added to what comes back."""

    def __call__(self, name: str, call: Call, text: str, /) -> argparse.ArgumentParser: ...


@contextlib.contextmanager
def opened(folder: Path, attempts: int = 1, look: bool = False) -> Iterator[Any]:
    """The project, closed again as soon as its labels were read: a training holds no lock.

    attempts: more than one where others read a shared folder at the same moment; each waits half a second.
    look: nothing is to be written, so it need not be possible.
    """
    from vv_desktop.core.project import Project

    for last in [False] * (attempts - 1) + [True]:
        try:
            project = Project.open_or_look(folder) if look else Project.open(folder)
            break
        except UserError:
            if last:
                raise
    if project.store.read_only:
        print(f"Read-only, as it is now: the project {project.store.read_only}", file=sys.stderr)
    try:
        yield project
    finally:
        project.close()


def print_answer(options: argparse.Namespace, document: Any, text: str) -> None:
    """The sentence, or with --json the document."""
    print(json.dumps(plain(document), indent=1) if options.json else text)
