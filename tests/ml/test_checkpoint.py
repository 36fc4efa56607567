"""A training that is interrupted and continued ends as the one that never was, bit for bit."""

import dataclasses
import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import keras
import pytest

from tests.ml.conftest import SHAPES, SMALL, Recorder, build_tiny, weights_of
from tests.ml.test_loop import examples, phase, small_model
from vv_desktop.core.classes import ClassList
from vv_desktop.core.dataset import Dataset, Sample
from vv_desktop.core.errors import Cancelled, Interrupted, UserError
from vv_desktop.core.interrupted import CHECKPOINT, held
from vv_desktop.core.progress import BatchEnd, EpochEnd, Event
from vv_desktop.core.runs import list_runs
from vv_desktop.core.training_request import TrainingRequest
from vv_desktop.ml import boundary, conversion, networks
from vv_desktop.ml.checkpoint import Checkpoints, load_checkpoint
from vv_desktop.ml.loop import BestWeights, run_phase
from vv_desktop.ml.material import Material, gathered
from vv_desktop.ml.phases import Trained, train_phases
from vv_desktop.ml.training import train

CUT = "block_12_add"
ALWAYS = 1e9
"""A share of the time that lets every epoch have its checkpoint, however short it is."""
CHANGES: dict[str, Any] = {"brightness": 0.2, "crop": 0.15, "rotation": 5.0, "dropout": 0.3}
PLANS = {
    "features": SMALL.changed(dropout=0.3, head_epochs=5, fine_tune_epochs=0, plateau_patience=1),
    "boundary": SMALL.changed(
        **CHANGES, head_epochs=0, fine_tune_epochs=4, fine_tune_from=CUT, schedule="cosine", warm_up=1.0, copies=2,
        average_weights=0.9, label_smoothing=0.1, mirror=True, mirror_average=True,
    ),
    "pixels": SMALL.changed(**CHANGES, head_epochs=2, fine_tune_epochs=3, fine_tune_learning_rate=1e-3),
}  # fmt: skip


class PowerCut(Exception):
    """Whatever ends a training from outside."""


def build_cut(weights: Path | None, size: int, pooling: str, seed: int, name: str = "MobileNetV2") -> keras.Model:
    """The tiny backbone, with one layer more behind a boundary."""
    tiny = build_tiny(weights, size, pooling, seed)
    x = keras.layers.ReLU(name=CUT)(tiny.get_layer("bn").output)
    x = keras.layers.Conv2D(8, 3, use_bias=False, kernel_initializer=keras.initializers.HeNormal(seed=seed))(x)
    x = keras.layers.ReLU()(keras.layers.BatchNormalization()(x))
    pool = keras.layers.GlobalAveragePooling2D() if pooling == "average" else keras.layers.AveragePooling2D(5)
    return keras.Model(tiny.inputs[0], pool(x))


@pytest.fixture(scope="module", autouse=True)
def cut_backbone() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        for module in (networks, conversion, boundary):
            patch.setattr(module, "build_backbone", build_cut)
        yield


@pytest.fixture(scope="module")
def shapes(toys: Dataset) -> Dataset:
    """The toys, each class being its own in the mirror."""
    return dataclasses.replace(toys, mirror=(0, 1, 2))


def cut_at(phase: str, epoch: int, batch: int) -> Recorder:
    """A progress that has a power cut within a batch."""

    def hear(event: Event) -> None:
        if isinstance(event, BatchEnd) and (event.phase, event.epoch, event.batch) == (phase, epoch, batch):
            raise PowerCut

    return Recorder(on_event=hear)


def trained(material: Material, folder: Path, progress: Recorder) -> Trained:
    """Both phases, from the checkpoint if there is one."""
    request = TrainingRequest.of(material.dataset, material.plan, "random")
    places = Checkpoints(folder / CHECKPOINT, request, material.digest, progress, share=ALWAYS)
    return train_phases(material, None, time.perf_counter() - places.seconds, progress, checkpoints=places)


def numbers(history: tuple[EpochEnd, ...]) -> list[EpochEnd]:
    """All of the epochs but what time it was."""
    return [dataclasses.replace(epoch, seconds=0.0) for epoch in history]


@pytest.mark.parametrize(
    ("name", "cuts"),
    [
        ("boundary", [("fine-tune", 3, 2)]),
        ("pixels", [("head", 2, 2), ("fine-tune", 3, 1)]),
    ],
)
def test_E4_continued_it_is_bit_for_bit_what_it_would_have_been(
    name: str, cuts: list[tuple[str, int, int]], shapes: Dataset, tmp_path: Path, cache: Path
) -> None:
    material = gathered(shapes, PLANS[name], cache, cache, "random", Recorder())
    never = train_phases(material, None, time.perf_counter(), Recorder())
    for cut in cuts:
        with pytest.raises(PowerCut):
            trained(material, tmp_path, cut_at(*cut))
        assert sum(e.phase == cut[0] for e in load_checkpoint(tmp_path / CHECKPOINT).history) in (cut[1] - 1, 0)
    progress = Recorder()
    continued = trained(material, tmp_path, progress)

    assert weights_of(continued.network.whole) == weights_of(never.network.whole)
    assert numbers(continued.history) == numbers(never.history)
    assert progress.of(EpochEnd) == list(continued.history), "the curves show all epochs"
    done = len(progress.of(BatchEnd))
    assert 0 < done < len(never.history) * progress.of(BatchEnd)[0].batches, "only what was missing is computed"
    assert [(p.name, p.epochs) for p in continued.phases] == [(p.name, p.epochs) for p in never.phases]
    assert all(a.seconds < b.seconds for a, b in zip(continued.history, continued.history[1:], strict=False))


def test_E4_early_stop_and_plateau_go_on_where_they_were(shapes: Dataset, tmp_path: Path) -> None:
    request = TrainingRequest.of(shapes, SMALL, "random")
    short = phase(epochs=40, learning_rate=0.4, patience=5, plateau_patience=1)

    def run(progress: Recorder, path: Path) -> tuple[bytes, list[EpochEnd]]:
        model = small_model(dropout=0.3)
        best, places = BestWeights(model), Checkpoints(path, request, "", progress, share=ALWAYS)
        if places.left:
            best.resume(places.left.history, places.left.arrays["best"])
        here = places.of_phase("head", model.variables, best, 0.0, (), ())
        data = (examples(19, 0), examples(8, 1))
        epochs, _ = run_phase(model, short, *data, best, 0.0, progress, checkpoints=here)
        best.restore()
        return weights_of(model), list(numbers(tuple(epochs)))

    whole = run(Recorder(), tmp_path / "whole")
    count = len(whole[1])
    assert count < 40, "it ended early"
    assert len({epoch.learning_rate for epoch in whole[1][:-2]}) > 2, "the rate was halved more than once"
    for cut in (2, count - 1, count):
        with pytest.raises(PowerCut):
            run(cut_at("head", cut, 2), tmp_path / "cut")
    assert run(Recorder(), tmp_path / "cut") == whole
    again = Recorder()
    assert run(again, tmp_path / "cut") == whole, "one that was over is not trained any further"
    assert again.of(BatchEnd) == []


def test_E5_a_killed_process_leaves_what_another_continues_bit_for_bit(
    shapes: Dataset, tmp_path: Path, cache: Path
) -> None:
    material = gathered(shapes, PLANS["features"], cache, cache, "random", Recorder())
    (tmp_path / "samples.json").write_text(json.dumps([dataclasses.asdict(s) for s in shapes.samples], default=str))
    with subprocess.Popen(
        [sys.executable, "-m", "tests.ml.test_checkpoint", str(tmp_path), str(cache)],
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).resolve().parents[2],
    ) as child:
        never = train_phases(material, None, time.perf_counter(), Recorder())
        assert child.stdout is not None
        said = [child.stdout.readline() for _ in range(3)]
        child.kill()
    assert said == ["1\n", "2\n", "3\n"]
    assert child.returncode == -signal.SIGKILL
    done = len(load_checkpoint(tmp_path / CHECKPOINT).history)
    assert done == 3
    continued = trained(material, tmp_path, Recorder())
    assert weights_of(continued.network.whole) == weights_of(never.network.whole)
    assert numbers(continued.history) == numbers(never.history)


def test_E10_a_worse_epoch_after_continuing_does_not_take_the_place_of_the_best(
    shapes: Dataset, tmp_path: Path, cache: Path
) -> None:
    plan = SMALL.changed(head_epochs=8, head_learning_rate=1e-2, fine_tune_epochs=3, fine_tune_learning_rate=0.9)
    material = gathered(shapes, plan, cache, cache, "random", Recorder())
    with pytest.raises(PowerCut):
        trained(material, tmp_path, cut_at("fine-tune", 2, 1))
    left = load_checkpoint(tmp_path / CHECKPOINT)
    continued = trained(material, tmp_path, Recorder())
    best = max(left.history, key=lambda e: (e.val_accuracy, -e.val_loss))
    after = continued.history[len(left.history) :]
    assert after
    assert all(epoch.val_accuracy < best.val_accuracy and not epoch.best for epoch in after), "none is as good"
    assert weights_of(continued.network.whole) == b"".join(a.tobytes() for a in left.arrays["best"])


def test_E5_another_training_is_not_continued_and_a_sentence_says_why(
    shapes: Dataset, tmp_path: Path, cache: Path
) -> None:
    plan = PLANS["features"]
    material = gathered(shapes, plan, cache, cache, "random", Recorder())
    with pytest.raises(PowerCut):
        trained(material, tmp_path, cut_at("head", 2, 1))
    path, request = tmp_path / CHECKPOINT, TrainingRequest.of(shapes, plan, "random")
    before = path.read_bytes()

    def refused(request: TrainingRequest = request, photos: str = material.digest) -> str:
        with pytest.raises(UserError) as refusal:
            Checkpoints(path, request, photos, Recorder())
        return str(refusal.value)

    first, *rest = shapes.samples
    relabelled = dataclasses.replace(shapes, samples=(dataclasses.replace(first, label=2), *rest))
    older = {**request.versions, "tensorflow": "1.0"}
    assert "Labels or splits changed since" in refused(TrainingRequest.of(relabelled, plan, "random"))
    assert "another plan" in refused(dataclasses.replace(request, plan=plan.changed(seed=1)))
    assert "tensorflow was" in refused(dataclasses.replace(request, versions=older))
    assert "Photos or pretrained weights" in refused(photos="0" * 64)
    assert path.read_bytes() == before
    for damaged in (before[:-100], before[: len(before) // 2], b"", bytes([before[0] ^ 1]) + before[1:]):
        path.write_bytes(damaged)
        assert "cannot be read" in refused()


def test_E11_a_checkpoint_that_cannot_be_written_is_said_once_and_costs_nothing_else(
    shapes: Dataset, tmp_path: Path, cache: Path
) -> None:
    material = gathered(shapes, PLANS["features"], cache, cache, "random", Recorder())
    progress = Recorder()
    found = trained(material, tmp_path / "gone", progress)
    assert len(found.history) == 5
    assert progress.notes.count("could not be continued if interrupted") == 1


@pytest.mark.parametrize("end", [Interrupted, Cancelled])
def test_E4_a_cancel_keeps_nothing_and_the_end_of_the_program_a_checkpoint(
    end: type[Cancelled], shapes: Dataset, tmp_path: Path, cache: Path
) -> None:
    folder = tmp_path / "a-run"
    folder.mkdir()

    def leave(event: Event) -> None:
        if isinstance(event, EpochEnd) and event.epoch == 2:
            raise end

    with pytest.raises(end):
        train(shapes, PLANS["features"], folder, cache, cache, "random", Recorder(on_event=leave))
    assert [p.name for p in tmp_path.iterdir()] == (["a-run"] if end is Interrupted else [])
    if end is Cancelled:
        return
    assert [p.name for p in folder.iterdir()] == [CHECKPOINT]
    with held(folder), pytest.raises(UserError, match="another process"):
        train(shapes, PLANS["features"], folder, cache, cache, "random", Recorder())
    run = train(shapes, PLANS["features"], folder, cache, cache, "random", Recorder())
    assert len(run.history) == 5
    assert not (folder / CHECKPOINT).exists()
    assert [found.id for found in list_runs(tmp_path)[0]] == ["a-run"]


def be_killed(folder: Path, cache: Path) -> None:
    """In the child: train, say each epoch once it is kept, and wait in the fourth."""

    def hear(event: Event) -> None:
        if isinstance(event, EpochEnd):
            sys.stdout.write(f"{event.epoch}\n")
            sys.stdout.flush()
        if isinstance(event, BatchEnd) and (event.epoch, event.batch) == (4, 2):
            time.sleep(60)

    records = json.loads((folder / "samples.json").read_text())
    samples = tuple(Sample(**{**record, "path": Path(record["path"])}) for record in records)
    dataset = Dataset(ClassList(tuple(SHAPES)), samples, mirror=(0, 1, 2))
    networks.build_backbone = conversion.build_backbone = build_cut
    material = gathered(dataset, PLANS["features"], cache, cache, "random", Recorder())
    trained(material, folder, Recorder(on_event=hear))


if __name__ == "__main__":
    be_killed(Path(sys.argv[1]), Path(sys.argv[2]))
