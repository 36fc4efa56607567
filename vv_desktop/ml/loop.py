"""The training loop: one compiled step for both phases, cancelled, stopped and reported batch by batch."""

import contextlib
import math
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal

import keras
import numpy as np

from vv_desktop.core.arrays import Float32Array
from vv_desktop.core.plans import Schedule
from vv_desktop.core.progress import BatchEnd, EpochEnd, Note, PhaseBegin, PhaseName, Progress
from vv_desktop.ml.checkpoint import PhaseCheckpoints
from vv_desktop.ml.device import loss_scaled
from vv_desktop.ml.material import Examples
from vv_desktop.ml.replicas import Replicas
from vv_desktop.ml.schedule import BestScore, Cosine, EarlyStop, Plateau, Rate
from vv_desktop.ml.steps import PLAIN_WAY, Adam, MovingAverage, Ways, answer_step, train_step

Ending = Literal["finished", "stopped", "diverged"]
_EPSILON = 1e-7
"""Least probability that a loss is computed of, as in Keras."""


@dataclass(frozen=True)
class Phase:
    """What a phase of training is told: its name, its limits, and the seed its batches are drawn with.

    schedule, warm_up (epochs), label_smoothing, average_weights: as in `Plan`.
    """

    name: PhaseName
    epochs: int
    learning_rate: float
    batch_size: int
    patience: int
    plateau_patience: int
    seed: int
    schedule: Schedule = "plateau"
    warm_up: float = 0.0
    label_smoothing: float = 0.0
    average_weights: float = 0.0

    def rate(self, batches: int) -> Rate:
        """Its learning rate, for epochs of so many batches."""
        if self.schedule == "plateau":
            return Plateau(self.learning_rate, self.plateau_patience)
        return Cosine(self.learning_rate, self.epochs * batches, self.warm_up * batches)


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

    @property
    def weights(self) -> list[Float32Array]:
        """Of the best epoch, as the model gives them; empty before any."""
        return self._weights

    def resume(self, epochs: Iterable[EpochEnd], weights: list[Float32Array]) -> None:
        """Go on after `epochs`, the best of which had these `weights`."""
        for epoch in epochs:
            self._score.beaten_by(epoch.val_accuracy, epoch.val_loss)
        self._weights = weights

    def restore(self) -> None:
        """Give the model the best weights back."""
        if self.found:
            self._model.set_weights(self._weights)


def run_phase(
    model: keras.Model,
    phase: Phase,
    train: Examples,
    val: Examples,
    best: BestWeights,
    started: float,
    progress: Progress,
    ways: Ways = PLAIN_WAY,
    replicas: Replicas | None = None,
    checkpoints: PhaseCheckpoints | None = None,
) -> tuple[list[EpochEnd], Ending]:
    """Train `model` for one phase, and offer each epoch to `best`; the model is left as the last batch left it.

    started: `time.perf_counter()` when the training began.
    replicas: where the steps run, `progress` being what they agreed on; None for here.
    checkpoints: where the phase goes on from, and is kept after its epochs; None for neither.
    A wish to stop ends it within a batch, of validation too; the epoch it breaks does not count.
    Raises Cancelled likewise.
    """
    return _PhaseRun(model, phase, train, val, progress, ways, replicas or Replicas()).run(best, started, checkpoints)


class _PhaseRun:
    """One phase while it runs."""

    def __init__(
        self,
        model: keras.Model,
        phase: Phase,
        train: Examples,
        val: Examples,
        progress: Progress,
        ways: Ways,
        replicas: Replicas,
    ) -> None:
        self._phase, self._train, self._val, self._progress = phase, train, val, progress
        self._batches = math.ceil(len(train) / phase.batch_size)
        self._rate = phase.rate(self._batches)
        with replicas.scope():
            self._optimizer = loss_scaled(Adam(phase.learning_rate), model)
            how = (ways.forward, ways.change, phase.label_smoothing)
            self._step = replicas.training(train_step(model, self._optimizer, train.rows.dtype, *how))
            self._answer = replicas.answering(answer_step(model, val.rows.dtype, ways.forward))
            self._average = MovingAverage(model, phase.average_weights) if phase.average_weights else None
        self._random = np.random.default_rng([phase.seed, phase.name == "fine-tune"])
        averages = self._average.variables if self._average else []
        self._variables = [*self._optimizer.variables, *averages, *ways.variables]

    def run(
        self, best: BestWeights, started: float, checkpoints: PhaseCheckpoints | None
    ) -> tuple[list[EpochEnd], Ending]:
        phase, over = self._phase, False
        self._progress.report(PhaseBegin(phase.name, phase.epochs))
        early = EarlyStop(phase.patience)
        epochs = checkpoints.resume(self._variables, self._random) if checkpoints else []
        for epoch in epochs:  # what they decided is decided again
            over = early.after(epoch.val_accuracy)
            self._rate.after(epoch.val_loss)
            self._progress.report(epoch)
        for number in range(len(epochs) + 1, 1 if over else phase.epochs + 1):
            trained = self._over_training(number)
            if trained is None:
                return epochs, "stopped"
            with self._average.applied() if self._average else contextlib.nullcontext():
                validated = self._over_validation() if math.isfinite(trained[0]) else (math.nan, math.nan)
                if validated is None:
                    return epochs, "stopped"
                if not all(math.isfinite(value) for value in (*trained, *validated)):
                    self._progress.report(Note(_divergence(phase, number)))
                    return epochs, "diverged"
                improved = best.offer(validated[1], validated[0])
            seconds, rate = time.perf_counter() - started, self._rate.at(number * self._batches - 1)
            epochs.append(EpochEnd(phase.name, number, seconds, *trained, *validated, rate, improved))
            over = early.after(validated[1]) or number == phase.epochs
            if checkpoints:
                checkpoints.after(epochs, self._variables, self._random, last=over)
            self._progress.report(epochs[-1])
            if over:
                break
            self._rate.after(validated[0])
        return epochs, "finished"

    def _over_training(self, number: int) -> tuple[float, float] | None:
        """Mean loss and accuracy while learning; None if the user asked to stop."""
        clock = _Speed()
        order = self._random.permutation(len(self._train))
        batches = self._train.drawn(self._random).batches(order, self._phase.batch_size)
        seen, loss_sum, right = 0, 0.0, 0
        for batch, (inputs, labels, weights) in enumerate(batches, 1):
            if self._asked_to_stop():
                return None
            self._optimizer.learning_rate = self._rate.at((number - 1) * self._batches + batch - 1)
            loss, hits = self._step(inputs, labels, weights)
            if self._average is not None:
                self._average.update()
            seen, right, loss_sum = seen + len(labels), right + int(hits), loss_sum + float(loss) * len(labels)
            if not math.isfinite(loss_sum):
                break
            speed = clock.after(len(labels))
            self._progress.report(BatchEnd(self._phase.name, number, self._phase.epochs, batch, self._batches, speed))
        return loss_sum / seen, right / seen

    def _over_validation(self) -> tuple[float, float] | None:
        """Mean loss and accuracy of the validation images; None if the user asked to stop."""
        loss_sum, right = 0.0, 0
        for probabilities, labels in self._val.answers(self._answer, self._phase.batch_size):
            if self._asked_to_stop():
                return None
            if not np.isfinite(probabilities).all():
                return math.nan, math.nan
            loss_sum += float(-np.log(np.clip(probabilities[np.arange(len(labels)), labels], _EPSILON, None)).sum())
            right += int((probabilities.argmax(axis=1) == labels).sum())
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


def _divergence(phase: Phase, epoch: int) -> str:
    return (
        f"The loss is no number any more in epoch {epoch} of phase {phase.name}, so the phase ends here; "
        f"try a lower learning rate than {phase.learning_rate:g}"
    )
