"""Exporting: what is asked for, what is shown of it, waiting, cancelling and failing."""

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QFileDialog, QLabel
from pytestqt.qtbot import QtBot

from vv_desktop.core import export_formats
from vv_desktop.core.bundled import resources_folder
from vv_desktop.core.classes import ClassList
from vv_desktop.core.export_formats import formats_here
from vv_desktop.core.gates import Gate, gates_with
from vv_desktop.core.progress import Progress
from vv_desktop.core.project import Project
from vv_desktop.jobs import Jobs
from vv_desktop.session import Session
from vv_desktop.ui import theme
from vv_desktop.ui.export.formats import FORMATS
from vv_desktop.ui.export.page import ExportPage

from .conftest import Changed, Press

SHOWN = tuple(item.key for item in FORMATS if item.key in formats_here())


def texts(page: ExportPage) -> list[str]:
    return [label.text() for label in page.findChildren(QLabel) if not label.isHidden()]


def wait_until_called_off(progress: Progress) -> None:
    while True:
        progress.check()


def test_the_chosen_formats_are_written_into_the_run_s_folder_and_shown(
    page: ExportPage, qtbot: QtBot, press: Press, project: Project
) -> None:
    assert any("50.0 % ±" in text and "of 40 test images" in text for text in texts(page))
    for other in ("keras", "saved_model", "onnx"):
        page.view.boxes[other].setChecked(False)
    page.view.export_button.click()
    assert not page.view.export_button.isEnabled()
    qtbot.waitUntil(lambda: page.model.rowCount() == 3)
    folder = project.folder / "exports" / "first"
    assert press.asked == [("first", folder, ("fp32", "fp16", "int8"))]
    row = [page.model.index(0, column).data() for column in range(5)]
    assert row == ["fp32.bin", "9.4 MB", "97.0 % (194 of 200)", "0.021", "−0.5 points"]
    assert page.view.export_button.isEnabled()
    assert not page.view.table.isHidden()


def test_what_is_to_be_known_of_files_that_passed_stays_on_the_page(
    page: ExportPage, qtbot: QtBot, press: Press
) -> None:
    press.caution = "Measured on few images; received 9"
    page.view.export_button.click()
    qtbot.waitUntil(lambda: page.model.rowCount() > 0)
    assert any(text.startswith("Measured on few images; received 9.\nWritten, loaded again") for text in texts(page))


def test_without_the_extra_the_page_says_how_to_get_onnx(
    qtbot: QtBot, jobs: Jobs, session: Session, press: Press, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export_formats, "ONNX_EXTRA", ("a_package_that_nobody_has",))
    page = ExportPage(session, jobs, theme.LIGHT, resources_folder(), export_task=press.export)
    qtbot.addWidget(page)
    box = page.view.boxes["onnx"]
    assert any("pip install a_package_that_nobody_has" in text for text in texts(page))
    page.restore({"formats": ["fp32", "onnx"]})
    assert (box.isEnabled(), page.formats) == (False, ("fp32",))
    page.export()
    qtbot.waitUntil(lambda: page.model.rowCount() == 1)
    assert not box.isEnabled()


def test_nothing_chosen_is_nothing_to_export(page: ExportPage) -> None:
    for box in page.view.boxes.values():
        box.setChecked(False)
    assert not page.view.export_button.isEnabled()
    page.export()
    assert page.formats == ()


def test_it_says_what_it_waits_for_and_can_be_called_off(
    page: ExportPage, qtbot: QtBot, jobs: Jobs, press: Press
) -> None:
    training = jobs.start(wait_until_called_off, name="Training")
    page.export()
    assert any("Starts when this has ended: Training" in text for text in texts(page))
    page.view.progress.cancel_wanted.emit()
    training.cancel()
    qtbot.waitUntil(lambda: page.view.export_button.isEnabled())
    assert press.asked == []
    assert page.view.progress.isHidden()


def test_cancel_in_the_middle_leaves_no_result(page: ExportPage, qtbot: QtBot, press: Press) -> None:
    press.held = True
    page.export()
    qtbot.waitUntil(lambda: any("Converting · 1 of 3" in text for text in texts(page)))
    page.view.progress.cancel_wanted.emit()
    qtbot.waitUntil(lambda: page.view.export_button.isEnabled())
    assert page.model.rowCount() == 0


def test_an_error_is_a_sentence_in_place_and_goes_with_the_next_try(
    page: ExportPage, qtbot: QtBot, press: Press
) -> None:
    press.failure = "The disk is full; the old files are untouched: /x"
    page.export()
    qtbot.waitUntil(lambda: page.view.progress.error == press.failure)
    press.failure = ""
    page.export()
    qtbot.waitUntil(lambda: page.model.rowCount() == len(formats_here()))
    assert page.view.progress.error == ""


def test_below_a_gate_nothing_is_written_until_it_is_wanted_all_the_same(
    page: ExportPage, qtbot: QtBot, press: Press, project: Project
) -> None:
    press.below = "14 of 200 images get another answer"
    page.view.export_button.click()
    qtbot.waitUntil(lambda: page.model.rowCount() == len(formats_here()))
    folder = project.folder / "exports" / "first"
    assert not folder.exists()
    assert page.view.open_button.isHidden()
    assert any("Nothing was written yet" in text for text in texts(page))
    assert any("int8.bin: 14 of 200 images get another answer." in text for text in texts(page))
    page.view.accept_button.click()
    assert page.view.accept_button.isHidden()
    qtbot.waitUntil(folder.exists)
    qtbot.waitUntil(lambda: not page.view.open_button.isHidden())
    assert any("14 of 200 images get another answer." in text for text in texts(page)), "it is still said"
    press.below = ""


@pytest.mark.parametrize("choice", ["gate", "format", "folder"])
def test_a_second_yes_is_only_to_what_was_checked(
    page: ExportPage, qtbot: QtBot, press: Press, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, choice: str
) -> None:
    press.below = "14 of 200 images get another answer"
    page.view.export_button.click()
    qtbot.waitUntil(lambda: not page.view.accept_button.isHidden())
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(tmp_path / "phone"))
    {
        "gate": lambda: page.gates.boxes["int8"].setValue(99.5),
        "format": lambda: page.view.boxes["fp16"].click(),
        "folder": page.view.change_button.click,
    }[choice]()
    assert page.view.accept_button.isHidden()
    assert page.model.rowCount() == 0
    assert page.view.export_button.isEnabled()


def test_the_folder_can_be_changed_and_a_closed_dialog_changes_nothing(
    page: ExportPage, qtbot: QtBot, press: Press, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, project: Project
) -> None:
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: "")
    page.view.change_button.click()
    assert page.folder == project.folder / "exports" / "first"
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(tmp_path / "phone"))
    page.view.change_button.click()
    page.export()
    qtbot.waitUntil(lambda: page.model.rowCount() == len(formats_here()))
    assert press.asked[0][1] == tmp_path / "phone"


def test_without_a_run_the_page_asks_for_a_training(
    qtbot: QtBot, jobs: Jobs, session: Session, tmp_path: Path, press: Press
) -> None:
    session.open(Project.create(tmp_path / "empty", ClassList(("a", "b")), []))
    page = ExportPage(session, jobs, theme.LIGHT, resources_folder(), export_task=press.export)
    qtbot.addWidget(page)
    page.export()
    assert press.asked == []
    with qtbot.waitSignal(page.train_requested):
        page.view.no_run.button.click()


def test_the_choice_of_formats_comes_back(page: ExportPage, qtbot: QtBot, session: Session, jobs: Jobs) -> None:
    page.view.boxes["int8"].setChecked(False)
    other = ExportPage(session, jobs, theme.DARK, resources_folder())
    qtbot.addWidget(other)
    other.restore(page.state())
    assert other.formats == tuple(key for key in SHOWN if key != "int8")
    other.restore({"formats": 3})
    assert other.formats == tuple(key for key in SHOWN if key != "int8")


def test_gates_are_changed_here_come_back_and_can_be_put_right(
    page: ExportPage, qtbot: QtBot, press: Press, session: Session, jobs: Jobs
) -> None:
    assert page.gates.changes == ()
    assert not page.gates.reset.isEnabled()
    assert page.gates.isHidden()
    page.view.gates_button.click()
    assert not page.gates.isHidden()
    page.gates.boxes["int8"].setValue(95.55)
    page.gates.boxes["int8.loss"].setValue(2)
    page.gates.boxes["fp32.difference"].setValue(1)
    assert page.gates.boxes["fp32.difference"].text() == "≤ any"
    assert {"≥ 95.55 % same, ≤ 2.0 points lost", "≥ 99.9 % same", "≥ 99.5 % same"} <= set(texts(page))
    page.view.export_button.click()
    assert not page.gates.boxes["int8"].isEnabled()
    qtbot.waitUntil(lambda: page.model.rowCount() == len(formats_here()))
    assert press.gates == ("fp32.difference=none", "int8=0.9555", "int8.loss=0.02")
    assert gates_with(press.gates)["int8"] == Gate(0.9555, loss=0.02)
    assert page.gates.boxes["int8"].isEnabled()
    other = ExportPage(session, jobs, theme.DARK, resources_folder())
    qtbot.addWidget(other)
    other.restore(page.state())
    assert other.gates.changes == page.gates.changes
    other.gates.reset.click()
    assert other.gates.changes == ()
    assert "≥ 99.9 % same, ≤ 0.001 off" in texts(other)
    other.restore({"gates": {"int8": "low", "fp16": 300, "fp32": True, "int8.loss": -1, "fp16.difference": 2}})
    assert other.gates.changes == ()


def test_a_limit_that_asks_nothing_is_left_alone_by_the_keyboard_and_a_typed_one_counts(
    page: ExportPage, qtbot: QtBot
) -> None:
    page.show()
    page.view.gates_button.click()
    box = page.gates.boxes["fp16.difference"]
    assert box.text() == "≤ any"
    box.setFocus()
    qtbot.keyClick(box, Qt.Key.Key_Tab)
    assert page.gates.changes == ()
    box.selectAll()
    qtbot.keyClicks(box, "0.25")
    qtbot.keyClick(box, Qt.Key.Key_Tab)
    assert page.gates.changes == ("fp16.difference=0.25",)
    box.setFocus()
    qtbot.keyClick(box, Qt.Key.Key_Down)
    assert page.gates.changes == ("fp16.difference=0.245",)


@pytest.mark.parametrize(
    ("gate", "red", "green", "said"),
    [
        (Gate(0.96), (), (2,), "97.0 % (194 of 200)"),
        (Gate(0.971), (2,), (), "97.0 % (194 of 200)"),
        (Gate(0.96, difference=0.02), (3,), (), "0.021"),
        (Gate(0.96, difference=0.021), (3,), (), "0.0213"),
        (Gate(0.96, loss=-0.01), (4,), (), "−0.5 points"),
    ],
)
def test_what_is_below_its_gate_is_red_and_never_reads_like_its_limit(
    page: ExportPage, qtbot: QtBot, press: Press, gate: Gate, red: tuple[int, ...], green: tuple[int, ...], said: str
) -> None:
    press.asked_of = {"fp32": gate}
    page.export()
    qtbot.waitUntil(lambda: page.model.rowCount() == len(formats_here()))
    cells = [page.model.index(0, column) for column in range(5)]
    colours = [cell.data(Qt.ItemDataRole.ForegroundRole) for cell in cells]
    assert tuple(i for i, colour in enumerate(colours) if colour == QColor(theme.LIGHT.danger)) == red
    assert tuple(i for i, colour in enumerate(colours) if colour == QColor(theme.LIGHT.good)) == green
    assert said in [cell.data() for cell in cells]


def test_images_with_another_answer_are_shown_and_open(page: ExportPage, qtbot: QtBot, press: Press) -> None:
    assert page.changed.isHidden()
    press.changed = (Changed(3, "a", 0.51, "b", 0.55), Changed(7, "b", 0.6, "a", 0.7), Changed(999, "b", 0.6, "a", 0.7))
    page.view.export_button.click()
    qtbot.waitUntil(lambda: not page.changed.isHidden())
    assert [chip.text() for chip in page.changed.chips] == ["int8  3"]
    assert page.changed.grid.model.ids == (7, 3), "the surest first, and none that is not in the project"
    assert page.changed.grid.model.note(3) == "a → b"
    assert "the model is at most 60 % sure of them" in texts(page)
    with qtbot.waitSignal(page.image_wanted) as wanted:
        page.changed.grid.activated.emit(7)
    assert wanted.args == [7]
