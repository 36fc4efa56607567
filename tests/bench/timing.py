"""Seconds of several ways to do the same, measured in turn, so that a busy machine is busy for all of them alike."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Seconds = npt.NDArray[np.float64]
WARM_UP = 2
"""Calls of each way that do not count: the first compiles, the second finds its memory."""


@dataclass(frozen=True)
class Spread:
    """Median and quartiles of ratios."""

    low: float
    middle: float
    high: float

    def __str__(self) -> str:
        """As a table shows it."""
        return f"{self.middle:.2f} ({self.low:.2f} to {self.high:.2f})"


def interleaved(calls: Sequence[Callable[[], object]], rounds: int) -> Seconds:
    """Seconds of each call in each round, (rounds, calls), after `WARM_UP` rounds that do not count."""
    seconds = [[timed(call) for call in calls] for _ in range(rounds + WARM_UP)]
    return np.array(seconds)[WARM_UP:]


def ratio(slow: Seconds, fast: Seconds) -> Spread:
    """How many times longer `slow` took, round by round; (rounds,) each."""
    return Spread(*(float(value) for value in np.percentile(slow / fast, [25, 50, 75])))


def timed(call: Callable[[], object]) -> float:
    """Seconds of one call."""
    begun = time.perf_counter()
    call()
    return time.perf_counter() - begun
