"""Suspects: images whose label is probably wrong, ranked by predictions of classifiers that never saw them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from vv_desktop.core.classes import ClassList

if TYPE_CHECKING:  # numpy takes a third of a second, and the window comes first
    from vv_desktop.core.arrays import BoolArray, Float32Array, Int64Array


@dataclass(frozen=True)
class Suspects:
    """What out-of-fold predictions say of the labels of a project, as they were when it was asked.

    images: (N,) ids of all labelled, readable images that were ranked. labels: (N,) class indices then.
    probabilities: (N, classes), each from a classifier that saw neither the image nor one of its group.
    quality: (N,) 0 to 1, how well the label fits; the lowest are the most likely wrong.
    mirror_differs: (N,) whether the mirrored copy is not predicted as the mirrored class.
    queue: (M,) places in `images` that deserve a look, worst first.
    neighbours: (N, classes, 3) ids of the nearest images of each class, nearest first; -1 where there are fewer.
    labels_digest: `Dataset.digest` of the labels it was asked of. seconds: what it took.
    """

    classes: ClassList
    images: Int64Array
    labels: Int64Array
    probabilities: Float32Array
    quality: Float32Array
    mirror_differs: BoolArray
    queue: Int64Array
    neighbours: Int64Array
    labels_digest: str
    seconds: float

    def suggestion(self, place: int) -> int:
        """The class that would fit best in place of the label of `images[place]`."""
        scores = self.probabilities[place].copy()
        scores[self.labels[place]] = -1.0
        return int(scores.argmax())
