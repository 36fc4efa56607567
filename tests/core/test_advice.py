"""What to photograph next: the rules of core/advice.py, with numbers worked out by hand."""

from pathlib import Path

import numpy as np
import pytest

from vv_desktop.core.advice import missing_images, what_to_photograph
from vv_desktop.core.classes import ClassList
from vv_desktop.core.dataset import Dataset, Sample, Split
from vv_desktop.core.evaluation import ClassScore, Evaluation, evaluate, wilson_interval
from vv_desktop.core.runs import Predictions

SIDES = ClassList(("Front", "Rear", "Background"))
Row = tuple[str, Split, str, str]
"""Label, split, group, answer."""


def made(rows: list[Row], classes: ClassList = SIDES) -> tuple[Dataset, Evaluation]:
    samples = tuple(
        Sample(i, Path(f"{i}.jpg"), classes.names.index(label), split, group)
        for i, (label, split, group, _) in enumerate(rows)
    )
    answers = np.eye(len(classes), dtype=np.float32)[[classes.names.index(answer) for *_, answer in rows]]
    data = Dataset(classes, samples)
    return data, evaluate(data, "test", Predictions(np.arange(len(rows)), answers), classes)


def some(label: str, learnt: int, scored: int, wrong: int = 0, to: str = "Front", a_vehicle: int = 3) -> list[Row]:
    """`learnt` vehicles in train, `scored` test images of `a_vehicle` a vehicle, the first `wrong` taken for `to`."""
    rows: list[Row] = [(label, "train", f"{label} {i // 2}", label) for i in range(2 * learnt)]
    return rows + [(label, "test", f"{label} test {i // a_vehicle}", to if i < wrong else label) for i in range(scored)]


def test_a_thin_class_comes_first_and_says_how_many_vehicles() -> None:
    """13 of 21: Wilson's interval is ± 0.19, ± 0.1 needs 87 images, so 66 more, at 3 a vehicle 22; and 15 to learn."""
    data, scores = made(
        some("Front", 20, 300) + some("Rear", 5, 21, wrong=8) + some("Background", 20, 300, a_vehicle=1)
    )
    (advice,) = what_to_photograph(data, scores, "test")
    needed = next(n for n in range(1, 999) if np.ptp(wilson_interval(13 / 21 * n, n)) <= 0.2)
    assert needed == 87
    assert (advice.name, advice.to_learn, advice.to_score) == ("Rear", 15, 22)
    assert advice.sentence == (
        "Rear: 21 test images, recall 0.62 (0.41 to 0.79), 8 of 8 mistakes are Front; "
        "photos of 37 more vehicles would help most, 22 of them for test"
    )


def test_a_class_that_is_weak_but_well_known_gets_a_look_at_its_mistakes() -> None:
    data, scores = made(some("Front", 9, 400) + some("Rear", 9, 200, wrong=80) + some("Background", 9, 400))
    (advice,) = what_to_photograph(data, scores, "test")
    assert advice.sentence.startswith("Rear: 200 test images, recall 0.60 ± 0.07, 80 of 80 mistakes are Front; ")
    assert advice.sentence.endswith("it has as many to learn from as others, so look at its mistakes and their labels")


def test_where_all_is_well_known_and_right_nothing_is_said() -> None:
    data, scores = made([row for name in SIDES.names for row in some(name, 9, 60)])
    assert what_to_photograph(data, scores, "test") == ()


def test_a_class_without_test_images_is_the_most_pressing() -> None:
    data, scores = made(some("Front", 2, 6, wrong=3, to="Rear") + some("Rear", 2, 0) + some("Background", 2, 60))
    first, second = what_to_photograph(data, scores, "test")
    assert first.sentence == (
        "Rear: no test image, so nothing is known of it; photos of 93 more vehicles would help most, all for test"
    )
    assert second.sentence.endswith("would help, all for test")


def test_words_follow_what_a_group_is() -> None:
    data, scores = made(some("Front", 9, 90) + some("Rear", 9, 90) + some("Background", 9, 6))
    assert "more scenes would help" in what_to_photograph(data, scores, "test")[0].sentence
    plain = ClassList(("cat", "dog"))
    data, scores = made(some("cat", 9, 9) + some("dog", 9, 90), plain)
    assert "more groups would help" in what_to_photograph(data, scores, "test")[0].sentence
    alone: list[Row] = [
        (label, "test" if i < 9 else "train", f"{label} {i}", label) for label in plain.names for i in range(20)
    ]
    data, scores = made(alone, plain)
    first = what_to_photograph(data, scores, "test")[0]
    assert (
        first.sentence == "cat: 9 test images, recall 1.00 (0.70 to 1.00); 7 more photos would help most, all for test"
    )


def test_at_most_three_and_none_of_the_images_it_learned_from() -> None:
    classes = ClassList(tuple("abcde"))
    data, scores = made([row for name in classes.names for row in some(name, 3, 5, to="a")], classes)
    assert [advice.name for advice in what_to_photograph(data, scores, "test")] == ["a", "b", "c"]
    assert what_to_photograph(data, scores, "train") == ()


@pytest.mark.parametrize(("recall", "support", "missing"), [(1.0, 16, 0), (1.0, 15, 1), (0.5, 93, 0), (0.5, 90, 3)])
def test_missing_images_end_where_the_interval_is_narrow_enough(recall: float, support: int, missing: int) -> None:
    assert missing_images(ClassScore("a", 1.0, recall, 1.0, support)) == missing
