"""A small project with a run, and a scripted task that answers as a run would."""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from vv_desktop.core.bundled import resources_folder
from vv_desktop.core.classes import ClassList
from vv_desktop.core.errors import UserError
from vv_desktop.core.plans import QUICK
from vv_desktop.core.progress import Answer, EpochEnd, Predicted, Progress
from vv_desktop.core.project import Project, stored_path
from vv_desktop.core.runs import PhaseResult, Predictions, Run, save_labels, save_predictions, save_run
from vv_desktop.core.store import NewImage
from vv_desktop.jobs import Jobs
from vv_desktop.session import Session
from vv_desktop.ui import theme
from vv_desktop.ui.predict.page import PredictPage

CLASSES = ClassList(("red", "b&w", "blue"))


@dataclass
class Oracle:
    """Answers by the first word of the file's name; may be told to wait, to fail, or to answer nonsense."""

    asked: list[tuple[Path, ...]] = field(default_factory=list)
    runs: list[str] = field(default_factory=list)
    held: bool = False
    failure: str = ""

    def predict(self, files: Sequence[Path], model: Run | Path, progress: Progress) -> None:
        self.asked.append(tuple(files))
        self.runs.append(model.stem if isinstance(model, Path) else model.id)
        for path in files:
            progress.report(Predicted(self._answer(path)))
            while self.held:
                progress.check()
                time.sleep(0.001)
        if self.failure:
            raise UserError(self.failure)

    def _answer(self, path: Path) -> Answer:
        word = path.stem.split("_")[0]
        if word == "bad":
            return Answer(path, None, f"The picture is damaged: {path.name}")
        if word == "nan":
            return Answer(path, (float("nan"),) * len(CLASSES), None)
        top = CLASSES.names.index(word) if word in CLASSES.names else 0
        distance = {"near": 0.4, "far": 1.2}.get(path.stem.split("_")[-1])
        return Answer(path, tuple(0.8 if i == top else 0.1 for i in range(len(CLASSES))), None, distance)


def draw(path: Path, colour: str = "#c03020") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (48, 32), colour).save(path)
    return path


def new_image(folder: Path, path: Path, **values: object) -> NewImage:
    status = path.stat()
    return NewImage(stored_path(folder, path), status.st_size, status.st_mtime_ns, **values)  # type: ignore[arg-type]


def add_run(project: Project, name: str) -> Run:
    folder = project.runs_folder / name
    folder.mkdir(parents=True)
    epoch = EpochEnd("head", 1, 1.0, 0.5, 0.9, 0.5, 0.8, 1e-3, True)
    run = Run(
        folder, name, QUICK, project.classes, datetime(2026, 11, 22), (epoch,), (PhaseResult("head", 1, 1.0, 0.8),),
        1.0, False, "none", "0", {"test": 1}, {"test": {"accuracy": 1.0, "macro_f1": 1.0}}, {},
    )  # fmt: skip
    save_labels(folder, project.dataset())
    ids = np.array(sorted(project.images))
    save_predictions(folder, Predictions(ids, np.full((len(ids), 3), 1 / 3, np.float32)))
    save_run(run)
    return run


@pytest.fixture
def project(tmp_path: Path) -> Project:
    folder = (tmp_path / "project").resolve()
    inside = draw(tmp_path / "known" / "red_1.jpg")
    tested = draw(tmp_path / "burst" / "blue_1.jpg")
    images = [
        new_image(folder, inside, group="known", label="red", split="train"),
        new_image(folder, tested, group="burst", label="blue", split="test"),
    ]
    project = Project.create(folder, CLASSES, images)
    add_run(project, "first")
    return project


@pytest.fixture
def oracle() -> Iterator[Oracle]:
    found = Oracle()
    yield found
    found.held = False


@pytest.fixture
def page(qtbot: object, session: Session, jobs: Jobs, oracle: Oracle) -> PredictPage:
    page = PredictPage(session, jobs, theme.LIGHT, resources_folder(), predict_task=oracle.predict)
    qtbot.addWidget(page)  # type: ignore[attr-defined]
    return page


@pytest.fixture
def settled(qtbot: object, page: PredictPage) -> Callable[[int], None]:
    """Wait until there are so many results and nothing is being asked."""

    def wait(count: int) -> None:
        qtbot.waitUntil(lambda: page.model.rowCount() == count and not page.asking.busy)  # type: ignore[attr-defined]

    return wait
