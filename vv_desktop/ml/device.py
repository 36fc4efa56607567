"""Decides once per training where it runs and how precisely it computes: float32, or half precision on a GPU.

On CPUs half precision was measured slower, so it is float32 there. On a GPU, phase 2 computes in float16 and
keeps its weights in float32 (Micikevicius et al., Mixed Precision Training, arXiv 1710.03740): the loss is
scaled, so that small gradients do not vanish, and what is saved is an ordinary float32 model.
"""

import contextlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import keras
import tensorflow as tf
from keras import layers

Policy = Literal["float32", "mixed_float16"]
_EXACT = (layers.InputLayer, layers.Rescaling, layers.Normalization)


@dataclass(frozen=True)
class Device:
    """Where a training runs, in words, and the Keras dtype policy that phase 2 computes by there."""

    name: str
    policy: Policy

    def __str__(self) -> str:
        """As a run keeps it: "2 CPU cores, float32"."""
        return f"{self.name}, {'float32' if self.policy == 'float32' else 'float16 in phase 2'}"


def chosen_device() -> Device:
    """The first GPU that TensorFlow sees, taking memory as it needs it, else the CPU."""
    gpus = tf.config.list_physical_devices("GPU")
    if not gpus:
        cores = _cores()
        return Device(f"{cores} CPU core{'s' if cores > 1 else ''}", "float32")
    for gpu in gpus:
        with contextlib.suppress(RuntimeError):  # TensorFlow has begun to use it: too late, and no reason to fail
            tf.config.experimental.set_memory_growth(gpu, True)
    name = tf.config.experimental.get_device_details(gpus[0]).get("device_name")
    return Device(f"GPU {name}" if name else "GPU", "mixed_float16")


def keep_off_gpus() -> None:
    """In a child process that converts or opens a model: the GPU is for whoever trains, and float32 means float32."""
    with contextlib.suppress(RuntimeError):  # this process uses it already
        tf.config.set_visible_devices([], "GPU")


@contextlib.contextmanager
def computing_in(model: keras.Model, policy: Policy) -> Iterator[None]:
    """Let the layers of `model` compute by `policy`, and afterwards as they did before.

    Their weights are float32 in either. Two kinds of layers stay at float32 always: the scaling of
    pixels, as float16 holds too few digits for it, and the softmax, as the loss takes its logarithm.
    """
    before = [(layer, layer.dtype_policy) for layer in model.layers]
    try:
        for layer in model.layers:
            if not isinstance(layer, _EXACT) and layer is not model.layers[-1]:
                layer.dtype_policy = keras.dtype_policies.DTypePolicy(policy)
        yield
    finally:
        for layer, earlier in before:
            layer.dtype_policy = earlier


def loss_scaled(optimizer: keras.Optimizer, model: keras.Model) -> keras.Optimizer:
    """`optimizer`, with its loss scaled where a layer of `model` computes in float16; there gradients may vanish."""
    if any(layer.compute_dtype == "float16" for layer in model.layers):
        return keras.optimizers.LossScaleOptimizer(optimizer)
    return optimizer


def _cores() -> int:
    """Those that this process may use: a container or a scheduler often gives fewer than there are."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # macOS, Windows
        return os.cpu_count() or 1
