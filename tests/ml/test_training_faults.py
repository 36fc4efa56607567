"""Trainings that data, disk or memory trouble: nothing is lost, and what happened is a sentence."""

import contextlib
import dataclasses
import shutil
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from tests.ml.conftest import COUNTS, SMALL, SMALL_QUICK, Recorder, trained
from vv_desktop.core.classes import ClassList
from vv_desktop.core.dataset import UNLABELLED, Dataset, Sample
from vv_desktop.core.errors import UserError
from vv_desktop.core.progress import BatchEnd, EpochEnd, Step
from vv_desktop.core.project import Project
from vv_desktop.core.runs import labels_when_trained, load_run, save_labels
from vv_desktop.ml import material, phases
from vv_desktop.ml.training import train

pytestmark = pytest.mark.usefixtures("tiny_backbone")


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
