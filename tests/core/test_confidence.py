"""What a probability is worth: bins, their error, and thresholds, counted by hand."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vv_desktop.core.calibration import Calibration, calibration_error
from vv_desktop.core.classes import ClassList
from vv_desktop.core.confidence import accepted, reliability, threshold_for
from vv_desktop.core.evaluation import Evaluation
from vv_desktop.core.export_texts import calibration_row

CLASSES = ClassList(("a", "b"))


def evaluation(sure_and_right: list[tuple[float, bool]], answer: int = 0) -> Evaluation:
    """Answers, all of one class, so sure and right or wrong."""
    count = len(sure_and_right)
    probabilities = np.zeros((count, 2), np.float32)
    for row, (sure, _) in zip(probabilities, sure_and_right, strict=True):
        row[answer], row[1 - answer] = sure, 1 - sure
    labels = np.array([answer if right else 1 - answer for _, right in sure_and_right], np.int64)
    return Evaluation(CLASSES, np.arange(count), labels, probabilities, 0)


def test_the_bins_count_and_average_what_lies_in_them() -> None:
    of = evaluation([(0.55, True), (0.56, False), (0.95, True), (1.0, True)])
    low, high = reliability(of.probabilities, of.labels)
    assert (low.low, low.high, low.count, low.accuracy) == (0.5, 0.6, 2, 0.5)
    assert low.confidence == pytest.approx(0.555)
    assert (high.low, high.high, high.count, high.accuracy) == (0.9, 1.0, 2, 1.0), "1 lies in the last bin"
    assert calibration_error((low, high)) == pytest.approx(0.5 * 0.055 + 0.5 * 0.025)
    assert math.isnan(calibration_error(()))


def test_a_threshold_lets_through_what_is_as_sure() -> None:
    of = evaluation([(0.6, False), (0.8, True), (0.9, True)])
    everything, a, b = accepted(of, 0.8)
    assert (everything.name, everything.total, everything.taken, everything.right) == ("", 3, 2, 2)
    assert everything.coverage == pytest.approx(2 / 3)
    assert everything.accuracy == 1.0
    assert everything.interval[0] < 0.5, "two images say little"
    assert (a.name, a.total, a.taken) == ("a", 3, 2)
    assert (b.name, b.total) == ("b", 0)
    assert math.isnan(b.coverage)
    assert math.isnan(b.accuracy)


def test_no_threshold_is_named_where_none_is_enough() -> None:
    assert threshold_for(evaluation([(0.9, False), (0.8, True)]), 0.9) is None
    assert threshold_for(evaluation([]), 0.9) is None
    assert threshold_for(evaluation([(0.9, True), (0.8, False)]), 0.5) == pytest.approx(0.8)


@given(
    st.lists(st.tuples(st.integers(51, 100), st.booleans()), min_size=1, max_size=30),
    st.sampled_from([0.5, 0.8, 0.95, 1.0]),
)
def test_the_threshold_is_the_lowest_that_does_it(drawn: list[tuple[int, bool]], wanted: float) -> None:
    of = evaluation([(percent / 100, right) for percent, right in drawn])
    candidates = sorted({float(row.max()) for row in of.probabilities})
    enough = [t for t in candidates if accepted(of, t)[0].accuracy >= wanted]
    assert threshold_for(of, wanted) == (min(enough) if enough else None)


def test_an_export_says_that_the_temperature_is_in_the_weights() -> None:
    of = evaluation([(0.55, True), (0.56, False)])
    row = calibration_row(Calibration(1.5, 40, reliability(of.probabilities, of.labels)))
    assert row is not None
    assert (row["value"], row["fitted_on_val_images"]) == (1.5, 40)
    assert row["applied"].startswith("in the weights")
    assert row["calibration_error_before"] == pytest.approx(0.055)
    assert calibration_row(None) is None
