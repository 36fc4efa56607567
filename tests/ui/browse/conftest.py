"""A small project of coloured pictures, and the Browse page on it in a real window."""

import colorsys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from vv_desktop.core import plans, runs
from vv_desktop.core.bundled import resources_folder
from vv_desktop.core.classes import ClassList
from vv_desktop.core.project import Project
from vv_desktop.core.records import NewImage
from vv_desktop.jobs import Jobs
from vv_desktop.session import Message, Session
from vv_desktop.ui import theme
from vv_desktop.ui.browse.page import BrowsePage

CLASSES = ("Front", "Rear", "Background")
COUNT = 24
SPLITS = ("train", "val", "test", None)


def colour_of(number: int) -> tuple[int, int, int]:
    """The colour of the picture with this number; no two are alike."""
    red, green, blue = colorsys.hsv_to_rgb(number / COUNT, 1.0, 0.9)
    return round(red * 255), round(green * 255), round(blue * 255)


@dataclass
class Browse:
    """The page and everything under it."""

    session: Session
    jobs: Jobs
    page: BrowsePage
    messages: list[Message]

    @property
    def project(self) -> Project:
        assert self.session.project is not None
        return self.session.project

    count = COUNT
    classes = CLASSES

    def colour(self, image: int) -> tuple[int, int, int]:
        """The colour of this image's picture."""
        return colour_of(int(self.project.images[image].path.removeprefix("img").removesuffix(".jpg")) - 1)

    @property
    def ids(self) -> tuple[int, ...]:
        """What the grid shows."""
        return self.page.grid.model.ids

    def label(self, image: int) -> str | None:
        return self.project.images[image].label


def draw_project(folder: Path, classes: tuple[str, ...] = CLASSES, count: int = COUNT) -> Project:
    """`count` pictures "img1.jpg"…: labels in turn, every sixth without; groups of four; the last one damaged."""
    folder.mkdir()
    images = []
    for number in range(count):
        path = folder / f"img{number + 1}.jpg"
        Image.new("RGB", (80, 60), colour_of(number)).save(path, quality=95)
        if number == count - 1:
            path.write_bytes(path.read_bytes()[:300])
        label = None if number % 6 == 5 else classes[number % len(classes)]
        images.append(NewImage(path.name, path.stat().st_size, 0, f"car{number // 4}", label, SPLITS[number % 4]))
    return Project.create(folder, ClassList(classes), images)


@pytest.fixture
def make_project(tmp_path: Path) -> Callable[..., Project]:
    """Makes projects of coloured pictures: `make_project("name", classes=…, count=…)`."""
    return lambda name, **how: draw_project(tmp_path / name, **how)


@pytest.fixture
def browse_on(qtbot: QtBot, qapp: QApplication, tmp_path: Path) -> Iterator[Callable[[Project | None], Browse]]:
    """Opens the page on a project, or on none."""
    resources = resources_folder()
    theme.apply_theme(qapp, theme.LIGHT, resources)
    session, jobs = Session(), Jobs()

    def open_page(project: Project | None) -> Browse:
        page = BrowsePage(session, jobs, theme.LIGHT, resources)
        qtbot.addWidget(page)
        messages: list[Message] = []
        session.said.connect(messages.append)
        page.resize(1100, 700)
        if project is not None:
            session.open(project)
        with qtbot.waitExposed(page):
            page.show()
        page.activateWindow()
        page.grid.setFocus()
        return Browse(session, jobs, page, messages)

    yield open_page
    assert jobs.shutdown()
    session.close_project()


@pytest.fixture
def save_run() -> Callable[[Project, Sequence[int]], runs.Run]:
    """Makes a run that is sure of the first image's prediction and less of each next one: Background, all of them."""

    def save(project: Project, images: Sequence[int]) -> runs.Run:
        plan, now = plans.QUICK, datetime(2026, 1, 2, 3, 4, 5)
        folder = runs.new_folder(project.runs_folder, plan, now)
        sure = np.linspace(0.99, 0.5, len(images), dtype=np.float32)
        rows = np.stack([(1 - sure) / 2, (1 - sure) / 2, sure], axis=1)
        runs.save_predictions(folder, runs.Predictions(np.array(images), rows))
        runs.save_labels(folder, project.dataset())
        run = runs.Run(
            folder, "quick", plan, project.classes, now, (), (), 1.0, False, "none", "0", {}, {}, {},
        )  # fmt: skip
        runs.save_run(run)
        return run

    return save


@pytest.fixture
def browse(browse_on: Callable[[Project | None], Browse], tmp_path: Path) -> Browse:
    """The page on the small project."""
    return browse_on(draw_project(tmp_path / "project"))
