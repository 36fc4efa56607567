"""Several runs are chosen, averaged and held against the best of them, on the Train page."""

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QApplication, QMessageBox

from vv_desktop.core.runs import Run
from vv_desktop.session import Session
from vv_desktop.ui.train.page import TrainPage


def test_chosen_runs_are_averaged_and_the_gain_is_said(
    qtbot: Any, page: TrainPage, session: Session, kept: Callable[..., Run]
) -> None:
    first, second = kept(epochs=2), kept(epochs=4)
    session.runs_moved(second.id)
    row, table = page.curves.average, page.curves.runs
    table.selectRow(0)
    assert not row.button.isVisible()
    table.selectAll()
    assert row.button.isVisible()
    qtbot.keyClick(row.button, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: "the best of 2 runs" in row.line.text())
    assert row.line.text().startswith("No measurable difference: 0.0 points (")
    average = session.run
    assert average is not None
    assert {member.run for member in average.members} == {first.id, second.id}
    assert session.evaluation is not None
    assert len(session.evaluation.images) == 6
    assert not row.button.isVisible()
    assert not table.plan_action.isEnabled()
    assert page.charts.epochs == []

    session.look_at(first)
    assert row.line.text() == ""
    table.selectAll()
    assert not row.button.isVisible(), "an average is no part of another"

    table.selectRow([run.id for run in session.runs].index(second.id))
    said: list[str] = []

    def answer() -> None:
        box = QApplication.activeModalWidget()
        assert isinstance(box, QMessageBox)
        said.append(box.informativeText())
        next(button for button in box.buttons() if button.text() == "Delete").click()

    QTimer.singleShot(0, page, answer)
    table.delete_action.trigger()
    assert "Average of 2 is the average of it: its scores stay" in said[0]
    session.look_at(next(run for run in session.runs if run.members))
    qtbot.waitUntil(lambda: "is gone; received" in row.line.text())
    assert session.evaluation is not None


def test_runs_that_cannot_be_averaged_say_why(
    qtbot: Any, page: TrainPage, session: Session, kept: Callable[..., Run]
) -> None:
    runs = kept(epochs=2), kept(epochs=2)
    (runs[1].folder / "predictions.npz").unlink()
    session.runs_moved(runs[0].id)
    page.curves.runs.selectAll()
    page.curves.average.button.click()
    qtbot.waitUntil(lambda: "predictions cannot be read" in page.curves.average.line.text())
    assert len(session.runs) == 2
