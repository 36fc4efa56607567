"""The table of mirror pairs: what it shows, what it saves, and what it says."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QSettings, Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from vv_desktop.core.bundled import resources_folder
from vv_desktop.core.classes import ClassList
from vv_desktop.core.errors import UserError
from vv_desktop.core.mirror import find_pairs
from vv_desktop.core.project import Project
from vv_desktop.jobs import Jobs
from vv_desktop.session import Message, Session
from vv_desktop.ui.classes_dialog import NOBODY, ClassesDialog
from vv_desktop.ui.live_head import LiveUpdates
from vv_desktop.ui.main_window import MainWindow
from vv_desktop.ui.settings import Settings
from vv_desktop.ui.theme import LIGHT

VEHICLES = ("Front", "FrontLeft", "FrontRight", "Rear", "RearLeft", "RearRight", "Background")


@pytest.fixture
def session(qapp: QApplication, tmp_path: Path) -> Iterator[Session]:
    session = Session()
    session.open(Project.create(tmp_path / "vehicles", ClassList(VEHICLES), []))
    yield session
    session.close_project(announce=False)


@pytest.fixture
def dialog(session: Session, qtbot: QtBot) -> ClassesDialog:
    dialog = ClassesDialog(session, LIGHT)
    qtbot.addWidget(dialog)
    dialog.show()
    return dialog


def chosen(dialog: ClassesDialog) -> list[str]:
    return [box.currentText() for box in dialog.boxes]


def choose(dialog: ClassesDialog, qtbot: QtBot, row: int, text: str) -> None:
    """Open the list with the keyboard, go to the entry and take it."""
    box = dialog.boxes[row]
    box.setFocus()
    place = box.findText(text)
    box.setCurrentIndex(place)
    box.activated.emit(place)


def heard(session: Session) -> list[Message]:
    said: list[Message] = []
    session.said.connect(said.append)
    return said


def test_it_shows_what_was_found_by_name(dialog: ClassesDialog) -> None:
    assert not dialog.isModal()
    expected = ["Front", "FrontRight", "FrontLeft", "Rear", "RearRight", "RearLeft", "Background"]
    assert chosen(dialog) == expected
    assert dialog.switch.isChecked()
    assert dialog.sentence.text().startswith("Mirroring is on: 2 pairs")
    assert dialog.boxes[1].accessibleName() == "Mirrored class of FrontLeft"


def test_an_edit_is_saved_at_once_and_its_partner_follows(
    dialog: ClassesDialog, session: Session, qtbot: QtBot, tmp_path: Path
) -> None:
    said = heard(session)
    choose(dialog, qtbot, 1, "RearRight")
    assert chosen(dialog)[:6] == ["Front", "RearRight", NOBODY, "Rear", NOBODY, "FrontLeft"]
    assert said == [Message("FrontLeft mirrors to RearRight")]
    assert "has no mirrored class" in dialog.sentence.text()
    assert not dialog.switch.isChecked()
    assert not dialog.switch.isEnabled()
    choose(dialog, qtbot, 2, "RearLeft")
    assert dialog.switch.isChecked()
    assert session.project is not None
    assert session.project.dataset().mirror == (0, 5, 4, 3, 2, 1, 6)
    session.close_project()
    assert not dialog.isVisible()
    session.open(Project.open(tmp_path / "vehicles"))
    assert chosen(dialog)[:3] == ["Front", "RearRight", "RearLeft"]


def test_find_by_name_again_forgets_the_edits(dialog: ClassesDialog, session: Session, qtbot: QtBot) -> None:
    choose(dialog, qtbot, 0, NOBODY)
    assert chosen(dialog)[0] == NOBODY
    qtbot.mouseClick(dialog.by_name, Qt.MouseButton.LeftButton)
    assert session.project is not None
    assert session.project.mirror == find_pairs(session.project.classes)
    assert chosen(dialog)[0] == "Front"


def test_mirroring_can_be_switched_off_and_on(dialog: ClassesDialog, session: Session, qtbot: QtBot) -> None:
    said = heard(session)
    dialog.switch.click()
    assert session.project is not None
    assert session.project.dataset().mirror is None
    assert dialog.sentence.text() == "Mirroring is switched off."
    dialog.switch.click()
    assert session.project.dataset().mirror is not None
    assert [m.text for m in said] == ["Mirroring is switched off", "Mirroring is switched on"]


def test_a_refusing_disk_leaves_what_was_there(
    dialog: ClassesDialog, session: Session, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise UserError("Not saved (disk full)")

    said = heard(session)
    assert session.project is not None
    monkeypatch.setattr(session.project.store, "set_value", refuse)
    choose(dialog, qtbot, 1, "RearRight")
    assert said == [Message("Not saved (disk full)", error=True)]
    assert chosen(dialog)[1] == "FrontRight"
    assert session.project.mirror == find_pairs(session.project.classes)


def test_another_project_brings_its_own_classes(dialog: ClassesDialog, session: Session, tmp_path: Path) -> None:
    session.open(Project.create(tmp_path / "pets", ClassList(("<b>cat", "dog & co")), []))
    assert chosen(dialog) == ["<b>cat", "dog & co"]
    assert not dialog.switch.isChecked()
    assert dialog.switch.isEnabled()
    assert "unless you want it" in dialog.sentence.text()


def test_G8_half_a_name_is_nobodys_when_the_classes_change(
    dialog: ClassesDialog, session: Session, qtbot: QtBot
) -> None:
    dialog.show()
    dialog.activateWindow()
    dialog.names[0].setFocus()
    qtbot.waitUntil(dialog.names[0].hasFocus)
    assert session.project is not None
    before = session.project.classes.names
    qtbot.keyClicks(dialog.names[0], "half")
    assert session.edits.rename_class(before[1], "Another", "mouse") == ""  # the field that has the keyboard goes
    assert session.project.classes.names == (before[0], "Another", *before[2:])


def test_G8_a_press_that_comes_after_the_project_is_closed_does_nothing(
    dialog: ClassesDialog, session: Session
) -> None:
    dialog.show()
    assert session.project is not None
    folder = session.project.folder
    session.close_project()
    assert not dialog.isVisible()
    dialog.by_name.click()
    dialog.switch.click()
    session.open(Project.open(folder))
    assert dialog.by_name.isEnabled()


def test_the_menu_opens_one_window_and_brings_it_back(
    session: Session, qtbot: QtBot, qapp: QApplication, tmp_path: Path
) -> None:
    jobs = Jobs()
    settings = Settings(QSettings(str(tmp_path / "settings.ini"), QSettings.Format.IniFormat))
    window = MainWindow(session, jobs, LiveUpdates(session, jobs), LIGHT, resources_folder(), settings)
    qtbot.addWidget(window)
    try:
        action = window.actions_by_name["classes"]
        assert action.isEnabled()
        action.trigger()
        (dialog,) = window.findChildren(ClassesDialog)
        assert dialog.isVisible()
        dialog.close()
        action.trigger()
        assert window.findChildren(ClassesDialog) == [dialog]
        assert dialog.isVisible()
        session.close_project()
        assert not dialog.isVisible()
        assert not action.isEnabled()
    finally:
        assert jobs.shutdown(5.0)


def write(dialog: ClassesDialog, qtbot: QtBot, row: int, text: str, key: Qt.Key = Qt.Key.Key_Return) -> None:
    """Write over the name of a class and press a key."""
    field = dialog.names[row]
    field.setFocus()
    field.selectAll()
    qtbot.keyClicks(field, text)
    qtbot.keyClick(field, key)


def test_a_name_is_written_over_and_undone(dialog: ClassesDialog, session: Session, qtbot: QtBot) -> None:
    heard: list[object] = []
    session.classes_changed.connect(lambda: heard.append(session.project and session.project.classes.names))
    write(dialog, qtbot, 1, "Vorne links")
    assert session.project is not None
    renamed = ("Front", "Vorne links", "FrontRight", "Rear", "RearLeft", "RearRight", "Background")
    assert session.project.classes.names == renamed
    assert heard == [renamed]
    assert [field.text() for field in dialog.names] == list(renamed)
    assert not dialog.problem.isVisible()
    assert chosen(dialog)[1:3] == ["FrontRight", "Vorne links"], "it mirrors to what it mirrored to"
    assert session.project.mirror.of == (0, 2, 1, 3, 5, 4, 6)
    session.edits.undo()
    assert session.project.classes.names == VEHICLES
    assert [field.text() for field in dialog.names] == list(VEHICLES)
    assert session.project.mirror.of == (0, 2, 1, 3, 5, 4, 6)


@pytest.mark.parametrize(
    ("written", "sentence"),
    [
        ("   ", "A class name cannot be empty; received ''"),
        ("rear", "There is a class 'Rear' already; received 'rear'"),
        ("x" * 81, "A class name has at most 80 characters; received 81: '" + "x" * 40 + "'…"),
    ],
)
def test_what_cannot_be_a_name_stays_written_with_the_reason(
    dialog: ClassesDialog, session: Session, qtbot: QtBot, written: str, sentence: str
) -> None:
    write(dialog, qtbot, 0, written)
    assert dialog.problem.isVisible()
    assert dialog.problem.text() == sentence
    assert dialog.names[0].text() == written
    assert session.project is not None
    assert session.project.classes.names == VEHICLES
    qtbot.keyClick(dialog.names[0], Qt.Key.Key_Escape)
    assert dialog.names[0].text() == "Front"
    assert not dialog.problem.isVisible()
    assert dialog.isVisible(), "Escape gave the name back and did not close"


def test_letter_case_alone_may_change(dialog: ClassesDialog, session: Session, qtbot: QtBot) -> None:
    write(dialog, qtbot, 0, "FRONT")
    assert session.project is not None
    assert session.project.classes.names[0] == "FRONT"
