"""Scores: equal to scikit-learn's, and following every relabel."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import confusion_matrix, f1_score, precision_recall_fscore_support

from vv_desktop.core.classes import ClassList
from vv_desktop.core.dataset import Dataset, Sample
from vv_desktop.core.evaluation import evaluate, wilson_interval
from vv_desktop.core.runs import Predictions

NAMES = ClassList(("a", "b", "c"))


def dataset(labels: list[int], classes: ClassList = NAMES) -> Dataset:
    return Dataset(
        classes, tuple(Sample(i + 1, Path(f"{i}.jpg"), label, "test", "g") for i, label in enumerate(labels))
    )


def predictions(classes: list[int], width: int = 3) -> Predictions:
    rows = np.full((len(classes), width), 0.1, np.float32)
    rows[np.arange(len(classes)), classes] = 0.8
    return Predictions(np.arange(1, len(classes) + 1), rows)


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2)), min_size=1, max_size=40))
def test_scores_equal_scikit_learns(pairs: list[tuple[int, int]]) -> None:
    labels, predicted = [a for a, _ in pairs], [b for _, b in pairs]
    scores = evaluate(dataset(labels), "test", predictions(predicted), NAMES)
    assert np.array_equal(scores.confusion, confusion_matrix(labels, predicted, labels=range(3)))
    assert scores.accuracy == pytest.approx(np.mean(np.array(labels) == predicted))
    assert scores.macro_f1 == pytest.approx(f1_score(labels, predicted, average="macro"))
    expected = precision_recall_fscore_support(labels, predicted, labels=range(3), zero_division=np.nan)
    got = [(s.precision, s.recall, s.f1, s.support) for s in scores.per_class]
    np.testing.assert_allclose(np.array(got).T[:2], np.array(expected)[:2])
    assert [s.support for s in scores.per_class] == list(expected[3])


def test_classes_are_matched_by_name_not_by_place() -> None:
    """The run knew the classes in another order, and one class of the project not at all."""
    run_classes = ClassList(("c", "a"))
    scores = evaluate(dataset([0, 1, 2]), "test", predictions([1, 0, 0], width=2), run_classes)
    assert scores.left_out == 1
    assert scores.accuracy == 1.0
    assert scores.images.tolist() == [1, 3]


def test_images_without_prediction_are_counted_not_guessed() -> None:
    scores = evaluate(dataset([0, 1, 2]), "test", predictions([0, 1]), NAMES)
    assert (len(scores.images), scores.left_out) == (2, 1)


def test_cells_and_mistakes_come_surest_first() -> None:
    rows = np.array([[0.9, 0.1, 0], [0.6, 0.4, 0], [0.7, 0.3, 0]], np.float32)
    scores = evaluate(dataset([1, 1, 0]), "test", Predictions(np.array([1, 2, 3]), rows), NAMES)
    assert scores.cell(1, 0).tolist() == [1, 2]
    assert scores.mistakes().tolist() == [1, 2]


def test_no_image_is_no_score() -> None:
    scores = evaluate(dataset([]), "test", predictions([]), NAMES)
    assert np.isnan(scores.accuracy)
    assert scores.interval == (0.0, 1.0)


def test_wilson_interval_by_hand() -> None:
    """Wilson 1927 for 8 of 10: 0.490 to 0.943."""
    assert wilson_interval(8, 10) == pytest.approx((0.4902, 0.9433), abs=1e-4)
    assert wilson_interval(0, 10)[0] == 0.0
