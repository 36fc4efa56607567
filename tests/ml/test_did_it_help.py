"""Did it help: two real trainings on shapes, of which a third of the labels was wrong and is fixed."""

from dataclasses import replace
from pathlib import Path

import pytest

from tests.ml.conftest import SMALL_QUICK, Recorder
from vv_desktop import tasks
from vv_desktop.core.comparison import TrainingOn
from vv_desktop.core.dataset import UNLABELLED, Dataset
from vv_desktop.core.errors import Cancelled
from vv_desktop.core.progress import EpochEnd, Event
from vv_desktop.core.runs import labels_when_trained, list_runs
from vv_desktop.core.training_request import load_request

pytestmark = pytest.mark.usefixtures("tiny_backbone")
PLAN = SMALL_QUICK.changed(head_epochs=2)


@pytest.fixture(autouse=True)
def user_cache_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The tiny backbone must not be found by other tests, nor theirs here."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "user"))


def spoilt(data: Dataset) -> Dataset:
    """Every third label is of the next class."""
    samples = tuple(
        replace(s, label=(s.label + 1) % 3) if s.label != UNLABELLED and i % 3 == 0 else s
        for i, s in enumerate(data.samples)
    )
    return replace(data, samples=samples)


def test_both_are_trained_alike_and_only_the_one_after_is_kept(toys: Dataset, tmp_path: Path) -> None:
    progress = Recorder()
    (tmp_path / "cache" / "before-killed" / "run").mkdir(parents=True)
    comparison, run = tasks.training.did_it_help(spoilt(toys), toys, PLAN, tmp_path, "random", progress)
    assert [e.version for e in progress.of(TrainingOn)] == ["before", "after"]
    assert len(progress.of(EpochEnd)) == 4
    assert [r.id for r in list_runs(tmp_path / "runs")[0]] == [run.id]
    assert run.name == f"{PLAN.name}, labels fixed"
    assert labels_when_trained(run)[1000] == "circle"
    assert load_request(run).plan == PLAN
    assert not list((tmp_path / "cache").glob("before-*")), "also what a killed comparison left"

    assert comparison.split == "test"
    assert comparison.changed == 14, "every third of 42"
    assert comparison.untouched.images + comparison.changed_there == comparison.by_after.images == 6
    assert comparison.by_after.after == pytest.approx(run.scores["test"]["accuracy"])


def test_the_same_labels_make_no_difference_at_all(toys: Dataset, tmp_path: Path) -> None:
    comparison, _ = tasks.training.did_it_help(toys, toys, PLAN, tmp_path, "random", Recorder())
    assert (comparison.changed, comparison.untouched.gained, comparison.untouched.lost) == (0, 0, 0)
    assert comparison.verdict.startswith("No measurable change")


@pytest.mark.parametrize("version", ["before", "after"])
def test_called_off_nothing_is_kept(toys: Dataset, tmp_path: Path, version: str) -> None:
    progress = Recorder(cancel_when=lambda asked: bool(seen))
    seen: list[Event] = []

    def hear(event: Event) -> None:
        if isinstance(event, EpochEnd) and progress.of(TrainingOn)[-1].version == version:
            seen.append(event)

    progress._on_event = hear
    with pytest.raises(Cancelled):
        tasks.training.did_it_help(spoilt(toys), toys, PLAN, tmp_path, "random", progress)
    assert seen
    assert not list((tmp_path / "cache").glob("before-*"))
    assert not list((tmp_path / "runs").glob("*"))
