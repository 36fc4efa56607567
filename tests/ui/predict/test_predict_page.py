"""Asking about photos: what is asked, what is shown, what is refused, and what follows another run."""

import csv
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QRect, Qt, QUrl
from PySide6.QtGui import QColor, QGuiApplication, QImage
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from vv_desktop.core.bundled import resources_folder
from vv_desktop.core.classes import ClassList
from vv_desktop.core.project import Project
from vv_desktop.jobs import Jobs
from vv_desktop.session import Session
from vv_desktop.ui import theme
from vv_desktop.ui.predict.page import PredictPage
from vv_desktop.ui.predict.reading import ANSWER, SHARE
from vv_desktop.ui.predict.results import percent

from .conftest import Oracle, add_run, draw

Settled = Callable[[int], None]


def test_F5_files_and_folders_are_asked_about_and_the_rest_is_named(
    page: PredictPage, settled: Settled, oracle: Oracle, tmp_path: Path
) -> None:
    loose = draw(tmp_path / "in" / "blue_1.jpg")
    draw(tmp_path / "tree" / "deep" / "red_2.jpg")
    (tmp_path / "tree" / "phone.heic").write_bytes(b"x")
    (tmp_path / "tree" / "table.pages").write_bytes(b"x")
    page.predict_paths([loose, tmp_path / "tree", tmp_path / "notes.txt"])
    settled(4)
    assert [p.name for p in oracle.asked[0]] == ["blue_1.jpg", "red_2.jpg", "phone.heic", "notes.txt"]
    assert [page.model.data(page.model.index(0, column)) for column in (ANSWER, SHARE)] == ["blue", "80 %"]
    assert "pages" in page.view.noted


def test_the_same_photo_dropped_again_is_one_row_asked_twice(
    page: PredictPage, settled: Settled, oracle: Oracle, tmp_path: Path
) -> None:
    photo = draw(tmp_path / "blue_9.jpg")
    page.predict_paths([photo])
    settled(1)
    page.predict_paths([photo, draw(tmp_path / "red_9.jpg")])
    settled(2)
    assert len(oracle.asked) == 2


def test_errors_and_answers_that_are_no_numbers_are_sentences(
    page: PredictPage, settled: Settled, tmp_path: Path
) -> None:
    page.predict_paths([draw(tmp_path / "bad_1.jpg"), draw(tmp_path / "nan_1.jpg")])
    settled(2)
    bad, nan = page.model.results
    assert bad.error == "The picture is damaged: bad_1.jpg"
    assert nan.probabilities is None
    assert "no usable answer" in (nan.error or "")
    page.view.table.look_at(0)
    assert page.view.detail.add_button.isHidden()


def test_a_failed_task_is_a_sentence_and_leaves_no_row_waiting(
    page: PredictPage, settled: Settled, oracle: Oracle, tmp_path: Path
) -> None:
    oracle.failure = "The model is damaged: model.tflite"
    page.predict_paths([draw(tmp_path / "red_1.jpg")])
    settled(1)
    assert page.view.noted == "The model is damaged: model.tflite"
    assert not any(result.waiting for result in page.model.results)


def test_cancel_keeps_the_answers_that_came(
    page: PredictPage, qtbot: QtBot, settled: Settled, oracle: Oracle, jobs: Jobs, tmp_path: Path
) -> None:
    oracle.held = True
    page.predict_paths([draw(tmp_path / f"red_{i}.jpg") for i in range(5)])
    qtbot.waitUntil(lambda: page.asking.done == 1)
    assert not page.view.progress.isHidden()
    page.view.progress.cancel_wanted.emit()
    settled(1)
    assert "4 photos" in page.view.noted
    qtbot.waitUntil(lambda: not jobs.of("predict"))
    oracle.held = False
    page.predict_paths([draw(tmp_path / "blue_7.jpg")])
    settled(2)


def test_another_run_is_asked_about_all_photos_again(
    page: PredictPage, session: Session, settled: Settled, oracle: Oracle, tmp_path: Path
) -> None:
    page.predict_paths([draw(tmp_path / "red_1.jpg")])
    settled(1)
    assert session.project is not None
    add_run(session.project, "second")
    session.runs_moved(look_at="second")
    settled(1)
    assert oracle.runs == ["first", "second"]
    session.runs_moved()
    assert not page.asking.busy


def test_only_files_of_this_machine_are_taken(
    page: PredictPage, settled: Settled, tmp_path: Path, qtbot: QtBot
) -> None:
    photo = draw(tmp_path / "red_1.jpg")
    for address in (
        "http://example.org/a.jpg",
        "file://server/share/a.jpg",
        "smb://server/a.jpg",
        "file:////server/a.jpg",
    ):
        mime = QMimeData()
        mime.setUrls([QUrl(address)])
        assert not page.predict_mime(mime), address
        assert "Only files of this machine" in page.view.noted
    mime = QMimeData()
    mime.setUrls([QUrl("http://example.org/a.jpg"), QUrl.fromLocalFile(str(photo))])
    assert page.predict_mime(mime)
    settled(1)
    text = QMimeData()
    text.setText("hello")
    assert not page.predict_mime(text)
    assert "no photo" in page.view.noted


def test_a_copied_picture_is_asked_about(page: PredictPage, settled: Settled, oracle: Oracle) -> None:
    image = QImage(20, 10, QImage.Format.Format_RGB32)
    image.fill(QColor("red"))
    QGuiApplication.clipboard().setImage(image)
    page.paste()
    settled(1)
    kept = oracle.asked[0][0]
    assert kept.suffix == ".png"
    assert kept.is_file()


def test_G8_an_empty_clipboard_is_a_sentence(page: PredictPage) -> None:
    QGuiApplication.clipboard().clear()
    page.paste()
    assert "no photo" in page.view.noted


def test_without_a_run_the_page_asks_for_a_training(
    qtbot: QtBot, jobs: Jobs, session: Session, tmp_path: Path, oracle: Oracle
) -> None:
    session.open(Project.create(tmp_path / "empty", ClassList(("a", "b")), []))
    page = PredictPage(session, jobs, theme.LIGHT, resources_folder(), predict_task=oracle.predict)
    qtbot.addWidget(page)
    with qtbot.waitSignal(session.said) as said:
        page.predict_paths([draw(tmp_path / "red_1.jpg")])
    assert "train" in said.args[0].text
    with qtbot.waitSignal(page.train_requested):
        page.view.no_run.button.click()
    assert oracle.asked == []


def test_results_are_saved_exactly(
    page: PredictPage, settled: Settled, session: Session, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    photo = draw(tmp_path / '=cmd, "q".jpg')
    page.predict_paths([photo, draw(tmp_path / "bad_1.jpg")])
    settled(2)
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: ("", ""))
    page.view.save_button.click()
    target = tmp_path / "out.csv"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(target), ""))
    page.view.save_button.click()
    header, first, second = target.read_text().splitlines()
    assert header == "filepath,label,confidence,red,b&w,blue,not sure,unlike the training photos,problem"
    assert first == f'"{tmp_path}/=cmd, ""q"".jpg",red,0.800000,0.800000,0.100000,0.100000,no,,'
    assert second == f"{tmp_path}/bad_1.jpg,,,,,,,,The picture is damaged: bad_1.jpg"


def test_what_is_unlike_the_training_photos_is_filtered_painted_and_saved(
    page: PredictPage, settled: Settled, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    photos = [draw(tmp_path / name) for name in ("red_near.jpg", "red_far.jpg")]
    page.predict_paths(photos)
    settled(2)
    assert [result.unlike for result in page.model.shown] == [False, True]
    page.model.answer(1, photos[1], (0.1, 0.8, 0.1), None)
    assert page.model.shown[1].unlike, "the other one has no say in it"
    unmarked, marked = (page.view.table.visualRect(page.model.index(row, 0)) for row in (0, 1))
    danger = theme.LIGHT.danger
    picture = page.view.table.viewport().grab().toImage()

    def painted(row: QRect) -> bool:
        inside = [(x, y) for x in range(row.left(), row.right()) for y in range(row.top(), row.bottom())]
        return any(picture.pixelColor(x, y).name() == danger for x, y in inside)

    assert painted(marked)
    assert not painted(unmarked)
    target = tmp_path / "out.csv"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(target), ""))
    page.view.save_button.click()
    assert [row["unlike the training photos"] for row in csv.DictReader(target.read_text().splitlines())] == [
        "no",
        "yes",
    ]
    page.view.filters.kind.setCurrentText("Unlike")
    assert [result.path for result in page.model.shown] == [photos[1]]
    page.model.wait([photos[1]])
    assert not page.model.of(photos[1]).unlike, "it is asked again"


def test_sorting_keeps_answers_with_their_photos(
    page: PredictPage, qtbot: QtBot, settled: Settled, oracle: Oracle, tmp_path: Path
) -> None:
    oracle.held = True
    page.predict_paths([draw(tmp_path / name) for name in ("red_b.jpg", "blue_c.jpg", "bad_a.jpg")])
    qtbot.waitUntil(lambda: page.asking.done == 1)
    page.model.sort(0, Qt.SortOrder.AscendingOrder)
    oracle.held = False
    settled(3)
    found = {r.path.name: (r.error, r.ranking[:1]) for r in page.model.results}
    assert list(found) == ["bad_a.jpg", "blue_c.jpg", "red_b.jpg"]
    assert found["blue_c.jpg"] == (None, (2,))
    assert found["red_b.jpg"] == (None, (0,))
    assert found["bad_a.jpg"][0] is not None


def test_another_project_empties_the_list(
    page: PredictPage, settled: Settled, session: Session, tmp_path: Path
) -> None:
    page.predict_paths([draw(tmp_path / "red_1.jpg")])
    settled(1)
    session.open(Project.create(tmp_path / "other", ClassList(("x", "y")), []))
    assert page.model.rowCount() == 0
    assert list(page.view.detail.rows.rows) == ["x", "y"]


def test_state_comes_back(page: PredictPage) -> None:
    page.resize(1000, 600)
    page.restore({"splitter": [300, 500]})
    kept = page.state()
    page.restore({"splitter": [500, 300]})
    assert page.state() != kept
    page.restore(kept)
    assert page.state() == kept
    page.restore({"splitter": "nonsense"})
    assert page.state() == kept


@pytest.mark.parametrize(
    ("share", "words"), [(0.844, "84 %"), (0.9999, "> 99 %"), (1.0, "100 %"), (0.001, "< 1 %"), (0.0, "0 %")]
)
def test_no_share_is_rounded_to_certainty(share: float, words: str) -> None:
    assert percent(share) == words
