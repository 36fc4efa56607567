"""model.onnx, written by tf2onnx and asked with onnxruntime: the optional extra `onnx`."""

import json
from pathlib import Path
from typing import Any

import keras
import tensorflow as tf

from vv_desktop.core.arrays import Float32Array, Uint8Array
from vv_desktop.core.classes import ClassList
from vv_desktop.core.errors import UserError

OPSET = 17
"""What onnxruntime since 1.12 and TensorRT since 8.5 read."""
INPUT, OUTPUT = "pixels", "probabilities"


def to_onnx(model: keras.Model, classes: ClassList) -> bytes:
    """The model as float32 ONNX: `pixels` (N, size, size, 3), RGB of 0 to 255, to `probabilities` (N, classes).

    The class names are in its metadata as a JSON list, `labels`. Raises UserError where tf2onnx cannot convert it.
    """
    import tf2onnx

    @tf.function(
        autograph=False, input_signature=[tf.TensorSpec((None, *model.input_shape[1:]), tf.float32, name=INPUT)]
    )
    def answer(pixels: tf.Tensor) -> dict[str, tf.Tensor]:
        return {OUTPUT: model(pixels, training=False)}

    try:
        found, _ = tf2onnx.convert.from_function(answer, input_signature=answer.input_signature, opset=OPSET)
    except (ValueError, RuntimeError, NotImplementedError) as error:
        raise UserError(f"tf2onnx cannot convert the model; received: {' '.join(str(error).split())[:200]}") from error
    labels = found.metadata_props.add()
    labels.key, labels.value = "labels", json.dumps(list(classes.names), ensure_ascii=False)
    return bytes(found.SerializeToString())


class OnnxNetwork:
    """A model.onnx in onnxruntime, on the processor. Not shared between threads."""

    def __init__(self, path: Path) -> None:
        """Raises UserError if the file cannot be loaded."""
        import onnxruntime

        try:
            self._session: Any = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
        except Exception as error:  # onnxruntime raises classes of its own for each thing that is wrong
            reason = " ".join(str(error).split())[:120]
            raise UserError(f"The model file cannot be loaded ({reason}): {path}") from error

    def predict(self, pixels: Uint8Array) -> Float32Array:
        """Class probabilities (N, classes) of uint8 RGB (N, size, size, 3)."""
        (answers,) = self._session.run([OUTPUT], {INPUT: pixels.astype("float32")})
        found: Float32Array = answers
        return found
