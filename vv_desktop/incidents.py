"""A running app leaves a record of itself; one that is still there when its process is gone tells of a crash."""

from __future__ import annotations

import contextlib
import faulthandler
import logging
import os
import platform
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import TextIO

from PySide6.QtCore import QLockFile, QMessageLogContext, QTimer, QtMsgType, qInstallMessageHandler

from vv_desktop import __version__
from vv_desktop.core.logbook import keep_log, write_report

log = logging.getLogger(__name__)
_LEVELS = {
    QtMsgType.QtDebugMsg: logging.DEBUG,
    QtMsgType.QtInfoMsg: logging.INFO,
    QtMsgType.QtWarningMsg: logging.WARNING,
    QtMsgType.QtCriticalMsg: logging.ERROR,
    QtMsgType.QtFatalMsg: logging.CRITICAL,
}


class Record:
    """Owns the record of this process, and the lock that says the process lives. Not for more than one thread.

    If the interpreter is brought down (a segmentation fault, an abort) the stack of each thread is written to it.
    """

    def __init__(self, folder: Path) -> None:
        self._lock: QLockFile | None = None
        self._file: TextIO | None = None
        name = f"running-{time.strftime('%Y-%m-%d-%H%M%S')}-{os.getpid()}"
        self._path = folder / f"{name}.txt"
        lock = _lock_of(self._path)
        if not lock.tryLock(0):
            return  # the folder cannot be written: nothing is recorded
        try:
            file = self._path.open("w", encoding="utf-8")
            file.write(
                f"vv_desktop {__version__}, Python {platform.python_version()}, {platform.platform()}\n"
                f"begun {time.strftime('%Y-%m-%d %H:%M:%S')}\n"
            )
            file.flush()
        except OSError:
            lock.unlock()
            return
        self._lock, self._file = lock, file
        faulthandler.enable(file)

    def close(self) -> None:
        """The process ends as it should: nothing is left."""
        if self._file is not None and self._lock is not None:
            faulthandler.disable()
            self._file.close()
            self._path.unlink(missing_ok=True)
            self._lock.unlock()


def reports_of_crashes(folder: Path) -> tuple[Path, ...]:
    """Make a report of each process that left its record and is gone, oldest first. To be asked before `Record`."""
    found = []
    for record in sorted(folder.glob("running-*.txt")):
        lock = _lock_of(record)
        if lock.tryLock(0):  # otherwise its process lives
            report = write_report(folder, record)
            lock.unlock()
            if report is not None:
                found.append(report)
    return tuple(found)


def watch(folder: Path) -> None:
    """Log to `folder`, what nothing caught and what Qt says too."""
    keep_log(folder)
    log.info("vv_desktop %s, Python %s, %s", __version__, platform.python_version(), platform.platform())
    sys.excepthook = _log_exception
    qInstallMessageHandler(_log_qt)


def tell(say: Callable[[str], None]) -> None:
    """From now on `say` hears a sentence too when a slot, an event or a paint raises, once its turn is over."""

    def hook(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        _log_exception(kind, error, trace)
        QTimer.singleShot(0, lambda: say(f"Something went wrong; the log has the details: {kind.__name__}"))

    sys.excepthook = hook


def _lock_of(record: Path) -> QLockFile:
    lock = QLockFile(str(record.with_suffix(".lock")))
    lock.setStaleLockTime(0)  # however old: it is stale when its process is gone
    return lock


def _log_exception(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    log.error("not caught", exc_info=(kind, error, trace))
    sys.__excepthook__(kind, error, trace)


def _log_qt(kind: QtMsgType, context: QMessageLogContext, text: str) -> None:
    logging.getLogger("qt").log(_LEVELS[kind], "%s", text)
    if kind != QtMsgType.QtDebugMsg:
        with contextlib.suppress(OSError, ValueError):
            print(text, file=sys.stderr)
