"""Predictions of a model that this project did not make, opened in a child process, which a bad file may kill."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from vv_desktop.core.arrays import Float32Array, Uint8Array
from vv_desktop.core.classes import ClassList, read_labels_txt, read_text
from vv_desktop.core.errors import UserError
from vv_desktop.core.limits import MEMORY, limits_of_foreign
from vv_desktop.core.progress import ChildDied, Predicted, Progress
from vv_desktop.ml.keras_archive import check_archive
from vv_desktop.ml.predictor import Predictor, answered_files, check_probabilities

Predict = Callable[[Uint8Array], Float32Array]


def predict_with_model(files: Sequence[Path], model: Path, progress: Progress) -> None:
    """What a .tflite or .keras says of pictures, each reported as `Predicted`, by the classes of `classes_beside`.

    The file is opened in a child process only, within the limits of core/limits.py. Raises Cancelled, and UserError if
    model or classes cannot be used, or the file took its process down.
    """
    request = {"model": str(model), "files": [str(path) for path in files], "limits": limits_of_foreign(len(files))}
    try:
        progress.in_child("vv_desktop.ml.foreign:predict_foreign", request)
    except ChildDied as error:
        raise UserError(ended_its_process(model)) from error


def ended_its_process(path: Path) -> str:
    """The sentence about a file, or a folder of them, whose child process ended without an answer."""
    much = f"wants more than {MEMORY // 2**30} GB of memory or takes far too long"
    return f"The model ended the process that opened it, as it is damaged, {much}: {path}"


def predict_foreign(request: dict[str, Any], progress: Progress) -> dict[str, Any]:
    """In the child: answer the pictures `files` with `model`, a .tflite or .keras; each is `Predicted` at once.

    Raises UserError if model or classes cannot be used.
    """
    model = Path(request["model"])
    size, predict = _loaded(model, len(classes_beside(model)[0]))
    files = [Path(name) for name in request["files"]]
    for answer in answered_files(files, size, predict, progress):
        progress.report(Predicted(answer))
    return {}


def classes_beside(model: Path) -> tuple[ClassList, str | None]:
    """The classes of a model, from model.json if it was exported here, else from labels.txt; and what is assumed.

    The model itself is not opened. Raises UserError if nothing beside it names its classes.
    """
    if not model.is_file():
        raise UserError(f"There is no model file of that name: {model}")
    described, labels = model.parent / "model.json", model.parent / "labels.txt"
    if described.is_file():
        try:
            classes = ClassList(tuple(str(name) for name in json.loads(read_text(described))["classes"]))
        except (ValueError, KeyError, TypeError) as error:
            raise UserError(f"The description beside the model cannot be read ({error}): {described}") from error
        return classes, _contradiction(classes, labels)
    if labels.is_file():
        note = "Nothing says how this model wants its pixels: it is given 0–255 RGB, the picture stretched to a square"
        return read_labels_txt(labels), note
    raise UserError(f"labels.txt or model.json must stand beside the model and name its classes: {model.parent}")


def _contradiction(classes: ClassList, labels: Path) -> str | None:
    """Both were exported together: whoever changed labels.txt since would wait for other names than these."""
    try:
        if not labels.is_file() or read_labels_txt(labels) == classes:
            return None
    except UserError:
        pass  # it says nothing any more
    return "labels.txt beside this model was changed: the classes are those of model.json, in their order there"


def _loaded(model: Path, classes: int) -> tuple[int, Predict]:
    """Side of the input in pixels, and what answers (N, side, side, 3) with (N, classes)."""
    if model.suffix == ".tflite":
        predictor = Predictor(model, classes=classes)
        return predictor.size, predictor.predict
    if model.suffix == ".keras":
        return _keras(model, classes)
    raise UserError(f"A model is a .tflite or .keras file; received {model.name!r}")


def _keras(path: Path, classes: int) -> tuple[int, Predict]:
    check_archive(path)
    from vv_desktop.ml.conversion import load  # TensorFlow, only for those who bring a .keras
    from vv_desktop.ml.device import keep_off_gpus

    keep_off_gpus()
    model = load(path)
    shapes = getattr(model, "input_shape", None), getattr(model, "output_shape", None)
    shape = shapes[0]
    if not isinstance(shape, tuple) or len(shape) != 4 or shape[1] is None or shape[1] != shape[2] or shape[3] != 3:
        raise UserError(f"A model that takes one square RGB picture is expected; its input is {shape}: {path}")
    if shapes[1] != (None, classes):
        raise UserError(f"A model that tells {classes} classes apart is expected; its output is {shapes[1]}: {path}")

    def predict(pixels: Uint8Array) -> Float32Array:
        answers = np.asarray(model(pixels.astype(np.float32), training=False), np.float32)
        check_probabilities(answers, path)
        return answers

    return int(shape[1]), predict
