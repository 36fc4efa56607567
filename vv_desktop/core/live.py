"""The live head: a classifier on cached features that is trained on after relabels, as it was after its last update."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from vv_desktop.core.classes import ClassList
from vv_desktop.core.runs import Predictions

if TYPE_CHECKING:  # numpy takes a third of a second, and the window comes first
    import numpy.typing as npt

    from vv_desktop.core.arrays import Float32Array, Int64Array


@dataclass(frozen=True)
class LiveHead:
    """The live head after an update: what it says, and where the next update goes on from.

    predictions: of every readable image, in the order of `classes`.
    backbone: which pretrained network its features came from, as the features' folder is called.
    weights: of the head, in the order in which Keras lists them; moments: of its optimizer, likewise.
    labels_digest: `Dataset.digest` of the labels it learned.
    seconds: what the update took. epochs: how many passes over the training images it was.
    val_accuracy: share of the validation images that were recognised.
    """

    classes: ClassList
    predictions: Predictions
    backbone: str
    weights: tuple[Float32Array, ...]
    moments: tuple[npt.NDArray[Any], ...]
    labels_digest: str
    seconds: float
    epochs: int
    val_accuracy: float


def changed_answers(before: Predictions, after: Predictions) -> Int64Array:
    """Ids of the images whose most probable class is another one in `after`, surest first.

    Both in the same class order; images that are only in one of them do not count.
    """
    import numpy as np

    found, old = before.of(after.images)
    new = after.probabilities
    changed = np.flatnonzero(found & (old.argmax(axis=1) != new.argmax(axis=1)))
    return after.images[changed[np.argsort(-new[changed].max(axis=1), kind="stable")]]
