"""A project that cannot be written, in the window: who has it, everything to look at, and writing once that can be."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from tests.read_only import read_only
from vv_desktop.app import App
from vv_desktop.ui.navigation import TITLES

from .conftest import OpenApp

HOLDER = """
import sys
from pathlib import Path
from vv_desktop.core.project import Project
project = Project.open(Path(sys.argv[1]))
first = next(iter(project.images))
project.relabel([first], project.classes.names[int(sys.argv[2])], "keyboard")
print(first, flush=True)
sys.stdin.read()
"""


@pytest.fixture
def holder(trained_copy: Path) -> Iterator["subprocess.Popen[str]"]:
    """Another process that has the project open and labelled its first image as the sixth class."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(trained_copy), "5"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as child:
        assert child.stdout is not None
        assert child.stdout.readline().strip().isdigit()
        yield child
        child.kill()


def see_every_page(app: App, qtbot: QtBot) -> None:
    for page in TITLES:
        app.window.show_page(page)
        assert app.window.pages.current == page
        qtbot.waitUntil(lambda: not [job for job in app.jobs.running if job.lane != "quality"], timeout=20_000)


def test_A12_what_another_window_holds_can_be_looked_at(
    trained_copy: Path, holder: "subprocess.Popen[str]", open_app: OpenApp, qtbot: QtBot
) -> None:
    app = open_app(trained_copy)
    window, session = app.window, app.session
    project = session.project
    assert project is not None
    first = next(iter(project.images))
    names = project.classes.names
    assert project.images[first].label == names[5], "its newest edit is seen"
    assert window.read_only.isVisible()
    assert f"open in another window by process {holder.pid} since " in window.read_only.words.text()
    see_every_page(app, qtbot)
    assert session.evaluation is not None

    assert not session.edits.relabel([first], names[0], "keyboard")
    assert window.status._message.text().startswith("Nothing was changed, as the project is read-only: ")
    assert not session.edits.undo()
    assert not session.edits.not_saved
    assert project.images[first].label == names[5]
    assert not window.pages.train.start_training()
    assert "No run can be kept, since the project is open in another window" in window.pages.train.setup.reason.text()
    window.pages.train.curves.runs._rename(session.runs[0], "another")
    assert session.runs[0].name != "another"
    assert not window.pages.export.view.export_button.isEnabled()
    window.pages.export._chosen = trained_copy.parent / "elsewhere"
    window.pages.export._show()
    assert window.pages.export.view.export_button.isEnabled()

    window.pages.predict.predict_paths([project.path_of(first)])
    qtbot.waitUntil(lambda: bool(window.pages.predict.model.rowCount()), timeout=20_000)
    qtbot.mouseClick(window.read_only.again, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not window.opening.busy, timeout=20_000)
    assert window.read_only.isVisible()
    assert window.status._message.text().startswith("Read anew; the project still is open in another window")

    os.kill(holder.pid, signal.SIGKILL)
    holder.wait()
    window.show_page("history")
    session.select([first])
    qtbot.mouseClick(window.read_only.again, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not window.opening.busy, timeout=20_000)
    assert not window.read_only.isVisible()
    assert window.pages.current == "history"
    assert session.selection == (first,)
    assert window.pages.predict.model.rowCount() == 1, "what was asked about stays"
    assert session.edits.relabel([first], names[0], "keyboard")
    assert session.project.store.read_only == ""
    assert window.pages.export.view.export_button.isEnabled()


def test_A10_a_read_only_folder_can_be_looked_at(trained_copy: Path, open_app: OpenApp, qtbot: QtBot) -> None:
    before = {path: path.stat().st_mtime_ns for path in trained_copy.rglob("*")}
    with read_only(trained_copy):
        app = open_app(trained_copy)
        assert app.session.project is not None
        assert "is in a place that cannot be written to" in app.window.read_only.words.text()
        images = list(app.session.project.images)
        assert not app.session.edits.exclude(images, True, "keyboard")
        assert not app.session.edits.take_snapshot("mine")
        assert app.window.status._message.text().startswith("Nothing was changed, as the project is read-only: ")
        assert app.jobs.shutdown()
    now = {path: path.stat().st_mtime_ns for path in trained_copy.rglob("*")}
    assert {path.name for path in now if now[path] != before.get(path)} == set()
