"""The one log of the app and the reports of crashes beside it: how they are written, and what they tell later.

They hold no pictures and no full path of the user's home, and nothing is ever sent anywhere.
"""

from __future__ import annotations

import logging
import logging.handlers
import time
from collections import deque
from pathlib import Path

from vv_desktop.core.user_folders import without_home

LOG_NAME = "vv_desktop.log"
LOG_BYTES, OLD_LOGS = 1_000_000, 2
REPORTS = 5
"""How many reports of crashes are kept, the newest."""
NO_STACK = "\nNo stack was left: it was ended from outside, or the machine was.\n"
_LAST_LINES, _LONGEST = 60, 2_000
"""Lines of the log in a report, and characters of one line."""


class OneRecordALine(logging.Formatter):
    """Writes a record so that nothing in it can pass for another one, and without the user's home.

    Control characters are escaped; lines of a traceback are indented behind a bar.
    """

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s: %(message)s")

    def format(self, record: logging.LogRecord) -> str:
        first, *others = without_home(super().format(record)).split("\n")
        forged = record.getMessage().count("\n")
        message, trace = "\n".join([first, *others[:forged]]), others[forged:]
        return "\n".join([printable(message)[:_LONGEST], *(f"  | {printable(line)[:_LONGEST]}" for line in trace)])


def printable(text: str) -> str:
    """Control characters, line ends and half characters of file names as escapes."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape", "surrogatepass").decode() for c in text)


def keep_log(folder: Path) -> None:
    """Write what happens into the log in `folder`, at most 3 MB with the older files; to stderr if that cannot be."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handler: logging.Handler = logging.handlers.RotatingFileHandler(
            folder / LOG_NAME, maxBytes=LOG_BYTES, backupCount=OLD_LOGS, encoding="utf-8", errors="backslashreplace"
        )
    except OSError:
        handler = logging.StreamHandler()
    handler.setFormatter(OneRecordALine())
    logging.basicConfig(level=logging.INFO, handlers=[handler])


def last_lines(folder: Path, count: int = _LAST_LINES) -> list[str]:
    """The end of the log; nothing if there is none."""
    try:
        with (folder / LOG_NAME).open(encoding="utf-8", errors="replace") as file:
            return [line.rstrip("\n") for line in deque(file, count)]
    except OSError:
        return []


def last_errors(folder: Path, count: int = 10) -> list[str]:
    """The newest warnings and errors in the log, oldest first, without their tracebacks."""
    kinds = (" WARNING ", " ERROR ", " CRITICAL ")
    return [line for line in last_lines(folder, 100_000) if any(kind in line[:40] for kind in kinds)][-count:]


def crash_reports(folder: Path) -> list[Path]:
    """Reports of times at which the app ended unexpectedly, newest first."""
    return sorted(folder.glob("crash-*.txt"), reverse=True)


def begun_at(report: Path) -> float | None:
    """When the process of a report was started, in seconds since 1970, from the name; None if that says nothing."""
    try:
        return time.mktime(time.strptime(report.name[len("crash-") :].rpartition("-")[0], "%Y-%m-%d-%H%M%S"))
    except (ValueError, OverflowError):
        return None


def write_report(folder: Path, record: Path) -> Path | None:
    """Make a report of what a process that ended unexpectedly left behind; None if the disk refuses.

    record: its file `running-….txt`: what it was, and the stack of each thread if it came to that. It is taken away.
    """
    try:
        left = without_home(record.read_text(encoding="utf-8", errors="replace")).rstrip()
        stacks = "" if "Fatal Python error" in left else NO_STACK
        report = folder / record.name.replace("running-", "crash-")
        end = "\n".join(last_lines(folder))
        report.write_text(
            f"{left}\n{stacks}\nThe end of the log:\n{end}\n", encoding="utf-8", errors="backslashreplace"
        )
        record.unlink()
        for old in crash_reports(folder)[REPORTS:]:
            old.unlink()
    except OSError:
        logging.getLogger(__name__).warning("the report of a crash could not be written", exc_info=True)
        return None
    return report
