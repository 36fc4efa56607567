"""Suspects: images whose label is probably wrong, ranked by predictions of classifiers that never saw them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from vv_desktop.core.classes import ClassList, named_today
from vv_desktop.core.errors import UserError
from vv_desktop.core.kept_arrays import keep_arrays, kept_arrays

if TYPE_CHECKING:  # numpy takes a third of a second, and the window comes first
    from vv_desktop.core.arrays import BoolArray, Float32Array, Int64Array

NEAREST = 3
"""How many neighbours of each class are kept."""
_ARRAYS = ("images", "labels", "probabilities", "quality", "mirror_differs", "queue", "neighbours")


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


def save_suspects(suspects: Suspects, path: Path) -> None:
    """Keep a ranking, as arrays only. Raises UserError."""
    arrays = {name: getattr(suspects, name) for name in _ARRAYS}
    others = {"classes": suspects.classes.names, "labels_digest": suspects.labels_digest, "seconds": suspects.seconds}
    keep_arrays(path, {**arrays, **others})


def load_suspects(path: Path, classes: ClassList) -> Suspects | None:
    """The ranking that was kept; None where there is none, it is damaged, or it is of other classes."""
    kept = kept_arrays(path)
    try:
        if named_today(ClassList(tuple(kept["classes"].tolist())), classes) != classes:
            return None
        arrays = {name: kept[name] for name in _ARRAYS}
        return Suspects(classes, **arrays, labels_digest=str(kept["labels_digest"]), seconds=float(kept["seconds"]))
    except (KeyError, ValueError, TypeError, UserError):  # of an older version
        return None
