"""The live head: trained from nothing the first time, and from where it was for a short while after relabels."""

import math
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np

from vv_desktop.core.arrays import Float32Array
from vv_desktop.core.dataset import UNLABELLED, Dataset
from vv_desktop.core.errors import UserError
from vv_desktop.core.live import LiveHead
from vv_desktop.core.plans import Plan
from vv_desktop.core.progress import BatchEnd, Note, Progress
from vv_desktop.core.runs import Predictions
from vv_desktop.ml.augmentation import PLAIN
from vv_desktop.ml.features import backbone_key
from vv_desktop.ml.material import Material, gathered
from vv_desktop.ml.preflight import labels_of
from vv_desktop.ml.scores import accuracy
from vv_desktop.ml.starting import start_tensorflow

if TYPE_CHECKING:  # TensorFlow takes seconds to start: not before the photos were found good
    import keras

AGAIN_EPOCHS, AGAIN_STEPS, AGAIN_RATE = 2, 60, 0.5
"""An update from the last weights: passes over the training images, steps at least, and its first step size by that of
the plan. Two passes over eighty images are two steps: no label is learnt in them."""
CHUNK = 256
"""Images answered between two looks at cancel: about 10 ms."""


def retrain_head(
    dataset: Dataset,
    plan: Plan,
    cache: Path,
    shared_cache: Path,
    weights: Path | Literal["random"] | None,
    start: LiveHead | None,
    progress: Progress,
) -> LiveHead:
    """Train the head of `plan` on the labels of `dataset` from where `start` was, and answer every readable image.

    The step size falls to nothing, so that the last epoch is the one to keep: validation images choose nothing
    here, and updates one after another cannot grow fond of them.
    start: None, or of other classes or another backbone: from nothing. cache, shared_cache, weights: as in
    `training.train`. The same labels and the same start give the same head. Raises Cancelled within a batch;
    UserError for data that cannot be trained on, weights that are not to be had, or a head that diverged.
    """
    begun = time.perf_counter()
    ready = partial(start_tensorflow, progress)
    material = gathered(dataset, plan, cache, shared_cache, weights, progress, meanwhile=ready)
    ready()
    key = backbone_key(plan, material.weights)
    if start is not None and (start.classes != dataset.classes or start.backbone != key):
        start = None
    learner = _Learner(material, start)
    loss = learner.learn(progress)
    if start is not None and not math.isfinite(loss):
        progress.report(Note("The live head begins anew, since its loss was no number any more"))
        learner = _Learner(material, None)
        loss = learner.learn(progress)
    if not math.isfinite(loss):
        raise UserError(f"The live head's loss was no number; received a learning rate of {plan.head_learning_rate:g}")
    answers = _answers(learner.head, material, progress)
    return LiveHead(
        classes=dataset.classes,
        predictions=Predictions(
            np.array([dataset.samples[i].image for i in material.usable.readable], np.int64), answers
        ),
        backbone=key,
        weights=tuple(np.array(values) for values in learner.head.get_weights()),
        moments=tuple(np.array(values) for values in learner.optimizer.variables),
        labels_digest=dataset.digest,
        seconds=time.perf_counter() - begun,
        epochs=learner.epochs,
        val_accuracy=_val_accuracy(material, answers),
    )


class _Learner:
    """A head with its optimizer, as `start` left them or fresh. Built in 0.2 s, so nothing of it is kept alive."""

    def __init__(self, material: Material, start: LiveHead | None) -> None:
        from vv_desktop.ml.networks import build_head
        from vv_desktop.ml.steps import Adam, train_step

        assert material.features is not None
        plan = material.plan
        # Drawn from the labels, or each update would draw the batches of the one before.
        seed = plan.seed if start is None else int(material.dataset.digest[:7], 16)
        self._rate = plan.head_learning_rate * (1 if start is None else AGAIN_RATE)
        self._batch_size, self._random = plan.batch_size, np.random.default_rng(seed)
        self._train = material.examples("head", "train")
        self.epochs = plan.head_epochs
        if start is not None:
            enough = math.ceil(AGAIN_STEPS / math.ceil(len(self._train) / plan.batch_size))
            self.epochs = max(AGAIN_EPOCHS, min(enough, plan.head_epochs // 2))
        shape = material.features[PLAIN].rows.shape[1:]
        self.head: keras.Model = build_head(plan.changed(seed=seed), shape, len(material.dataset.classes))
        self.optimizer = Adam(self._rate)
        self._step = train_step(self.head, self.optimizer, self._train.rows.dtype)
        if start is not None:
            self.head.set_weights(start.weights)
            # Fresh moments would make Adam's first steps as large as they can be, whatever the gradient.
            for variable, value in zip(self.optimizer.variables, start.moments, strict=True):
                variable.assign(value)

    def learn(self, progress: Progress) -> float:
        """All epochs; mean loss of the last one, or what is no number as soon as that is met. Raises Cancelled."""
        batches = math.ceil(len(self._train) / self._batch_size)
        total = self.epochs * batches
        for epoch in range(1, self.epochs + 1):
            order = self._random.permutation(len(self._train))
            losses, begun = [], time.perf_counter()
            for batch, values in enumerate(self._train.batches(order, self._batch_size), 1):
                progress.check()
                done = (epoch - 1) * batches + batch - 1
                self.optimizer.learning_rate = self._rate * (1 - done / total)
                losses.append(float(self._step(*values)[0]))
                if not math.isfinite(losses[-1]):
                    return losses[-1]
                speed = min(batch * self._batch_size, len(order)) / (time.perf_counter() - begun)
                progress.report(BatchEnd("head", epoch, self.epochs, batch, batches, speed))
        return float(np.mean(losses))


def _answers(head: "keras.Model", material: Material, progress: Progress) -> Float32Array:
    """Probabilities of the readable images, (N, classes)."""
    from vv_desktop.ml.steps import answer_step

    examples = material.to_answer(material.features, material.usable.readable)
    answers: list[Float32Array] = []
    for probabilities, _ in examples.answers(answer_step(head, examples.rows.dtype), CHUNK):
        progress.check()
        answers.append(probabilities)
    return np.concatenate(answers)


def _val_accuracy(material: Material, answers: Float32Array) -> float:
    """Share of the validation images that are recognised; `answers` are of the readable images."""
    predicted = np.full(len(material.dataset.samples), UNLABELLED, np.int64)
    predicted[material.usable.readable] = answers.argmax(axis=1)
    indices = material.usable.splits["val"]
    return accuracy(labels_of(material.dataset, indices), predicted[indices])
