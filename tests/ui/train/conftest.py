"""A small drawn project, and a stand-in training that reports real events and keeps a real run."""

import dataclasses
import threading
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from vv_desktop.core import runs
from vv_desktop.core.classes import ClassList
from vv_desktop.core.dataset import Dataset
from vv_desktop.core.errors import UserError
from vv_desktop.core.plans import QUICK, Plan
from vv_desktop.core.progress import BatchEnd, EpochEnd, Note, PhaseBegin, Progress, Step
from vv_desktop.core.project import Project, stored_path
from vv_desktop.core.records import NewImage
from vv_desktop.core.speeds import Speeds
from vv_desktop.jobs import Jobs
from vv_desktop.session import Session
from vv_desktop.ui import theme
from vv_desktop.ui.train.expected import Expectations
from vv_desktop.ui.train.page import TrainPage

RESOURCES = Path(__file__).resolve().parents[3] / "resources"
CLASSES = ("red", "green & <b>bold", "blue")
SHORT = QUICK.changed(head_epochs=5)
COLOURS = ("#c00000", "#00a000", "#0000c0")


def draw_project(
    folder: Path, per_class: int = 8, splits: tuple[str, ...] = ("train", "train", "val", "test")
) -> Project:
    """Coloured squares, labelled by their colour, dealt to `splits` in turn."""
    rows = []
    (folder / "photos").mkdir(parents=True)
    for i in range(per_class * len(CLASSES)):
        kind, path = i % len(CLASSES), folder / "photos" / f"{i:03}.jpg"
        Image.new("RGB", (24, 16), COLOURS[kind]).save(path)
        stat = path.stat()
        split: Any = splits[i // len(CLASSES) % len(splits)]
        stored = stored_path((folder / "project").resolve(), path.resolve())
        rows.append(NewImage(stored, stat.st_size, stat.st_mtime_ns, str(i), CLASSES[kind], split))
    return Project.create(folder / "project", ClassList(CLASSES), rows)


def epoch(number: int, phase: Any = "head", best: bool = True, seconds: float | None = None) -> EpochEnd:
    """One plausible epoch."""
    at = seconds if seconds is not None else number / 2
    return EpochEnd(phase, number, at, 1 / number, 0.5 + number / 50, 1.2 / number, 0.5 + number / 60, 1e-3, best)


def keep_run(
    dataset: Dataset, project: Path, plan: Plan, history: tuple[EpochEnd, ...], stopped: bool = False
) -> runs.Run:
    """A real run folder whose predictions are right for all but the first image of each split."""
    folder = runs.new_folder(project / "runs", plan, datetime(2026, 11, 22, 9, 0))
    runs.save_labels(folder, dataset)
    probabilities = np.full((len(dataset.samples), len(dataset.classes)), 0.1, np.float32)
    seen: set[str | None] = set()
    for row, sample in enumerate(dataset.samples):
        label = max(0, sample.label)
        probabilities[row, label if sample.split in seen else (label + 1) % len(dataset.classes)] = 0.8
        seen.add(sample.split)
    runs.save_predictions(folder, runs.Predictions(np.array([s.image for s in dataset.samples]), probabilities))
    phases = (runs.PhaseResult("head", len(history), 1.0, max(e.val_accuracy for e in history)),)
    counts = {split: len(dataset.of(split)) for split in ("train", "val", "test")}  # type: ignore[arg-type]
    scores = {"test": {"accuracy": 0.5, "macro_f1": 0.5}}
    run = runs.Run(
        folder, plan.name, plan, dataset.classes, datetime(2026, 11, 22, 9, 0), history, phases, 3.0, stopped,
        "stand-in", dataset.digest, counts, scores, {},
    )  # fmt: skip
    runs.save_run(run)
    return run


@dataclasses.dataclass
class Training:
    """A training that goes from epoch to epoch as the test lets it, and says all that a real one says."""

    gates: threading.Semaphore = dataclasses.field(default_factory=lambda: threading.Semaphore(0))
    plans: list[Plan] = dataclasses.field(default_factory=list)
    weights: list[object] = dataclasses.field(default_factory=list)
    failure: str = ""

    def let(self, epochs: int = 1000) -> None:
        """Let this many epochs pass."""
        self.gates.release(epochs)

    def __call__(self, dataset: Dataset, plan: Plan, project: Path, weights: Any, progress: Progress) -> runs.Run:
        self.plans.append(plan)
        self.weights.append(weights)
        progress.report(Note("Pretrained network: none, this is a test"))
        progress.report(Step("Computing features", len(dataset.samples), len(dataset.samples)))
        history: list[EpochEnd] = []
        for phase, epochs in (("head", plan.head_epochs), ("fine-tune", plan.fine_tune_epochs)):
            if epochs:
                progress.report(PhaseBegin(phase, epochs))  # type: ignore[arg-type]
            for number in range(1, epochs + 1):
                while not self.gates.acquire(timeout=0.02):
                    progress.check()
                    if progress.stop_requested:
                        return keep_run(dataset, project, plan, tuple(history), stopped=True)
                if self.failure:
                    raise UserError(self.failure)
                progress.report(BatchEnd(phase, number, epochs, 3, 4, 1234.0))  # type: ignore[arg-type]
                history.append(epoch(number, phase, seconds=(len(history) + 1) / 2))
                progress.report(history[-1])
        return keep_run(dataset, project, plan, tuple(history))


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return draw_project(tmp_path)


@pytest.fixture
def training() -> Iterator[Training]:
    training = Training()
    yield training
    training.let()


@dataclasses.dataclass
class Measuring:
    """A machine that needs no two seconds to be measured, and counts how often it was."""

    photos: list[list[Path]] = dataclasses.field(default_factory=list)
    busy: bool = False

    def __call__(self, photos: list[Path], progress: Progress) -> Speeds:
        self.photos.append(photos)
        return Speeds(1.0, 1.0, 1.0, 1.0, 0.001 * len(self.photos), "2026-11-22T09:00", busy=self.busy)


@pytest.fixture
def measuring() -> Measuring:
    return Measuring()


@pytest.fixture
def page(
    qtbot: Any, session: Session, jobs: Jobs, training: Training, measuring: Measuring, tmp_path: Path
) -> TrainPage:
    expected = Expectations(session, jobs, measure_task=measuring, kept=tmp_path / "speeds.json")
    page = TrainPage(session, jobs, theme.LIGHT, RESOURCES, train_task=training, expectations=expected)
    qtbot.addWidget(page)
    page.resize(1000, 640)
    page.show()
    qtbot.waitExposed(page)
    return page


@pytest.fixture
def kept(project: Project) -> Callable[..., runs.Run]:
    """Makes a run of the project that was there before the session looked."""
    return lambda plan=QUICK, epochs=3, **more: keep_run(
        project.dataset(), project.folder, plan, tuple(epoch(i + 1) for i in range(epochs)), **more
    )


def finish(qtbot: Any, page: TrainPage, training: Training) -> None:
    """Let the stand-in end."""
    training.let()
    qtbot.waitUntil(lambda: page.job is None)
