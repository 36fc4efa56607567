"""Collects Python's cyclic garbage on the window's thread, and on no other."""

import gc
from typing import ClassVar

from PySide6.QtCore import QObject, QTimer, Slot

INTERVAL = 1000
"""Milliseconds between two looks at whether enough has come together."""


class Collector(QObject):
    """Owns the collection of cyclic garbage while threads work beside the window. Lives on the window's thread.

    Python collects on whichever thread allocates one object too many. What it finds there may be widgets, and a
    widget must not be destroyed outside of the window's thread: at the same moment as one on that thread it blocks
    the app for good (a thread holds Qt's lock of both objects and waits for Python's, the other the reverse).
    """

    _open: ClassVar[int] = 0

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        Collector._open += 1
        gc.disable()
        self._timer = QTimer(self, interval=INTERVAL)
        self._timer.timeout.connect(self.collect)
        self._timer.start()

    @Slot()
    def collect(self) -> None:
        """Collect the oldest generation that is due by Python's own thresholds, and with it the younger ones."""
        for generation in (2, 1, 0):
            if gc.get_count()[generation] > gc.get_threshold()[generation]:
                gc.collect(generation)
                return

    def close(self) -> None:
        """No thread works any more: from now on Python collects by itself. Closing twice is closing once."""
        if not self._timer.isActive():
            return
        self._timer.stop()
        Collector._open -= 1
        if not Collector._open:
            gc.enable()
