"""What is done with a trained run: say when it is not sure, ask it about new photos, and export it past a gate."""

import csv
import json
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPoint, Qt, QUrl
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from tests.bare import check, make_bare
from tests.window.whole_app import drop_on
from vv_desktop.core.plans import QUICK
from vv_desktop.core.toys import VIEWPOINTS, draw_vehicle
from vv_desktop.ui.predict.reading import ANSWER, SHARE

from .conftest import OpenApp, end

LEFT = Qt.MouseButton.LeftButton
PHOTOS = 200


def test_a_failing_gate_is_said_in_red_and_takes_a_second_yes(
    trained_copy: Path, open_app: OpenApp, qtbot: QtBot, tmp_path: Path
) -> None:
    app = open_app(trained_copy)
    app.window.show_page("export")
    page = app.window.pages.export
    for name, box in page.view.boxes.items():
        box.setChecked(name == "fp32" and box.isEnabled())
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


def test_a_training_is_calibrated_and_evaluate_says_by_how_much(
    untrained_copy: Path, open_app: OpenApp, qtbot: QtBot
) -> None:
    app = open_app(untrained_copy)
    session, window = app.session, app.window
    assert session.project is not None
    train = [row for row in session.project.images.values() if row.split == "train"]
    session.edits.resplit([(row.id, "val") for row in train[:20]], "mouse")  # as many as a temperature needs
    window.show_page("train")
    assert window.pages.train.start_training(QUICK.changed(head_epochs=4))
    qtbot.waitUntil(lambda: not app.jobs.of("work"), timeout=120_000)
    assert session.run is not None
    calibration = session.run.calibration
    assert calibration is not None
    assert calibration.images >= 30
    window.show_page("evaluate")
    matrix = window.pages.evaluate.matrix
    qtbot.mouseClick(matrix.sureness, LEFT)
    fitted = f"a temperature of {calibration.temperature:.2f}, fitted on {calibration.images} val"
    assert fitted in matrix.confidence.worth.text()
    assert matrix.confidence.diagram.isVisible()


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


def test_200_dropped_photos_are_answered_explained_sorted_and_saved(
    trained_copy: Path, open_app: OpenApp, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    photos = []
    for number in range(PHOTOS):
        photos.append(tmp_path / f"{VIEWPOINTS[number % len(VIEWPOINTS)]}-{number:03}.png")
        draw_vehicle(VIEWPOINTS[number % len(VIEWPOINTS)], number, 1, size=96, seed=1).save(photos[-1])
    assert len({path.read_bytes() for path in photos}) == PHOTOS, "no two are the same picture"
    app = open_app(trained_copy)
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(path)) for path in photos])
    drop_on(app.window, mime)
    page = app.window.pages.predict
    assert page.isVisible()
    qtbot.waitUntil(lambda: page.model.count == PHOTOS and not page.asking.busy, timeout=60_000)
    assert not any(result.error or result.waiting for result in page.model.results)
    qtbot.keyClick(app.window, Qt.Key.Key_H)
    qtbot.waitUntil(lambda: page.view.detail.photo.heat.sentence.startswith("Why "), timeout=20_000)
    answer = page.model.reading.text(page.view.table.current, ANSWER)
    assert page.view.detail.photo.heat.sentence.startswith(f"Why {answer} ")

    def shares() -> list[float]:
        return [page.model.result(row).confidence for row in range(page.model.rowCount())]

    header, by_drop = page.view.table.horizontalHeader(), shares()
    place = QPoint(header.sectionViewportPosition(SHARE) + header.sectionSize(SHARE) // 3, header.height() // 2)
    qtbot.mouseClick(header.viewport(), LEFT, pos=place)
    assert shares() == sorted(by_drop) != by_drop, "the least sure first"
    qtbot.mouseClick(header.viewport(), LEFT, pos=place)
    assert shares() == sorted(by_drop, reverse=True)

    target = tmp_path / "answers.csv"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(target), ""))
    qtbot.mouseClick(page.view.save_button, LEFT)
    with target.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [float(row["confidence"]) for row in rows] == pytest.approx(shares(), abs=1e-6), "as the list is sorted"
    assert {Path(row["filepath"]) for row in rows} == set(photos)
    unsure = [row["not sure"] for row in rows]
    assert unsure == sorted(unsure), "no, then yes: the surest come first"
    assert unsure.count("yes") == sum(share < app.session.project.threshold for share in by_drop)
    assert all(row["unlike the training photos"] in ("yes", "no") for row in rows)
