"""Suspects: images whose label is probably wrong, ranked by predictions of classifiers that never saw them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from vv_desktop.core.classes import ClassList, named_today
from vv_desktop.core.errors import UserError
from vv_desktop.core.files import atomic_path

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
    import numpy as np

    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(f"The cache folder cannot be made ({error.strerror}): {path.parent}") from error
    with atomic_path(path) as temporary, temporary.open("wb") as file:
        np.savez(
            file,
            **{name: getattr(suspects, name) for name in _ARRAYS},
            classes=np.array(suspects.classes.names),
            labels_digest=np.array(suspects.labels_digest),
            seconds=np.array(suspects.seconds),
        )


def load_suspects(path: Path, classes: ClassList) -> Suspects | None:
    """The ranking that was kept; None where there is none, it is damaged, or it is of other classes."""
    import numpy as np

    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as data:
            if named_today(ClassList(tuple(data["classes"].tolist())), classes) != classes:
                return None
            arrays = {name: data[name] for name in _ARRAYS}
            return Suspects(classes, **arrays, labels_digest=str(data["labels_digest"]), seconds=float(data["seconds"]))
    except Exception:  # a cache: whatever is wrong with it, it is made again
        return None
