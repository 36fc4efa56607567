"""Answers pictures with a run's .tflite: LiteRT only, so that it works at once and while a training runs."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path

import numpy as np

from vv_desktop.core.arrays import Float32Array, Uint8Array
from vv_desktop.core.averages import runs_of
from vv_desktop.core.classes import ClassList
from vv_desktop.core.errors import UserError
from vv_desktop.core.pixels import ImageProblem, network_input
from vv_desktop.core.progress import Answer, Progress, Step
from vv_desktop.core.runs import Run
from vv_desktop.ml.augmentation import mirror_images
from vv_desktop.ml.known import Likeness
from vv_desktop.ml.litert import LiteRtNetwork

Answering = Callable[[Uint8Array], Float32Array]
_SUM_TOLERANCE = 0.05
"""A quantised softmax has steps of 1/256, so that its sum is not exactly one."""


class Predictor:
    """A classifier in a .tflite file: float32 or quantised input and output. Not shared between threads."""

    def __init__(self, path: Path, threads: int = 2, classes: int | None = None) -> None:
        """Raises UserError if the file is no classifier of RGB pictures, or has not `classes` outputs."""
        self._network = LiteRtNetwork(path, threads)
        self._path = path
        shape = self._network.output_shape
        if len(shape) != 1:
            raise UserError(f"A model with one answer per class is expected; its output is {shape}: {path}")
        if classes is not None and shape != (classes,):
            raise UserError(f"The model tells {shape[0]} classes apart, but {classes} are named: {path}")

    @property
    def size(self) -> int:
        """Side of the pictures it takes, in pixels."""
        return self._network.size

    @property
    def classes(self) -> int:
        """Number of classes it tells apart."""
        return self._network.output_shape[0]

    def predict(self, pixels: Uint8Array) -> Float32Array:
        """Class probabilities (N, classes) of uint8 RGB (N, size, size, 3).

        Raises UserError for other shapes, and for answers that are not finite or no probabilities.
        """
        answers = self._network.run(pixels)
        check_probabilities(answers, self._path)
        return answers


def check_probabilities(answers: Float32Array, path: Path) -> None:
    """Raise UserError unless each row of (N, classes) is finite, not negative and sums to one."""
    sums = answers.sum(axis=1)
    if not np.isfinite(sums).all():
        raise UserError(f"The model answers with values that are not numbers: {path}")
    if (answers < 0).any() or (np.abs(sums - 1) > _SUM_TOLERANCE + answers.shape[1] / 512).any():
        worst = f"one sums to {sums[np.abs(sums - 1).argmax()]:.3g}"
        raise UserError(f"The model's answers are no probabilities ({worst}); a softmax is missing: {path}")


def predict_files(
    files: Sequence[Path],
    tflite: Path,
    classes: ClassList,
    size: int,
    progress: Progress,
    partners: tuple[int, ...] | None = None,
    likeness: Likeness | None = None,
) -> Iterator[Answer]:
    """Answer each picture in order, as it is asked for; no more than a few decoded pictures are held at any time.

    partners: the mirrored class of each class, if answers are averaged with the mirrored picture's.
    likeness: what tells how far a picture is from the training photos, by the same pixels.

    A picture that cannot be read is an answer with an error. Raises UserError if the model does not
    take `size` pixels and tell these classes apart, Cancelled between pictures.
    """
    far = likeness.distance if likeness is not None and likeness.size == size else None
    yield from answered_files(files, size, answering(tflite, len(classes), size, partners), progress, far)


def predict_averaged(files: Sequence[Path], average: Run, progress: Progress) -> Iterator[Answer]:
    """Answer each picture with the mean of what the runs of an average say of it. Raises as `predict_files` does.

    Each picture is decoded once; the runs' networks answer one after another.
    """
    size, runs = average.plan.image_size, runs_of(average)
    answers = [answering(run.tflite_file, len(run.classes), size, run.averaged) for run in runs]
    columns = [list(member.columns) for member in average.members]

    def mean(pixels: Uint8Array) -> Float32Array:
        rows = [answer(pixels)[:, order] for answer, order in zip(answers, columns, strict=True)]
        return np.asarray(np.mean(rows, axis=0, dtype=np.float64), np.float32)

    yield from answered_files(files, size, mean, progress)


def answering(tflite: Path, classes: int, size: int, partners: tuple[int, ...] | None) -> Answering:
    """A function from uint8 RGB (N, size, size, 3) to probabilities (N, classes); partners: as in `predict_files`.

    Raises UserError if the model does not take `size` pixels and tell so many classes apart.
    """
    predictor = Predictor(tflite, classes=classes)
    if predictor.size != size:
        raise UserError(f"The model takes pictures of {predictor.size} px where {size} px are expected: {tflite}")

    def averaged(pixels: Uint8Array) -> Float32Array:
        mirrored = predictor.predict(np.ascontiguousarray(mirror_images(pixels)))
        return np.asarray((predictor.predict(pixels) + mirrored[:, list(partners or ())]) / 2, np.float32)

    return predictor.predict if partners is None else averaged


def answered_files(
    files: Sequence[Path],
    size: int,
    predict: Answering,
    progress: Progress,
    distance: Callable[[Uint8Array], float] | None = None,
) -> Iterator[Answer]:
    """Decode each file and answer it with `predict`, from (1, size, size, 3) to (1, classes), and with `distance`."""
    decoded = progress.map(partial(_decoded, size=size), files)
    for done, (path, pixels) in enumerate(zip(files, decoded, strict=True), 1):
        progress.report(Step("Predicting", done, len(files)))
        if isinstance(pixels, str):
            yield Answer(path, None, pixels)
        else:
            probabilities = tuple(float(p) for p in predict(pixels[None])[0])
            yield Answer(path, probabilities, None, None if distance is None else distance(pixels[None]))


def _decoded(path: Path, size: int) -> Uint8Array | str:
    """Pixels, or the sentence why there are none."""
    try:
        return network_input(path, size)
    except ImageProblem as error:
        return str(error)
