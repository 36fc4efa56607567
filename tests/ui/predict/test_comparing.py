"""Two answers for the same photos: of two runs, or of a run and a model file."""

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from vv_desktop.session import Session
from vv_desktop.ui.predict.page import PredictPage
from vv_desktop.ui.predict.reading import SECOND

from .conftest import Oracle, add_run, draw

Settled = Callable[[int], None]


@pytest.fixture
def photos(tmp_path: Path) -> list[Path]:
    return [draw(tmp_path / name) for name in ("red_1.png", "blue_2.png", "blue_3.png", "bad_4.png")]


def model_file(folder: Path, names: str) -> Path:
    folder.mkdir()
    (folder / "labels.txt").write_text(names)
    (folder / "reversed.tflite").write_bytes(b"never opened by the oracle")
    return folder / "reversed.tflite"


def choose(page: PredictPage, text: str) -> None:
    box = page.view.filters.other
    place = next(i for i in range(box.count()) if box.itemText(i).startswith(text))
    box.setCurrentIndex(place)
    box.activated.emit(place)


def test_another_run_is_asked_about_the_same_photos(
    page: PredictPage, settled: Settled, session: Session, oracle: Oracle, photos: list[Path], tmp_path: Path
) -> None:
    assert session.project is not None
    add_run(session.project, "second")
    session.runs_moved(look_at="first")
    page.predict_paths(photos[:1])
    settled(1)
    choose(page, "second")
    settled(1)
    assert oracle.runs == ["first", "second"]
    page.predict_paths(photos[1:])
    settled(4)
    assert oracle.runs == ["first", "second"] * 2, "new photos are asked of both"
    assert (page.model.agreement.compared, page.model.agreement.differing) == (3, 0)
    assert page.view.filters.counts == "0 of 3 differ; 100.0 % agree"
    assert not page.view.table.isColumnHidden(SECOND)
    session.runs_moved(look_at="second")
    settled(4)
    assert page.comparing.answerer is None, "a run is not compared with itself"
    assert page.view.table.isColumnHidden(SECOND)


def test_a_model_file_is_compared_by_the_names_of_its_classes(
    page: PredictPage,
    qtbot: QtBot,
    settled: Settled,
    photos: list[Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The oracle gives blue the last place; in this file that place is red's."""
    page.predict_paths(photos)
    settled(4)
    file = model_file(tmp_path / "export", "blue\nb&w\nred\n")
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(file), ""))
    choose(page, "A model file")
    qtbot.waitUntil(lambda: page.comparing.answerer is not None and not page.asking.busy)
    assert (page.model.agreement.compared, page.model.agreement.differing) == (3, 3)
    second = [page.model.reading.answers(result)[1] for result in page.model.results]
    assert second == ["blue", "red", "red", None]
    kind = page.view.filters.kind
    kind.setCurrentIndex(kind.findText("Different answers"))
    assert page.model.rowCount() == 3
    assert page.view.filters.counts == "3 of 3 differ; 0.0 % agree"
    target = tmp_path / "out.csv"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(target), ""))
    page.view.save_button.click()
    header, first, *_ = target.read_text().splitlines()
    said = "not sure,unlike the training photos,problem"
    assert header == f"filepath,label,confidence,red,b&w,blue,compared,compared confidence,{said}"
    assert first == f"{photos[0]},red,0.800000,0.800000,0.100000,0.100000,blue,0.800000,no,,"
    choose(page, "No comparison")
    assert (page.model.agreement.compared, page.view.filters.counts) == (0, "")
    assert page.model.rowCount() == 4
    assert kind.findText("Different answers") == -1


def test_other_classes_are_named_and_no_classes_are_an_error(
    page: PredictPage, qtbot: QtBot, settled: Settled, oracle: Oracle, photos: list[Path], tmp_path: Path
) -> None:
    page.comparing.use_file(model_file(tmp_path / "export", "red\nb&w\ngreen\n"))
    qtbot.waitUntil(lambda: page.comparing.answerer is not None)
    assert page.view.noted == "Not both tell these classes apart: blue, green"
    page.comparing.use(None)
    bare = tmp_path / "bare.tflite"
    bare.write_bytes(b"x")
    page.comparing.use_file(bare)
    qtbot.waitUntil(lambda: "labels.txt" in page.view.noted)
    assert page.comparing.answerer is None


def test_one_that_cannot_be_asked_leaves_the_first_answers_alone(
    page: PredictPage, qtbot: QtBot, settled: Settled, oracle: Oracle, photos: list[Path], tmp_path: Path
) -> None:
    page.predict_paths(photos)
    settled(4)
    oracle.failure = "The model file is damaged: reversed.tflite"
    page.comparing.use_file(model_file(tmp_path / "export", "red\nb&w\nblue\n"))
    qtbot.waitUntil(lambda: page.comparing.answerer is not None and not page.asking.busy)
    assert page.view.noted == oracle.failure
    assert page.model.agreement.compared == 3, "those that came before it failed"
    assert [page.model.reading.answers(result)[0] for result in page.model.results] == ["red", "blue", "blue", None]
