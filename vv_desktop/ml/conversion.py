"""Conversions of networks to other file formats; runs in a child process, since converting leaks and can crash."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from vv_desktop.core.arrays import Float32Array, Uint8Array
from vv_desktop.core.errors import UserError
from vv_desktop.core.files import atomic_path
from vv_desktop.ml.device import keep_off_gpus
from vv_desktop.ml.keras_archive import check_archive
from vv_desktop.ml.litert import LiteRtNetwork
from vv_desktop.ml.networks import build_backbone

Report = Callable[[str, int, int], None]
RANGE_IMAGES = 210
"""Thirty of each of seven classes; more only widen the ranges."""
_TOLERANCE = 1e-2


def convert_backbone(request: dict[str, Any], report: Report) -> dict[str, Any]:
    """Build the frozen `backbone` from `path` or `seed`, `size`, `pooling` and write it to `out` as .tflite."""
    keep_off_gpus()
    report("Converting the pretrained network", 0, 1)
    path = Path(request["path"]) if request["path"] else None
    backbone = build_backbone(path, request["size"], request["pooling"], request["seed"], request["backbone"])
    out = Path(request["out"])
    _write_checked(backbone, out)
    report("Converting the pretrained network", 1, 1)
    return {"path": str(out)}


def convert_run(request: dict[str, Any], report: Report) -> dict[str, Any]:
    """Write the model.keras at `source`, made by this program, to `out` as float32 .tflite."""
    keep_off_gpus()
    report("Converting the network", 0, 1)
    _write_checked(load(Path(request["source"])), Path(request["out"]))
    report("Converting the network", 1, 1)
    return {"path": request["out"]}


def load(path: Path) -> keras.Model:
    """A .keras file, refusing code inside it. Raises UserError if it cannot be loaded."""
    check_archive(path)
    try:
        return keras.saving.load_model(path, safe_mode=True, compile=False)
    except Exception as error:  # Keras raises whatever the damaged part makes it raise
        raise UserError(f"The model cannot be loaded ({' '.join(str(error).split())[:120]}): {path}") from error


def to_tflite(model: keras.Model, format: str, images: Uint8Array | None) -> bytes:
    """The model as a .tflite of `format` fp32, fp16 or int8 (uint8 in, uint8 out).

    images: for int8, uint8 RGB (N, size, size, 3) to measure ranges with: the first 210. Raises UserError for none.
    """

    @tf.function(autograph=False, input_signature=[tf.TensorSpec((None, *model.input_shape[1:]), tf.float32)])
    def answer(pixels: tf.Tensor) -> tf.Tensor:
        return model(pixels, training=False)

    # Without the model as second argument: with it the weights of a Keras 3 model are silently lost.
    # The same bytes as from_keras_model's, which goes by way of a SavedModel, in a fifth of the time.
    converter = tf.lite.TFLiteConverter.from_concrete_functions([answer.get_concrete_function()])
    if format == "fp16":
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
        converter.target_spec.supported_types = [tf.float16]
    elif format == "int8":
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
        converter.representative_dataset = _calibration(_checked(images))
        converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
        converter.inference_input_type = tf.uint8
        converter.inference_output_type = tf.uint8
    return bytes(converter.convert())


def _checked(images: Uint8Array | None) -> Float32Array:
    """One value that is no number in the calibration data crashes the converter: better a sentence."""
    if images is None or not len(images):
        raise UserError("An int8 file needs images to measure ranges with; received none")
    values = np.array(images[:RANGE_IMAGES], np.float32)
    if not np.isfinite(values).all():
        raise UserError(f"The calibration images hold values that are not numbers; received {len(images)} images")
    # Two pixels of the first image span the range: input scale 1 and zero point 0, whatever the photos,
    # so that the bytes of a picture are the input and no phone app has to scale them.
    values[0, 0, 0], values[0, 0, 1] = 0.0, 255.0
    return values


def _calibration(images: Float32Array) -> Callable[[], Iterator[list[Float32Array]]]:
    def images_one_by_one() -> Iterator[list[Float32Array]]:
        for image in images:
            yield [image[None]]

    return images_one_by_one


def _write_checked(model: keras.Model, out: Path) -> None:
    """Convert to float32 and look at one picture both ways before the file takes its name."""
    size = model.input_shape[1]
    picture = np.random.default_rng(0).integers(0, 256, (1, size, size, 3)).astype(np.uint8)
    expected = np.asarray(model(picture.astype(np.float32), training=False))
    with atomic_path(out) as temporary:
        temporary.write_bytes(to_tflite(model, "fp32", None))
        difference = float(np.abs(LiteRtNetwork(temporary).run(picture) - expected).max())
        if difference > _TOLERANCE:
            raise RuntimeError(f"the converted network answers differently by {difference}")
