"""Where a training step runs: here, or as one step over the replicas of several GPUs or machines.

Every replica works on its share of the same global batch, drawn from the same seed on each worker. What the
shares give is summed, so loss, gradients and right answers are those of one process with the whole batch.
Source: https://www.tensorflow.org/tutorials/distribute/custom_training
"""

import contextlib
import math
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, nullcontext
from typing import Any, TypeVar

import keras
import numpy as np
import numpy.typing as npt
import tensorflow as tf

from vv_desktop.core.arrays import Float32Array, Int64Array
from vv_desktop.core.errors import Cancelled, UserError
from vv_desktop.core.progress import Event, Progress
from vv_desktop.ml.material import Answering

T = TypeVar("T")
R = TypeVar("R")
_NO_WISH, _STOP, _CANCEL = range(3)
_APART = 1_000_003
_GONE = "Collective ops is aborted"


class WorkerGone(UserError):
    """A worker died or left while others needed it; each of them hears this."""


class Replicas:
    """One replica, this process: everything stays as it is."""

    count = 1

    def scope(self) -> AbstractContextManager[Any]:
        """Networks and optimizers are made in here."""
        return nullcontext()

    def agreed(self, progress: Progress) -> Progress:
        """A progress that is stopped or cancelled on all workers before the same batch."""
        return progress

    def spread(self, model: keras.Model) -> None:
        """Let the random layers of `model` draw differently on each replica."""

    def check_same(self, what: str, digest: str) -> None:
        """Raise UserError on every worker unless all brought the same hexadecimal `digest` of `what`."""

    def training(self, step: Any) -> Any:
        """A `train_step` for the global batch: mean loss and number of right answers, from all replicas."""
        return step

    def answering(self, step: Answering) -> Answering:
        """An `answer_step` for the global batch: the probabilities of all of it, the same on all workers."""
        return step


class ManyReplicas(Replicas):
    """The replicas of a tf.distribute strategy: one a GPU, or one a worker where there is none.

    Each method but `scope` is a meeting: all workers call the same ones in the same order.
    workers: their addresses, this one being `index`; one name where all replicas are in this process.
    """

    def __init__(self, strategy: tf.distribute.Strategy, workers: tuple[str, ...], index: int) -> None:
        self.strategy, self.workers, self.index = strategy, workers, index
        self.count = int(strategy.num_replicas_in_sync)
        self._gather = tf.function(
            lambda values: strategy.gather(strategy.run(tf.identity, (values,)), axis=0), autograph=False
        )

    def scope(self) -> AbstractContextManager[Any]:
        """The strategy's."""
        return self.strategy.scope()

    def agreed(self, progress: Progress) -> Progress:
        """See `AgreedProgress`."""
        return AgreedProgress(progress, self) if len(self.workers) > 1 else progress

    def spread(self, model: keras.Model) -> None:
        """Without this a Dropout would hide the same places in each replica's share."""
        states = [
            layer.seed_generator.state.value
            for layer in model.layers
            if isinstance(layer, keras.layers.Dropout) and layer.rate
        ]

        def move_on() -> None:
            replica = tf.distribute.get_replica_context().replica_id_in_sync_group
            for state in states:
                state.assign_add(tf.stack([_APART * tf.cast(replica, state.dtype), tf.zeros((), state.dtype)]))

        tf.function(lambda: self.strategy.run(move_on), autograph=False)()

    def check_same(self, what: str, digest: str) -> None:
        """As digests are compared by all with the chief's, all refuse with the same sentence."""
        brought = self.from_all(int(digest[:15], 16))
        others = np.flatnonzero(brought != brought[0])
        if len(others):
            raise UserError(
                f"All workers need the same {what}, but those of worker {others[0]} are not those of worker 0; "
                f"received {self.workers[others[0]]}"
            )

    def training(self, step: Any) -> Any:
        """See `_StepOnAll`."""
        return _StepOnAll(self, step)

    def answering(self, step: Any) -> Answering:
        """See `_AnswersOfAll`."""
        return _AnswersOfAll(self, step)

    def from_all(self, value: int) -> Int64Array:
        """What each worker gave, (workers,). Raises WorkerGone."""
        given = self.shared([tf.constant([value], tf.int64)] * self.count)
        answers = self.together(self._gather, given).numpy()
        return answers[:: self.count // len(self.workers)]

    def shared(self, values: list[Any]) -> Any:
        """One value (or tuple of values) for each replica; a worker keeps those of its own."""
        return self.strategy.experimental_distribute_values_from_function(
            lambda context: values[context.replica_id_in_sync_group]
        )

    def together(self, call: Callable[..., Any], *values: Any) -> Any:
        """Something that all workers do at once. Raises WorkerGone if one of them does not come."""
        try:
            return call(*values)
        except tf.errors.OpError as error:
            if not isinstance(error, tf.errors.UnavailableError) and _GONE not in str(error):
                raise
            raise WorkerGone(self._who(str(error))) from error

    def _who(self, error: str) -> str:
        """TensorFlow names the worker in the text only, and not always."""
        named = re.search(r"(?:remote target |heartbeats\):\s*)/job:worker/replica:0/task:(\d+)", error)
        reason = re.search(rf"{_GONE} by: (.*)", error)
        who = f"Worker {named[1]} ({self.workers[int(named[1])]})" if named else "Another worker"
        return (
            f"{who} does not answer any more, and the training cannot go on without it; what that worker said last "
            f"may tell why; received {(reason[1] if reason else error.splitlines()[0]).strip()!r}"
        )


class AgreedProgress:
    """Hears of a stop or a cancel when all workers do: one that ended alone would leave the others waiting.

    `check` is a meeting, so every worker calls it equally often; `report` only reports.
    """

    def __init__(self, progress: Progress, replicas: ManyReplicas) -> None:
        self._progress, self._replicas, self._stop = progress, replicas, False

    @property
    def stop_requested(self) -> bool:
        """Whether any worker had been asked to stop at the last `check`."""
        return self._stop

    def report(self, event: Event) -> None:
        """Tell the listener. Does not raise Cancelled."""
        with contextlib.suppress(Cancelled):
            self._progress.report(event)

    def check(self) -> None:
        """Raises Cancelled on all workers if any was called off, and WorkerGone."""
        wish = _NO_WISH
        try:
            self._progress.check()
            if self._progress.stop_requested:
                wish = _STOP
        except Cancelled:
            wish = _CANCEL
        strongest = self._replicas.from_all(wish).max()
        if strongest == _CANCEL:
            raise Cancelled
        self._stop = bool(strongest == _STOP)

    def map(self, function: Callable[[T], R], items: Iterable[T]) -> Iterator[R]:
        """As the progress itself."""
        return self._progress.map(function, items)

    def in_child(self, function: str, request: dict[str, Any]) -> dict[str, Any]:
        """As the progress itself."""
        return self._progress.in_child(function, request)


class _Shares:
    """Deals a global batch out to the replicas, as many rows to each.

    What the last, smaller batch lacks is filled with copies of its first row. So no image is left out, no share is
    empty, and no other shape is compiled.
    """

    def __init__(self, replicas: ManyReplicas) -> None:
        self._replicas, self.rows = replicas, 0

    def filled(self, images: int) -> Int64Array:
        """Which row of a batch of `images` stands at each place of the shares, one share after another."""
        self.rows = max(self.rows, math.ceil(images / self._replicas.count))  # the first batch is as large as any
        taken = np.zeros(self.rows * self._replicas.count, np.int64)
        taken[:images] = np.arange(images)
        return taken

    def dealt(self, *arrays: npt.NDArray[Any]) -> Any:
        """Filled arrays, in shares."""
        starts = range(0, len(arrays[0]), self.rows)
        return self._replicas.shared([tuple(tf.constant(a[i : i + self.rows]) for a in arrays) for i in starts])


class _StepOnAll:
    """A `train_step` for one replica, called with the global batch and run on all replicas with a share of it each.

    What fills a share has weight 0, and adds nothing to loss, gradients and right answers.
    """

    def __init__(self, replicas: ManyReplicas, step: Any) -> None:
        self._replicas, self._shares = replicas, _Shares(replicas)
        strategy = replicas.strategy

        def share(inputs: tf.Tensor, labels: tf.Tensor, weights: tf.Tensor) -> tf.Tensor:
            # A compiled function inside `strategy.run` could not meet the other replicas: the same code, uncompiled.
            loss, right = step.python_function(inputs, labels, weights)
            return tf.stack([loss, tf.cast(right, loss.dtype)])

        self._step = tf.function(
            lambda *batch: strategy.reduce("SUM", strategy.run(share, batch), axis=None), autograph=False
        )

    def __call__(self, inputs: npt.NDArray[Any], labels: Int64Array, weights: Float32Array) -> tuple[float, int]:
        """Mean loss and number of right answers of the whole batch. Raises WorkerGone."""
        images = len(labels)
        taken = self._shares.filled(images)
        # A replica takes the mean over its rows: scaled, so that the sum over replicas is the mean over the images.
        scaled = weights[taken] * np.float32(self._shares.rows / images)
        scaled[images:] = 0.0
        batch = self._shares.dealt(inputs[taken], labels[taken], scaled)
        loss, right = self._replicas.together(self._step, *batch).numpy()
        return float(loss), int(right)


class _AnswersOfAll:
    """An `answer_step` for one replica, called with a batch; each replica answers a share, and all hear everything."""

    def __init__(self, replicas: ManyReplicas, step: Any) -> None:
        self._replicas, self._shares = replicas, _Shares(replicas)
        strategy = replicas.strategy
        self._answer = tf.function(
            lambda inputs: strategy.gather(strategy.run(step.python_function, (inputs,)), axis=0), autograph=False
        )

    def __call__(self, inputs: npt.NDArray[Any]) -> Float32Array:
        """Probabilities (N, classes). Raises WorkerGone."""
        shares = self._shares.dealt(inputs[self._shares.filled(len(inputs))])
        answers = self._replicas.together(self._answer, *shares)
        return np.asarray(answers[: len(inputs)], np.float32)


def on_this_machine() -> Replicas:
    """All GPUs of this machine where it has several, else this process as it is."""
    if len(tf.config.list_physical_devices("GPU")) < 2:
        return Replicas()
    return ManyReplicas(tf.distribute.MirroredStrategy(), ("this machine",), 0)
