"""A small drawn project, and a ranking of it made by hand."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from vv_desktop.core.bundled import resources_folder
from vv_desktop.core.classes import ClassList
from vv_desktop.core.project import Project
from vv_desktop.core.records import NewImage
from vv_desktop.core.suspects import Suspects
from vv_desktop.jobs import Jobs
from vv_desktop.session import Session
from vv_desktop.ui import theme
from vv_desktop.ui.suspects.page import SuspectsPage
from vv_desktop.ui.suspects.ranking import Ranking

CLASSES = ("red", "green & <b>bold", "blue")
COLOURS = ("#c00000", "#00a000", "#0000c0")
COUNT = 12
"""Images 1–12, their labels in turn; every fourth is a test image."""
SUSPECTS = (1, 4, 5, 8, 9)
"""Worst first. 1 and 4 are red and would be green, 5 and 8 green and would be blue, 9 blue and would be red."""


@pytest.fixture
def project(tmp_path: Path) -> Project:
    folder = tmp_path / "project"
    folder.mkdir()
    rows = []
    for i in range(COUNT):
        path = folder / f"{i + 1}.jpg"
        Image.new("RGB", (48, 32), COLOURS[i % 3]).save(path)
        split: Any = "test" if i % 4 == 3 else "train"
        rows.append(NewImage(path.name, path.stat().st_size, 0, str(i), CLASSES[i % 3], split))
    return Project.create(folder, ClassList(CLASSES), rows)


@pytest.fixture
def suspects() -> Suspects:
    return make_suspects()


def make_suspects() -> Suspects:
    """Every suspect is taken for the next class with 0.9; the nearest images are the first three of each class."""
    labels = np.arange(COUNT) % 3
    probabilities = np.full((COUNT, 3), 0.05, np.float32)
    for place in range(COUNT):
        probabilities[place, (labels[place] + (place + 1 in SUSPECTS)) % 3] = 0.9
    neighbours = np.tile(np.array([[1, 4, 7], [2, 5, 8], [3, 6, 9]]), (COUNT, 1, 1))
    return Suspects(
        ClassList(CLASSES),
        np.arange(1, COUNT + 1),
        labels,
        probabilities,
        probabilities[np.arange(COUNT), labels],
        np.zeros(COUNT, bool),
        np.array(SUSPECTS) - 1,
        neighbours,
        "digest",
        1.0,
    )


@pytest.fixture
def ranking(session: Session, jobs: Jobs) -> Ranking:
    return Ranking(session, jobs, lambda: "random")


@pytest.fixture
def page(qtbot: Any, session: Session, jobs: Jobs, ranking: Ranking) -> SuspectsPage:
    page = SuspectsPage(session, jobs, theme.LIGHT, resources_folder(), ranking)
    qtbot.addWidget(page)
    page.resize(1000, 640)
    with qtbot.waitExposed(page):
        page.show()
    page.activateWindow()
    page.entry.setFocus()
    return page
