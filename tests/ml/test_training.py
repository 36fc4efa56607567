"""A whole training: what it keeps when it ends well, is stopped, called off, diverges or meets a full disk."""

import contextlib
import dataclasses
import json
import shutil
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from tests.ml.conftest import COUNTS, SMALL, SMALL_QUICK, Recorder, weights_of
from vv_desktop.core.classes import ClassList
from vv_desktop.core.dataset import UNLABELLED, Dataset, Sample
from vv_desktop.core.errors import Cancelled, UserError
from vv_desktop.core.plans import Plan
from vv_desktop.core.progress import BatchEnd, EpochEnd, PhaseBegin, Step
from vv_desktop.core.project import Project
from vv_desktop.core.runs import Run, labels_when_trained, load_run, save_labels
from vv_desktop.ml import material, phases
from vv_desktop.ml.features import prepared_backbone
from vv_desktop.ml.litert import LiteRtNetwork
from vv_desktop.ml.loop import BestWeights
from vv_desktop.ml.material import gathered
from vv_desktop.ml.training import train
from vv_desktop.ml.weights import find_weights

pytestmark = pytest.mark.usefixtures("tiny_backbone")


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


def trained(toys: Dataset, plan: Plan, folder: Path, cache: Path, progress: Recorder | None = None) -> Run:
    folder.mkdir(exist_ok=True)
    return train(toys, plan, folder, cache, cache, "random", progress or Recorder())


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


def test_E8_E9_a_loss_that_is_no_number_in_phase_2_keeps_phase_1(
    toys: Dataset, tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []

    def poisoned_from_phase_2_on(labels: np.ndarray, classes: int) -> np.ndarray:
        asked.append(classes)
        return np.full(len(labels), 1.0 if len(asked) == 1 else np.nan, np.float32)

    monkeypatch.setattr(material, "balanced_weights", poisoned_from_phase_2_on)
    progress = Recorder()
    run = trained(toys, SMALL.changed(fine_tune_learning_rate=0.25), tmp_path / "run", cache, progress)
    assert run.best.phase == "head"
    assert {e.phase for e in run.history} == {"head"}
    assert "epoch 1 of phase fine-tune" in progress.notes
    assert "than 0.25" in progress.notes
    assert np.isfinite(run.predictions().probabilities).all()
    assert not run.stopped


def test_nothing_finite_is_a_sentence(
    toys: Dataset, tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(material, "balanced_weights", lambda labels, n: np.full(len(labels), np.nan, "f4"))
    with pytest.raises(UserError, match=r"lower learning rate; received 0\.001"):
        trained(toys, SMALL, tmp_path / "run", cache)
    assert not (tmp_path / "run").exists()


def test_E11_E12_trouble_with_the_disk_at_a_checkpoint_does_not_end_the_training(
    toys: Dataset, tmp_path: Path, cache: Path
) -> None:
    def tidy(event: Any) -> None:
        if isinstance(event, BatchEnd) and event.phase == "fine-tune":
            shutil.rmtree(tmp_path / "run", ignore_errors=True)

    progress = Recorder(on_event=tidy)
    # Phase 1 hardly learns, so that phase 2 has something to improve on and writes it.
    plan = SMALL.changed(head_learning_rate=1e-7, head_epochs=1, fine_tune_epochs=4, fine_tune_learning_rate=1e-2)
    run = trained(toys, plan, tmp_path / "run", cache, progress)
    assert run.best.phase == "fine-tune"
    assert "only in memory" in progress.notes
    assert load_run(run.folder).scores == run.scores


def test_E6_the_best_of_phase_2_is_on_the_disk_before_the_training_ends(
    toys: Dataset, tmp_path: Path, cache: Path
) -> None:
    seen: list[bool] = []

    def look(event: Any) -> None:
        if isinstance(event, EpochEnd) and event.phase == "fine-tune" and event.best:
            model = keras.saving.load_model(tmp_path / "run" / "model.keras", compile=False)
            seen.append(model.output_shape == (None, 3))

    plan = SMALL.changed(head_learning_rate=1e-7, head_epochs=1, fine_tune_epochs=4, fine_tune_learning_rate=1e-2)
    trained(toys, plan, tmp_path / "run", cache, Recorder(on_event=look))
    assert seen
    assert all(seen)


def test_E13_E14_an_image_that_cannot_be_read_is_named_and_left_out(toys: Dataset, tmp_path: Path, cache: Path) -> None:
    broken = tmp_path / "broken.png"
    broken.write_bytes(toys.samples[0].path.read_bytes()[:400])
    stray = dataclasses.replace(toys.samples[1], image=9001, split=None)
    more = (Sample(9000, broken, 0, "train", "x"), stray)
    progress = Recorder()
    run = trained(Dataset(toys.classes, toys.samples + more), SMALL_QUICK, tmp_path / "run", cache, progress)
    assert run.counts["unreadable"] == 1
    assert run.counts["train"] == 3 * COUNTS["train"]
    assert "broken.png" in progress.notes
    assert "1 labelled images that are in no split" in progress.notes
    assert 9000 not in run.predictions().images
    assert 9001 in run.predictions().images


def test_E17_E18_bad_data_is_a_sentence_before_anything_is_computed(toys: Dataset, tmp_path: Path, cache: Path) -> None:
    def refused(samples: tuple[Sample, ...], classes: ClassList = toys.classes) -> str:
        progress = Recorder()
        with pytest.raises(UserError) as refusal:
            (tmp_path / "run").mkdir()
            train(Dataset(classes, samples), SMALL_QUICK, tmp_path / "run", cache, cache, "random", progress)
        assert "Computing features" not in {step.name for step in progress.of(Step)}
        assert not (tmp_path / "run").exists()
        return str(refusal.value)

    every = toys.samples
    assert "make splits by group" in refused(tuple(s for s in every if s.split != "val"))
    assert "nothing to train on" in refused(tuple(s for s in every if s.split != "train"))
    assert refused(tuple(s for s in every if s.label != 1 or s.split != "train")).endswith("received none of square")
    assert refused(every, ClassList(("one",))).endswith("received 1 (one)")
    wild = dataclasses.replace(every[0], label=3)
    assert f"received 3 for {wild.path}" in refused((wild, *every[1:]))
    gone = tuple(dataclasses.replace(s, path=s.path / "gone") if s.split == "val" else s for s in every)
    assert "no readable validation image" in refused(gone)
    assert refused(tuple(dataclasses.replace(s, label=UNLABELLED) for s in every)).startswith("There is nothing")


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


def test_E15_too_little_memory_is_a_sentence(
    toys: Dataset, tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: Any, **__: Any) -> None:
        raise MemoryError

    monkeypatch.setattr(phases, "run_phase", full)
    with pytest.raises(UserError, match="half the batch size; received 8"):
        trained(toys, SMALL, tmp_path / "run", cache)


def test_E19_labels_edited_while_it_trains_are_not_seen_and_the_run_says_which_were(
    untrained_copy: Path, cache: Path
) -> None:
    plan = SMALL.changed(fine_tune_epochs=0)
    with contextlib.closing(Project.open(untrained_copy)) as project:
        frozen, names = project.dataset(), project.classes.names
        then = {row.id: row.label for row in project.images.values()}

        def edit(event: Any) -> None:
            if isinstance(event, EpochEnd):
                row = list(project.images.values())[event.epoch]
                project.relabel([row.id], names[(names.index(row.label or "") + 1) % len(names)], "keyboard")

        progress, folder = Recorder(on_event=edit), untrained_copy / "edited"
        folder.mkdir()
        save_labels(folder, frozen)
        run = trained(frozen, plan, folder, cache, progress)
        now = project.dataset()
    undisturbed = trained(frozen, plan, untrained_copy / "undisturbed", cache)

    assert now.digest != frozen.digest == run.data_digest
    assert labels_when_trained(run) == then
    assert len([s for s, t in zip(now.samples, frozen.samples, strict=True) if s.label != t.label]) == 2
    assert [(e.loss, e.val_loss) for e in run.history] == [(e.loss, e.val_loss) for e in undisturbed.history]
    assert run.scores == undisturbed.scores
