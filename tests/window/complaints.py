"""Hears everything that would otherwise go by: exceptions that nothing caught, and what Qt says."""

import sys
import threading
import traceback
from collections.abc import Iterator
from contextlib import contextmanager

from PySide6.QtCore import QMessageLogContext, QtMsgType, qInstallMessageHandler

HARMLESS = ("This plugin does not support",)
"""What the offscreen plugin says of windows in general."""


@contextmanager
def heard_complaints() -> Iterator[list[str]]:
    """The complaints until the block ends, newest last; every hook is put back."""
    found: list[str] = []

    def uncaught(kind: type[BaseException], error: BaseException, trace: object) -> None:
        found.append("".join(traceback.format_exception(error)))

    def said(kind: QtMsgType, context: QMessageLogContext, text: str) -> None:
        if kind != QtMsgType.QtDebugMsg and not text.startswith(HARMLESS):
            found.append(f"Qt: {text}")

    hooks = sys.excepthook, threading.excepthook, sys.unraisablehook
    sys.excepthook = uncaught
    threading.excepthook = lambda a: uncaught(a.exc_type, a.exc_value or a.exc_type(), a.exc_traceback)
    sys.unraisablehook = lambda a: uncaught(a.exc_type, a.exc_value or a.exc_type(), a.exc_traceback)
    before = qInstallMessageHandler(said)
    try:
        yield found
    finally:
        qInstallMessageHandler(before)
        sys.excepthook, threading.excepthook, sys.unraisablehook = hooks
