"""What a network needs and what the machine gives: multiplications and additions, of float32."""

from collections.abc import Callable, Iterable
from typing import Any

import keras
import numpy as np
import tensorflow as tf

_SIDE = 1536
CEILING_FLOP = 2.0 * _SIDE**3
"""Operations of one call of `ceiling()`."""


def forward_flop(layers: Iterable[Any]) -> float:
    """Operations of `layers` for one image: two for each multiply-add of convolutions and dense layers.

    The rest (BatchNormalization, ReLU, sums, pooling) is a hundredth of it, though not a hundredth of the time.
    """
    total = 0.0
    for layer in layers:
        if isinstance(layer, (keras.layers.Conv2D, keras.layers.DepthwiseConv2D)):
            total += 2.0 * np.prod(layer.output.shape[1:3]) * np.prod(layer.kernel.shape)
        elif isinstance(layer, keras.layers.Dense):
            total += 2.0 * np.prod(layer.kernel.shape)
    return float(total)


def step_flop(layers: Iterable[Any]) -> float:
    """Operations of a training step of `layers` for one image: forward, gradient of the inputs, of the weights."""
    return 3.0 * forward_flop(layers)


def ceiling() -> Callable[[], object]:
    """A plain product of two float32 matrices, which is as fast as this machine computes in TensorFlow."""
    random = np.random.default_rng(0)
    one, other = (tf.constant(random.random((_SIDE, _SIDE), np.float32)) for _ in range(2))

    @tf.function
    def product() -> tf.Tensor:
        return tf.reduce_sum(tf.matmul(one, other))

    return lambda: float(product())
