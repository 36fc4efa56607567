"""The sample sheet shows what training gets: the same pixels, the same labels, and nothing else is decoded."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from tests.ml.conftest import COUNTS, SMALL, Recorder
from vv_desktop.core.array_cache import ArrayCache
from vv_desktop.core.dataset import UNLABELLED, Dataset
from vv_desktop.core.errors import UserError
from vv_desktop.core.pixels import network_input
from vv_desktop.core.samples import TrainingSample
from vv_desktop.ml.material import gathered
from vv_desktop.ml.samples import draw_samples

SWAP = (1, 0, 2)
TRAIN = 3 * COUNTS["train"]
MIRRORED = SMALL.changed(mirror=True, head_epochs=0)


@pytest.fixture(scope="module")
def sided(toys: Dataset) -> Dataset:
    """The toys with two classes that change places."""
    return dataclasses.replace(toys, mirror=SWAP)


def key(sample: TrainingSample) -> tuple[int, bool]:
    return sample.image, "mirrored" in sample.marks


def test_pixels_and_labels_are_those_that_phase_2_trains_on(sided: Dataset, tmp_path: Path) -> None:
    """Held against the batches of a whole training's material."""
    material = gathered(sided, MIRRORED, tmp_path / "training", tmp_path, "random", Recorder())
    examples = material.examples("fine-tune", "train")
    ((inputs, labels, _),) = examples.batches(np.arange(2 * TRAIN), 2 * TRAIN)
    ids = [sided.samples[i].image for i in material.usable.splits["train"]]
    trained = {
        (ids[k % TRAIN], k >= TRAIN): (picture, int(label))
        for k, (picture, label) in enumerate(zip(inputs, labels, strict=True))
    }
    samples = draw_samples(sided, MIRRORED, tmp_path / "sheet", 0, Recorder(), count=2 * TRAIN)
    assert {key(sample) for sample in samples} == set(trained)
    for sample in samples:
        picture, label = trained[key(sample)]
        assert np.array_equal(sample.pixels, picture)
        assert sample.label == label


def test_only_the_images_that_are_shown_are_decoded(sided: Dataset, tmp_path: Path) -> None:
    samples = draw_samples(sided, MIRRORED, tmp_path, 0, Recorder(), count=5)
    assert len(samples) == 5
    shown = {sample.image for sample in samples}
    cache = ArrayCache(tmp_path / "pixels", (MIRRORED.image_size, MIRRORED.image_size, 3), np.uint8)
    assert len(cache.rows()) == len(shown)
    cache.close()


def test_the_seed_decides_what_is_drawn(sided: Dataset, tmp_path: Path) -> None:
    first, again, other = (
        [key(s) for s in draw_samples(sided, MIRRORED, tmp_path, seed, Recorder(), count=8)] for seed in (0, 0, 1)
    )
    assert first == again
    assert first != other
    assert len(set(first)) == 8, "no sample twice"


@pytest.mark.parametrize("whole_map", [True, False])
def test_without_mirrored_copies_every_sample_is_an_image_as_it_is(
    whole_map: bool, sided: Dataset, tmp_path: Path
) -> None:
    """Either the plan does not want them, or the project has no map."""
    dataset, plan = (sided, SMALL) if whole_map else (dataclasses.replace(sided, mirror=None), MIRRORED)
    samples = draw_samples(dataset, plan, tmp_path, 3, Recorder())
    by_id = {s.image: s for s in dataset.samples}
    assert len(samples) == TRAIN
    for sample in samples:
        own = by_id[sample.image]
        assert (sample.marks, sample.label, own.split) == ((), own.label, "train")
        assert np.array_equal(sample.pixels, network_input(own.path, plan.image_size))


def test_an_image_that_cannot_be_read_makes_room_for_another(sided: Dataset, tmp_path: Path) -> None:
    broken = tmp_path / "broken.jpg"
    broken.write_bytes(b"no picture")
    train = [i for i, s in enumerate(sided.samples) if s.split == "train"]
    bad = set(train[: TRAIN - 4])
    samples = tuple(dataclasses.replace(s, path=broken) if i in bad else s for i, s in enumerate(sided.samples))
    dataset = dataclasses.replace(sided, samples=samples)
    drawn = draw_samples(dataset, SMALL, tmp_path, 0, Recorder(), count=4)
    assert {s.image for s in drawn} == {sided.samples[i].image for i in train[TRAIN - 4 :]}


def test_nothing_to_train_on_is_a_sentence(toys: Dataset, tmp_path: Path) -> None:
    bare = dataclasses.replace(
        toys, samples=tuple(dataclasses.replace(s, label=UNLABELLED, split=None) for s in toys.samples)
    )
    with pytest.raises(UserError, match="received 0 training images"):
        draw_samples(bare, SMALL, tmp_path, 0, Recorder())


def test_changed_samples_are_those_of_the_training_and_say_so(sided: Dataset, tmp_path: Path) -> None:
    plan = SMALL.changed(mirror=True, rotation=10.0, contrast=0.3)
    shown = draw_samples(sided, plan, tmp_path, 3, Recorder())
    plain = draw_samples(sided, plan.changed(rotation=0.0, contrast=0.0), tmp_path, 3, Recorder())
    assert all("changed" in sample.marks for sample in shown), "each batch is changed anew"
    for sample, other in zip(shown, plain, strict=True):
        assert (sample.image, sample.label, sample.marks[:-1]) == (other.image, other.label, other.marks)
        assert not np.array_equal(sample.pixels, other.pixels)
    cached = draw_samples(sided, plan.changed(fine_tune_from="block_12_add", copies=1), tmp_path, 3, Recorder())
    some = sum("changed" in sample.marks for sample in cached)
    assert 0 < some < len(cached), "one of two ways to see an image"
