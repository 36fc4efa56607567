"""The curves and the table of runs on the Train page."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pyqtgraph as pg
from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QApplication, QFileDialog, QMessageBox

from vv_desktop.core.plans import QUICK
from vv_desktop.core.runs import Run
from vv_desktop.session import Session
from vv_desktop.ui.theme import LIGHT
from vv_desktop.ui.train.charts import Charts
from vv_desktop.ui.train.page import TrainPage
from vv_desktop.ui.train.plots import LOSS, Curve, Plot

from .conftest import SHORT, Training, epoch, finish


def test_the_best_epoch_and_the_boundary_are_found() -> None:
    epochs = (epoch(1), epoch(2, best=False), epoch(3, "fine-tune"), epoch(4, "fine-tune", best=False))
    curve = Curve("a", epochs)
    assert curve.best == epochs[2]
    assert curve.boundary == epochs[1].seconds
    assert Curve("a", epochs[:2]).boundary is None
    assert Curve("a", ()).best is None


def test_names_at_the_ends_of_the_lines_do_not_cover_each_other_when_the_plot_gets_lower(qtbot: Any) -> None:
    plot = Plot(LIGHT, LOSS)
    qtbot.addWidget(plot)
    plot.resize(500, 600)
    plot.show()
    plot.draw(Curve("a", (epoch(1), replace(epoch(2), loss=0.60, val_loss=0.55))), None)
    box = plot.getPlotItem().getViewBox()

    def apart() -> float:
        low, high = sorted(item.pos().y() for item in plot.items() if isinstance(item, pg.TextItem))
        return float((high - low) / box.viewPixelSize()[1])

    plot.resize(500, 120)
    qtbot.waitUntil(lambda: box.height() < 120)
    assert apart() >= 13


def test_keys_and_mouse_read_exact_values(qtbot: Any, page: TrainPage, training: Training) -> None:
    page.start_training(SHORT)
    finish(qtbot, page, training)
    charts: Charts = page.charts
    qtbot.keyClick(charts, Qt.Key.Key_Left)
    assert charts.caption.text().startswith("Phase 1, epoch 5 at 0:02 · validation 58.33 %, loss 0.2400")
    qtbot.keyClick(charts, Qt.Key.Key_Left)
    assert "epoch 4 " in charts.caption.text()
    charts._point(0.6)
    assert "epoch 1 " in charts.caption.text()
    charts._point(float("nan"))
    assert charts.caption.text() == "quick · best 58.3 % on val in phase 1, epoch 5"


def test_curves_are_saved_as_numbers(
    qtbot: Any, page: TrainPage, training: Training, monkeypatch: Any, tmp_path: Any
) -> None:
    page.start_training(SHORT)
    finish(qtbot, page, training)
    for suffix, start in (("CSV", b"run,phase,epoch,seconds"), ("PNG", b"\x89PNG")):
        monkeypatch.setattr(
            QFileDialog, "getSaveFileName", lambda *a, s=suffix, **k: (str(tmp_path / f"curves.{s}"), "")
        )
        action = next(a for a in page.charts.menu().actions() if suffix in a.text())
        action.trigger()
        assert (tmp_path / f"curves.{suffix}").read_bytes().startswith(start)
    assert len((tmp_path / "curves.CSV").read_text().splitlines()) == 6


def answer_box(qtbot: Any, page: TrainPage, key: Qt.Key | None) -> list[str]:
    """Answers the question that comes next by a key (Return takes its default), or by clicking Delete."""
    asked: list[str] = []

    def answer() -> None:
        box = QApplication.activeModalWidget()
        assert isinstance(box, QMessageBox)
        asked.append(box.text())
        if key is not None:
            qtbot.keyClick(box, key)
        else:
            next(button for button in box.buttons() if button.text() == "Delete").click()

    QTimer.singleShot(0, page, answer)
    return asked


def test_runs_are_chosen_compared_renamed_and_deleted(
    qtbot: Any, page: TrainPage, session: Session, kept: Callable[..., Run]
) -> None:
    first, second = kept(epochs=2), kept(epochs=4, stopped=True)
    session.runs_moved(second.id)
    table, charts = page.curves.runs, page.charts
    assert len(charts.epochs) == 4
    assert table.model().index(0, 5).data() == "3 s · stopped"
    table.selectRow(1)
    assert session.run is not None
    assert session.run.id == first.id
    assert (len(charts.epochs), charts.compared) == (2, None)
    flags = table.selectionModel().SelectionFlag.Select | table.selectionModel().SelectionFlag.Rows
    table.selectionModel().select(table.model().index(0, 0), flags)
    assert session.run.id == first.id
    assert charts.compared is not None
    assert len(charts.compared[1]) == 4
    table.model().setData(table.model().index(1, 0), "evening <b>", Qt.ItemDataRole.EditRole)
    assert {run.name for run in session.runs} == {"evening <b>", "quick"}
    table.selectRow(0)
    answer_box(qtbot, page, Qt.Key.Key_Return)
    table.delete_action.trigger()
    assert len(session.runs) == 2
    asked = answer_box(qtbot, page, None)
    table.delete_action.trigger()
    assert asked == ["Delete the run quick?"]
    assert [run.id for run in session.runs] == [first.id]
    assert not second.folder.exists()


def test_no_run_yet_invites_to_a_first_one(qtbot: Any, page: TrainPage, training: Training) -> None:
    assert page.curves.first.isVisible()
    page.curves.first.click()
    assert not page.curves.first.isVisible()
    finish(qtbot, page, training)
    assert training.plans == [QUICK]


def test_the_plan_of_a_run_is_used_again(qtbot: Any, page: TrainPage, training: Training) -> None:
    odd = SHORT.changed(seed=7, dropout=0.4)
    page.start_training(odd)
    finish(qtbot, page, training)
    page.setup.form.reset()
    page.curves.runs.selectRow(0)
    page.curves.runs.plan_action.trigger()
    assert page.setup.plan() == odd
