"""Draws samples of a training as phase 2 gets them, by the code that feeds it, from the few images they need."""

import dataclasses
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from vv_desktop.core.arrays import BoolArray
from vv_desktop.core.backbones import WHOLE
from vv_desktop.core.dataset import UNLABELLED, Dataset
from vv_desktop.core.errors import UserError
from vv_desktop.core.pixel_cache import cached_pixels
from vv_desktop.core.plans import Plan, copies_of
from vv_desktop.core.progress import Progress
from vv_desktop.core.samples import Mark, TrainingSample
from vv_desktop.ml.augmentation import seen
from vv_desktop.ml.material import Material
from vv_desktop.ml.preflight import Usable
from vv_desktop.ml.weights import Weights

COUNT = 24
_NO_WEIGHTS = Weights(None, 0, "", "none: pixels do not depend on them")


@dataclasses.dataclass(frozen=True)
class _Draw:
    """One sample to be shown: of which of the dataset's samples, and whether mirrored."""

    place: int
    mirrored: bool


def draw_samples(
    dataset: Dataset, plan: Plan, cache: Path, seed: int, progress: Progress, count: int = COUNT
) -> tuple[TrainingSample, ...]:
    """`count` samples of the training set of `plan`, drawn by `seed`; fewer where there are no more.

    cache: of the project; what has to be decoded is kept there for the training. Images that cannot be read are
    passed over. Raises UserError if there is no training image that can be read, Cancelled.
    """
    train = [i for i, s in enumerate(dataset.samples) if s.split == "train" and s.label != UNLABELLED]
    copies = 2 if plan.mirror and dataset.mirror is not None else 1
    order = np.random.default_rng(seed).permutation(copies * len(train))
    draws = [_Draw(train[k % len(train)], k >= len(train)) for k in order]
    found: list[TrainingSample] = []
    while draws and len(found) < count:
        wanted, draws = draws[: count - len(found)], draws[count - len(found) :]
        found += _made(dataset, plan, cache, wanted, progress)
    if not found:
        raise UserError(f"There is no labelled training image that can be read; received {len(train)} training images")
    return tuple(found)


def _made(
    dataset: Dataset, plan: Plan, cache: Path, draws: Sequence[_Draw], progress: Progress
) -> list[TrainingSample]:
    """A training set of just these images, and the samples in it that are wanted."""
    places = sorted({draw.place for draw in draws})
    few = dataclasses.replace(dataset, samples=tuple(dataset.samples[i] for i in places))
    pixels = cached_pixels(few.samples, plan.image_size, cache, progress)
    readable = np.flatnonzero(pixels.places >= 0)
    if not len(readable):
        return []
    unweighted = dataclasses.replace(plan, balanced=False)  # of a few images the weights would mean nothing
    material = Material(few, unweighted, _NO_WEIGHTS, pixels, Usable({"train": readable}, readable), None)
    examples = material.examples("fine-tune", "train")
    row = {places[i]: k for k, i in enumerate(readable)}
    draws = [draw for draw in draws if draw.place in row]
    order = np.array([row[draw.place] + draw.mirrored * len(readable) for draw in draws], np.int64)
    (inputs, labels, _), *_ = examples.batches(order, len(order))
    changed = _changed(plan, draws)
    digests = [pixels.digests[readable[row[draw.place]]] for draw in draws]
    copies = seen(inputs, digests, 1, plan) if changed.any() else inputs
    return [
        TrainingSample(dataset.samples[draw.place].image, copy if change else picture, int(label), _marks(draw, change))
        for draw, picture, copy, label, change in zip(draws, inputs, copies, labels, changed, strict=True)
    ]


def _changed(plan: Plan, draws: Sequence[_Draw]) -> BoolArray:
    """Which of the draws are shown changed: all where each batch is changed anew, else as many as there are copies."""
    if not plan.changes_images:
        return np.zeros(len(draws), bool)
    if plan.fine_tune_epochs and plan.fine_tune_from == WHOLE:
        return np.ones(len(draws), bool)
    random = np.random.default_rng([draw.place for draw in draws])
    return random.integers(0, copies_of(plan) + 1, len(draws)) > 0


def _marks(draw: _Draw, changed: bool) -> tuple[Mark, ...]:
    mirrored: tuple[Mark, ...] = ("mirrored",) if draw.mirrored else ()
    return (*mirrored, "changed") if changed else mirrored
