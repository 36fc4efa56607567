"""Rounds the weights of a network so that what they do to real pictures stays, not each weight by itself.

Rounded to int8 one by one, the weights of a backbone that was never trained for it change one answer in fifteen.
Here each input of a layer is rounded in turn, and the inputs that come after it make up for the error, by how they
go together in photos: the sum that the layer computes hardly moves. The weights come out on the grid that the
converter will use (float16, or one scale an output channel and a largest weight of 127 steps), so it finds them
exact.
Source: Frantar et al., GPTQ (arXiv 2210.17323), algorithm 1, for convolutions.
"""

from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from keras import layers

from vv_desktop.core.arrays import Float32Array, Uint8Array
from vv_desktop.ml.conversion import Report

ROUNDED = frozenset({"fp16", "int8"})
"""Formats whose weights are coarser than float32."""
_STEPS = 127
_BATCH = 8
_POSITIONS = 48
"""Places of an image at which a layer is looked at, at most."""
_DAMPING = 0.01
"""Share of the mean diagonal that is added to it, so that inputs that never differ cannot blow up."""


@dataclass(frozen=True)
class _Rounded:
    """A layer to round: its kernel times `scale` (an output channel each) is what the converter will round."""

    layer: Any
    tensor: keras.KerasTensor
    scale: Float32Array

    @property
    def depthwise(self) -> bool:
        return type(self.layer) is layers.DepthwiseConv2D


class Rounder:
    """A functional model and how the inputs of its layers go together, measured once and used for each format.

    images: uint8 (N, size, size, 3), a few hundred training photos. Layers that are no plain convolutions or
    dense layers stay as they are; so does a model that is not functional.
    """

    def __init__(self, model: keras.Model, images: Uint8Array, report: Report) -> None:
        self._known = getattr(model, "_nodes_by_depth", None) is not None
        self._model = _with_whole_normalisation(model) if self._known else model
        found = _layers(self._model) if self._known else []
        self._moments = _moments(self._model, found, images, report) if found else []

    def rounded(self, format: str) -> keras.Model:
        """A copy of the model whose kernels are exact in `format`, int8 or fp16."""
        if not self._known:
            return self._model
        copy = keras.models.clone_model(self._model)
        copy.set_weights(self._model.get_weights())
        for one, moment in zip(_layers(copy), self._moments, strict=True):
            one.layer.kernel.assign(_rounded_kernel(one, moment, format))
        return copy


def _rounded_kernel(one: _Rounded, moment: Float32Array, format: str) -> Any:
    kernel = np.asarray(one.layer.kernel, np.float32)
    if one.depthwise:
        rows = (kernel * one.scale[:, None])[..., 0].reshape(-1, kernel.shape[2]).T
        fitted = np.stack([_fitted(row[None], own, format)[0] for row, own in zip(rows, moment, strict=True)])
        return fitted.T.reshape(kernel.shape[:3])[..., None] / _safe(one.scale)[:, None]
    rows = (kernel * one.scale).reshape(-1, kernel.shape[-1]).T
    return _fitted(rows, moment, format).T.reshape(kernel.shape) / _safe(one.scale)


def _with_whole_normalisation(model: keras.Model) -> keras.Model:
    """Subtract first and let the next kernels divide: then all 256 values of a pixel stay apart in int8."""
    rescalings = {layer.name for layer in model.layers if type(layer) is layers.Rescaling and _readers(layer)}

    def clone(layer: Any) -> Any:
        if layer.name not in rescalings:
            return layer.__class__.from_config(layer.get_config())
        offset = np.asarray(layer.offset, np.float32) / np.asarray(layer.scale, np.float32)
        return layers.Rescaling(1.0, offset=offset.tolist(), name=layer.name)

    copy = keras.models.clone_model(model, clone_function=clone)
    copy.set_weights(model.get_weights())
    for name in rescalings:
        for reader in _readers(copy.get_layer(name)) or []:
            scale = np.asarray(model.get_layer(name).scale, np.float32)
            reader.kernel.assign(reader.kernel * scale.reshape(-1, 1))
    return copy


def _readers(layer: Any) -> list[Any] | None:
    """The convolutions that read `layer`, through padding; None if anything else does."""
    found: list[Any] = []
    for node in layer._outbound_nodes:
        reader = node.operation
        if type(reader) is layers.ZeroPadding2D:
            found += _readers(reader) or [None]
        else:
            found.append(reader if type(reader) is layers.Conv2D and reader.groups == 1 else None)
    return None if None in found or not found else found


def _layers(model: keras.Model) -> list[_Rounded]:
    found = []
    for depth in sorted(model._nodes_by_depth, reverse=True):
        for node in model._nodes_by_depth[depth]:
            layer = node.operation
            plain = type(layer) in (layers.Conv2D, layers.DepthwiseConv2D, layers.Dense)
            if plain and getattr(layer, "groups", 1) == 1 and getattr(layer, "depth_multiplier", 1) == 1:
                found.append(_Rounded(layer, node.input_tensors[0], _scale(layer)))
    return found


def _scale(layer: Any) -> Float32Array:
    """What the BatchNormalization behind a layer, if there is one, multiplies its output channels with."""
    channels = layer.kernel.shape[2] if type(layer) is layers.DepthwiseConv2D else layer.kernel.shape[-1]
    nodes = layer._outbound_nodes
    norm: Any = nodes[0].operation if len(nodes) == 1 else None
    if type(norm) is not layers.BatchNormalization:
        return np.ones(channels, np.float32)
    gamma = np.asarray(norm.gamma) if norm.scale else 1.0
    return np.asarray(gamma / np.sqrt(np.asarray(norm.moving_variance) + norm.epsilon), np.float32)


def _safe(scale: Float32Array) -> Float32Array:
    return np.where(scale == 0, np.float32(1), scale)


def _moments(model: keras.Model, found: list[_Rounded], images: Uint8Array, report: Report) -> list[Float32Array]:
    """How the inputs of each layer go together: XᵀX over places of all images, (I, I), of each channel if depthwise."""
    watched = keras.Model(model.inputs[0], [one.tensor for one in found])
    sums: list[Any] = [0.0] * len(found)
    for start in range(0, len(images), _BATCH):
        report("Fitting int8 weights", start, len(images))
        values = watched(tf.cast(images[start : start + _BATCH], tf.float32), training=False)
        values = values if isinstance(values, list) else [values]
        for i, (one, value) in enumerate(zip(found, values, strict=True)):
            sums[i] = sums[i] + _moment(one, value, start)
    return [np.asarray(total, np.float64) for total in sums]


def _moment(one: _Rounded, value: tf.Tensor, seed: int) -> Any:
    layer = one.layer
    if type(layer) is layers.Dense:
        flat = tf.reshape(value, (-1, value.shape[-1]))
        return tf.matmul(flat, flat, transpose_a=True)
    height, width = layer.kernel_size
    patches = tf.image.extract_patches(
        value, (1, height, width, 1), (1, *layer.strides, 1), (1, 1, 1, 1), layer.padding.upper()
    )
    flat = tf.reshape(patches, (patches.shape[0], -1, patches.shape[-1]))
    if flat.shape[1] > _POSITIONS:
        places = np.random.default_rng(seed).choice(flat.shape[1], _POSITIONS, replace=False)
        flat = tf.gather(flat, places, axis=1)
    flat = tf.reshape(flat, (-1, flat.shape[-1]))
    if not one.depthwise:
        return tf.matmul(flat, flat, transpose_a=True)
    channels = tf.transpose(tf.reshape(flat, (-1, height * width, value.shape[-1])), (2, 0, 1))
    return tf.matmul(channels, channels, transpose_a=True)


def _fitted(rows: Float32Array, moment: Float32Array, format: str) -> Float32Array:
    """Weights (O, I) exact in `format`, for inputs that go together as `moment` (I, I) says."""
    steps = np.abs(rows).max(axis=1, keepdims=True) / _STEPS
    steps = np.where(steps == 0, 1.0, steps)
    floor = _DAMPING * max(float(np.trace(moment)) / len(moment), 1e-9)
    damped = np.asarray(moment, np.float64) + floor * np.eye(len(moment))
    order = np.argsort(-np.diag(damped), kind="stable")
    upper = np.linalg.cholesky(np.linalg.inv(damped[np.ix_(order, order)])).T
    left, done = np.asarray(rows, np.float64)[:, order], np.zeros(rows.shape)
    for i in range(rows.shape[1]):
        if format == "fp16":
            done[:, i] = left[:, i].astype(np.float16)
        else:
            done[:, i] = np.clip(np.rint(left[:, i] / steps[:, 0]), -_STEPS, _STEPS) * steps[:, 0]
        left[:, i + 1 :] -= ((left[:, i] - done[:, i]) / upper[i, i])[:, None] * upper[i, i + 1 :]
    if format == "int8":  # the largest weight of a row is 127 steps to the converter: so it has to be
        each, peak = np.arange(len(done)), np.abs(done).argmax(axis=1)
        done[each, peak] = np.copysign(_STEPS * steps[:, 0], done[each, peak]) * (rows != 0).any(axis=1)
    fitted = np.empty_like(done)
    fitted[:, order] = done
    return fitted.astype(np.float32)
