"""Open CSV files, label by keyboard, undo, restart: still so."""

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from vv_desktop.app import App


def labels(app: App) -> dict[int, str | None]:
    assert app.session.project is not None
    return {row.id: row.label for row in app.session.project.images.values()}


def test_open_csv_relabel_undo_restart(open_app, qtbot: QtBot, toy_folder: Path, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    app = open_app(toy_folder / "labels.csv")
    window = app.window
    qtbot.waitUntil(lambda: window.stack.currentWidget() is window.review)
    window.review.accepted.emit(window.review.plan, tmp_path / "project")
    qtbot.waitUntil(lambda: window.stack.currentWidget() is window.pages.browse, timeout=20_000)
    before = labels(app)
    assert all(before.values())

    view = window.pages.browse.grid.view
    view.setFocus()
    QTest.keyClick(view, Qt.Key.Key_Home)
    for i in range(20):
        QTest.keyClick(view, Qt.Key.Key_7 if i % 2 else Qt.Key.Key_4)
    after = labels(app)
    shown = window.pages.browse.grid.model.ids[:20]
    assert [after[image] for image in shown] == ["Rear", "Background"] * 10
    changed = [image for image in shown if before[image] != after[image]]
    assert app.session.project.store.journal()[0].origin == "keyboard"

    for _ in range(5):
        window.actions_by_name["undo"].trigger()
    undone = labels(app)
    assert [i for i in shown if undone[i] != before[i]] == changed[:-5]

    from tests.journeys.conftest import end

    end(app)
    again = open_app(tmp_path / "project")
    qtbot.waitUntil(lambda: again.window.stack.currentWidget() is again.window.pages.browse)
    assert labels(again) == undone
    for _ in range(5):
        again.window.actions_by_name["redo"].trigger()
    assert labels(again) == after
    for _ in range(len(changed)):
        again.window.actions_by_name["undo"].trigger()
    assert labels(again) == before
    end(again)


def test_dropping_a_folder_opens_it_and_what_cannot_be_opened_is_a_sentence(
    open_app, qtbot: QtBot, tmp_path: Path
) -> None:  # type: ignore[no-untyped-def]
    app = open_app(tmp_path / "nothing")
    assert app.window.stack.currentWidget() is app.window.welcome
    assert str(tmp_path / "nothing") in app.window.status._message.text()
