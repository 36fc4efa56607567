"""The compiled steps of a training: learning from a batch, answering one, and the average of the weights."""

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
import numpy.typing as npt
import tensorflow as tf

from vv_desktop.ml.material import Answering

Step = Callable[[tf.Tensor, tf.Tensor, tf.Tensor], tuple[tf.Tensor, tf.Tensor]]
Forward = Callable[[tf.Tensor, bool], tf.Tensor]
"""A model's answer to float32 inputs, in training or not: the model itself, or a faster way to the same numbers."""


@dataclass(frozen=True)
class Ways:
    """How a model is trained where it is not in its own plain way.

    forward: how its answer is computed; None for the model's own way.
    change: what is done to a batch of inputs before it is learnt from, float32 to float32; None for nothing.
    variables: the states of the random numbers that `change` draws.
    """

    forward: Forward | None = None
    change: Callable[[tf.Tensor], tf.Tensor] | None = None
    variables: tuple[Any, ...] = ()


PLAIN_WAY = Ways()


class MovingAverage:
    """A moving average of a model's trainable weights over the steps; made where the optimizer is made.

    In step n the share min(keep, (1 + n) / (10 + n)) of it is kept, so that the first steps are soon
    forgotten. Source: Polyak and Juditsky (1992), as in tf.train.ExponentialMovingAverage.
    """

    def __init__(self, model: keras.Model, keep: float) -> None:
        self._variables = model.trainable_variables
        self._averages = [tf.Variable(tf.convert_to_tensor(v), trainable=False) for v in self._variables]
        self._steps = tf.Variable(0.0, trainable=False)
        self._keep = keep
        self.update = tf.function(self._update, autograph=False)
        """Take in the weights as they are after a step."""

    def _update(self) -> None:
        self._steps.assign_add(1.0)
        keep = tf.minimum(self._keep, (1.0 + self._steps) / (10.0 + self._steps))
        for average, variable in zip(self._averages, self._variables, strict=True):
            average.assign_add((1.0 - keep) * (tf.convert_to_tensor(variable) - average))

    @property
    def variables(self) -> list[tf.Variable]:
        """All that it is."""
        return [*self._averages, self._steps]

    @contextlib.contextmanager
    def applied(self) -> Iterator[None]:
        """Within, the model has the averages; afterwards the weights of its last step again."""
        kept = [np.array(variable) for variable in self._variables]
        for average, variable in zip(self._averages, self._variables, strict=True):
            variable.assign(tf.convert_to_tensor(average))
        try:
            yield
        finally:
            for values, variable in zip(kept, self._variables, strict=True):
                variable.assign(values)


class Adam(keras.optimizers.Adam):
    """Keras's Adam, without its sum of the gradients over replicas where there is only one.

    There the sum does nothing, but it is a custom gradient, and TensorFlow registers those for ever: each
    training would leave its graph, weights and moments behind. Several replicas would each go their own way
    without it.
    """

    def _all_reduce_sum_gradients(self, grads_and_vars: list[Any]) -> list[Any]:
        if self._distribution_strategy.num_replicas_in_sync > 1:
            return super()._all_reduce_sum_gradients(grads_and_vars)
        return grads_and_vars


def train_step(
    model: keras.Model,
    optimizer: keras.Optimizer,
    dtype: npt.DTypeLike,
    forward: Forward | None = None,
    change: Callable[[tf.Tensor], tf.Tensor] | None = None,
    label_smoothing: float = 0.0,
) -> Step:
    """One compiled step over inputs of `dtype`, labels and weights: mean weighted loss and number of right answers.

    forward, change: as in `Ways`.
    """
    answer = forward or _as_it_is(model)
    optimizer.build(model.trainable_variables)

    @tf.function(autograph=False, input_signature=_signature(model, dtype))
    def step(inputs: tf.Tensor, labels: tf.Tensor, weights: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        inputs = tf.cast(inputs, tf.float32)
        if change is not None:
            inputs = change(inputs)
        with tf.GradientTape() as tape:
            probabilities = answer(inputs, True)
            loss = tf.reduce_mean(_losses(labels, probabilities, label_smoothing) * weights)
            scaled = optimizer.scale_loss(loss)  # the same, unless the optimizer is one that scales
        gradients = tape.gradient(scaled, model.trainable_variables)
        optimizer.apply(gradients, model.trainable_variables)
        return loss, _right(labels, probabilities, weights)

    return step


def answer_step(model: keras.Model, dtype: npt.DTypeLike, forward: Forward | None = None) -> Answering:
    """One compiled look at a batch of inputs of `dtype`: class probabilities. forward: as in `Ways`."""
    answer = forward or _as_it_is(model)

    @tf.function(autograph=False, input_signature=_signature(model, dtype)[:1])
    def step(inputs: tf.Tensor) -> tf.Tensor:
        return answer(tf.cast(inputs, tf.float32), False)

    return step


def _as_it_is(model: keras.Model) -> Forward:
    return lambda inputs, training: model(inputs, training=training)


def _signature(model: keras.Model, dtype: npt.DTypeLike) -> list[tf.TensorSpec]:
    """Fixed but for the batch, so that a last, smaller batch does not compile the step anew."""
    inputs = tf.TensorSpec((None, *model.input_shape[1:]), np.dtype(dtype))
    return [inputs, tf.TensorSpec((None,), tf.int64), tf.TensorSpec((None,), tf.float32)]


def _losses(labels: tf.Tensor, probabilities: tf.Tensor, smoothing: float) -> tf.Tensor:
    """Cross-entropy of each image; with `smoothing` that share of the target is spread over all classes."""
    if not smoothing:
        return keras.losses.sparse_categorical_crossentropy(labels, probabilities)
    certain = tf.one_hot(labels, probabilities.shape[-1])
    targets = certain * (1.0 - smoothing) + smoothing / probabilities.shape[-1]
    return keras.losses.categorical_crossentropy(targets, probabilities)


def _right(labels: tf.Tensor, probabilities: tf.Tensor, weights: tf.Tensor) -> tf.Tensor:
    """Right answers; what has no weight only fills a share (`replicas.py`) and does not count."""
    right = (tf.argmax(probabilities, axis=-1) == labels) & (weights > 0)
    return tf.reduce_sum(tf.cast(right, tf.int32))
