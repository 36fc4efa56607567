"""The ways in: what each button says to the window, the recent projects, and progress in place."""

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from vv_desktop.core.classes import ClassList
from vv_desktop.core.project import Project
from vv_desktop.jobs import Jobs
from vv_desktop.session import Session
from vv_desktop.ui import theme
from vv_desktop.ui.start.welcome_page import WelcomePage


@pytest.fixture
def page(qtbot: QtBot, session: Session, jobs: Jobs, resources: Path) -> WelcomePage:
    page = WelcomePage(session, jobs, theme.LIGHT, resources)
    qtbot.addWidget(page)
    return page


def test_a_folder_of_photos_is_opened_as_a_source_and_a_project_as_a_project(
    page: WelcomePage, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    Project.create(tmp_path / "p", ClassList(("a",)), []).close()
    (tmp_path / "photos").mkdir()
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(tmp_path / "photos"))
    with qtbot.waitSignal(page.open_sources) as sources:
        qtbot.mouseClick(page.folder_button, Qt.MouseButton.LeftButton)
    assert sources.args == [[tmp_path / "photos"]]
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(tmp_path / "p"))
    with qtbot.waitSignal(page.open_project) as project, qtbot.assertNotEmitted(page.open_sources):
        qtbot.mouseClick(page.folder_button, Qt.MouseButton.LeftButton)
    assert project.args == [tmp_path / "p"]


def test_several_csv_files_are_opened_together_and_a_closed_dialog_does_nothing(
    page: WelcomePage, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(QFileDialog, "getOpenFileNames", lambda *_: (["/a/train.csv", "/a/val.csv"], ""))
    with qtbot.waitSignal(page.open_sources) as sources:
        page.csv_button.click()
    assert sources.args == [[Path("/a/train.csv"), Path("/a/val.csv")]]
    monkeypatch.setattr(QFileDialog, "getOpenFileNames", lambda *_: ([], ""))
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: "")
    with qtbot.assertNotEmitted(page.open_sources), qtbot.assertNotEmitted(page.open_project):
        page.csv_button.click()
        page.folder_button.click()


def test_a_recent_project_that_is_gone_cannot_be_opened_but_taken_off(
    page: WelcomePage, qtbot: QtBot, tmp_path: Path
) -> None:
    page.show_recent([("here", str(tmp_path), "today"), ("<b>gone", str(tmp_path / "gone"))])
    here, gone = page.recent.rows
    qtbot.waitUntil(lambda: not gone.open_button.isEnabled())
    assert here.open_button.isEnabled()
    with qtbot.waitSignal(page.open_project) as opened:
        here.open_button.click()
    assert opened.args == [tmp_path]
    with qtbot.waitSignal(page.recent_removed) as removed:
        gone.remove_button.click()
    assert removed.args == [str(tmp_path / "gone")]
    page.show_recent([])
    assert page.recent.isHidden()


def test_while_something_is_opened_nothing_else_is_and_an_error_gives_the_buttons_back(page: WelcomePage) -> None:
    page.show_progress("Looking at photos", 10, 3411)
    assert not page.folder_button.isEnabled()
    assert not page.progress.isHidden()
    page.show_error("No image was found: /x")
    assert page.folder_button.isEnabled()
    assert page.progress.error == "No image was found: /x"
    page.idle()
    assert page.progress.isHidden()
