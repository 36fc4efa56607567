"""Proofs by hand-made answers: what is counted as changed, what is lost, and where a gate closes."""

import numpy as np
import pytest

from vv_desktop.core.classes import ClassList
from vv_desktop.core.errors import UserError
from vv_desktop.core.gates import GATES, Gate, figure, gates_with
from vv_desktop.core.proof import Checked, prove

CLASSES = ClassList(("a", "b", "c"))


def answers(*classes: int, sure: float = 0.8) -> np.ndarray:
    rows = np.full((len(classes), 3), (1 - sure) / 2, np.float32)
    rows[np.arange(len(classes)), classes] = sure
    return rows


def checked(*labels: int, splits: str | None = None) -> Checked:
    names = {"v": "val", "t": "test"}
    return Checked(
        CLASSES,
        tuple(range(10, 10 + len(labels))),
        tuple(f"/photos/{i}.jpg" for i in range(len(labels))),
        np.array(labels, np.int64),
        tuple(names[s] for s in splits or "t" * len(labels)),
    )


def test_a_changed_image_is_named_with_what_it_was_and_became() -> None:
    before, after = answers(0, 1, 2, 0), answers(0, 1, 2, 1, sure=0.6)
    proof = prove(after, before, checked(0, 1, 2, 0), Gate(0.9, loss=0.3))
    assert proof.top1_agreement == 0.75
    (one,) = proof.changed
    assert (one.image, one.file, one.label, one.before, one.after) == (13, "/photos/3.jpg", "a", "a", "b")
    assert (one.before_probability, one.after_probability) == pytest.approx((0.8, 0.6))
    assert proof.accuracy_loss == 0.25
    assert [(c.name, c.before, c.after, c.support) for c in proof.per_class] == [
        ("a", 2, 1, 2),
        ("b", 1, 1, 1),
        ("c", 1, 1, 1),
    ]
    assert not proof.passed
    assert proof.reasons == ("1 of 4 images get another answer than from the model: 75.0% the same where 90% is asked",)


def test_each_part_of_a_gate_closes_by_itself() -> None:
    before = answers(0, 1, 2, 0)
    assert prove(before, before, checked(0, 1, 2, 0), GATES["fp32"]).passed
    moved = before.copy()
    moved[2, :2] += [0.01, -0.01]
    (reason,) = prove(moved, before, checked(0, 1, 2, 0), GATES["fp32"]).reasons
    assert reason == "a probability is 0.01 off where 0.001 is allowed"
    (reason,) = prove(answers(0, 1, 2, 1), before, checked(0, 1, 2, 0), Gate(0.5, loss=0.2)).reasons
    assert reason == "25.0 points of accuracy are lost where 20 may be"
    assert prove(answers(0, 1, 2, 1), before, checked(0, 1, 2, 1), Gate(0.5, loss=0.0)).passed, "a gain is no loss"


def test_scores_are_of_each_split_and_test_counts() -> None:
    found = prove(answers(0, 1, 0, 0), answers(0, 1, 2, 0), checked(0, 1, 2, -1, splits="vvtt"), Gate(0))
    assert (found.scores["val"].accuracy, found.scores["test"].accuracy) == (1.0, 0.0)
    assert (found.scores["test"].images, found.split) == (1, "test"), "an image without a label is no mistake"
    assert found.images == 4
    low, high = found.scores["val"].macro_f1_interval
    assert low <= found.scores["val"].macro_f1 == 1.0 == high


def test_the_interval_of_macro_f1_narrows_with_more_images() -> None:
    def width(times: int) -> float:
        labels = np.tile([0, 0, 1, 1, 2, 2], times)
        given = answers(*np.tile([0, 1, 1, 1, 2, 0], times))
        low, high = prove(given, given, checked(*labels), Gate(0)).scores["test"].macro_f1_interval
        assert low < 0.66 < high
        return high - low

    assert width(100) < width(10) / 2


def test_gates_can_be_set_and_nonsense_is_a_sentence() -> None:
    gates = gates_with(["int8=0.9", "fp16=1"])
    assert (gates["int8"], gates["fp16"], gates["fp32"]) == (Gate(0.9, loss=0.01), Gate(1.0), GATES["fp32"])
    gates = gates_with(["int8.loss=0.02", "int8.difference=0.2", "fp32.difference=none"])
    assert (gates["int8"], gates["fp32"]) == (Gate(0.97, 0.2, 0.02), Gate(0.999))
    for text in ("int8", "int8=97", "int8=x", "gguf=0.9", "int8.loss=-1", "int8.size=1", "int8=none", "int8=nan"):
        with pytest.raises(UserError, match=f"received '{text}'"):
            gates_with([text])


@pytest.mark.parametrize(
    ("value", "limits", "digits", "said"),
    [
        (98.9529, (97, 100), 1, "99.0"),
        (98.9529, (99, 100), 1, "98.95"),
        (98.9999, (99, 100), 1, "98.9999"),
        (99.0, (99, 100), 1, "99.0"),
        (99.99, (97, 100), 1, "99.99"),
        (100.0, (97, 100), 1, "100.0"),
        (1.04, (None,), 1, "1.0"),
    ],
)
def test_a_figure_has_the_digits_that_keep_it_from_looking_like_its_limit(
    value: float, limits: tuple[float | None, ...], digits: int, said: str
) -> None:
    assert figure(value, limits, digits) == said


def test_what_fails_a_gate_by_a_hair_does_not_read_as_if_it_reached_it() -> None:
    expected = answers(*[0] * 2000)
    found = prove(answers(*[0] * 1979, *[1] * 21), expected, checked(*[0] * 2000), Gate(0.99, loss=0.01))
    assert found.reasons == (
        "21 of 2000 images get another answer than from the model: 98.95% the same where 99% is asked",
        "1.1 points of accuracy are lost where 1 may be",
    )
    moved = expected.copy()
    moved[0, :2] += np.array([-0.001004, 0.001004], np.float32)
    (reason,) = prove(moved, expected, checked(*[0] * 2000), Gate(0.99, difference=0.001)).reasons
    assert reason == "a probability is 0.001004 off where 0.001 is allowed"
