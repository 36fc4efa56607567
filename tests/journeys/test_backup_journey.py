"""A damaged project: what is said, the backups that are offered, and work that goes on from one."""

from pathlib import Path

from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from vv_desktop.ui.backups_dialog import BackupsDialog

from .conftest import OpenApp, end


def test_A13_a_damaged_project_is_offered_its_backup(untrained_copy: Path, open_app: OpenApp, qtbot: QtBot) -> None:
    app = open_app(untrained_copy)
    project = app.session.project
    assert project is not None
    first, second = list(project.images)[:2]
    name = project.classes.names[0]
    app.session.edits.relabel([first], None, "keyboard")
    app.session.edits.relabel([second], name, "keyboard")
    app.session.edits.relabel([second], None, "keyboard")
    end(app)
    store = untrained_copy / "project.vv"
    store.write_bytes(store.read_bytes()[:6000])

    app = open_app(untrained_copy)
    qtbot.waitUntil(lambda: app.window.findChild(BackupsDialog) is not None, timeout=10_000)
    assert app.session.project is None
    assert "damaged" in app.window.welcome.progress.error
    assert app.window.welcome.progress.error.endswith(str(store))
    dialog = app.window.findChild(BackupsDialog)
    assert dialog.list.count() == 1
    assert "labels" in dialog.list.item(0).text()
    qtbot.mouseClick(dialog.restore, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: app.session.project is not None and not app.window.opening.busy, timeout=20_000)
    assert app.session.project.images[first].label is None
    assert app.session.project.store.next_undo() is not None, "the journal is back as well"
    (aside,) = untrained_copy.glob("set-aside-*")
    assert (aside / "project.vv").stat().st_size == 6000


def test_an_open_project_goes_back_to_a_backup(untrained_copy: Path, open_app: OpenApp, qtbot: QtBot) -> None:
    app = open_app(untrained_copy)
    assert app.session.project is not None
    first = next(iter(app.session.project.images))
    app.session.edits.relabel([first], None, "keyboard")
    end(app)
    app = open_app(untrained_copy)
    name = app.session.project.classes.names[0]
    app.session.edits.relabel([first], name, "keyboard")
    app.window.actions_by_name["backups"].trigger()
    qtbot.waitUntil(lambda: app.window.findChild(BackupsDialog) is not None, timeout=10_000)
    dialog = app.window.findChild(BackupsDialog)
    assert dialog.list.item(0).text().endswith("lacks the newest edit")
    qtbot.keyClick(dialog.list, Qt.Key.Key_Return)
    qtbot.waitUntil(
        lambda: app.session.project is not None and app.session.project.images[first].label is None, timeout=20_000
    )
