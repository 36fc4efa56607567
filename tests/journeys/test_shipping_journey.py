"""What is done with a trained run: say when it is not sure, ask it about new photos, and export it past a gate."""

import csv
import json
import shutil
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, Qt, QUrl
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from tests.bare import check, make_bare
from tests.window.whole_app import drop_on

from .conftest import OpenApp, end

LEFT = Qt.MouseButton.LeftButton
PHOTOS = 200


def test_a_failing_gate_is_said_in_red_and_takes_a_second_yes(
    trained_copy: Path, open_app: OpenApp, qtbot: QtBot, tmp_path: Path
) -> None:
    app = open_app(trained_copy)
    app.window.show_page("export")
    page = app.window.pages.export
    for name in ("keras", "saved_model", "fp16", "int8"):
        page.view.boxes[name].setChecked(False)
    qtbot.mouseClick(page.view.gates_button, LEFT)
    for key, typed in (("fp32", "98.5"), ("fp32.difference", "0")):  # no file reaches 0: it adds up in another order
        line = page.gates.boxes[key].lineEdit()
        assert line.width() >= line.fontMetrics().horizontalAdvance(line.text()), "the gate can be read"
        line.selectAll()
        qtbot.keyClicks(line, typed)
    qtbot.mouseClick(page.view.export_button, LEFT)
    qtbot.waitUntil(lambda: page.model.rowCount() == 1, timeout=120_000)
    folder = page.folder
    assert folder is not None
    assert not folder.exists()
    said = page.view._reasons
    assert said.isVisible()
    assert said.property("role") == "error"
    assert "model_float32.tflite: " in said.text()
    assert "off where 0 is allowed" in said.text()
    assert not page.view.open_button.isVisible()
    qtbot.mouseClick(page.view.accept_button, LEFT)
    qtbot.waitUntil(lambda: page.view.open_button.isVisible(), timeout=120_000)
    assert said.isVisible(), "it is still said"
    written = json.loads((folder / "model.json").read_text())
    (row,) = written["files"]
    assert row["gate_asked"] == {"agreement": 0.985, "difference": 0.0, "loss": None}
    assert row["gate"] == "fail"
    (tmp_path / "bare").mkdir()
    assert check(make_bare(tmp_path / "bare"), folder)[0] == 0


def test_not_sure_is_chosen_on_evaluate_meant_on_predict_and_kept(
    trained_copy: Path, open_app: OpenApp, qtbot: QtBot
) -> None:
    app = open_app(trained_copy)
    app.window.show_page("evaluate")
    pane = app.window.pages.evaluate.matrix.confidence
    qtbot.mouseClick(app.window.pages.evaluate.matrix.sureness, LEFT)
    assert pane.isVisible()
    assert "off by" in pane.worth.text()
    pane.slider.setFocus()
    pane.slider.setValue(90)
    qtbot.keyClick(pane.slider, Qt.Key.Key_Right)
    assert pane.value.text() == "91 %"
    taken = pane.taken.text()
    qtbot.mouseClick(pane.unsure, LEFT)
    assert app.window.pages.evaluate.images.title.text().startswith("Not sure, below 91 %")
    app.window.show_page("predict")
    assert app.window.pages.predict.view.filters.below.currentText() == "below 91 %"
    end(app)
    app = open_app(trained_copy)
    app.window.show_page("evaluate")
    assert app.window.pages.evaluate.matrix.confidence.taken.text() == taken


def test_200_dropped_photos_are_answered_explained_and_saved(
    trained_copy: Path,
    toy_folder: Path,
    open_app: OpenApp,
    qtbot: QtBot,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    toys = sorted((toy_folder / "images").rglob("*.jpg"))
    folder = tmp_path / "new"
    folder.mkdir()
    for number in range(PHOTOS):
        shutil.copy(toys[number % len(toys)], folder / f"{number:03}.jpg")
    app = open_app(trained_copy)
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(path)) for path in sorted(folder.iterdir())])
    drop_on(app.window, mime)
    page = app.window.pages.predict
    assert page.isVisible()
    qtbot.waitUntil(lambda: page.model.count == PHOTOS and not page.asking.busy, timeout=60_000)
    assert not any(result.error or result.waiting for result in page.model.results)
    qtbot.keyClick(app.window, Qt.Key.Key_H)
    qtbot.waitUntil(lambda: page.view.detail.photo.heat.sentence.startswith("Why "), timeout=20_000)
    answer = page.model.reading.text(page.view.table.current, 1)
    assert page.view.detail.photo.heat.sentence.startswith(f"Why {answer} ")
    target = tmp_path / "answers.csv"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(target), ""))
    qtbot.mouseClick(page.view.save_button, LEFT)
    with target.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == PHOTOS
    assert {Path(row["filepath"]).name for row in rows} == {path.name for path in folder.iterdir()}
