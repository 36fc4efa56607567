"""Mirrored copies in a training: features of the flipped pixels, swapped labels, and a reason where there are none."""

import dataclasses
import json
from pathlib import Path

import keras
import numpy as np
import pytest

from tests.ml.conftest import COUNTS, SMALL, SMALL_QUICK, Recorder
from vv_desktop.core.classes import ClassList
from vv_desktop.core.dataset import Dataset
from vv_desktop.core.errors import Cancelled, UserError
from vv_desktop.core.plans import CLASSIC, QUICK
from vv_desktop.core.progress import BatchEnd, Step
from vv_desktop.core.runs import load_run
from vv_desktop.ml.augmentation import PLAIN, Variant
from vv_desktop.ml.features import prepared_backbone
from vv_desktop.ml.litert import LiteRtNetwork
from vv_desktop.ml.material import MirroredRows, gathered
from vv_desktop.ml.scores import balanced_weights
from vv_desktop.ml.training import train

pytestmark = pytest.mark.usefixtures("tiny_backbone")
SWAP = (1, 0, 2)
TRAIN = 3 * COUNTS["train"]
MIRRORED = SMALL_QUICK.changed(mirror=True)


@pytest.fixture(scope="module")
def sided(toys: Dataset) -> Dataset:
    """The toys with two classes that change places."""
    return dataclasses.replace(toys, mirror=SWAP)


@pytest.mark.parametrize("pooling", ["average", "3x3"])
def test_a_mirrored_images_features_are_those_of_the_flipped_pixels(
    pooling: str, sided: Dataset, tmp_path: Path
) -> None:
    plan = MIRRORED.changed(pooling=pooling)
    material = gathered(sided, plan, tmp_path, tmp_path, "random", Recorder())
    assert material.features is not None
    flipped = material.features[Variant(mirrored=True)]
    indices = material.usable.splits["train"]
    pixels = material.pixels.rows[material.pixels.places[indices]]
    network = LiteRtNetwork(prepared_backbone(plan, material.weights, tmp_path, Recorder()))
    mirrored = flipped.rows[flipped.places[indices]]
    assert np.array_equal(mirrored, network.run(np.flip(pixels, axis=2)).astype(mirrored.dtype))
    plain = flipped.rows[material.features[PLAIN].places[indices]]
    assert np.array_equal(plain, network.run(pixels).astype(plain.dtype)), "the plain ones are still there"
    others = np.setdiff1d(np.arange(len(sided.samples)), indices)
    assert (flipped.places[others] == -1).all(), "only training images are mirrored"


def test_the_features_are_the_plain_keras_networks_of_flipped_pixels(sided: Dataset, cache: Path) -> None:
    material = gathered(sided, MIRRORED, cache, cache, "random", Recorder())
    from vv_desktop.ml import networks

    backbone: keras.Model = networks.build_backbone(None, MIRRORED.image_size, MIRRORED.pooling, MIRRORED.seed)
    examples = material.examples("head", "train")
    pixels = material.pixels.rows[material.pixels.places[material.usable.splits["train"]]]
    expected = np.asarray(backbone(np.concatenate([pixels, pixels[:, :, ::-1]]).astype(np.float32)))
    assert np.abs(examples.rows[examples.places] - expected).max() < 2e-3 * np.abs(expected).max()


def test_labels_are_swapped_and_weights_counted_on_the_doubled_set(sided: Dataset, cache: Path) -> None:
    lopsided = dataclasses.replace(
        sided, samples=tuple(s for i, s in enumerate(sided.samples) if s.split != "train" or s.label != 0 or i < 3)
    )
    material = gathered(lopsided, MIRRORED, cache, cache, "random", Recorder())
    examples = material.examples("head", "train")
    half = len(examples) // 2
    assert half == len(lopsided.of("train")) == TRAIN - 5
    assert examples.labels[:half].tolist() == [s.label for s in lopsided.of("train")]
    assert examples.labels[half:].tolist() == [SWAP[s.label] for s in lopsided.of("train")]
    assert np.array_equal(examples.weights, balanced_weights(examples.labels, 3))
    per_class = [examples.weights[examples.labels == label].sum() for label in range(3)]
    assert np.allclose(per_class, per_class[0])
    assert len(material.examples("head", "val")) == 3 * COUNTS["val"]


def test_phase_2_sees_flipped_pixels_too(sided: Dataset, cache: Path) -> None:
    plan = SMALL.changed(mirror=True)
    material = gathered(sided, plan, cache, cache, "random", Recorder())
    examples = material.examples("fine-tune", "train")
    plain = material.pixels.rows[material.pixels.places[material.usable.splits["train"]]]
    order = np.random.default_rng(0).permutation(len(examples))
    expected = np.concatenate([plain, plain[:, :, ::-1]])
    start = 0
    for inputs, labels, _ in examples.batches(order, 7):
        chosen = order[start : start + len(inputs)]
        assert inputs.dtype == np.uint8
        assert np.array_equal(inputs, expected[chosen])
        assert labels.tolist() == examples.labels[chosen].tolist()
        start += len(inputs)
    assert start == 2 * TRAIN
    assert np.array_equal(material.pixels.rows[material.pixels.places[material.usable.splits["train"]]], plain)


def test_mirrored_rows_leave_the_pictures_as_they_are() -> None:
    rows = np.arange(2 * 2 * 3 * 3, dtype=np.uint8).reshape(2, 2, 3, 3)
    rows.flags.writeable = False
    found = MirroredRows(rows)[np.array([1, 3, 0, 2])]
    assert np.array_equal(found, np.stack([rows[1], np.flip(rows[1], 1), rows[0], np.flip(rows[0], 1)]))


def test_nothing_is_decoded_or_computed_twice(sided: Dataset, tmp_path: Path) -> None:
    gathered(sided, MIRRORED, tmp_path, tmp_path, "random", Recorder())
    pictures = sorted(p.stat().st_size for p in (tmp_path / "pixels").glob("*.bin"))
    files = {p: p.stat().st_size for p in (tmp_path / "features").rglob("*.bin")}
    again = Recorder()
    gathered(sided, MIRRORED, tmp_path, tmp_path, "random", again)
    assert sorted(p.stat().st_size for p in (tmp_path / "pixels").glob("*.bin")) == pictures
    assert {p: p.stat().st_size for p in (tmp_path / "features").rglob("*.bin")} == files
    assert {s.done for s in again.of(Step)} == {len(sided.samples), TRAIN}
    assert pictures == [len(sided.samples) * MIRRORED.image_size**2 * 3]


@pytest.mark.parametrize("plan", [MIRRORED, SMALL.changed(mirror=True)])
def test_a_training_with_mirrored_copies_keeps_a_run(plan: object, sided: Dataset, tmp_path: Path, cache: Path) -> None:
    assert isinstance(plan, type(CLASSIC))
    progress = Recorder()
    (tmp_path / "run").mkdir()
    run = train(sided, plan, tmp_path / "run", cache, cache, "random", progress)
    assert run.counts["mirrored"] == TRAIN
    assert {b.batches for b in progress.of(BatchEnd)} == {2 * TRAIN // plan.batch_size}
    assert "label of its mirrored class" in progress.notes
    assert len(run.predictions().images) == len(sided.samples)
    assert load_run(run.folder).plan.mirror
    record = json.loads((run.folder / "run.json").read_text())
    del record["plan"]["mirror"]
    (run.folder / "run.json").write_text(json.dumps(record))
    assert not load_run(run.folder).plan.mirror, "a run of before there were mirrored copies had none"


def test_a_cancel_in_the_mirrored_features_keeps_nothing(sided: Dataset, tmp_path: Path) -> None:
    plan, seen = MIRRORED, []
    gathered(sided, plan, tmp_path / "warm", tmp_path, "random", Recorder())  # the backbone is converted once
    whole = Recorder(on_event=lambda e: seen.append(whole.checks) if getattr(e, "total", 0) == TRAIN else None)
    gathered(sided, plan, tmp_path / "a", tmp_path, "random", whole)
    assert len(seen) == 2, "the mirrored features report when they begin and when they end"
    progress = Recorder(cancel_when=lambda n: n > seen[0])
    with pytest.raises(Cancelled):
        gathered(sided, plan, tmp_path / "b", tmp_path, "random", progress)
    assert progress.checks == seen[0] + 1


@pytest.mark.parametrize(
    ("names", "why"),
    [
        (("circle", "square", "triangle"), "No two classes change sides"),
        (("FrontLeft", "square", "triangle"), "FrontLeft has no FrontRight; mirroring is off"),
        (("Left", "Right", "Top"), "mirroring is off in this project"),
    ],
)
def test_without_a_whole_map_there_are_no_copies_and_it_says_why(
    names: tuple[str, ...], why: str, toys: Dataset, cache: Path
) -> None:
    progress = Recorder()
    dataset = dataclasses.replace(toys, classes=ClassList(names))
    material = gathered(dataset, MIRRORED, cache, cache, "random", progress)
    assert why in progress.notes
    assert set(material.features or ()) == {PLAIN}
    assert len(material.examples("head", "train")) == len(material.examples("fine-tune", "train")) == TRAIN


def test_a_plan_that_does_not_want_copies_has_none(sided: Dataset, cache: Path) -> None:
    progress = Recorder()
    material = gathered(sided, SMALL_QUICK.changed(mirror=False), cache, cache, "random", progress)
    assert len(material.examples("head", "train")) == TRAIN
    assert "mirror" not in progress.notes
    assert not QUICK.mirror
    assert not CLASSIC.mirror


@pytest.mark.parametrize("wrong", [(1, 2, 0), (0, 1), (0, 1, 3)])
def test_a_wrong_map_is_a_sentence_before_anything_is_computed(
    wrong: tuple[int, ...], toys: Dataset, tmp_path: Path
) -> None:
    with pytest.raises(UserError, match="received"):
        gathered(dataclasses.replace(toys, mirror=wrong), MIRRORED, tmp_path, tmp_path, "random", Recorder())
    assert not list(tmp_path.iterdir())
