"""How evenly the window's thread gets its turn."""

import time

from PySide6.QtCore import QObject, QTimer

INTERVAL = 5
"""Milliseconds between two beats of an idle window."""


class Heartbeat(QObject):
    """Owns a timer on the window's thread. `gaps`: milliseconds between one beat and the next."""

    def __init__(self) -> None:
        super().__init__()
        self.gaps: list[float] = []
        self._before = time.perf_counter()
        self._timer = QTimer(self, interval=INTERVAL)
        self._timer.timeout.connect(self._beat)
        self._timer.start()

    def _beat(self) -> None:
        now = time.perf_counter()
        self.gaps.append(1000 * (now - self._before))
        self._before = now

    def quantile(self, share: float) -> float:
        """The gap that `share` of all gaps do not exceed."""
        return sorted(self.gaps)[min(len(self.gaps) - 1, int(share * len(self.gaps)))]
