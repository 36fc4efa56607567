"""What a run keeps of how its probabilities were made to mean something."""

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class ReliabilityBin:
    """Answers whose probability lies in one bin: how many, how sure they are on average, and what share is right."""

    low: float
    high: float
    count: int
    confidence: float
    accuracy: float


@dataclass(frozen=True)
class Calibration:
    """How a run's probabilities were made to mean something, on the split val it was validated with.

    temperature: what the logits were divided by; above 1 the network was too sure. images: how many it was fitted on.
    before: the reliability of the answers without it.
    """

    temperature: float
    images: int
    before: tuple[ReliabilityBin, ...]


def calibration_error(bins: tuple[ReliabilityBin, ...]) -> float:
    """Expected calibration error: the mean gap between confidence and accuracy over all answers; nan of none."""
    count = sum(b.count for b in bins)
    return sum(b.count * abs(b.confidence - b.accuracy) for b in bins) / count if count else math.nan
