"""The training loop: one compiled step for both phases, cancelled, stopped and reported batch by batch."""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import keras
import numpy as np
import numpy.typing as npt
import tensorflow as tf

from vv_desktop.core.arrays import Float32Array
from vv_desktop.core.progress import BatchEnd, EpochEnd, Note, PhaseBegin, PhaseName, Progress
from vv_desktop.ml.material import Examples
from vv_desktop.ml.replicas import Replicas
from vv_desktop.ml.schedule import BestScore, EarlyStop, Plateau

Step = Callable[[tf.Tensor, tf.Tensor, tf.Tensor], tuple[tf.Tensor, tf.Tensor]]
Forward = Callable[[tf.Tensor, bool], tf.Tensor]
"""A model's answer to float32 inputs, in training or not: the model itself, or a faster way to the same numbers."""
Ending = Literal["finished", "stopped", "diverged"]


@dataclass(frozen=True)
class Phase:
    """What a phase of training is told: its name, its limits, and the seed its batches are drawn with."""

    name: PhaseName
    epochs: int
    learning_rate: float
    batch_size: int
    patience: int
    plateau_patience: int
    seed: int


class BestWeights:
    """Keeps the weights of the best epoch over both phases, in memory."""

    def __init__(self, model: keras.Model, saved: Callable[[], None] = lambda: None) -> None:
        """`saved` is called after each improvement, while the model still holds those weights."""
        self._model, self._saved, self._score = model, saved, BestScore()
        self._weights: list[Float32Array] = []

    @property
    def found(self) -> bool:
        """Whether any epoch was finished with finite values."""
        return self._score.found

    def offer(self, val_accuracy: float, val_loss: float) -> bool:
        """Keep the model's weights if they are the best so far; says whether they are."""
        if not self._score.beaten_by(val_accuracy, val_loss):
            return False
        self._weights = [np.array(values) for values in self._model.get_weights()]
        self._saved()
        return True

    def restore(self) -> None:
        """Give the model the best weights back."""
        if self.found:
            self._model.set_weights(self._weights)


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
    model: keras.Model, optimizer: keras.Optimizer, dtype: npt.DTypeLike, forward: Forward | None = None
) -> Step:
    """One compiled step over inputs of `dtype`, labels and weights: mean weighted loss and number of right answers.

    forward: how the model's answer is computed; None for the model's own way.
    """
    answer = forward or _as_it_is(model)
    optimizer.build(model.trainable_variables)

    @tf.function(input_signature=_signature(model, dtype))
    def step(inputs: tf.Tensor, labels: tf.Tensor, weights: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        with tf.GradientTape() as tape:
            probabilities = answer(tf.cast(inputs, tf.float32), True)
            losses = keras.losses.sparse_categorical_crossentropy(labels, probabilities)
            loss = tf.reduce_mean(losses * weights)
        gradients = tape.gradient(loss, model.trainable_variables)
        optimizer.apply(gradients, model.trainable_variables)
        return loss, _right(labels, probabilities, weights)

    return step


def evaluation_step(model: keras.Model, dtype: npt.DTypeLike, forward: Forward | None = None) -> Step:
    """One compiled look at a batch: summed weighted loss and number of right answers. forward: as in `train_step`."""
    answer = forward or _as_it_is(model)

    @tf.function(input_signature=_signature(model, dtype))
    def step(inputs: tf.Tensor, labels: tf.Tensor, weights: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        probabilities = answer(tf.cast(inputs, tf.float32), False)
        losses = keras.losses.sparse_categorical_crossentropy(labels, probabilities)
        return tf.reduce_sum(losses * weights), _right(labels, probabilities, weights)

    return step


def run_phase(
    model: keras.Model,
    phase: Phase,
    train: Examples,
    val: Examples,
    best: BestWeights,
    started: float,
    progress: Progress,
    forward: Forward | None = None,
    replicas: Replicas | None = None,
) -> tuple[list[EpochEnd], Ending]:
    """Train `model` for one phase, and offer each epoch to `best`; the model is left as the last batch left it.

    started: `time.perf_counter()` when the training began. val: its weights should be ones.
    forward: how the model's answer is computed; None for the model's own way.
    replicas: where the steps run, `progress` being what they agreed on; None for here.
    A wish to stop ends it within a batch, of validation too; the epoch it breaks does not count.
    Raises Cancelled likewise.
    """
    return _PhaseRun(model, phase, train, val, progress, forward, replicas or Replicas()).run(best, started)


class _PhaseRun:
    """One phase while it runs."""

    def __init__(
        self,
        model: keras.Model,
        phase: Phase,
        train: Examples,
        val: Examples,
        progress: Progress,
        forward: Forward | None,
        replicas: Replicas,
    ) -> None:
        self._phase, self._train, self._val, self._progress = phase, train, val, progress
        with replicas.scope():
            self._optimizer = Adam(phase.learning_rate)
            self._step = replicas.training(train_step(model, self._optimizer, train.rows.dtype, forward))
            self._evaluate = replicas.evaluation(evaluation_step(model, val.rows.dtype, forward))
        self._random = np.random.default_rng([phase.seed, phase.name == "fine-tune"])

    def run(self, best: BestWeights, started: float) -> tuple[list[EpochEnd], Ending]:
        phase = self._phase
        epochs: list[EpochEnd] = []
        self._progress.report(PhaseBegin(phase.name, phase.epochs))
        early, plateau = EarlyStop(phase.patience), Plateau(phase.learning_rate, phase.plateau_patience)
        for number in range(1, phase.epochs + 1):
            rate = plateau.learning_rate
            result = self._epoch(number)
            if result is None:
                return epochs, "stopped"
            if not all(math.isfinite(value) for value in result):
                self._progress.report(Note(_divergence(phase, number, rate)))
                return epochs, "diverged"
            loss, accuracy, val_loss, val_accuracy = result
            improved = best.offer(val_accuracy, val_loss)
            seconds = time.perf_counter() - started
            epochs.append(EpochEnd(phase.name, number, seconds, loss, accuracy, val_loss, val_accuracy, rate, improved))
            self._progress.report(epochs[-1])
            if early.after(val_accuracy):
                break
            self._optimizer.learning_rate = plateau.after(val_loss)
        return epochs, "finished"

    def _epoch(self, number: int) -> tuple[float, float, float, float] | None:
        """Loss and accuracy, validation loss and accuracy; None if the user asked to stop."""
        trained = self._over_training(number)
        if trained is None or not math.isfinite(trained[0]):
            return None if trained is None else (*trained, math.nan, math.nan)
        validated = self._over_validation()
        return None if validated is None else (*trained, *validated)

    def _over_training(self, number: int) -> tuple[float, float] | None:
        clock = _Speed()
        count = math.ceil(len(self._train) / self._phase.batch_size)
        order = self._random.permutation(len(self._train))
        seen, loss_sum, right = 0, 0.0, 0
        for batch, (inputs, labels, weights) in enumerate(self._train.batches(order, self._phase.batch_size), 1):
            if self._asked_to_stop():
                return None
            loss, hits = self._step(inputs, labels, weights)
            seen, right, loss_sum = seen + len(labels), right + int(hits), loss_sum + float(loss) * len(labels)
            if not math.isfinite(loss_sum):
                break
            speed = clock.after(len(labels))
            self._progress.report(BatchEnd(self._phase.name, number, self._phase.epochs, batch, count, speed))
        return loss_sum / seen, right / seen

    def _over_validation(self) -> tuple[float, float] | None:
        loss_sum, right = 0.0, 0
        for inputs, labels, weights in self._val.batches(np.arange(len(self._val)), self._phase.batch_size):
            if self._asked_to_stop():
                return None
            loss, hits = self._evaluate(inputs, labels, weights)
            loss_sum, right = loss_sum + float(loss), right + int(hits)
        return loss_sum / len(self._val), right / len(self._val)

    def _asked_to_stop(self) -> bool:
        self._progress.check()
        return self._progress.stop_requested


class _Speed:
    """Images per second of an epoch; its first batch, which may compile the step, does not count."""

    def __init__(self) -> None:
        self._begun, self._seen, self._first = time.perf_counter(), 0, True

    def after(self, images: int) -> float:
        """Speed after a batch of `images`."""
        now = time.perf_counter()
        if self._first:
            speed = images / max(1e-9, now - self._begun)
            self._begun, self._first = now, False
            return speed
        self._seen += images
        return self._seen / max(1e-9, now - self._begun)


def _as_it_is(model: keras.Model) -> Forward:
    return lambda inputs, training: model(inputs, training=training)


def _signature(model: keras.Model, dtype: npt.DTypeLike) -> list[tf.TensorSpec]:
    """Fixed but for the batch, so that a last, smaller batch does not compile the step anew."""
    inputs = tf.TensorSpec((None, *model.input_shape[1:]), np.dtype(dtype))
    return [inputs, tf.TensorSpec((None,), tf.int64), tf.TensorSpec((None,), tf.float32)]


def _right(labels: tf.Tensor, probabilities: tf.Tensor, weights: tf.Tensor) -> tf.Tensor:
    """Right answers; what has no weight only fills a share (`replicas.py`) and does not count."""
    right = (tf.argmax(probabilities, axis=-1) == labels) & (weights > 0)
    return tf.reduce_sum(tf.cast(right, tf.int32))


def _divergence(phase: Phase, epoch: int, rate: float) -> str:
    return (
        f"The loss is no number any more in epoch {epoch} of phase {phase.name}, so the phase ends here; "
        f"try a lower learning rate than {rate:g}"
    )
