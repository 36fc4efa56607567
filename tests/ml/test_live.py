"""The live head: it goes on from where it was, learns new labels, and ends within a batch."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from tests.ml.conftest import SMALL_QUICK, Recorder
from vv_desktop.core.classes import ClassList
from vv_desktop.core.dataset import Dataset
from vv_desktop.core.errors import Cancelled, UserError
from vv_desktop.core.evaluation import evaluate
from vv_desktop.core.live import LiveHead
from vv_desktop.core.plans import Plan
from vv_desktop.core.progress import BatchEnd, Step
from vv_desktop.ml.live import retrain_head

pytestmark = pytest.mark.usefixtures("tiny_backbone")
PLAN = SMALL_QUICK.changed(head_epochs=12, head_learning_rate=1e-2)


def updated(
    toys: Dataset, cache: Path, start: LiveHead | None = None, progress: Recorder | None = None, plan: Plan = PLAN
) -> LiveHead:
    return retrain_head(toys, plan, cache, cache, "random", start, progress or Recorder())


@pytest.fixture(scope="module")
def first(toys: Dataset, cache: Path, tiny_backbone: None) -> LiveHead:
    """The live head after its first update."""
    return updated(toys, cache)


def loss(head: LiveHead, toys: Dataset) -> float:
    scores = evaluate(toys, "train", head.predictions, head.classes)
    return float(-np.log(scores.probabilities[np.arange(len(scores.labels)), scores.labels]).mean())


def turned(toys: Dataset) -> Dataset:
    """Each circle is called a square, and the other way round."""
    other = {0: 1, 1: 0, 2: 2, -1: -1}
    return dataclasses.replace(toys, samples=tuple(dataclasses.replace(s, label=other[s.label]) for s in toys.samples))


def test_it_answers_every_image_and_says_how_well(toys: Dataset, first: LiveHead) -> None:
    assert first.predictions.images.tolist() == [s.image for s in toys.samples]
    assert np.allclose(first.predictions.probabilities.sum(axis=1), 1, atol=1e-5)
    assert first.val_accuracy == evaluate(toys, "val", first.predictions, first.classes).accuracy > 0.5
    assert first.labels_digest == toys.digest
    assert first.epochs == PLAN.head_epochs


def test_an_update_goes_on_from_the_last_weights(toys: Dataset, cache: Path, first: LiveHead) -> None:
    still = updated(toys, cache, first, plan=PLAN.changed(head_learning_rate=1e-8))
    assert np.abs(still.predictions.probabilities - first.predictions.probabilities).max() < 1e-4
    progress = Recorder()
    again = updated(toys, cache, first, progress)
    assert again.epochs == PLAN.head_epochs // 2 == progress.of(BatchEnd)[-1].epoch
    assert loss(again, toys) < loss(first, toys)
    assert all(step.done == step.total for step in progress.of(Step)), "photos and features come from the cache"


def test_it_learns_what_was_relabelled(toys: Dataset, cache: Path, first: LiveHead) -> None:
    head, before = first, turned(toys)
    assert evaluate(before, "val", head.predictions, head.classes).accuracy < 0.5
    for _ in range(8):
        head = updated(before, cache, head)
    assert evaluate(before, "val", head.predictions, head.classes).accuracy > 0.5


def test_the_same_labels_and_start_give_the_same_head(toys: Dataset, cache: Path, first: LiveHead) -> None:
    same = updated(toys, cache)
    assert np.array_equal(first.predictions.probabilities, same.predictions.probabilities)
    one, two = updated(turned(toys), cache, first), updated(turned(toys), cache, same)
    assert np.array_equal(one.predictions.probabilities, two.predictions.probabilities)
    other = updated(toys, cache, first)
    assert not np.array_equal(one.predictions.probabilities, other.predictions.probabilities)


@pytest.mark.parametrize("batches", [1, 4, 6])  # three an epoch
def test_E2_a_cancel_ends_within_a_batch(batches: int, toys: Dataset, cache: Path, first: LiveHead) -> None:
    progress = Recorder(cancel_when=lambda asked: len(progress.of(BatchEnd)) >= batches)
    with pytest.raises(Cancelled):
        updated(toys, cache, first, progress)
    assert len(progress.of(BatchEnd)) == batches


def test_another_backbone_or_other_classes_begin_anew(toys: Dataset, cache: Path, first: LiveHead) -> None:
    renamed = dataclasses.replace(toys, classes=ClassList(("round", "square", "triangle")))
    assert updated(renamed, cache, first).epochs == PLAN.head_epochs
    assert updated(toys, cache, first, plan=PLAN.changed(seed=5)).epochs == PLAN.head_epochs, "other random weights"


def test_a_head_that_came_to_nothing_begins_anew(toys: Dataset, cache: Path, first: LiveHead) -> None:
    broken = dataclasses.replace(first, weights=tuple(np.full_like(w, np.nan) for w in first.weights))
    progress = Recorder()
    head = updated(toys, cache, broken, progress)
    assert "begins anew" in progress.notes
    assert np.array_equal(head.predictions.probabilities, first.predictions.probabilities)


def test_without_validation_images_it_says_why(toys: Dataset, cache: Path) -> None:
    rest = dataclasses.replace(toys, samples=tuple(s for s in toys.samples if s.split != "val"))
    with pytest.raises(UserError, match="Without validation images"):
        updated(rest, cache)
