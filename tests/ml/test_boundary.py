"""Fine-tuning from a boundary: the same as the whole network with its front frozen, on activations computed once."""

import dataclasses
import json
from pathlib import Path

import keras
import numpy as np
import pytest

from tests.ml.conftest import COUNTS, SIZE, SMALL, Recorder, weights_of
from vv_desktop.core.array_cache import ArrayCache
from vv_desktop.core.dataset import Dataset
from vv_desktop.core.errors import Cancelled, UserError
from vv_desktop.core.pixel_cache import Pixels, cached_pixels
from vv_desktop.core.plans import Plan
from vv_desktop.core.progress import PhaseBegin, Step
from vv_desktop.core.runs import load_run
from vv_desktop.ml import activations, features, phases
from vv_desktop.ml.activations import cached_activations, front_key, prepared_front
from vv_desktop.ml.augmentation import PLAIN, Variant
from vv_desktop.ml.boundary import freeze_front, front_of, tail_of
from vv_desktop.ml.folding import FoldedForward
from vv_desktop.ml.material import gathered
from vv_desktop.ml.networks import Network, build_backbone, build_network, freeze_statistics
from vv_desktop.ml.steps import train_step
from vv_desktop.ml.training import train
from vv_desktop.ml.weights import find_weights

CUT = "block_12_add"
PLAN = SMALL.changed(fine_tune_from=CUT, head_epochs=1)
WEIGHTS = find_weights("random", 0, Recorder())


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the front is converted to once."""
    return tmp_path_factory.mktemp("shared")


@pytest.fixture(scope="module")
def pixels(toys: Dataset, shared: Path) -> Pixels:
    return cached_pixels(toys.samples[:12], SIZE, shared, Recorder())


def cut_network() -> Network:
    network = build_network(None, PLAN.changed(dropout=0.3), 3)
    freeze_statistics(network.backbone)
    freeze_front(network.backbone, CUT)
    return network


def test_the_tail_is_trained_as_the_whole_network_with_its_front_frozen() -> None:
    reference, network = cut_network(), cut_network()
    front, tail = front_of(network.backbone, CUT), tail_of(network.whole, CUT)
    untouched = weights_of(front)
    assert len(tail.trainable_variables) == len(reference.whole.trainable_variables) == 13 + 4
    start = [np.array(v) for v in tail.trainable_variables]
    whole_step = train_step(reference.whole, keras.optimizers.SGD(1e-3), np.uint8)
    tail_step = train_step(tail, keras.optimizers.SGD(1e-3), np.float32, FoldedForward(tail))
    random = np.random.default_rng(0)
    for _ in range(5):
        images = random.integers(0, 256, (4, SIZE, SIZE, 3)).astype(np.uint8)
        labels, weights = random.integers(0, 3, 4), random.uniform(0.5, 2.0, 4).astype(np.float32)
        theirs, _ = whole_step(images, labels, weights)
        mine, _ = tail_step(np.array(front(images.astype(np.float32))), labels, weights)
        assert float(mine) == pytest.approx(float(theirs), rel=1e-4)
    for v, expected, before in zip(tail.trainable_variables, reference.whole.trainable_variables, start, strict=True):
        moved = np.abs(np.array(expected) - before).max()
        assert moved > 0
        assert np.abs(np.array(v) - np.array(expected)).max() < 2e-2 * moved
    assert weights_of(front) == untouched
    # What was trained is in the whole network already: there is nothing to write back.
    image = images.astype(np.float32)
    assert np.allclose(network.whole(image), tail(front(image)), atol=1e-6)


def test_cutting_leaves_an_ordinary_network_that_can_be_saved(tmp_path: Path) -> None:
    network = cut_network()
    before = json.dumps(network.whole.get_config(), default=str)
    tail_of(network.whole, CUT)
    assert json.dumps(network.whole.get_config(), default=str) == before
    phases.save_keras(network.whole, tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras", safe_mode=True, compile=False)
    assert weights_of(loaded) == weights_of(network.whole)


def test_activations_are_those_of_keras_mirrored_ones_too(pixels: Pixels, tmp_path: Path, shared: Path) -> None:
    found = cached_activations(pixels, PLAN, WEIGHTS, tmp_path, shared, Recorder())[PLAIN]
    flipped = cached_activations(pixels, PLAN, WEIGHTS, tmp_path, shared, Recorder(), (Variant(mirrored=True),))[
        Variant(mirrored=True)
    ]
    front = front_of(build_backbone(None, SIZE, "average", 0), CUT)
    images = pixels.rows[pixels.places].astype(np.float32)
    assert found.rows.dtype == np.float16
    for cached, source in ((found, images), (flipped, images[:, :, ::-1])):
        expected = np.asarray(front(source))
        assert cached.rows.shape[1:] == expected.shape[1:] == (4, 4, 96)
        # Float16 keeps eleven bits.
        assert np.abs(cached.rows[cached.places] - expected).max() < 2e-3 * np.abs(expected).max()
    assert not set(found.places) & set(flipped.places)


def test_activations_are_computed_once(
    pixels: Pixels, tmp_path: Path, shared: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    images: list[int] = []

    class Counting(activations.LiteRtNetwork):
        def run(self, pixels: np.ndarray) -> np.ndarray:
            images.append(len(pixels))
            return super().run(pixels)

    monkeypatch.setattr(activations, "LiteRtNetwork", Counting)
    some = dataclasses.replace(pixels, places=pixels.places.copy())
    some.places[5:] = -1
    first = cached_activations(some, PLAN, WEIGHTS, tmp_path, shared, Recorder())[PLAIN]
    assert (first.places[5:] == -1).all()
    progress = Recorder()
    second = cached_activations(pixels, PLAN, WEIGHTS, tmp_path, shared, progress)[PLAIN]
    assert images == [5, 7]
    assert np.array_equal(first.rows[first.places[:5]], second.rows[second.places[:5]])
    assert [(s.done, s.total) for s in progress.of(Step)] == [(5, 12), (12, 12)]
    keys = {
        front_key(plan, weights)
        for plan in (PLAN, PLAN.changed(fine_tune_from="block_9_add"), PLAN.changed(image_size=96))
        for weights in (WEIGHTS, dataclasses.replace(WEIGHTS, digest="another"))
    }
    assert len(keys) == 6


def test_a_cancel_while_activations_are_computed_ends_before_the_next_chunk(
    pixels: Pixels, tmp_path: Path, shared: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    prepared_front(PLAN, WEIGHTS, shared, Recorder())
    monkeypatch.setattr(features, "CHUNK", 4)
    with pytest.raises(Cancelled):
        cached_activations(pixels, PLAN, WEIGHTS, tmp_path, shared, Recorder(cancel_when=lambda n: n >= 2))
    kept = ArrayCache(tmp_path / "activations" / front_key(PLAN, WEIGHTS), (4, 4, 96), np.float16)
    assert (kept.places([*pixels.digests]) >= 0).sum() == 4
    kept.close()


def test_a_whole_training_from_a_boundary(toys: Dataset, tmp_path: Path, shared: Path) -> None:
    """With mirrored copies, and kept as an ordinary network whose front is what it was."""
    (tmp_path / "run").mkdir()
    twice = dataclasses.replace(toys, mirror=(0, 1, 2))
    progress = Recorder()
    plan = PLAN.changed(mirror=True, head_epochs=0, fine_tune_learning_rate=1e-3)
    run = train(twice, plan, tmp_path / "run", shared, shared, "random", progress)
    assert progress.of(PhaseBegin) == [PhaseBegin("fine-tune", 2)]
    assert "without folded" not in progress.notes
    assert load_run(run.folder).plan.fine_tune_from == CUT
    model = keras.saving.load_model(run.keras_file, safe_mode=True, compile=False)
    backbone = build_backbone(None, SIZE, "average", 0)
    assert weights_of(front_of(model, CUT)) == weights_of(front_of(backbone, CUT))
    assert weights_of(model.get_layer("Conv_1")) != weights_of(backbone.get_layer("Conv_1"))
    found = gathered(twice, plan, shared, shared, "random", Recorder())
    training = found.examples("fine-tune", "train")
    assert len(training) == 2 * 3 * COUNTS["train"]
    assert training.rows[training.places].shape == (len(training), 4, 4, 96)
    assert len(np.unique(training.places)) == len(training)
    assert len(found.examples("fine-tune", "val")) == 3 * COUNTS["val"]


@pytest.mark.parametrize("asked", [1, 3, 5, 6])
def test_a_stop_on_the_tail_answers_within_a_batch(asked: int, toys: Dataset, tmp_path: Path, shared: Path) -> None:
    plan = PLAN.changed(head_epochs=0, fine_tune_epochs=2)
    found = gathered(toys, plan, shared, shared, "random", Recorder())
    progress = Recorder(stop_when=lambda n: n >= asked)
    if asked <= 5:  # three batches of training, two of validation
        with pytest.raises(UserError, match="before the first epoch"):
            phases.train_phases(found, tmp_path / "model.keras", 0.0, progress)
    else:
        trained = phases.train_phases(found, tmp_path / "model.keras", 0.0, progress)
        assert (trained.stopped, len(trained.history)) == (True, 1)
    assert progress.stops_asked == asked


def test_places_that_are_no_boundary_are_refused() -> None:
    with pytest.raises(UserError, match="received 'block_3_add'"):
        Plan(fine_tune_from="block_3_add")
    backbone = build_backbone(None, SIZE, "average", 0)
    with pytest.raises(UserError, match="received 'nowhere'"):
        front_of(backbone, "nowhere")
    with pytest.raises(UserError, match="another way leads around it"):
        tail_of(backbone, "block_12_project_BN")


def test_values_beyond_float16_are_a_sentence(
    pixels: Pixels, tmp_path: Path, shared: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Huge(activations.LiteRtNetwork):
        def run(self, pixels: np.ndarray) -> np.ndarray:
            return super().run(pixels) * 0 + 70_000.0

    monkeypatch.setattr(activations, "LiteRtNetwork", Huge)
    with pytest.raises(UserError, match="received 70000"):
        cached_activations(pixels, PLAN, WEIGHTS, tmp_path, shared, Recorder())


def test_a_run_from_before_boundaries_still_loads() -> None:
    record = SMALL.as_dict()
    del record["fine_tune_from"]
    assert Plan(**record).fine_tune_from == "all"
