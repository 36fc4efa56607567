"""A photo goes into the dataset in one key: where its file is, its group, its split and its label."""

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, Qt
from PySide6.QtGui import QImage
from pytestqt.qtbot import QtBot

from vv_desktop.core.store import ImageRow
from vv_desktop.session import Session
from vv_desktop.ui.predict.page import PredictPage

from .conftest import Oracle, draw

Settled = Callable[[int], None]


@pytest.fixture(autouse=True)
def shown(page: PredictPage, qtbot: QtBot) -> None:
    page.resize(1000, 640)
    page.show()


def rows(session: Session) -> dict[str, ImageRow]:
    assert session.project is not None
    return {Path(row.path).name: row for row in session.project.images.values()}


def test_enter_adds_the_photo_where_it_is_and_moves_on(
    page: PredictPage, qtbot: QtBot, settled: Settled, session: Session, tmp_path: Path
) -> None:
    page.predict_paths([draw(tmp_path / "new" / "blue_7.jpg"), draw(tmp_path / "new" / "red_8.jpg")])
    settled(2)
    qtbot.keyClick(page.view.table, Qt.Key.Key_Return)
    row = rows(session)["blue_7.jpg"]
    assert (row.path, row.label, row.group, row.split) == ("../new/blue_7.jpg", "blue", "blue_7", "train")
    assert page.view.table.currentIndex().row() == 1
    assert session.project is not None
    assert session.project.store.journal(limit=1)[0].origin == "predict"


def test_a_digit_says_what_it_really_is_and_undo_takes_it_back(
    page: PredictPage, qtbot: QtBot, settled: Settled, session: Session, tmp_path: Path
) -> None:
    page.predict_paths([draw(tmp_path / "new" / "blue_7.jpg")])
    settled(1)
    qtbot.keyClick(page.view.table, Qt.Key.Key_2)
    assert rows(session)["blue_7.jpg"].label == "b&w"
    qtbot.keyClick(page.view.table, Qt.Key.Key_9)
    assert rows(session)["blue_7.jpg"].label == "b&w"
    session.edits.undo()
    assert rows(session)["blue_7.jpg"].label is None
    qtbot.mouseClick(page.view.detail.rows.rows["red"], Qt.MouseButton.LeftButton)
    assert rows(session)["blue_7.jpg"].label == "red"


def test_photos_of_a_folder_share_a_group_and_follow_the_split_of_a_known_one(
    page: PredictPage, qtbot: QtBot, settled: Settled, session: Session, tmp_path: Path
) -> None:
    draw(tmp_path / "trip" / "red_1a.jpg")
    draw(tmp_path / "trip" / "red_1b.jpg")
    beside = draw(tmp_path / "burst" / "blue_2.jpg")
    page.predict_paths([tmp_path / "trip", beside])
    settled(3)
    page.view.table.selectAll()
    qtbot.keyClick(page.view.table, Qt.Key.Key_Return)
    found = rows(session)
    assert (found["red_1a.jpg"].group, found["red_1a.jpg"].split) == ("trip", "train")
    assert found["red_1b.jpg"].group == "trip"
    assert (found["blue_2.jpg"].group, found["blue_2.jpg"].split) == ("burst", "test")
    assert found["blue_2.jpg"].label == "blue"


def test_a_pasted_photo_is_copied_into_the_project_first(
    page: PredictPage, qtbot: QtBot, settled: Settled, session: Session
) -> None:
    image = QImage(20, 10, QImage.Format.Format_RGB32)
    image.fill(Qt.GlobalColor.red)
    mime = QMimeData()
    mime.setImageData(image)
    assert page.predict_mime(mime)
    settled(1)
    qtbot.keyClick(page.view.table, Qt.Key.Key_1)
    (name,) = [name for name in rows(session) if name.startswith("pasted-")]
    row = rows(session)[name]
    assert row.path == f"photos/{name}"
    assert row.label == "red"
    assert session.project is not None
    assert (session.project.folder / row.path).is_file()
    qtbot.keyClick(page.view.table, Qt.Key.Key_3)
    assert len([name for name in rows(session) if name.startswith("pasted-")]) == 1
    assert rows(session)[name].label == "blue"


def test_a_photo_that_is_there_already_is_said_to_be(
    page: PredictPage, qtbot: QtBot, settled: Settled, session: Session, tmp_path: Path
) -> None:
    page.predict_paths([tmp_path / "known" / "red_1.jpg"])
    settled(1)
    assert page.view.detail.known.text() == "In the project: red (train)"
    assert not page.view.detail.add_button.isEnabled()
    with qtbot.waitSignal(page.image_wanted) as wanted:
        page.view.detail.show_button.click()
    assert wanted.args == [rows(session)["red_1.jpg"].id]
    assert session.project is not None
    session.edits.relabel(wanted.args, "blue", "keyboard")
    assert page.view.detail.known.text() == "In the project: blue (train)"


def test_a_photo_that_is_gone_is_a_sentence_and_nothing_is_added(
    page: PredictPage, qtbot: QtBot, settled: Settled, session: Session, tmp_path: Path
) -> None:
    photo = draw(tmp_path / "new" / "blue_7.jpg")
    page.predict_paths([photo])
    settled(1)
    photo.unlink()
    qtbot.keyClick(page.view.table, Qt.Key.Key_Return)
    assert "cannot be read" in page.view.noted
    assert "blue_7.jpg" not in rows(session)


def test_an_unreadable_photo_cannot_be_added(
    page: PredictPage, qtbot: QtBot, settled: Settled, session: Session, tmp_path: Path
) -> None:
    page.predict_paths([draw(tmp_path / "bad_1.jpg")])
    settled(1)
    qtbot.keyClick(page.view.table, Qt.Key.Key_1)
    qtbot.keyClick(page.view.table, Qt.Key.Key_Return)
    assert "bad_1.jpg" not in rows(session)


def test_a_photo_that_is_pasted_and_labelled_before_its_answer_still_gets_one(
    page: PredictPage, qtbot: QtBot, settled: Settled, oracle: Oracle, tmp_path: Path
) -> None:
    oracle.held = True
    page.predict_paths([draw(tmp_path / "red_1.png")])
    qtbot.waitUntil(lambda: page.model.rowCount() == 1)
    image = QImage(20, 10, QImage.Format.Format_RGB32)
    image.fill(Qt.GlobalColor.red)
    mime = QMimeData()
    mime.setImageData(image)
    page.asking.pause()
    page.predict_mime(mime)
    qtbot.keyClick(page.view.table, Qt.Key.Key_1)
    taken = page.model.results[1]
    assert (taken.path.parent.name, taken.waiting) == ("photos", True)
    oracle.held = False
    page.asking.go_on()
    settled(2)
    assert not any(result.waiting for result in page.model.results)
