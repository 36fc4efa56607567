"""A folder that is watched: only new photos, only whole ones, and a sentence when the folder goes."""

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from vv_desktop.jobs import Jobs
from vv_desktop.ui.predict import watching
from vv_desktop.ui.predict.page import PredictPage

from .conftest import draw

Settled = Callable[[int], None]


@pytest.fixture
def inbox(page: PredictPage, jobs: Jobs, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Watched, with one photo that was there before."""
    monkeypatch.setattr(watching, "SOON", 40)
    monkeypatch.setattr(watching, "LATER", 200)
    folder = draw(tmp_path / "inbox" / "red_old.png").parent
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(folder))
    page.view.watch_button.click()
    qtbot.waitUntil(lambda: not jobs.running)
    return folder


def test_new_photos_are_asked_about_as_they_come(
    page: PredictPage, qtbot: QtBot, settled: Settled, inbox: Path
) -> None:
    assert str(inbox) in page.view.watching
    draw(inbox / "blue_1.png")
    (inbox / "notes.txt").write_text("no photo")
    settled(1)
    draw(inbox / "red_2.png")
    settled(2)
    assert page.view.table.currentIndex().row() == 0, "who labels is not led elsewhere"
    assert [result.path.name for result in page.model.results] == ["blue_1.png", "red_2.png"]
    assert page.view.watching.endswith("2 photos came")
    page.view.watch_button.click()
    assert page.view.watching == ""
    draw(inbox / "red_3.png")
    qtbot.wait(200)
    assert page.model.count == 2


def test_a_file_is_asked_about_once_it_has_stopped_growing(
    page: PredictPage, qtbot: QtBot, settled: Settled, inbox: Path, tmp_path: Path
) -> None:
    data = draw(tmp_path / "blue_1.png").read_bytes()
    with (inbox / "blue_1.png").open("wb", buffering=0) as file:
        for byte in data[:12]:
            file.write(bytes([byte]))
            qtbot.wait(25)
            assert page.model.count == 0
        file.write(data[12:])
    settled(1)
    assert page.watch.count == 1


def test_a_folder_that_goes_is_a_sentence(page: PredictPage, qtbot: QtBot, inbox: Path) -> None:
    inbox.rename(inbox.with_name("elsewhere"))
    qtbot.waitUntil(lambda: page.watch.folder is None)
    assert page.view.noted == f"The folder cannot be read (No such file or directory): {inbox}"
    assert page.view.watching == ""
    assert page.view.watch_button.text() == "Watch folder…"
