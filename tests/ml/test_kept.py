"""What a training would find in the caches is told without computing or making anything, and it is what it finds."""

import dataclasses
from pathlib import Path

import pytest

from tests.ml.conftest import COUNTS, SMALL, SMALL_QUICK, Recorder
from vv_desktop.core.dataset import Dataset
from vv_desktop.core.duration import (
    FEATURES,
    PHASES,
    PREDICTING,
    READING,
    STARTING,
    Cached,
    Counts,
    Stopwatch,
    estimate,
)
from vv_desktop.core.plans import Plan
from vv_desktop.core.speeds import Speeds
from vv_desktop.ml.calibration import measured_speeds
from vv_desktop.ml.kept import what_is_kept
from vv_desktop.ml.material import gathered
from vv_desktop.ml.training import train

IMAGES = 3 * sum(COUNTS.values()) + 2
USED = 3 * (COUNTS["train"] + COUNTS["val"])
TRAIN = 3 * COUNTS["train"]


@pytest.fixture(scope="module")
def sided(toys: Dataset) -> Dataset:
    """The toys with two classes that change places."""
    return dataclasses.replace(toys, mirror=(1, 0, 2))


def kept(dataset: Dataset, plan: Plan, folder: Path) -> Cached:
    found = what_is_kept(dataset, plan, "random", folder / "cache", folder / "shared", Recorder())
    return dataclasses.replace(found, started=False)


def everything_under(folder: Path) -> dict[Path, int]:
    return {path: path.stat().st_size for path in folder.rglob("*")}


def test_in_a_new_project_nothing_is_kept_and_nothing_is_made(sided: Dataset, tmp_path: Path) -> None:
    assert kept(sided, SMALL, tmp_path) == Cached()
    assert everything_under(tmp_path) == {}


@pytest.mark.usefixtures("tiny_backbone")
@pytest.mark.parametrize(
    ("plan", "features"),
    [
        (SMALL_QUICK, IMAGES),
        (SMALL_QUICK.changed(mirror=True), IMAGES + TRAIN),
        (SMALL, USED),
        (SMALL.changed(mirror=True), USED + TRAIN),
    ],
)
def test_after_a_training_all_of_it_is_kept(plan: Plan, features: int, sided: Dataset, tmp_path: Path) -> None:
    gathered(sided, plan, tmp_path / "cache", tmp_path / "shared", "random", Recorder())
    before = everything_under(tmp_path)
    assert kept(sided, plan, tmp_path) == Cached(pixels=IMAGES, features=features, backbone=True)
    assert everything_under(tmp_path) == before
    counts = Counts(TRAIN, USED - TRAIN, IMAGES, 1.0, mirror=True)
    speeds = Speeds(1.0, 1.0, 1.0, 1.0, 1.0, "")
    assert estimate(plan, counts, kept(sided, plan, tmp_path), speeds).once == 0
    other = plan.changed(image_size=plan.image_size + 32)
    assert kept(sided, other, tmp_path) == Cached()


@pytest.mark.usefixtures("tiny_backbone")
def test_an_image_that_changed_is_not_kept_any_more(sided: Dataset, tmp_path: Path) -> None:
    gathered(sided, SMALL, tmp_path / "cache", tmp_path / "shared", "random", Recorder())
    copy = tmp_path / "copy.png"
    copy.write_bytes(sided.samples[0].path.read_bytes())
    moved = dataclasses.replace(sided, samples=(dataclasses.replace(sided.samples[0], path=copy), *sided.samples[1:]))
    assert kept(moved, SMALL, tmp_path).pixels == IMAGES - 1


def test_weights_that_cannot_be_read_are_the_trainings_to_complain_of(sided: Dataset, tmp_path: Path) -> None:
    found = what_is_kept(sided, SMALL, tmp_path / "no.h5", tmp_path, tmp_path, Recorder())
    assert (found.features, found.backbone) == (0, False)


@pytest.mark.usefixtures("tiny_backbone")
def test_a_stopwatch_knows_every_piece_of_a_real_training(toys: Dataset, tmp_path: Path) -> None:
    """So that its names are those that the training reports."""
    watch, now = Stopwatch(), iter(range(100_000))
    progress = Recorder(on_event=lambda event: watch.hear(event, next(now) / 1000))
    (tmp_path / "run").mkdir()
    run = train(toys, SMALL_QUICK, tmp_path / "run", tmp_path, tmp_path, "random", progress)
    assert set(watch.per_unit(run.seconds)) == {READING, FEATURES, PHASES["head"], PREDICTING, STARTING}


def test_a_machine_is_measured_with_photos_and_without(toys: Dataset, tmp_path: Path) -> None:
    photos = [sample.path for sample in toys.samples]
    (tmp_path / "broken.jpg").write_bytes(b"no picture")
    for paths in (photos, [tmp_path / "broken.jpg", tmp_path / "gone.jpg"], []):
        speeds = measured_speeds(paths, Recorder(), seconds=0.05)
        assert min(speeds.reading, speeds.features, speeds.head, speeds.fine_tune, speeds.start) > 0
        assert speeds.trainings == 0
        assert speeds.measured[:2] == "20"
