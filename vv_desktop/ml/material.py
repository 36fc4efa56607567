"""What a training works on, gathered and checked before its first epoch: images, features, labels, weights."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from vv_desktop.core.arrays import Float32Array
from vv_desktop.core.dataset import Dataset, Split
from vv_desktop.core.pixel_cache import Pixels, cached_pixels
from vv_desktop.core.plans import Plan
from vv_desktop.core.progress import PhaseName, Progress
from vv_desktop.ml.features import Features, cached_features, prepared_backbone
from vv_desktop.ml.preflight import Indices, Usable, check_labels, labels_of, usable_images
from vv_desktop.ml.scores import balanced_weights
from vv_desktop.ml.weights import Weights, find_weights


@dataclass(frozen=True)
class Examples:
    """Inputs with labels: pixels or features.

    rows: all inputs of the cache, (rows, ...), memory-mapped. places: (N,) row of each example.
    labels: (N,) class indices. weights: (N,) float32, how much each example's loss counts.
    """

    rows: npt.NDArray[Any]
    places: Indices
    labels: Indices
    weights: Float32Array

    def __len__(self) -> int:
        return len(self.places)

    def batches(self, order: Indices, size: int) -> Iterator[tuple[npt.NDArray[Any], ...]]:
        """Inputs, labels and weights of the examples in `order`, `size` at a time."""
        for start in range(0, len(order), size):
            chosen = order[start : start + size]
            yield self.rows[self.places[chosen]], self.labels[chosen], self.weights[chosen]


@dataclass(frozen=True)
class Material:
    """Everything that is fixed when the first epoch begins. `features` is None where no phase needs them."""

    dataset: Dataset
    plan: Plan
    weights: Weights
    pixels: Pixels
    usable: Usable
    features: Features | None

    def examples(self, phase: PhaseName, split: Split) -> Examples:
        """What `phase` sees of `split`: features for the head, pixels for fine-tuning.

        In split train the loss is weighted by class if the plan says so; elsewhere never, as in Keras.
        """
        source = self.features if phase == "head" and self.features is not None else self.pixels
        indices = self.usable.splits[split]
        labels = labels_of(self.dataset, indices)
        weights = np.ones(len(labels), np.float32)
        if split == "train" and self.plan.balanced:
            weights = balanced_weights(labels, len(self.dataset.classes))
        return Examples(source.rows, source.places[indices], labels, weights)


def gathered(
    dataset: Dataset,
    plan: Plan,
    cache: Path,
    shared_cache: Path,
    chosen: Path | Literal["random"] | None,
    progress: Progress,
    meanwhile: Callable[[], None] = lambda: None,
) -> Material:
    """Weights found, photos read, features computed, all of it checked. Raises UserError, Cancelled.

    meanwhile: called while this process waits for a child to convert the backbone, if it has to.
    """
    check_labels(dataset)
    weights = find_weights(chosen, plan.seed, progress)
    pixels = cached_pixels(dataset.samples, plan.image_size, cache, progress)
    usable = usable_images(dataset, pixels, progress)
    features = None
    if plan.head_epochs:
        # Without fine-tuning the features of every image give its prediction too.
        wanted = _only(pixels, usable) if plan.fine_tune_epochs else pixels
        prepared_backbone(plan, weights, shared_cache, progress, meanwhile)
        features = cached_features(wanted, plan, weights, cache, shared_cache, progress)
    return Material(dataset, plan, weights, pixels, usable, features)


def _only(pixels: Pixels, usable: Usable) -> Pixels:
    """The images that phases look at; each other one as if it could not be read."""
    places = np.full_like(pixels.places, -1)
    for split in ("train", "val"):
        indices = usable.splits[split]
        places[indices] = pixels.places[indices]
    return Pixels(pixels.rows, places, pixels.digests, pixels.problems)
