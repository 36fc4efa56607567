"""Angles round the car, and how far off the mistakes of a matrix are."""

import math

import pytest

from vv_desktop.core.classes import ClassList
from vv_desktop.core.viewpoint import ANGLES, BACKGROUND, CIRCLE, angle_between, speaks_of, viewpoint_score

SEVEN = ClassList((*CIRCLE, BACKGROUND))


def test_angles_round_the_car() -> None:
    assert [angle_between("Front", side) for side in CIRCLE] == [0, 60, 120, 180, 120, 60]
    assert angle_between("FrontRight", "Front") == angle_between("RearLeft", "Rear") == 60
    assert angle_between("Front", BACKGROUND) is angle_between(BACKGROUND, BACKGROUND) is None


def test_mistakes_weigh_as_much_as_they_are_far_off() -> None:
    """Of 10: 6 right, next side, one further, opposite, Background for a side: 1 - (1/3 + 2/3 + 1 + 1) / 10."""
    matrix = [[0] * 7 for _ in range(7)]
    matrix[0] = [5, 1, 1, 1, 0, 0, 1]
    matrix[6][6] = 1
    score = viewpoint_score(SEVEN, matrix)
    assert score.score == pytest.approx(0.7)
    assert score.mean_error == pytest.approx((60 + 120 + 180) / 8), "Background has no angle"
    assert dict(zip(ANGLES, score.off, strict=True)) == {60: 1, 120: 1, 180: 1}
    assert (score.images, score.background) == (10, 1)


def test_the_place_in_the_class_list_says_nothing_about_the_angle() -> None:
    classes = ClassList(("Rear", BACKGROUND, "Front"))
    assert speaks_of(classes)
    score = viewpoint_score(classes, [[1, 0, 1], [1, 0, 0], [0, 0, 0]])
    assert (score.off, score.background) == ((0, 0, 1), 1)
    assert score.score == pytest.approx(1 / 3)


def test_all_right_is_one_and_nothing_is_no_score() -> None:
    assert viewpoint_score(SEVEN, [[int(i == j) for j in range(7)] for i in range(7)]).score == 1.0
    nothing = viewpoint_score(SEVEN, [[0] * 7 for _ in range(7)])
    assert math.isnan(nothing.score)
    assert math.isnan(nothing.mean_error)
