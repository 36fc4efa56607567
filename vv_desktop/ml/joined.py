"""Puts the heads of several runs behind the backbone that they share; runs in a child process, as conversions do."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import keras
import numpy as np
from keras import layers

from vv_desktop.core.errors import UserError
from vv_desktop.ml.conversion import Report, load
from vv_desktop.ml.device import keep_off_gpus
from vv_desktop.ml.phases import save_keras

_LAST_SHARED = "pool"


def join_models(request: dict[str, Any], report: Report) -> dict[str, Any]:
    """Write the mean of the model.keras files `sources` to `out` as one of the same kind.

    columns: for each, which of its outputs is each class of the mean. Raises UserError if the backbones differ.
    """
    keep_off_gpus()
    models = []
    for done, source in enumerate(request["sources"]):
        report("Loading the runs", done, len(request["sources"]))
        models.append(load(Path(source)))
    save_keras(joined(models, request["columns"]), Path(request["out"]))
    return {"path": request["out"]}


def joined(models: Sequence[keras.Model], columns: Sequence[Sequence[int]]) -> keras.Model:
    """One model whose answer is the mean of those of `models`, built on the first one's backbone."""
    first, *others = models
    shared = _shared(first)
    for other in others:
        if not _alike(shared, _shared(other)):
            raise UserError("The runs do not share the weights of their backbone, so there is no one file of them")
    features = first.get_layer(_LAST_SHARED).output
    answers = [
        _head(model, order, f"run_{number}")(features)
        for number, (model, order) in enumerate(zip(models, columns, strict=True), 1)
    ]
    return keras.Model(first.inputs[0], layers.Average(name="mean")(answers), name="average")


def _shared(model: keras.Model) -> list[keras.Layer]:
    names = [layer.name for layer in model.layers]
    return list(model.layers[: names.index(_LAST_SHARED) + 1])


def _alike(one: Sequence[keras.Layer], other: Sequence[keras.Layer]) -> bool:
    if len(one) != len(other):
        return False
    for a, b in zip(one, other, strict=True):
        mine, its = a.get_weights(), b.get_weights()
        if type(a) is not type(b) or len(mine) != len(its) or a.output.shape != b.output.shape:
            return False
        if not all(np.array_equal(x, y) for x, y in zip(mine, its, strict=True)):
            return False
    return True


def _head(model: keras.Model, columns: Sequence[int], name: str) -> keras.Model:
    """What comes behind the backbone, as a model of its own whose outputs are in the order of the mean."""
    start = keras.Input(model.get_layer(_LAST_SHARED).output.shape[1:])
    tensor = start
    for layer in model.layers[len(_shared(model)) :]:
        tensor = layer(tensor)
    last = model.get_layer("probabilities")
    last.set_weights([weights[..., list(columns)] for weights in last.get_weights()])
    return keras.Model(start, tensor, name=name)
