"""Builds the network: a backbone with its normalisation inside, and the head that a plan asks for."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import keras
import numpy as np
from keras import layers

from vv_desktop.core.plans import Plan, Pooling
from vv_desktop.ml.backbones import PRETRAINED
from vv_desktop.ml.initial import load_pretrained, randomise


@dataclass(frozen=True)
class Network:
    """One classifier in two parts that share their weights with the whole.

    backbone: 0–255 RGB (N, size, size, 3) to pooled features, (N, channels) or (N, cells, cells, channels).
    head: pooled features to class probabilities (N, classes).
    whole: 0–255 RGB to class probabilities; an ordinary functional model, the one that is saved.
    """

    backbone: keras.Model
    head: keras.Model
    whole: keras.Model


def build_network(weights: Path | None, plan: Plan, classes: int) -> Network:
    """The network of a plan. The backbone is frozen. Raises UserError as `build_backbone` does."""
    backbone = build_backbone(weights, plan.image_size, plan.pooling, plan.seed, plan.backbone)
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


def build_backbone(
    weights: Path | None, size: int, pooling: Pooling, seed: int, name: str = "MobileNetV2"
) -> keras.Model:
    """The backbone `name` from 0–255 RGB (N, size, size, 3) to pooled features.

    weights: an HDF5 file with or without top, in old or new layer names; None for random ones from `seed`.
    size, pooling: as a plan allows them. Raises UserError if the file holds something else.
    """
    pretrained = PRETRAINED[name]
    pixels = keras.Input((size, size, 3), name="pixels")
    scaled = layers.Rescaling(pretrained.scale, pretrained.offset, name="normalisation")(pixels)
    network = getattr(keras.applications, name)(
        input_tensor=scaled, include_top=False, weights=None, **pretrained.options
    )
    _seed_dropout(network, seed)
    if weights is None:
        randomise(network, seed)
    else:
        load_pretrained(network, weights, name)
    pool = (
        layers.GlobalAveragePooling2D(name="pool")
        if pooling == "average"
        else layers.AveragePooling2D(3, strides=2, name="pool")
    )
    # From `pixels`, as `network.input` is a list of one, and saved models would ask for a list.
    return keras.Model(pixels, pool(network.outputs[0]), name="backbone")


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


def _seed_dropout(network: keras.Model, seed: int) -> None:
    """Some backbones skip blocks at random while they are trained; Keras would draw that from the clock."""
    dropouts = [layer for layer in network.layers if isinstance(layer, layers.Dropout)]
    for layer, state in zip(dropouts, np.random.SeedSequence([seed, 1]).generate_state(len(dropouts)), strict=True):
        layer.seed_generator.state.assign([state, 0])
