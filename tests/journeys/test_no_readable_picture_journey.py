"""A folder in which no picture can be read is opened, shown and explained, and nothing breaks."""

import random
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from vv_desktop import tasks
from vv_desktop.core.errors import UserError
from vv_desktop.core.plans import QUICK
from vv_desktop.ui.pages import NAMES
from vv_desktop.workers import WorkerProgress

from .conftest import OpenApp


@pytest.fixture
def unreadable(tmp_path: Path, progress: WorkerProgress) -> Path:
    """A project of two classes whose pictures are all damaged, each in its own way."""
    chance, starts = random.Random(0), (b"", b"\xff\xd8\xff\xe0", b"\x89PNG\r\n\x1a\n", b"<html>", b"GIF89a", b"RIFF")
    for number in range(24):
        path = tmp_path / "photos" / ("cat", "dog")[number % 2] / f"{number}.jpg"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(starts[number % len(starts)] + (chance.randbytes(200) if number % len(starts) else b""))
    plan = tasks.data.read_sources([tmp_path / "photos"], None, progress=progress)
    assert len(plan.problems) == 24, "each is named before the project is made"
    return tasks.data.create_project(plan, tmp_path / "project", progress=progress)


def test_C15_a_folder_of_damaged_pictures_is_explained(
    unreadable: Path, open_app: OpenApp, qtbot: QtBot, progress: WorkerProgress
) -> None:
    app = open_app(unreadable)
    setup = app.window.pages.train.setup
    for name in NAMES:
        app.window.show_page(name)
    app.window.show_page("train")
    qtbot.waitUntil(lambda: app.session.quality is not None, timeout=20_000)
    said = "No labelled image can be read. Browse shows all 24 and why."
    assert setup.reason.text() == said
    assert setup.reason.isVisible()
    assert not setup.train.isEnabled()
    assert not app.window.pages.train.start_training()
    app.window.show_page("browse")
    grid = app.window.pages.browse.grid
    qtbot.waitUntil(lambda: all(grid.loader.problem(image) for image in grid.model.ids[:8]), timeout=20_000)
    dataset = app.session.project.dataset()
    with pytest.raises(UserError, match="none of them labelled, readable and in split train"):
        tasks.training.train(dataset, QUICK, unreadable, "random", progress=progress)
