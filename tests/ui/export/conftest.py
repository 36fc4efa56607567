"""A small project with a run, and a scripted task that exports as the real one would."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest

from vv_desktop.core.bundled import resources_folder
from vv_desktop.core.classes import ClassList
from vv_desktop.core.dataset import Dataset
from vv_desktop.core.errors import UserError
from vv_desktop.core.gates import Gate
from vv_desktop.core.plans import QUICK
from vv_desktop.core.progress import EpochEnd, Progress, Step
from vv_desktop.core.project import Project
from vv_desktop.core.runs import PhaseResult, Predictions, Run, save_labels, save_predictions, save_run
from vv_desktop.core.store import NewImage
from vv_desktop.jobs import Jobs
from vv_desktop.session import Session
from vv_desktop.ui import theme
from vv_desktop.ui.export.page import ExportPage

USUAL = Gate(0.96)


@dataclass(frozen=True)
class Changed:
    image: int
    before: str
    before_probability: float
    after: str
    after_probability: float


@dataclass(frozen=True)
class Proof:
    reasons: tuple[str, ...]
    changed: tuple[Changed, ...] = ()
    gate: Gate = USUAL
    images: int = 200
    top1_agreement: float = 0.97
    max_abs_diff: float = 0.0213
    accuracy_loss: float = -0.005


@dataclass(frozen=True)
class ExportedFile:
    format: str
    path: Path
    bytes: int
    proof: Proof


@dataclass(frozen=True)
class Exported:
    files: tuple[ExportedFile, ...]
    written: bool
    caution: str


@dataclass
class Press:
    """Exports by making the folder; may be told to wait, to fail, or to be below a gate."""

    asked: list[tuple[str, Path, tuple[str, ...]]] = field(default_factory=list)
    held: bool = False
    failure: str = ""
    below: str = ""
    caution: str = ""
    gates: tuple[str, ...] = ()
    changed: tuple[Changed, ...] = ()
    asked_of: dict[str, Gate] = field(default_factory=dict)

    def export(
        self,
        run: Run,
        dataset: Dataset,
        out: Path,
        formats: Sequence[str],
        project: Path,
        accept_failed_gate: bool,
        gates: Sequence[str],
        progress: Progress,
    ) -> Exported:
        self.asked.append((run.id, out, tuple(formats)))
        self.gates = tuple(gates)
        progress.report(Step("Converting", 1, 3))
        while self.held:
            progress.check()
            time.sleep(0.001)
        if self.failure:
            raise UserError(self.failure)
        written = accept_failed_gate or not self.below
        if written:
            out.mkdir(parents=True)
        reasons = (self.below,) if self.below else ()
        changed = {"int8": self.changed}
        proofs = {f: Proof(reasons, changed.get(f, ()), self.asked_of.get(f, USUAL)) for f in formats}
        files = (ExportedFile(f, out / f"{f}.bin", 9_400_000, proofs[f]) for f in formats)
        return Exported(tuple(files), written, self.caution)


@pytest.fixture
def project(tmp_path: Path) -> Project:
    images = [NewImage(f"{i}.jpg", 1, 1, str(i), "ab"[i % 2], "test") for i in range(40)]
    project = Project.create(tmp_path / "project", ClassList(("a", "b")), images)
    folder = project.runs_folder / "first"
    folder.mkdir(parents=True)
    epoch = EpochEnd("head", 1, 1.0, 0.5, 0.9, 0.5, 0.8, 1e-3, True)
    run = Run(
        folder, "first <b>run", QUICK, project.classes, datetime(2026, 11, 22), (epoch,),
        (PhaseResult("head", 1, 1.0, 0.8),), 1.0, False, "none", "0", {"test": 40}, {}, {},
    )  # fmt: skip
    save_labels(folder, project.dataset())
    ids = np.array(sorted(project.images))
    save_predictions(folder, Predictions(ids, np.tile(np.array([0.9, 0.1], np.float32), (len(ids), 1))))
    save_run(run)
    return project


@pytest.fixture
def press() -> Iterator[Press]:
    found = Press()
    yield found
    found.held = False


@pytest.fixture
def page(qtbot: object, session: Session, jobs: Jobs, press: Press) -> ExportPage:
    page = ExportPage(session, jobs, theme.LIGHT, resources_folder(), export_task=press.export)
    qtbot.addWidget(page)  # type: ignore[attr-defined]
    return page
