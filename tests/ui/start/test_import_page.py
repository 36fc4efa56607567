"""The review of an import: the numbers, the choices for unknown labels, the list of problems."""

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from vv_desktop.core.import_plan import ImportPlan
from vv_desktop.jobs import Jobs
from vv_desktop.session import Session
from vv_desktop.ui import theme
from vv_desktop.ui.start.import_page import ImportPage
from vv_desktop.ui.start.unknown_labels import MOST, UnknownLabels


@pytest.fixture
def page(qtbot: QtBot, session: Session, jobs: Jobs, resources: Path, plan: ImportPlan, tmp_path: Path) -> ImportPage:
    page = ImportPage(session, jobs, theme.LIGHT, resources)
    qtbot.addWidget(page)
    page.show_plan(plan, tmp_path / "project")
    return page


def table(page: ImportPage) -> dict[str, list[str]]:
    model = page.counts_table.model()
    rows = [[model.index(r, c).data() for c in range(model.columnCount())] for r in range(model.rowCount())]
    return {row[0]: row[1:] for row in rows}


def test_the_numbers_are_those_of_the_plan(page: ImportPage) -> None:
    assert page.title.text() == "6 images, 4 labelled, 2 classes"
    assert table(page) == {
        "red": ["2", "1", "0", "3"],
        "blue": ["1", "0", "0", "1"],
        "No label": ["1", "1", "0", "2"],
        "All": ["4", "2", "0", "6"],
    }
    assert "1 of 4 groups stand in more than one split" in page.notes.text()
    assert "There is no test image" in page.notes.text()


def test_choices_for_unknown_labels_change_the_plan_that_is_accepted(
    page: ImportPage, qtbot: QtBot, tmp_path: Path
) -> None:
    page.unknown.boxes["bleu"].setCurrentText("It means blue")
    page.unknown.boxes["<b>"].setCurrentText("Add as a new class")
    assert page.title.text() == "6 images, 6 labelled, 3 classes"
    assert table(page)["blue"] == ["2", "0", "0", "2"]
    page.unknown.boxes["<b>"].setCurrentText("Leave without label")
    assert page.title.text() == "6 images, 5 labelled, 2 classes"
    with qtbot.waitSignal(page.accepted) as accepted:
        qtbot.mouseClick(page.create_button, Qt.MouseButton.LeftButton)
    made, folder = accepted.args
    assert folder == tmp_path / "project"
    assert {i.path.name: i.label for i in made.images}["b2.jpg"] == "blue"
    assert made.classes.names == ("red", "blue")


def test_problems_are_listed_and_saved_exactly(
    page: ImportPage, session: Session, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    model = page.problems_table.model()
    assert model.rowCount() == 1
    assert "There is no such file" in model.index(0, 1).data()
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: ("", ""))
    page.save_button.click()
    target = tmp_path / "problems.csv"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(target), ""))
    page.save_button.click()
    assert target.read_text().splitlines()[0] == "path,reason"
    assert "gone.jpg" in target.read_text()
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(tmp_path / "no" / "such.csv"), ""))
    page.save_button.click()
    assert str(tmp_path / "no") in page.progress.error


def test_the_folder_can_be_changed_and_going_back_writes_nothing(
    page: ImportPage, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: "")
    page.change_button.click()
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(tmp_path / "other"))
    page.change_button.click()
    with qtbot.waitSignal(page.accepted) as accepted:
        page.create_button.click()
    assert accepted.args[1] == tmp_path / "other"
    with qtbot.waitSignal(page.rejected):
        page.back_button.click()
    assert not (tmp_path / "other").exists()


def test_while_the_project_is_made_nothing_can_be_changed(page: ImportPage) -> None:
    page.show_progress("Storing labels", 0, 6)
    assert not page.create_button.isEnabled()
    assert not page.unknown.boxes["bleu"].isEnabled()
    page.show_error("There is a project here already: /x")
    assert page.create_button.isEnabled()
    assert page.progress.error.startswith("There is a project")


def test_thousands_of_unknown_labels_are_chosen_for_together(qtbot: QtBot) -> None:
    labels = UnknownLabels()
    qtbot.addWidget(labels)
    labels.show_labels([(f"label {i}", 1) for i in range(MOST + 50)], ["a"])
    assert len(labels.boxes) == MOST
    assert labels.choices() == {}
    labels.add_button.click()
    assert len(labels.choices()) == MOST + 50
    labels.leave_button.click()
    assert labels.choices() == {}
