"""Changed copies: which there are, that they come back the same, and how a training draws them."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from tests.ml.conftest import SMALL, SMALL_QUICK, Recorder
from vv_desktop.core.dataset import Dataset
from vv_desktop.core.plans import Plan, copies_of
from vv_desktop.core.progress import EpochEnd
from vv_desktop.ml import phases
from vv_desktop.ml.augmentation import Variant, changing_layers, seen
from vv_desktop.ml.features import prepared_backbone
from vv_desktop.ml.litert import LiteRtNetwork
from vv_desktop.ml.material import gathered
from vv_desktop.ml.training import train

CHANGED = SMALL_QUICK.changed(brightness=0.2, contrast=0.2, crop=0.1, rotation=5.0, copies=2, mirror=True)
SWAP = (1, 0, 2)
TRAIN = 24


@pytest.fixture(scope="module")
def sided(toys: Dataset) -> Dataset:
    return dataclasses.replace(toys, mirror=SWAP)


def pictures(count: int = 4, size: int = 48) -> np.ndarray:
    return np.random.default_rng(0).integers(40, 200, (count, size, size, 3)).astype(np.uint8)


def test_a_copy_comes_back_the_same_and_another_copy_is_another() -> None:
    images, digests = pictures(), ["a", "b", "c", "d"]
    first, again, second = (seen(images, digests, copy, CHANGED) for copy in (1, 1, 2))
    assert first.dtype == np.uint8
    assert first.shape == images.shape
    assert np.array_equal(first, again)
    assert not np.array_equal(first, second)
    assert not np.array_equal(first, images)
    assert np.array_equal(seen(images, digests, 0, CHANGED), images)


def test_a_mirrored_copy_is_the_mirror_of_that_copy(sided: Dataset, cache: Path) -> None:
    material = gathered(sided, CHANGED, cache, cache, "random", Recorder())
    assert material.features is not None
    indices = material.usable.splits["train"]
    images = material.pixels.rows[material.pixels.places[indices]]
    changed = seen(images, [material.pixels.digests[i] for i in indices], 1, CHANGED)
    network = LiteRtNetwork(prepared_backbone(CHANGED, material.weights, cache, Recorder()))
    for side, shown in ((False, changed), (True, changed[:, :, ::-1])):
        found = material.features[Variant(side, 1)]
        assert np.array_equal(found.rows[found.places[indices]], network.run(shown).astype(np.float16))


@pytest.mark.parametrize(
    ("field", "value"), [("brightness", 0.2), ("contrast", 0.3), ("crop", 0.2), ("rotation", 10.0)]
)
def test_each_change_alone_changes_something_and_keeps_what_a_viewpoint_is(field: str, value: float) -> None:
    """Left stays left: the half that is bright stays the brighter one under any change."""
    images = np.full((16, 48, 48, 3), 60, np.uint8)
    images[:, :, :24] = 180
    images[:, 10:20] += 20
    layers = changing_layers(SMALL.changed(**{field: value}), 3)
    assert layers is not None
    changed = np.asarray(layers(images.astype(np.float32), training=True))
    assert np.abs(changed - images).max() > 1
    assert (changed[:, :, :16].mean(axis=(1, 2, 3)) > changed[:, :, 32:].mean(axis=(1, 2, 3)) + 30).all()
    assert np.array_equal(np.asarray(layers(images.astype(np.float32), training=False)), images)


def test_no_change_no_copies() -> None:
    assert changing_layers(SMALL, 0) is None
    assert copies_of(SMALL.changed(copies=4)) == 0
    assert copies_of(CHANGED) == 2


def test_keys_tell_every_way_to_see_an_image_apart() -> None:
    plans = (CHANGED, CHANGED.changed(rotation=4.0))
    ways = [Variant(side, copy) for side in (False, True) for copy in (0, 1, 2)]
    keys = {way.key("digest", plan) for plan in plans for way in ways}
    assert len(keys) == 2 + 2 * 4, "what is not changed is shared by all plans, changed copies by none"


def test_training_draws_among_the_copies_and_validation_sees_the_images_as_they_are(
    sided: Dataset, cache: Path
) -> None:
    material = gathered(sided, CHANGED, cache, cache, "random", Recorder())
    train_on = material.examples("head", "train")
    assert train_on.copies is not None
    assert train_on.copies.shape == (2, 2 * TRAIN)
    every = np.concatenate([train_on.places[None], train_on.copies])
    assert len(np.unique(every)) == every.size, "no copy is seen twice"
    drawn = [train_on.drawn(np.random.default_rng(seed)) for seed in range(8)]
    for one in drawn:
        assert (one.places == every).any(axis=0).all(), "each example is seen as one of its own copies"
        assert np.array_equal(one.labels, train_on.labels)
    assert all(np.stack([one.places for one in drawn]).std(axis=0) >= 0)
    assert {int(c) for one in drawn for c in np.argmax(one.places == every, axis=0)} == {0, 1, 2}
    assert material.examples("head", "val").copies is None


@pytest.mark.parametrize(
    "plan",
    [
        SMALL.changed(head_epochs=0, rotation=5.0, brightness=0.1, fine_tune_epochs=1),
        SMALL.changed(head_epochs=0, fine_tune_epochs=1, fine_tune_from="block_12_add", crop=0.1, copies=1),
    ],
    ids=["pixels", "boundary"],
)
def test_fine_tuning_with_changes_runs_and_answers_without_them(
    plan: Plan, toys: Dataset, tmp_path: Path, cache: Path
) -> None:
    (tmp_path / "run").mkdir()
    progress = Recorder()
    run = train(toys, plan, tmp_path / "run", cache, cache, "random", progress)
    assert len(progress.of(EpochEnd)) == 1
    again = gathered(toys, plan, cache, cache, "random", Recorder())
    pixels = again.pixels.rows[again.pixels.places[again.usable.readable]]
    import keras

    model = keras.saving.load_model(run.keras_file, compile=False)
    expected = np.asarray(model(pixels.astype(np.float32)))
    assert np.abs(run.predictions().probabilities - expected).max() < 5e-3


def test_averaged_answers_are_the_mean_of_both_with_left_and_right_swapped_back(
    sided: Dataset, tmp_path: Path, cache: Path
) -> None:
    import keras

    plans = {
        "head": SMALL_QUICK.changed(mirror_average=True, head_epochs=1),
        "tail": SMALL.changed(mirror_average=True, head_epochs=0, fine_tune_epochs=1, fine_tune_from="block_12_add"),
        "whole": SMALL.changed(mirror_average=True, head_epochs=0, fine_tune_epochs=1),
    }
    for name, plan in plans.items():
        run = train(sided, plan, tmp_path / name, cache, cache, "random", Recorder())
        material = gathered(sided, plan, cache, cache, "random", Recorder())
        pixels = material.pixels.rows[material.pixels.places[material.usable.readable]].astype(np.float32)
        model = keras.saving.load_model(run.keras_file, compile=False)
        expected = (np.asarray(model(pixels)) + np.asarray(model(pixels[:, :, ::-1]))[:, list(SWAP)]) / 2
        assert np.abs(run.predictions().probabilities - expected).max() < 5e-3, name
        labels = np.array([s.label for s in sided.samples])
        val = np.array([s.split == "val" for s in sided.samples])
        right = (run.predictions().probabilities.argmax(axis=1) == labels)[val].mean()
        assert run.best.val_accuracy == pytest.approx(right), "the epoch was chosen by averaged answers"


def test_without_a_whole_map_nothing_is_averaged(toys: Dataset, cache: Path) -> None:
    progress = Recorder()
    material = gathered(toys, SMALL_QUICK.changed(mirror_average=True), cache, cache, "random", progress)
    assert material.examples("head", "val").twins is None
    assert "No mirrored copies" in progress.notes
    assert phases.train_phases(material, cache / "model.keras", 0.0, Recorder()).history
