"""One training from labels to a run: reads photos, trains by a plan, converts, predicts and keeps the result."""

import shutil
import time
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np

from vv_desktop.core.arrays import Float32Array
from vv_desktop.core.calibration import Calibration
from vv_desktop.core.dataset import UNLABELLED, Dataset
from vv_desktop.core.errors import Cancelled, Interrupted, UserError
from vv_desktop.core.interrupted import CHECKPOINT, forget_checkpoint, held
from vv_desktop.core.known import save_known
from vv_desktop.core.plans import Plan
from vv_desktop.core.progress import Note, Progress, Step
from vv_desktop.core.runs import Predictions, Run, save_predictions, save_run
from vv_desktop.core.training_request import TrainingRequest, package_versions
from vv_desktop.ml.checkpoint import Checkpoints
from vv_desktop.ml.features import CHUNK, Views
from vv_desktop.ml.known import known_in_training
from vv_desktop.ml.litert import LiteRtNetwork
from vv_desktop.ml.material import Answering, Material, gathered
from vv_desktop.ml.preflight import labels_of
from vv_desktop.ml.scores import accuracy, macro_f1
from vv_desktop.ml.starting import start_tensorflow

if TYPE_CHECKING:  # TensorFlow takes seconds to start: not before the photos were found good
    from vv_desktop.ml.phases import Trained
    from vv_desktop.ml.replicas import Replicas


def train(
    dataset: Dataset,
    plan: Plan,
    folder: Path,
    cache: Path,
    shared_cache: Path,
    weights: Path | Literal["random"] | None,
    progress: Progress,
    replicas: "Replicas | None" = None,
) -> Run:
    """Train by `plan` on split train, choose the best epoch on split val, and keep the run in `folder`.

    folder: the run's own, fresh or with the checkpoint of the same training, which then goes on from there.
    cache: of the project, for pixels and features. shared_cache: of the user, for the converted backbone.
    weights: a file, "random", or None to look for the ImageNet ones.
    replicas: of several workers, this one being their chief; None to train alone.
    A wish to stop ends within a batch and keeps the best epoch so far. Raises Cancelled, and then
    nothing is kept; Interrupted, and then the checkpoint is, as when the process dies; UserError for data that
    cannot be trained on, weights that are not to be had, a training that was stopped or diverged before its first
    epoch was finished, or a checkpoint of another training.
    """
    started = time.perf_counter()
    try:
        with held(folder):
            start = partial(start_tensorflow, progress)
            material = gathered(dataset, plan, cache, shared_cache, weights, progress, meanwhile=start)
            request = TrainingRequest.of(dataset, plan, weights)
            places = Checkpoints(folder / CHECKPOINT, request, material.digest, progress)
            started -= places.seconds
            trained = _trained(material, folder, started, progress, replicas, places)
            calibration = _calibrated(material, trained)
            predictions = _keep_files(material, trained, folder, progress)
            _keep_known(material, folder, cache, shared_cache, progress)
            run = _run(material, trained, calibration, predictions, folder, started)
            progress.check()
            save_run(run)
            forget_checkpoint(folder)
            return run
    except BaseException as error:
        _let_go(folder, error)
        if isinstance(error, Interrupted) and folder.exists():
            raise Interrupted(f"Interrupted; it can be continued: {folder.name}") from error
        raise


def _let_go(folder: Path, error: BaseException) -> None:
    """Remove what is worth nothing: a cancelled training, and one that has neither a model nor a checkpoint.

    A model that took an hour outlives a conversion that failed, but not a cancel.
    """
    cancelled = isinstance(error, Cancelled) and not isinstance(error, Interrupted)
    if cancelled or not any((folder / name).exists() for name in ("model.keras", CHECKPOINT)):
        shutil.rmtree(folder, ignore_errors=True)


def _trained(
    material: Material,
    folder: Path,
    started: float,
    progress: Progress,
    replicas: "Replicas | None",
    places: Checkpoints,
) -> "Trained":
    start_tensorflow(progress)
    from vv_desktop.ml.phases import train_phases

    return train_phases(material, folder / "model.keras", started, progress, replicas, checkpoints=places)


def _calibrated(material: Material, trained: "Trained") -> Calibration | None:
    from vv_desktop.ml.temperature import calibrate

    views, answer = _way(material, trained)
    val = material.to_answer(views, material.usable.splits["val"])
    return calibrate(trained.network.whole, val, answer or trained.whole_answer())


def _keep_files(material: Material, trained: "Trained", folder: Path, progress: Progress) -> Predictions:
    """Write the model in both formats and its predictions of every readable image."""
    from vv_desktop.ml.phases import save_keras

    try:
        folder.mkdir(parents=True, exist_ok=True)  # someone may have tidied up meanwhile
    except OSError as error:
        raise UserError(f"The run's folder cannot be made ({error.strerror}): {folder}") from error
    save_keras(trained.network.whole, folder / "model.keras")
    progress.report(Note("Converting the network for predictions"))
    request = {"source": str(folder / "model.keras"), "out": str(folder / "model.tflite")}
    progress.in_child("vv_desktop.ml.conversion:convert_run", request)
    images = np.array([material.dataset.samples[i].image for i in material.usable.readable], np.int64)
    predictions = Predictions(images, _probabilities(material, trained, folder / "model.tflite", progress))
    save_predictions(folder, predictions)
    return predictions


def _keep_known(material: Material, folder: Path, cache: Path, shared_cache: Path, progress: Progress) -> None:
    """What the training photos look like; a training is not lost for want of it."""
    try:
        save_known(folder, known_in_training(material, cache, shared_cache, progress))
    except UserError as error:
        progress.report(Note(str(error)))


def _probabilities(material: Material, trained: "Trained", tflite: Path, progress: Progress) -> Float32Array:
    """Probabilities of the readable images, (N, classes): through what was cached of them, or from their pixels.

    Averaged with the mirrored image's if the plan says so.
    """
    views, answer = _way(material, trained)
    examples = material.to_answer(views, material.usable.readable)
    rows: list[Float32Array] = []
    total = len(examples)
    for probabilities, _ in examples.answers(answer or LiteRtNetwork(tflite).run, CHUNK):
        progress.report(Step("Predicting", len(rows) * CHUNK, total))
        rows.append(probabilities)
    progress.report(Step("Predicting", total, total))
    return np.concatenate(rows).astype(np.float32)


def _way(material: Material, trained: "Trained") -> tuple[Views | None, Answering | None]:
    """What was cached of the images and the answer to that; None and None where only their pixels lead to it."""
    if material.activations is not None:
        return material.activations, trained.tail_answer(material.plan.fine_tune_from)
    if not material.plan.fine_tune_epochs and material.features is not None:
        return material.features, trained.head_answer()
    return None, None


def _run(
    material: Material,
    trained: "Trained",
    calibration: Calibration | None,
    predictions: Predictions,
    folder: Path,
    started: float,
) -> Run:
    return Run(
        folder=folder,
        name=material.plan.name,
        plan=material.plan,
        classes=material.dataset.classes,
        trained=datetime.now(),
        history=trained.history,
        phases=trained.phases,
        seconds=time.perf_counter() - started,
        stopped=trained.stopped,
        weights=material.weights.text,
        data_digest=material.dataset.digest,
        counts=_counts(material),
        scores=_scores(material, predictions),
        versions={**package_versions(), "device": str(trained.device)},
        mirror=material.dataset.mirror,
        calibration=calibration,
    )


def _counts(material: Material) -> dict[str, int]:
    counts = {str(split): len(indices) for split, indices in material.usable.splits.items()}
    if material.mirror is not None:
        counts["mirrored"] = len(material.usable.splits["train"])
    counts["unlabelled"] = sum(s.label == UNLABELLED for s in material.dataset.samples)
    counts["unreadable"] = len(material.dataset.samples) - len(material.usable.readable)
    return counts


def _scores(material: Material, predictions: Predictions) -> dict[str, dict[str, float]]:
    """Accuracy and macro F1 of each split that has images, of the weights that are kept."""
    answers = np.full(len(material.dataset.samples), UNLABELLED, np.int64)
    answers[material.usable.readable] = predictions.probabilities.argmax(axis=1)
    scores = {}
    for split, indices in material.usable.splits.items():
        truth = labels_of(material.dataset, indices)
        scores[str(split)] = {
            "accuracy": accuracy(truth, answers[indices]),
            "macro_f1": macro_f1(truth, answers[indices]),
        }
    return scores
