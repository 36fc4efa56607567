"""Click a cell of the confusion matrix, relabel there, and the matrix has changed."""

from pathlib import Path

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot


def test_click_a_cell_relabel_and_the_matrix_follows(open_app, qtbot: QtBot, trained_copy: Path) -> None:  # type: ignore[no-untyped-def]
    app = open_app(trained_copy)
    window, session = app.window, app.session
    window.show_page("evaluate")
    session.look_at_split("train")
    before = session.evaluation.confusion.copy()
    row, column = map(int, np.argwhere(before > 0)[0])
    view = window.pages.evaluate.matrix.view
    QTest.mouseClick(view, Qt.MouseButton.LeftButton, pos=view.cell_centre(row, column).toPoint())
    grid = window.pages.evaluate.images.grid
    qtbot.waitUntil(lambda: len(grid.model.ids) == before[row, column])

    image = grid.model.ids[0]
    assert session.project.images[image].label == session.run.classes.names[row]
    other = (row + 1) % len(session.run.classes)
    grid.view.setFocus()
    QTest.keyClick(grid.view, Qt.Key.Key_Home)
    QTest.keyClick(grid.view, Qt.Key(Qt.Key.Key_1 + other))
    after = session.evaluation.confusion
    assert after[row, column] == before[row, column] - 1
    assert after[other, column] == before[other, column] + 1
    assert session.project.images[image].label == session.run.classes.names[other]
    assert image in session.changed_since_run
    assert image in grid.model.ids, "what is being labelled does not vanish"

    session.edits.undo()
    assert np.array_equal(session.evaluation.confusion, before)
    assert image not in session.changed_since_run
