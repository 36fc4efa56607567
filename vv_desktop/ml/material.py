"""What a training works on, gathered and checked before its first epoch: images, features, labels, weights."""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal, Protocol

import numpy as np
import numpy.typing as npt

from vv_desktop.core.array_cache import read_ahead
from vv_desktop.core.arrays import Float32Array
from vv_desktop.core.dataset import Dataset, Split
from vv_desktop.core.pixel_cache import Pixels, cached_pixels
from vv_desktop.core.plans import Plan, copies_of
from vv_desktop.core.progress import PhaseName, Progress
from vv_desktop.ml.activations import cached_activations
from vv_desktop.ml.augmentation import PLAIN, Variant, mirror_images
from vv_desktop.ml.features import Views, cached_features, prepared_backbone
from vv_desktop.ml.preflight import Indices, Usable, check_labels, labels_of, tell_of_mirroring, usable_images
from vv_desktop.ml.scores import balanced_weights
from vv_desktop.ml.weights import Weights, find_weights

Answering = Callable[[npt.NDArray[Any]], Any]
"""From inputs (n, ...) to class probabilities (n, classes)."""


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

    def read_ahead(self, places: Indices) -> None:
        """As `core.array_cache.read_ahead`."""
        read_ahead(self._rows, places % len(self._rows))


@dataclass(frozen=True)
class Examples:
    """Inputs with labels: pixels or features.

    rows: all inputs of the cache, (rows, ...), memory-mapped. places: (N,) row of each example.
    labels: (N,) class indices. weights: (N,) float32, how much each example's loss counts.
    copies: (copies, N) rows of the changed copies of each example; None without any.
    twins: (N,) row of each example's mirrored image where answers are averaged with it, and `partners`,
        (classes,), what each class is in the mirror; None where they are not.
    """

    rows: Rows
    places: Indices
    labels: Indices
    weights: Float32Array
    copies: Indices | None = None
    twins: Indices | None = None
    partners: tuple[int, ...] | None = None

    def __len__(self) -> int:
        return len(self.places)

    def drawn(self, random: np.random.Generator) -> "Examples":
        """The same examples, each as it is or as one of its changed copies, all of them as likely."""
        if self.copies is None:
            return self
        choices = np.concatenate([self.places[None], self.copies])
        places = choices[random.integers(0, len(choices), len(self)), np.arange(len(self))]
        return replace(self, places=places, copies=None)

    def batches(self, order: Indices, size: int) -> Iterator[tuple[npt.NDArray[Any], ...]]:
        """Inputs, labels and weights of the examples in `order`, `size` at a time, each batch asked for one ahead."""
        self._read_ahead(order[:size])
        for start in range(0, len(order), size):
            chosen = order[start : start + size]
            self._read_ahead(order[start + size : start + 2 * size])
            yield self.rows[self.places[chosen]], self.labels[chosen], self.weights[chosen]

    def answers(self, answer: Answering, size: int) -> Iterator[tuple[Float32Array, Indices]]:
        """Probabilities (n, classes) and labels (n,), `size` examples at a time, averaged with the mirrored image's."""
        for start in range(0, len(self), size):
            part = slice(start, start + size)
            probabilities = np.asarray(answer(self.rows[self.places[part]]))
            if self.twins is not None:
                mirrored = np.asarray(answer(self.rows[self.twins[part]]))
                probabilities = (probabilities + mirrored[:, list(self.partners or ())]) / 2
            yield probabilities, self.labels[part]

    def _read_ahead(self, following: Indices) -> None:
        if isinstance(self.rows, np.ndarray):
            read_ahead(self.rows, self.places[following])
        elif isinstance(self.rows, MirroredRows):
            self.rows.read_ahead(self.places[following])


@dataclass(frozen=True)
class Material:
    """Everything that is fixed when the first epoch begins.

    features: None where no phase needs them.
    activations: at the boundary that fine-tuning begins at; None for the whole network.
    """

    dataset: Dataset
    plan: Plan
    weights: Weights
    pixels: Pixels
    usable: Usable
    features: Views | None
    activations: Views | None = None

    @property
    def mirror(self) -> tuple[int, ...] | None:
        """The mirrored class of each class if training sees mirrored copies, else None."""
        return self.dataset.mirror if self.plan.mirror else None

    @property
    def averaged(self) -> tuple[int, ...] | None:
        """The mirrored class of each class if answers are averaged with the mirrored image's, else None."""
        return self.dataset.mirror if self.plan.mirror_average else None

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
        views = self.features if phase == "head" else self.activations
        if split == "train":
            return self._to_learn(views, self.usable.splits[split])
        return self.to_answer(views, self.usable.splits[split])

    def to_answer(self, views: Views | None, indices: Indices) -> Examples:
        """Images to be answered, through a cache or, without one, their pixels."""
        twins = None if self.averaged is None else self._places(views, indices, Variant(mirrored=True))
        ones = np.ones(len(indices), np.float32)
        labels = labels_of(self.dataset, indices)
        return Examples(
            self._rows(views), self._places(views, indices, PLAIN), labels, ones, None, twins, self.averaged
        )

    def _to_learn(self, views: Views | None, indices: Indices) -> Examples:
        labels = labels_of(self.dataset, indices)
        sides = [False]
        if self.mirror is not None:
            sides.append(True)
            labels = np.concatenate([labels, np.array(self.mirror, np.int64)[labels]])
        weights = np.ones(len(labels), np.float32)
        if self.plan.balanced:
            weights = balanced_weights(labels, len(self.dataset.classes))

        def places(copy: int) -> Indices:
            return np.concatenate([self._places(views, indices, Variant(side, copy)) for side in sides])

        copies = [] if views is None else [places(copy) for copy in range(1, copies_of(self.plan) + 1)]
        return Examples(self._rows(views), places(0), labels, weights, np.stack(copies) if copies else None)

    def _rows(self, views: Views | None) -> Rows:
        if views is not None:
            return list(views.values())[-1].rows  # the newest look at the cache sees all of it
        return self.pixels.rows if self.mirror is None and self.averaged is None else MirroredRows(self.pixels.rows)

    def _places(self, views: Views | None, indices: Indices, variant: Variant) -> Indices:
        if views is not None:
            return views[variant].places[indices]
        return self.pixels.places[indices] + (len(self.pixels.rows) if variant.mirrored else 0)


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
    weights = find_weights(chosen, plan.seed, progress, plan.backbone)
    pixels = cached_pixels(dataset.samples, plan.image_size, cache, progress)
    usable = usable_images(dataset, pixels, progress)
    tell_of_mirroring(dataset, plan, progress)
    material = Material(dataset, plan, weights, pixels, usable, None)
    where = (plan, weights, cache, shared_cache, progress)
    if plan.head_epochs:
        prepared_backbone(plan, weights, shared_cache, progress, meanwhile)
        features: Views = {}
        for splits, ways in looks(plan, dataset.mirror is not None, everything=not plan.fine_tune_epochs):
            features |= cached_features(_only(pixels, usable, splits), *where, ways)
        material = replace(material, features=features)
    if plan.fine_tune_epochs and plan.fine_tune_from != "all":
        activations: Views = {}
        for splits, ways in looks(plan, dataset.mirror is not None, everything=True):
            activations |= cached_activations(_only(pixels, usable, splits), *where, ways)
        material = replace(material, activations=activations)
    return material


def looks(plan: Plan, mirror: bool, everything: bool) -> Iterator[tuple[tuple[Split, ...] | None, tuple[Variant, ...]]]:
    """Which images a training by `plan` sees through a cache, by split, and in which ways; None: all there are.

    mirror: whether every class has a mirrored class. everything: all images are answered through this cache, as it
    is the last that the training works on; otherwise those that it learns from and is validated with.
    """
    answered: tuple[Split, ...] | None = None if everything else ("train", "val")
    yield answered, (PLAIN,)
    if mirror and (plan.mirror or plan.mirror_average):
        yield answered if plan.mirror_average else ("train",), (Variant(mirrored=True),)
    sides = (False, True) if mirror and plan.mirror else (False,)
    for copy in range(1, copies_of(plan) + 1):
        yield ("train",), tuple(Variant(side, copy) for side in sides)


def _only(pixels: Pixels, usable: Usable, splits: Sequence[Split] | None) -> Pixels:
    """The labelled images of some splits; each other one as if it could not be read. None: all images."""
    if splits is None:
        return pixels
    places = np.full_like(pixels.places, -1)
    for split in splits:
        indices = usable.splits[split]
        places[indices] = pixels.places[indices]
    return Pixels(pixels.rows, places, pixels.digests, pixels.problems)
