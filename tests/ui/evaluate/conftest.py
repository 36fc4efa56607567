"""A small drawn project with one run whose mistakes are known."""

from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from vv_desktop.core import runs
from vv_desktop.core.classes import ClassList
from vv_desktop.core.plans import QUICK
from vv_desktop.core.progress import EpochEnd
from vv_desktop.core.project import Project, stored_path
from vv_desktop.core.store import NewImage
from vv_desktop.jobs import Jobs
from vv_desktop.session import Session
from vv_desktop.ui import theme
from vv_desktop.ui.evaluate.page import EvaluatePage
from vv_desktop.ui.live_head import LiveUpdates

RESOURCES = Path(__file__).resolve().parents[3] / "resources"
CLASSES = ("red", "green & <b>bold", "blue")
COLOURS = ("#c00000", "#00a000", "#0000c0")
VAL = 18
"""Images 0–17 are val, six of each class in turn; 18–29 are train. Image ids count from 1."""
SEEN_AS_GREEN = {0: 0.9, 3: 0.6, 6: 0.7}
"""Red val images that are taken for green, with how sure that is."""


def make_project(folder: Path) -> Project:
    """Coloured squares, labelled by their colour."""
    rows = []
    (folder / "photos").mkdir(parents=True)
    for i in range(VAL + 12):
        path = folder / "photos" / f"{i:03}.jpg"
        Image.new("RGB", (24, 16), COLOURS[i % 3]).save(path)
        stat = path.stat()
        stored = stored_path((folder / "project").resolve(), path.resolve())
        split: Any = "val" if i < VAL else "train"
        rows.append(NewImage(stored, stat.st_size, stat.st_mtime_ns, str(i), CLASSES[i % 3], split))
    return Project.create(folder / "project", ClassList(CLASSES), rows)


def make_run(project: Project, name: str, when: datetime, mistakes: dict[int, float]) -> runs.Run:
    """A real run folder: right but for the images in `mistakes`, which are taken for green."""
    dataset = project.dataset()
    folder = runs.new_folder(project.runs_folder, QUICK, when)
    probabilities = np.full((len(dataset.samples), 3), 0.05, np.float32)
    for row in range(len(dataset.samples)):
        probabilities[row, 1 if row in mistakes else row % 3] = mistakes.get(row, 0.95)
    runs.save_labels(folder, dataset)
    runs.save_predictions(folder, runs.Predictions(np.array([s.image for s in dataset.samples]), probabilities))
    history = (EpochEnd("head", 1, 1.0, 0.5, 0.8, 0.6, 0.8, 1e-3, True),)
    counts = {"train": 12, "val": VAL, "test": 0}
    phases = (runs.PhaseResult("head", 1, 1.0, 0.8),)
    run = runs.Run(
        folder, name, QUICK, dataset.classes, when, history, phases, 2.0, False, "none", dataset.digest, counts, {}, {}
    )
    runs.save_run(run)
    return run


@pytest.fixture
def project(tmp_path: Path) -> Project:
    project = make_project(tmp_path)
    make_run(project, "morning", datetime(2026, 11, 22, 8, 0), {0: 0.9})
    make_run(project, "evening", datetime(2026, 11, 22, 18, 0), SEEN_AS_GREEN)
    return project


@pytest.fixture
def live(session: Session, jobs: Jobs) -> LiveUpdates:
    return LiveUpdates(session, jobs)


@pytest.fixture
def page(qtbot: Any, session: Session, jobs: Jobs, live: LiveUpdates) -> EvaluatePage:
    page = EvaluatePage(session, jobs, theme.LIGHT, RESOURCES, live)
    qtbot.addWidget(page)
    page.resize(1000, 640)
    page.show()
    qtbot.waitExposed(page)
    return page
