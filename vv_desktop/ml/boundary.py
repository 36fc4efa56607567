"""Cuts a network at a boundary into a front that stays as it is and a tail that is fine-tuned."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np

from vv_desktop.core.errors import UserError
from vv_desktop.core.files import atomic_path
from vv_desktop.ml.conversion import to_tflite
from vv_desktop.ml.device import keep_off_gpus
from vv_desktop.ml.litert import LiteRtNetwork
from vv_desktop.ml.networks import build_backbone

_TOLERANCE = 1e-3


def front_of(backbone: keras.Model, boundary: str) -> keras.Model:
    """From the backbone's input to the output of its layer `boundary`; shares its layers. Raises UserError."""
    return keras.Model(backbone.inputs[0], _layer(backbone, boundary).output, name="front")


def tail_of(whole: keras.Model, boundary: str) -> keras.Model:
    """From the output of the layer `boundary` to the output of `whole`; shares its layers and so its weights.

    Raises UserError if there is no such layer, or another way leads around it.
    """
    cut = _layer(whole, boundary).output
    try:
        return keras.Model(cut, whole.outputs[0], name="tail")
    except ValueError as error:
        raise UserError(
            f"The network cannot be cut here, another way leads around it; received {boundary!r}"
        ) from error


def freeze_front(backbone: keras.Model, boundary: str) -> None:
    """Freeze all layers up to and with `boundary`; to be called after `freeze_statistics`. Raises UserError."""
    for layer in front_of(backbone, boundary).layers:
        layer.trainable = False


def convert_front(request: dict[str, Any], report: Callable[[str, int, int], None]) -> dict[str, Any]:
    """Build `backbone` from `path` or `seed` and `size`, and write it up to `boundary` to `out` as .tflite.

    Runs in a child process. Raises UserError as `build_backbone` and `front_of` do.
    """
    keep_off_gpus()
    report("Converting the frozen part of the network", 0, 1)
    path = Path(request["path"]) if request["path"] else None
    backbone = build_backbone(path, request["size"], "average", request["seed"], request["backbone"])
    front = front_of(backbone, request["boundary"])
    picture = np.random.default_rng(0).integers(0, 256, (1, *front.input_shape[1:])).astype(np.uint8)
    expected = np.asarray(front(picture.astype(np.float32), training=False))
    with atomic_path(Path(request["out"])) as temporary:
        temporary.write_bytes(to_tflite(front, "fp32", None))
        difference = float(np.abs(LiteRtNetwork(temporary).run(picture) - expected).max() / np.abs(expected).max())
        if not difference <= _TOLERANCE:
            raise RuntimeError(f"the converted network answers differently by {difference}")
    report("Converting the frozen part of the network", 1, 1)
    return {"path": request["out"]}


def _layer(model: keras.Model, boundary: str) -> keras.layers.Layer:
    try:
        return model.get_layer(boundary)
    except ValueError as error:
        raise UserError(f"The network has no such boundary to fine-tune from; received {boundary!r}") from error
