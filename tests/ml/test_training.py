"""A whole training: what it keeps when it ends well, is stopped, called off, diverges or meets a full disk."""

import dataclasses
import json
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from tests.ml.conftest import COUNTS, SMALL, SMALL_QUICK, Recorder, trained, weights_of
from vv_desktop.core.dataset import Dataset
from vv_desktop.core.errors import Cancelled, UserError
from vv_desktop.core.plans import Plan
from vv_desktop.core.progress import EpochEnd, PhaseBegin
from vv_desktop.core.runs import load_run
from vv_desktop.ml import phases
from vv_desktop.ml.features import prepared_backbone
from vv_desktop.ml.litert import LiteRtNetwork
from vv_desktop.ml.loop import BestWeights
from vv_desktop.ml.material import gathered
from vv_desktop.ml.weights import find_weights

pytestmark = pytest.mark.usefixtures("tiny_backbone")


def test_a_finished_training_keeps_everything(toys: Dataset, tmp_path: Path, cache: Path) -> None:
    progress = Recorder()
    run = trained(toys, SMALL, tmp_path / "run", cache, progress)

    assert dataclasses.asdict(load_run(run.folder))["history"] == dataclasses.asdict(run)["history"]
    assert [(e.phase, e.epoch) for e in run.history] == [("head", 1), ("head", 2), ("fine-tune", 1), ("fine-tune", 2)]
    assert progress.of(EpochEnd) == list(run.history)
    assert progress.of(PhaseBegin) == [PhaseBegin("head", 2), PhaseBegin("fine-tune", 2)]
    assert all(a.seconds < b.seconds for a, b in zip(run.history, run.history[1:], strict=False))
    assert run.best.val_accuracy == max(e.val_accuracy for e in run.history)
    assert run.counts == {**{s: 3 * n for s, n in COUNTS.items()}, "unlabelled": 2, "unreadable": 0}
    assert not run.stopped
    assert run.weights == "random"
    assert run.data_digest == toys.digest
    assert run.versions["tensorflow"]
    assert [(p.name, p.epochs) for p in run.phases] == [("head", 2), ("fine-tune", 2)]
    assert {p.name for p in run.folder.iterdir()} == {
        "run.json",
        "known.npz",
        "model.keras",
        "model.tflite",
        "predictions.npz",
    }


def test_the_predictions_are_the_models_and_the_scores_theirs(toys: Dataset, tmp_path: Path, cache: Path) -> None:
    run = trained(toys, SMALL, tmp_path / "run", cache)
    predictions = run.predictions()
    assert predictions.images.tolist() == [s.image for s in toys.samples]
    model = keras.saving.load_model(run.keras_file, safe_mode=True, compile=False)
    assert type(model) is keras.Model(model.inputs, model.outputs).__class__, "an ordinary functional model"
    pixels = gathered(toys, SMALL, cache, cache, "random", Recorder()).pixels
    asked = pixels.rows[pixels.places]
    answers = np.asarray(model(asked.astype(np.float32)))
    assert np.abs(predictions.probabilities - answers).max() < 1e-4
    assert np.abs(LiteRtNetwork(run.tflite_file).run(asked) - answers).max() < 1e-4
    val = [i for i, s in enumerate(toys.samples) if s.split == "val"]
    right = [answers[i].argmax() == toys.samples[i].label for i in val]
    assert run.scores["val"]["accuracy"] == pytest.approx(np.mean(right))
    assert run.best.val_accuracy == pytest.approx(np.mean(right))
    assert set(run.scores) == {"train", "val", "test"}


def test_quick_learns_and_predicts_from_features(toys: Dataset, tmp_path: Path, cache: Path) -> None:
    run = trained(toys, SMALL_QUICK.changed(head_epochs=25, head_learning_rate=1e-2), tmp_path / "run", cache)
    assert run.best.val_accuracy > 0.6
    assert [p.name for p in run.phases] == ["head"]
    predictions = run.predictions().probabilities
    pixels = gathered(toys, SMALL_QUICK, cache, cache, "random", Recorder()).pixels
    assert np.abs(predictions - LiteRtNetwork(run.tflite_file).run(pixels.rows[pixels.places])).max() < 2e-3


@pytest.mark.parametrize("plan", [SMALL, SMALL_QUICK])
def test_the_same_seed_gives_the_same_epochs(plan: Plan, toys: Dataset, tmp_path: Path, cache: Path) -> None:
    def numbers(seed: int) -> list[tuple[float, ...]]:
        found = gathered(toys, plan.changed(seed=seed), cache, cache, "random", Recorder())
        history = phases.train_phases(found, tmp_path / "model.keras", 0.0, Recorder()).history
        return [(e.loss, e.accuracy, e.val_loss, e.val_accuracy) for e in history]

    first = numbers(3)
    assert numbers(3) == first
    assert numbers(4) != first


BATCHES = 3 + 2  # an epoch's batches of training and validation, in either phase


@pytest.mark.parametrize("asked", [BATCHES + 1, BATCHES + 4, 2 * BATCHES + 2, 3 * BATCHES, 3 * BATCHES + 5])
def test_E3_a_stop_keeps_the_best_epoch_so_far(
    asked: int, toys: Dataset, tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    best: dict[str, Any] = {}
    offer = BestWeights.offer

    def watched(self: BestWeights, val_accuracy: float, val_loss: float) -> bool:
        improved = offer(self, val_accuracy, val_loss)
        if improved:
            best["weights"] = weights_of(self._model)
        return improved

    monkeypatch.setattr(BestWeights, "offer", watched)
    progress = Recorder(stop_when=lambda n: n >= asked)
    run = trained(toys, SMALL, tmp_path / "run", cache, progress)
    assert run.stopped
    assert len(run.history) == (asked - 1) // BATCHES
    assert load_run(run.folder).stopped
    assert weights_of(keras.saving.load_model(run.keras_file, compile=False)) == best["weights"]
    assert sum(p.epochs for p in run.phases) == len(run.history)


@pytest.mark.parametrize("asked", [1, 2, 4])
def test_a_stop_before_the_first_epoch_keeps_nothing_and_says_so(
    asked: int, toys: Dataset, tmp_path: Path, cache: Path
) -> None:
    with pytest.raises(UserError, match="before the first epoch"):
        trained(toys, SMALL, tmp_path / "run", cache, Recorder(stop_when=lambda n: n >= asked))
    assert not (tmp_path / "run").exists()


def test_a_cancel_at_any_moment_keeps_nothing(toys: Dataset, tmp_path: Path, cache: Path) -> None:
    whole = Recorder()
    trained(toys, SMALL, tmp_path / "whole", cache, whole)
    for moment in np.random.default_rng(0).integers(1, whole.checks, 4).tolist() + [whole.checks]:
        progress = Recorder(cancel_when=lambda n, moment=moment: n >= moment)
        with pytest.raises(Cancelled):
            trained(toys, SMALL, tmp_path / "run", cache, progress)
        assert progress.checks == moment
        assert not (tmp_path / "run").exists()


def test_the_backbone_is_converted_once_and_the_wait_is_used(tmp_path: Path) -> None:
    calls: list[str] = []

    class Child(Recorder):
        def in_child(self, function: str, request: dict[str, Any]) -> dict[str, Any]:
            calls.append(function)
            Path(request["out"]).touch()
            return {}

    progress = Child()
    weights = find_weights("random", 0, Recorder())
    for _ in range(2):
        path = prepared_backbone(SMALL, weights, tmp_path, progress, lambda: calls.append("meanwhile"))
        assert path.is_file()
    assert sorted(calls) == ["meanwhile", "vv_desktop.ml.conversion:convert_backbone"]


def test_a_run_says_what_it_was_made_from(toys: Dataset, tmp_path: Path, cache: Path) -> None:
    run = trained(toys, SMALL_QUICK, tmp_path / "run", cache)
    record = json.loads((run.folder / "run.json").read_text())
    assert record["plan"] == SMALL_QUICK.as_dict()
    assert record["classes"] == list(toys.classes.names)
