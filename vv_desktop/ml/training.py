"""One training from labels to a run: reads photos, trains by a plan, converts, predicts and keeps the result."""

import shutil
import time
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np
import numpy.typing as npt

from vv_desktop.core.dataset import UNLABELLED, Dataset
from vv_desktop.core.errors import Cancelled, UserError
from vv_desktop.core.files import atomic_path
from vv_desktop.core.pixel_cache import Pixels, cached_pixels
from vv_desktop.core.plans import Plan
from vv_desktop.core.progress import EpochEnd, Note, Progress, Step
from vv_desktop.core.runs import Float32Array, PhaseResult, Predictions, Run, save_predictions, save_run
from vv_desktop.ml.features import CHUNK, Features, cached_features
from vv_desktop.ml.litert import LiteRtNetwork
from vv_desktop.ml.preflight import Usable, check_labels, labels_of, usable_images
from vv_desktop.ml.scores import accuracy, balanced_weights, macro_f1
from vv_desktop.ml.weights import Weights, find_weights

if TYPE_CHECKING:  # TensorFlow takes seconds to start: not before the photos were found good
    from vv_desktop.ml.phases import Trained

_PACKAGES = ("vv-desktop", "tensorflow", "keras", "ai-edge-litert", "numpy", "pillow")


@dataclass(frozen=True)
class _Material:
    """Everything that is fixed when the first epoch begins. `features` is None where no phase needs them."""

    dataset: Dataset
    plan: Plan
    weights: Weights
    pixels: Pixels
    usable: Usable
    features: Features | None


def train(
    dataset: Dataset,
    plan: Plan,
    folder: Path,
    cache: Path,
    shared_cache: Path,
    weights: Path | Literal["random"] | None,
    progress: Progress,
) -> Run:
    """Train by `plan` on split train, choose the best epoch on split val, and keep the run in `folder`.

    folder: the run's own, fresh. cache: of the project, for pixels and features. shared_cache: of
    the user, for the converted backbone. weights: a file, "random", or None to look for the ImageNet ones.
    A wish to stop ends within a batch and keeps the best epoch so far. Raises Cancelled, and then
    nothing is kept; UserError for data that cannot be trained on, weights that are not to be had, or
    a training that was stopped or diverged before its first epoch was finished.
    """
    started = time.perf_counter()
    try:
        material = _prepared(dataset, plan, cache, shared_cache, weights, progress)
        trained = _trained(material, folder, started, progress)
        probabilities = _finished_files(material, trained, folder, progress)
        return _kept_run(material, trained, probabilities, folder, started)
    except BaseException as error:
        # A model that took an hour outlives a conversion that failed, but not a cancel.
        if isinstance(error, Cancelled) or not (folder / "model.keras").exists():
            shutil.rmtree(folder, ignore_errors=True)
        raise


def _prepared(
    dataset: Dataset,
    plan: Plan,
    cache: Path,
    shared_cache: Path,
    chosen: Path | Literal["random"] | None,
    progress: Progress,
) -> _Material:
    check_labels(dataset)
    weights = find_weights(chosen, plan.seed, progress)
    pixels = cached_pixels(dataset.samples, plan.image_size, cache, progress)
    usable = usable_images(dataset, pixels, progress)
    features = None
    if plan.head_epochs:
        wanted = pixels if not plan.fine_tune_epochs else _only(pixels, [usable.splits["train"], usable.splits["val"]])
        features = cached_features(wanted, plan, weights, cache, shared_cache, progress)
    return _Material(dataset, plan, weights, pixels, usable, features)


def _only(pixels: Pixels, kept: list[npt.NDArray[np.int64]]) -> Pixels:
    """The same pixels with every other image as if it could not be read."""
    places = np.full_like(pixels.places, -1)
    for indices in kept:
        places[indices] = pixels.places[indices]
    return Pixels(pixels.rows, places, pixels.digests, pixels.problems)


def _trained(material: _Material, folder: Path, started: float, progress: Progress) -> "Trained":
    progress.report(Note("Starting TensorFlow"))
    from vv_desktop.ml.phases import Material, train_phases

    dataset, plan, usable = material.dataset, material.plan, material.usable
    train_labels, val_labels = (labels_of(dataset, usable.splits[s]) for s in ("train", "val"))
    balance = balanced_weights(train_labels, len(dataset.classes))
    return train_phases(
        Material(
            plan,
            material.weights.path,
            len(dataset.classes),
            material.pixels,
            material.features,
            usable.splits["train"],
            usable.splits["val"],
            train_labels,
            val_labels,
            balance if plan.balanced else np.ones_like(balance),
        ),
        folder,
        started,
        progress,
    )
