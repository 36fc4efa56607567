"""The real network: its weights, its features, what moves in each phase and what never does."""

import dataclasses
import time
from pathlib import Path

import h5py
import keras
import numpy as np
import pytest

from tests.ml.conftest import SIZE, SMALL, Recorder
from vv_desktop.core.dataset import Dataset
from vv_desktop.core.errors import UserError
from vv_desktop.core.pixel_cache import Pixels, cached_pixels
from vv_desktop.core.plans import Plan
from vv_desktop.core.progress import Step
from vv_desktop.ml import features as features_module
from vv_desktop.ml.augmentation import PLAIN
from vv_desktop.ml.features import backbone_key, cached_features
from vv_desktop.ml.loop import BestWeights, Phase, run_phase
from vv_desktop.ml.material import Examples
from vv_desktop.ml.networks import build_backbone, build_network, freeze_statistics
from vv_desktop.ml.steps import train_step
from vv_desktop.ml.weights import find_weights

NO_TOP = Path(__file__).resolve().parents[3] / "shared/data/weights"


def normalisations(model: keras.Model) -> list[keras.layers.Layer]:
    return [layer for layer in model.layers if isinstance(layer, keras.layers.BatchNormalization)]


def statistics(model: keras.Model) -> bytes:
    return b"".join(values.tobytes() for layer in normalisations(model) for values in layer.get_weights())


@pytest.fixture(scope="module")
def pixels(toys: Dataset, tmp_path_factory: pytest.TempPathFactory) -> Pixels:
    return cached_pixels(toys.samples, SIZE, tmp_path_factory.mktemp("pixels"), Recorder())


@pytest.fixture(scope="module")
def converted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the converted real backbone is kept between tests."""
    return tmp_path_factory.mktemp("shared")


def test_the_weights_of_the_wheel_reach_every_layer() -> None:
    """Against the no-top file where it is at hand; against untouched layers everywhere."""
    weights = find_weights(None, 0, Recorder())
    assert weights.path is not None
    ours = build_backbone(weights.path, 96, "average", 0)
    fresh = build_backbone(None, 96, "average", 0)
    for mine, initial in zip(ours.weights, fresh.weights, strict=True):
        assert not np.array_equal(mine.numpy(), initial.numpy()), f"never loaded: {mine.path}"
    reference = sorted(NO_TOP.glob("*no_top.h5"))
    if not reference:
        return
    theirs = keras.applications.MobileNetV2((96, 96, 3), include_top=False, weights=None, pooling="avg")
    theirs.load_weights(reference[0])
    picture = np.random.default_rng(0).uniform(0, 255, (2, 96, 96, 3)).astype(np.float32)
    assert np.allclose(ours(picture), theirs(picture / 127.5 - 1), atol=1e-4)
    chosen = build_backbone(reference[0], 96, "average", 0)
    assert np.allclose(ours(picture), chosen(picture), atol=1e-4)


@pytest.mark.parametrize("content", [b"", b"no weights at all" * 99, None])
def test_a_file_that_holds_no_weights_is_refused(content: bytes | None, tmp_path: Path) -> None:
    path = tmp_path / "weights.h5"
    if content is None:
        with h5py.File(path, "w") as file:
            file.attrs["layer_names"] = [f"layer{i}" for i in range(104)]
            for i in range(104):
                group = file.create_group(f"layer{i}")
                group.attrs["weight_names"] = ["kernel"]
                group["kernel"] = np.zeros(3)
    else:
        path.write_bytes(content)
    with pytest.raises(UserError, match=r"weights\.h5$"):
        build_backbone(path, SIZE, "average", 0)


@pytest.mark.parametrize(("pooling", "size", "tolerance"), [("average", SIZE, 1e-3), ("3x3", 224, 4e-3)])
def test_features_are_those_of_keras(
    pooling: str, size: int, tolerance: float, toys: Dataset, tmp_path: Path, converted: Path
) -> None:
    """Float16 keeps 3x3 features, up to 6, to 2e-3."""
    plan = Plan(pooling=pooling, image_size=size)  # type: ignore[arg-type]
    weights = find_weights(None, 0, Recorder())
    few = cached_pixels(toys.samples[:4], size, tmp_path, Recorder())
    found = cached_features(few, plan, weights, tmp_path, converted, Recorder())[PLAIN]
    backbone = build_backbone(weights.path, size, plan.pooling, 0)
    expected = np.asarray(backbone(few.rows[few.places].astype(np.float32)))
    assert found.rows.dtype == (np.float32 if pooling == "average" else np.float16)
    assert found.rows.shape[1:] == expected.shape[1:] == ((1280,) if pooling == "average" else (3, 3, 1280))
    assert np.abs(found.rows[found.places] - expected).max() < tolerance


def test_features_are_computed_once(
    pixels: Pixels, tmp_path: Path, converted: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Counting(features_module.LiteRtNetwork):
        images = 0

        def run(self, pixels: np.ndarray) -> np.ndarray:
            Counting.images += len(pixels)
            return super().run(pixels)

    weights = find_weights(None, 0, Recorder())
    monkeypatch.setattr(features_module, "LiteRtNetwork", Counting)
    some = Pixels(pixels.rows, pixels.places.copy(), pixels.digests, ())
    some.places[5:] = -1
    first = cached_features(some, SMALL, weights, tmp_path, converted, Recorder())[PLAIN]
    assert Counting.images == 5
    assert (first.places[5:] == -1).all()
    progress = Recorder()
    second = cached_features(pixels, SMALL, weights, tmp_path, converted, progress)[PLAIN]
    assert Counting.images == len(pixels.places)
    assert np.array_equal(first.rows[first.places[:5]], second.rows[second.places[:5]])
    steps = [(s.done, s.total) for s in progress.of(Step)]
    assert steps[0] == (5, 44)
    assert steps[-1] == (44, 44)
    assert backbone_key(SMALL, weights) != backbone_key(SMALL, dataclasses.replace(weights, digest="another"))
    assert backbone_key(SMALL, weights) != backbone_key(SMALL.changed(image_size=96), weights)


def test_phase_1_on_features_is_phase_1_through_the_whole_network(
    toys: Dataset, pixels: Pixels, tmp_path: Path, converted: Path
) -> None:
    """Nothing random stands before the frozen backbone: the same batches give the same epochs."""
    plan = SMALL.changed(dropout=0.0, dropout_last=0.0)
    weights = find_weights(None, 0, Recorder())
    found = cached_features(pixels, plan, weights, tmp_path, converted, Recorder())[PLAIN]

    def epochs(on_features: bool) -> np.ndarray:
        network = build_network(weights.path, plan, 3)
        model, source = (network.head, found) if on_features else (network.whole, pixels)
        sets = []
        for split in ("train", "val"):
            chosen = np.array([i for i, s in enumerate(toys.samples) if s.split == split])
            labels = np.array([toys.samples[i].label for i in chosen])
            sets.append(Examples(source.rows, source.places[chosen], labels, np.ones(len(chosen), np.float32)))
        phase = Phase("head", 3, 1e-3, 8, 7, 3, 0)
        history, _ = run_phase(model, phase, *sets, BestWeights(model), time.perf_counter(), Recorder())
        return np.array([(e.loss, e.accuracy, e.val_loss, e.val_accuracy) for e in history])

    fast, slow = epochs(True), epochs(False)
    assert np.ptp(fast[:, 0]) > 0.01, "nothing was learnt, so nothing is shown"
    assert np.allclose(fast, slow, rtol=1e-3, atol=1e-3)


def test_E9_the_statistics_stay_bit_for_bit_when_the_network_is_fine_tuned(pixels: Pixels) -> None:
    network = build_network(None, SMALL, 3)
    assert network.backbone.trainable_variables == []
    freeze_statistics(network.backbone)
    before = statistics(network.backbone)
    kernels = {v.path: v.numpy() for v in network.backbone.trainable_variables}
    assert len(kernels) == 52
    step = train_step(network.whole, keras.optimizers.Adam(1e-3), np.uint8)
    step(pixels.rows[pixels.places[:8]], np.arange(8) % 3, np.ones(8, np.float32))
    assert statistics(network.backbone) == before
    moved = [not np.array_equal(v.numpy(), kernels[v.path]) for v in network.backbone.trainable_variables]
    assert all(moved)
    # The whole model is the same layers, so what phase 1 trained is what phase 2 goes on from.
    features = network.backbone(pixels.rows[:2].astype(np.float32))
    assert np.allclose(network.head(features), network.whole(pixels.rows[:2].astype(np.float32)), atol=1e-6)
