"""When to stop a phase, when to halve its step size, and which epoch is the best so far: plain arithmetic."""

import math
from typing import Protocol

PLATEAU_FACTOR = 0.5
PLATEAU_MARGIN = 1e-4
LOWEST_LEARNING_RATE = 1e-7


class EarlyStop:
    """Ends a phase after `patience` epochs without a higher validation accuracy, as Keras's EarlyStopping does."""

    def __init__(self, patience: int) -> None:
        self._patience, self._waited, self._best = patience, 0, -math.inf

    def after(self, val_accuracy: float) -> bool:
        """Whether the phase ends with the epoch that reached this."""
        if val_accuracy > self._best:
            self._best, self._waited = val_accuracy, 0
            return False
        self._waited += 1
        return self._waited >= self._patience


class Rate(Protocol):
    """The learning rate over a phase."""

    def at(self, step: int) -> float:
        """The learning rate of a step, counted from 0 over the whole phase."""

    def after(self, val_loss: float) -> object:
        """An epoch ended with this validation loss."""


class Cosine:
    """The learning rate grows for `warm_up` steps to its full height and falls along half a cosine to 0 at `steps`.

    Source: Loshchilov and Hutter, SGDR (arXiv 1608.03983), without restarts; warm-up as in Goyal et al.
    (arXiv 1706.02677).
    """

    def __init__(self, learning_rate: float, steps: int, warm_up: float) -> None:
        self._height, self._steps, self._warm_up = learning_rate, steps, min(warm_up, steps)

    def at(self, step: int) -> float:
        """The first step is not 0 but what its end has grown to, the last is above 0."""
        done = step + 1
        if done < self._warm_up:
            return self._height * done / self._warm_up
        share = (done - self._warm_up) / max(1.0, self._steps + 1 - self._warm_up)
        return self._height * 0.5 * (1.0 + math.cos(math.pi * min(1.0, share)))

    def after(self, val_loss: float) -> None:
        """Nothing depends on it."""


class Plateau:
    """Halves the learning rate after `patience` epochs without a lower validation loss, as ReduceLROnPlateau does."""

    def __init__(self, learning_rate: float, patience: int) -> None:
        self.learning_rate = learning_rate
        self._patience, self._waited, self._lowest = patience, 0, math.inf

    def at(self, step: int) -> float:
        """The same for all steps of an epoch."""
        return self.learning_rate

    def after(self, val_loss: float) -> float:
        """The learning rate of the next epoch."""
        if val_loss + PLATEAU_MARGIN < self._lowest:
            self._lowest, self._waited = val_loss, 0
            return self.learning_rate
        self._waited += 1
        if self._waited >= self._patience and self.learning_rate > LOWEST_LEARNING_RATE:
            self.learning_rate = max(self.learning_rate * PLATEAU_FACTOR, LOWEST_LEARNING_RATE)
            self._waited = 0
        return self.learning_rate


class BestScore:
    """The best epoch so far over all phases: highest validation accuracy, among equals the lowest loss."""

    def __init__(self) -> None:
        self._best: tuple[float, float] | None = None

    @property
    def found(self) -> bool:
        """Whether any epoch counted."""
        return self._best is not None

    def beaten_by(self, val_accuracy: float, val_loss: float) -> bool:
        """Whether this epoch is the best now; one with values that are not finite never is."""
        if not (math.isfinite(val_accuracy) and math.isfinite(val_loss)):
            return False
        score = (val_accuracy, -val_loss)
        if self._best is not None and score <= self._best:
            return False
        self._best = score
        return True
