"""Did it help: the test and the interval as published, and both label versions counted by hand."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from vv_desktop.core.classes import ClassList
from vv_desktop.core.comparison import Comparison, Paired, changed_labels, compare, dataset_before
from vv_desktop.core.dataset import UNLABELLED, Dataset, Sample, Split
from vv_desktop.core.errors import UserError
from vv_desktop.core.runs import Predictions

NAMES = ClassList(("a", "b"))
COUNTS = st.integers(0, 60)


def dataset(labels: list[int], splits: list[Split | None], classes: ClassList = NAMES) -> Dataset:
    rows = zip(labels, splits, strict=True)
    return Dataset(
        classes, tuple(Sample(i, Path(f"{i}.jpg"), label, split, str(i)) for i, (label, split) in enumerate(rows, 1))
    )


def predictions(classes: list[int], images: list[int] | None = None) -> Predictions:
    return Predictions(np.array(images or range(1, len(classes) + 1)), np.eye(2, dtype=np.float32)[classes])


@given(COUNTS, COUNTS)
def test_the_p_value_is_that_of_the_exact_binomial_test(gained: int, lost: int) -> None:
    expected = binomtest(gained, gained + lost).pvalue if gained + lost else 1.0
    assert Paired(5, gained, lost, 5).p_value == pytest.approx(expected)


@pytest.mark.parametrize(
    ("cells", "interval"),
    [
        ((36, 12, 2, 0), (0.0569, 0.3404)),
        ((20, 12, 2, 16), (0.0562, 0.3292)),
        ((18, 12, 2, 18), (0.0562, 0.3290)),
        ((36, 14, 0, 0), (0.1528, 0.4167)),
        ((18, 14, 0, 18), (0.1441, 0.3963)),
        ((2, 97, 1, 0), (0.8721, 0.9854)),
        ((0, 29, 1, 0), (0.6666, 0.9882)),
        ((0, 30, 0, 0), (0.8395, 1.0)),
    ],
)
def test_the_interval_is_newcombes_method_10(cells: tuple[int, int, int, int], interval: tuple[float, float]) -> None:
    """Rows of his table III (1998), as they are quoted by programs that are held against it."""
    assert Paired(*cells).interval == pytest.approx(interval, abs=6e-5)


@given(COUNTS, COUNTS, COUNTS, COUNTS)
def test_the_interval_holds_the_difference_and_turns_with_it(both: int, gained: int, lost: int, neither: int) -> None:
    pair, turned = Paired(both, gained, lost, neither), Paired(both, lost, gained, neither)
    low, high = pair.interval
    assert -1 <= low <= high <= 1
    assert turned.interval == pytest.approx((-high, -low))
    if pair.images:
        assert low - 1e-12 <= pair.difference <= high + 1e-12


def test_the_interval_covers_what_it_promises() -> None:
    """4,000 draws of 300 images, of which 82 % are right before and 85 % after: about 95 of 100 hold the truth."""
    draws = np.random.default_rng(7).multinomial(300, [0.79, 0.06, 0.03, 0.12], size=4000)
    intervals = [Paired(*map(int, cells)).interval for cells in draws]
    assert 0.94 <= np.mean([low <= 0.03 <= high for low, high in intervals]) <= 0.98


def verdict(*cells: int, split: Split = "test") -> str:
    pair = Paired(*cells)
    return Comparison(split, 0, 0, pair, pair, pair, ()).verdict


def test_the_verdict_says_no_more_than_was_measured() -> None:
    assert verdict(320, 20, 4, 34) == "+4.2 points (1.7 to 7.0) on 378 test images"
    assert verdict(320, 4, 20, 34) == "−4.2 points (−7.0 to −1.7) on 378 test images"
    assert verdict(320, 12, 10, 36).startswith("No measurable change: +0.5 points (−2.")
    assert verdict(0, 1, 0, 0, split="val").startswith("No measurable change: +100.0 points")
    assert verdict(0, 0, 0, 0) == "Nothing to compare on: no test image has kept its label"
    assert verdict(9, 0, 0, 0).startswith("No measurable change: 0.0 points (−")


def test_five_of_five_is_no_proof() -> None:
    """2 x 0.5^5 = 0.0625."""
    assert Paired(90, 5, 0, 5).p_value == pytest.approx(0.0625)
    assert not Paired(90, 5, 0, 5).measurable
    assert Paired(90, 6, 0, 5).p_value == pytest.approx(0.03125)


def test_both_versions_are_counted_and_the_untouched_apart() -> None:
    """Images 1 to 4 are test; 2 was fixed from a to b. The first training said a a b b, the second a b b a."""
    splits: list[Split | None] = ["test", "test", "test", "test", "train", "train"]
    before, after = dataset([0, 0, 1, 0, 0, 1], splits), dataset([0, 1, 1, 0, 1, UNLABELLED], splits)
    found = compare(before, after, predictions([0, 0, 1, 1, 0, 1]), predictions([0, 1, 1, 0, 0, 1]))
    assert (found.split, found.changed, found.changed_there) == ("test", 3, 1)
    assert found.untouched == Paired(both=2, gained=1, lost=0, neither=0)
    assert found.by_before == Paired(both=2, gained=1, lost=1, neither=0)
    assert found.by_after == Paired(both=2, gained=2, lost=0, neither=0)
    assert [(c.name, c.images, c.before, c.after) for c in found.per_class] == [("a", 2, 1, 2), ("b", 1, 1, 1)]


def test_what_one_of_them_could_not_read_counts_for_neither() -> None:
    data = dataset([0, 1, 1], ["test"] * 3)
    found = compare(data, data, predictions([0, 1], [1, 2]), predictions([1, 1], [2, 3]))
    assert found.untouched == Paired(1, 0, 0, 0)


def test_without_test_images_val_is_asked() -> None:
    data = dataset([0, 1, UNLABELLED], ["val", "train", "test"])
    assert compare(data, data, predictions([0, 1, 1]), predictions([0, 1, 1])).split == "val"


def test_other_images_are_refused() -> None:
    with pytest.raises(UserError, match="received 1 images and 2 images"):
        compare(dataset([0], ["test"]), dataset([0, 1], ["test"] * 2), predictions([0]), predictions([0, 1]))


def test_the_labels_of_an_earlier_time_are_given_to_the_images_of_today() -> None:
    """Image 3 had no label then, and a name nobody knows any more is no label."""
    now = dataset([0, 1, 1, 0], ["train", "val", "test", None], ClassList(("a", "c")))
    before = dataset_before(now, {1: "c", 2: "c", 4: "gone"})
    assert [s.label for s in before.samples] == [1, 1, UNLABELLED, UNLABELLED]
    assert [s.split for s in before.samples] == ["train", "val", "test", None]
    assert changed_labels(before, now) == 3
    assert changed_labels(before, now, "test") == 0
    assert changed_labels(before, now, "train") == 1
