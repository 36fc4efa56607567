"""What a training works on, gathered and checked before its first epoch: images, features, labels, weights."""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Protocol

import numpy as np
import numpy.typing as npt

from vv_desktop.core.arrays import Float32Array
from vv_desktop.core.dataset import Dataset, Split
from vv_desktop.core.pixel_cache import Pixels, cached_pixels
from vv_desktop.core.plans import Plan
from vv_desktop.core.progress import PhaseName, Progress
from vv_desktop.ml.activations import cached_activations
from vv_desktop.ml.features import Features, cached_features, mirror_images, prepared_backbone
from vv_desktop.ml.preflight import Indices, Usable, check_labels, labels_of, tell_of_mirroring, usable_images
from vv_desktop.ml.scores import balanced_weights
from vv_desktop.ml.weights import Weights, find_weights


class Rows(Protocol):
    """Inputs by row: an array, or `MirroredRows`."""

    @property
    def dtype(self) -> np.dtype[Any]:
        """Type of every value."""

    def __getitem__(self, places: Indices, /) -> npt.NDArray[Any]:
        """The inputs in these rows, (N, ...)."""


class MirroredRows:
    """Pictures (rows, height, width, 3), and after them each once more, mirrored when it is asked for."""

    def __init__(self, rows: npt.NDArray[Any]) -> None:
        self._rows = rows

    @property
    def dtype(self) -> np.dtype[Any]:
        """Type of every value."""
        return self._rows.dtype

    def __getitem__(self, places: Indices, /) -> npt.NDArray[Any]:
        """Pictures in rows 0 to 2 × rows - 1."""
        found = self._rows[places % len(self._rows)]
        flipped = places >= len(self._rows)
        found[flipped] = mirror_images(found[flipped])
        return found


@dataclass(frozen=True)
class Examples:
    """Inputs with labels: pixels or features.

    rows: all inputs of the cache, (rows, ...), memory-mapped. places: (N,) row of each example.
    labels: (N,) class indices. weights: (N,) float32, how much each example's loss counts.
    """

    rows: Rows
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
    """Everything that is fixed when the first epoch begins.

    features: None where no phase needs them. mirrored: of the training images, mirrored; None without mirrored copies.
    activations, mirrored_activations: likewise at the boundary that fine-tuning begins at; None for the whole network.
    """

    dataset: Dataset
    plan: Plan
    weights: Weights
    pixels: Pixels
    usable: Usable
    features: Features | None
    mirrored: Features | None = None
    activations: Features | None = None
    mirrored_activations: Features | None = None

    @property
    def mirror(self) -> tuple[int, ...] | None:
        """The mirrored class of each class if training sees mirrored copies, else None."""
        return self.dataset.mirror if self.plan.mirror else None

    @property
    def digest(self) -> str:
        """Pretrained weights, and the contents of the images that are used, in hexadecimal."""
        digest = hashlib.sha256(self.weights.digest.encode())
        for split, indices in self.usable.splits.items():
            digest.update("\t".join([split, *(self.pixels.digests[i] for i in indices)]).encode())
        return digest.hexdigest()

    def examples(self, phase: PhaseName, split: Split) -> Examples:
        """What `phase` sees of `split`: features for the head, pixels or activations for fine-tuning.

        In split train the loss is weighted by class if the plan says so; elsewhere never, as in Keras.
        With mirrored copies split train is twice as long, the second half being the first mirrored.
        """
        cached, copied = self._constants(phase)
        source = self.pixels if cached is None else cached
        indices = self.usable.splits[split]
        labels = labels_of(self.dataset, indices)
        rows: Rows = source.rows
        places = source.places[indices]
        if split == "train" and self.mirror is not None:
            if copied is not None:
                rows, copies = copied.rows, copied.places[indices]
            else:
                rows, copies = MirroredRows(source.rows), places + len(source.rows)
            places = np.concatenate([places, copies])
            labels = np.concatenate([labels, np.array(self.mirror, np.int64)[labels]])
        weights = np.ones(len(labels), np.float32)
        if split == "train" and self.plan.balanced:
            weights = balanced_weights(labels, len(self.dataset.classes))
        return Examples(rows, places, labels, weights)

    def _constants(self, phase: PhaseName) -> tuple[Features | None, Features | None]:
        """What a phase sees instead of pixels, and the same of the mirrored images; None where it sees pixels."""
        if phase == "head":
            return self.features, self.mirrored
        return self.activations, self.mirrored_activations


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
    tell_of_mirroring(dataset, plan, progress)
    features = mirrored = activations = mirrored_activations = None
    if plan.head_epochs:
        # Without fine-tuning the features of every image give its prediction too.
        wanted = _only(pixels, usable) if plan.fine_tune_epochs else pixels
        prepared_backbone(plan, weights, shared_cache, progress, meanwhile)
        features = cached_features(wanted, plan, weights, cache, shared_cache, progress)
        if plan.mirror and dataset.mirror is not None:
            # After the others, so that its rows hold them too.
            train = _only(pixels, usable, ("train",))
            mirrored = cached_features(train, plan, weights, cache, shared_cache, progress, mirrored=True)
    if plan.fine_tune_epochs and plan.fine_tune_from != "all":
        where = (plan, weights, cache, shared_cache, progress)
        activations = cached_activations(_only(pixels, usable), *where)
        if plan.mirror and dataset.mirror is not None:
            mirrored_activations = cached_activations(_only(pixels, usable, ("train",)), *where, mirrored=True)
    return Material(dataset, plan, weights, pixels, usable, features, mirrored, activations, mirrored_activations)


def _only(pixels: Pixels, usable: Usable, splits: Sequence[Split] = ("train", "val")) -> Pixels:
    """The labelled images of some splits; each other one as if it could not be read."""
    places = np.full_like(pixels.places, -1)
    for split in splits:
        indices = usable.splits[split]
        places[indices] = pixels.places[indices]
    return Pixels(pixels.rows, places, pixels.digests, pixels.problems)
