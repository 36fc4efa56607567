"""Find suspects, fix some by keys, see the matrix follow, take everything back, restart, and it is still taken back."""

from pathlib import Path

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from tests.journeys.conftest import end

FIXED = 3


def test_suspects_are_fixed_by_keys_and_taken_back(open_app, qtbot: QtBot, trained_copy: Path) -> None:  # type: ignore[no-untyped-def]
    app = open_app(trained_copy)
    window, session = app.window, app.session
    labels = {row.id: row.label for row in session.project.images.values()}
    session.look_at_split("train")
    QTest.keyClick(window, Qt.Key.Key_4, Qt.KeyboardModifier.ControlModifier)
    page = window.pages.suspects
    QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: session.suspects is not None, timeout=60_000)
    qtbot.waitUntil(page.focus.isVisible)
    assert page.walk.tally.total >= FIXED
    session.resplit([(one.image, "train") for one in page.walk.everything], "split")
    before = session.evaluation.confusion.copy()

    fixed = []
    for _ in range(FIXED):
        fixed.append((page.walk.current, page.walk.names[page.walk.shown.suspect.suggestion]))
        QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Return)
    assert [(image, session.project.images[image].label) for image, _ in fixed] == fixed
    assert page.head.isVisible()
    assert not np.array_equal(session.evaluation.confusion, before)
    assert session.evaluation.confusion.sum() == before.sum()

    for _ in range(FIXED):
        QTest.keyClick(window, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert page.walk.current == fixed[0][0], "undo comes back to what was undone"
    assert np.array_equal(session.evaluation.confusion, before)
    end(app)

    again = open_app(trained_copy)
    assert {row.id: row.label for row in again.session.project.images.values()} == labels
    qtbot.waitUntil(lambda: again.session.suspects is not None)
    again.window.show_page("suspects")
    assert again.window.pages.suspects.walk.tally.fixed == 0
    again.window.show_page("history")
    states = [group.state for group in again.session.project.store.groups(FIXED)]
    assert states == ["undone"] * FIXED
