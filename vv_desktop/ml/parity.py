"""What the model and its exported files answer, each file loaded again, and whether a file is the model at all."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from vv_desktop.core.arrays import Float32Array, Uint8Array
from vv_desktop.core.errors import UserError
from vv_desktop.ml.conversion import Report, load
from vv_desktop.ml.onnx_files import OnnxNetwork
from vv_desktop.ml.predictor import Predictor

BATCH = 16
_EXACT = 1e-2
"""Largest difference of a probability that the order of additions can explain."""
_AGREEMENT = {"fp16": 0.95, "int8": 0.7}
_COARSE = 0.1
"""A reduced file is broken rather than coarse if fewer answers are equal than this, and not for being near a tie."""


def keras_answers(model: keras.Model, pixels: Uint8Array, name: str, report: Report) -> Float32Array:
    """The model's probabilities (N, classes) of uint8 RGB (N, size, size, 3)."""

    def answer(batch: Uint8Array) -> Float32Array:
        return np.asarray(model(tf.cast(batch, tf.float32), training=False), np.float32)

    return _in_batches(answer, pixels, name, report)


def file_answers(format: str, path: Path, pixels: Uint8Array, report: Report) -> Float32Array:
    """The same of an exported file, loaded again as its user will load it."""
    name = f"Checking {format}"
    if format == "keras":
        return keras_answers(load(path), pixels, name, report)
    if format == "saved_model":
        return _in_batches(_served(path), pixels, name, report)
    if format == "onnx":
        return _in_batches(OnnxNetwork(path).predict, pixels, name, report)
    return _in_batches(Predictor(path).predict, pixels, name, report)


def _served(path: Path) -> Callable[[Uint8Array], Float32Array]:
    """A SavedModel by its default signature, as servers call it."""
    served: Any = tf.saved_model.load(str(path))
    (name,) = served.signatures["serving_default"].structured_input_signature[1]

    def answer(batch: Uint8Array) -> Float32Array:
        # Asked of `served` each time: a signature alone does not keep its weights alive.
        (values,) = served.signatures["serving_default"](**{name: tf.cast(batch, tf.float32)}).values()
        return np.asarray(values, np.float32)

    return answer


def refuse_another(format: str, answers: Float32Array, expected: Float32Array) -> None:
    """Raise UserError if these probabilities (N, classes) are so far from the model's that the file is not the model.

    What is merely coarse is for the gates (core/proof.py) to judge, and for the user.
    """
    same = float(np.mean(answers.argmax(axis=1) == expected.argmax(axis=1)))
    apart = float(np.abs(answers - expected).max())
    broken = apart > _EXACT
    if format in _AGREEMENT:
        broken = same < _AGREEMENT[format] and apart > _COARSE
    if broken:
        raise UserError(
            f"The {format} file does not answer as the model does and was not kept: "
            f"{same:.0%} equal answers, probabilities {apart:.3f} apart at most, of {len(expected)} images"
        )


def _in_batches(
    answer: Callable[[Uint8Array], Float32Array], pixels: Uint8Array, name: str, report: Report
) -> Float32Array:
    parts = []
    for start in range(0, len(pixels), BATCH):
        report(name, start, len(pixels))
        parts.append(answer(pixels[start : start + BATCH]))
    report(name, len(pixels), len(pixels))
    return np.concatenate(parts)
