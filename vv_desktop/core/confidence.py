"""How far a probability can be trusted: how often answers so sure are right, and what a threshold lets through."""

import math
from dataclasses import dataclass

import numpy as np

from vv_desktop.core.arrays import Float32Array, Int64Array
from vv_desktop.core.calibration import ReliabilityBin
from vv_desktop.core.evaluation import Evaluation, wilson_interval

BINS = 10
"""Of equal width, from 0 to 1."""


def reliability(probabilities: Float32Array, labels: Int64Array) -> tuple[ReliabilityBin, ...]:
    """The bins of the answers' probabilities that hold any, low to high.

    probabilities: (N, classes). labels: (N,). Source: Guo et al. 2017, On Calibration of Modern Neural Networks.
    """
    sure = probabilities.max(axis=1).astype(np.float64)
    right = probabilities.argmax(axis=1) == labels
    place = np.minimum((sure * BINS).astype(np.int64), BINS - 1)
    return tuple(
        ReliabilityBin(
            b / BINS,
            (b + 1) / BINS,
            int((place == b).sum()),
            float(sure[place == b].mean()),
            float(right[place == b].mean()),
        )
        for b in np.unique(place).tolist()
    )


@dataclass(frozen=True)
class Accepted:
    """What a threshold lets through, of all images or those that are answered with one class.

    name: that class, "" for all. total: answers. taken: those at least as sure as the threshold. right: of these.
    """

    name: str
    total: int
    taken: int
    right: int

    @property
    def coverage(self) -> float:
        """Share that is let through; nan of none."""
        return self.taken / self.total if self.total else math.nan

    @property
    def accuracy(self) -> float:
        """Share of those let through that is right; nan of none."""
        return self.right / self.taken if self.taken else math.nan

    @property
    def interval(self) -> tuple[float, float]:
        """95 % interval of that share."""
        return wilson_interval(self.right, self.taken)


def accepted(evaluation: Evaluation, threshold: float) -> tuple[Accepted, ...]:
    """What `threshold` (0 to 1) lets through: of all images first, then of the answers of each class."""
    sure = evaluation.probabilities.max(axis=1, initial=0.0) >= threshold
    right = evaluation.predicted == evaluation.labels
    everything = np.ones(len(sure), bool)
    parts = [("", everything)]
    parts += [(name, evaluation.predicted == i) for i, name in enumerate(evaluation.classes.names)]
    return tuple(
        Accepted(name, int(part.sum()), int((part & sure).sum()), int((part & sure & right).sum()))
        for name, part in parts
    )


def below(evaluation: Evaluation, threshold: float) -> Int64Array:
    """Ids of the images whose answer is less sure than `threshold`, least sure first."""
    sure = evaluation.probabilities.max(axis=1, initial=0.0)
    found = np.flatnonzero(sure < threshold)
    return evaluation.images[found[np.argsort(sure[found], kind="stable")]]


def threshold_for(evaluation: Evaluation, accuracy: float) -> float | None:
    """The lowest threshold from which on what is let through is right in a share of at least `accuracy`.

    None where no threshold reaches it. A share of so few images is itself uncertain: see `Accepted.interval`.
    """
    if not len(evaluation.images):
        return None
    sure = evaluation.probabilities.max(axis=1)
    order = np.argsort(-sure, kind="stable")
    right = np.cumsum((evaluation.predicted == evaluation.labels)[order])
    share = right / np.arange(1, len(order) + 1)
    last_of_its_kind = np.append(np.diff(sure[order]) != 0, True)
    good = np.flatnonzero((share >= accuracy) & last_of_its_kind)
    return float(sure[order][good[-1]]) if len(good) else None
