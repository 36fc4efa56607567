"""Scores, matrix and the images behind a cell, on a run whose mistakes are known."""

import json
import math
import shutil
from typing import Any

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QApplication, QFileDialog

from vv_desktop.core.runs import delete_run
from vv_desktop.jobs import Jobs
from vv_desktop.session import Session
from vv_desktop.ui import theme
from vv_desktop.ui.evaluate.cell_colours import CellColours
from vv_desktop.ui.evaluate.matrix_layout import lay_out
from vv_desktop.ui.evaluate.page import EvaluatePage
from vv_desktop.ui.live_head import LiveUpdates

from .conftest import CLASSES, RESOURCES

RED, GREEN, BLUE = range(3)


def click_cell(qtbot: Any, page: EvaluatePage, label: int, predicted: int) -> None:
    view = page.matrix.view
    qtbot.mouseClick(view, Qt.MouseButton.LeftButton, pos=view.cell_centre(label, predicted).toPoint())


def test_the_head_says_how_good_the_run_is(page: EvaluatePage, session: Session) -> None:
    assert session.run is not None
    assert (session.run.name, session.split) == ("evening", "val")
    assert page.head.headline.text() == "83.3 % (60.8–94.2) of 18 val images are right"
    assert page.head.details.text().startswith("95 % interval 60.8–94.2 % · macro F1 ")
    assert not page.head.again.isVisible()
    assert not page.head.left_out.isVisible()


def test_excluded_images_are_not_counted_in_their_split(page: EvaluatePage, session: Session) -> None:
    assert session.project is not None
    val = [row.id for row in session.project.images.values() if row.split == "val" and row.used]
    assert page.head.splits["val"].text() == f"val {len(val)}"
    session.edits.exclude(val[:2], True, "keyboard")
    assert page.head.splits["val"].text() == f"val {len(val) - 2}"


def test_runs_and_splits_are_chosen_here(page: EvaluatePage, session: Session, qtbot: Any) -> None:
    head = page.head
    assert not head.splits["test"].isEnabled()
    head.splits["train"].click()
    assert session.split == "train"
    assert head.headline.text().startswith("100.0 % ")
    head.splits["val"].click()
    assert [head.runs.itemText(i).split(" · ")[0] for i in range(head.runs.count())] == ["evening", "morning"]
    head.runs.setFocus()
    qtbot.keyClick(head.runs, Qt.Key.Key_Down)
    assert session.run is not None
    assert session.run.name == "morning"
    assert head.headline.text().startswith("94.4 % ")
    assert page.images.title.text() == "Most confident mistakes: 1 image"


def test_at_first_the_surest_mistakes_are_shown(page: EvaluatePage) -> None:
    assert page.images.title.text() == "Most confident mistakes: 3 images"
    assert page.images.ids == (1, 7, 4)
    assert not page.images.back.isVisible()


def test_a_clicked_cell_shows_its_images_and_relabelling_moves_the_matrix(
    qtbot: Any, page: EvaluatePage, session: Session
) -> None:
    click_cell(qtbot, page, RED, GREEN)
    assert page.images.title.text() == "red taken for green & <b>bold: 3 images"
    assert page.images.grid.model.ids == page.images.ids == (1, 7, 4)
    qtbot.waitUntil(lambda: page.images.grid.view.visualRect(page.images.grid.model.index(0)).isValid())
    session.select((7,))
    page.images.grid.view.setFocus()
    qtbot.keyClick(page.images.grid.view, Qt.Key.Key_2)
    assert session.project is not None
    assert session.project.images[7].label == CLASSES[GREEN]
    assert session.evaluation is not None
    assert session.evaluation.confusion.tolist() == [[3, 2, 0], [0, 7, 0], [0, 0, 6]]
    assert page.matrix.figure().table[1] == ("red", 3, 2, 0)
    assert page.head.headline.text().startswith("88.9 % ")
    assert page.images.ids == (1, 7, 4), "an open list stays while one works in it"
    assert page.images.grid.model.ids == (1, 7, 4)
    assert page.images.note.text() == "1 image relabelled since this list was opened"
    assert page.head.again.isVisible()
    assert page.head.changed.text() == "1 of these labels was changed since the training."
    assert session.project.store.journal(7)[0].origin == "matrix"
    click_cell(qtbot, page, RED, GREEN)
    assert page.images.ids == (1, 4)
    session.edits.undo()
    assert not page.head.again.isVisible()
    page.images.back.click()
    assert page.images.ids == (1, 7, 4)


def test_the_matrix_is_walked_and_opened_by_keys(qtbot: Any, page: EvaluatePage, session: Session) -> None:
    view = page.matrix.view
    view.setFocus()
    assert view.accessibleDescription() == "3 images labelled red were recognised (50.0 % of 6)"
    qtbot.keyClick(view, Qt.Key.Key_Right)
    assert view.focus_cell == (RED, GREEN)
    assert view.accessibleDescription() == "3 images labelled red were taken for green & <b>bold (50.0 % of 6)"
    qtbot.keyClick(view, Qt.Key.Key_Up)
    assert view.focus_cell == (RED, GREEN)
    qtbot.keyClick(view, Qt.Key.Key_Return)
    assert page.images.ids == (1, 7, 4)
    assert session.selection == (1,)
    qtbot.keyClick(view, Qt.Key.Key_Down)
    qtbot.keyClick(view, Qt.Key.Key_End)
    qtbot.keyClick(view, Qt.Key.Key_Space)
    assert view.focus_cell == (GREEN, BLUE)
    assert page.images.title.text() == "green & <b>bold taken for blue: none"


def test_a_hidden_page_catches_up_when_it_is_shown(page: EvaluatePage, session: Session) -> None:
    page.hide()
    session.edits.relabel([1], CLASSES[GREEN], "keyboard")
    page.show()
    assert page.head.headline.text().startswith("88.9 % ")


def test_images_without_prediction_are_counted(page: EvaluatePage, session: Session) -> None:
    from vv_desktop.core.store import NewImage

    session.edits.add_images([NewImage("new.jpg", 1, 1, "new", "red", "val")])
    assert page.head.left_out.isVisible()
    assert page.head.left_out.text().startswith("1 val image is left out: ")


def test_the_table_sorts_and_shows_nothing_where_there_is_nothing(page: EvaluatePage, session: Session) -> None:
    model = page.table.model()
    names = lambda: [model.index(row, 0).data() for row in range(model.rowCount())]
    assert names() == list(CLASSES)
    assert [model.index(1, column).data() for column in range(1, 5)] == ["66.7 %", "100.0 %", "80.0 %", "6"]
    page.table.sort_by(2, descending=False)
    assert names()[0] == "red"
    assert session.project is not None
    blues = [row.id for row in session.project.images.values() if row.label == "blue" and row.split == "val"]
    session.edits.relabel(blues, "red", "keyboard")
    recalls = {model.index(row, 0).data(): model.index(row, 2).data() for row in range(3)}
    assert recalls["blue"] == "–"
    assert names()[0] == "blue"


def test_percent_and_counts(page: EvaluatePage, qtbot: Any) -> None:
    before = page.matrix.view.grab().toImage()
    page.matrix.percent.click()
    assert page.matrix.view.percent
    assert page.matrix.view.grab().toImage() != before
    page.matrix.counts.click()
    assert page.matrix.view.grab().toImage() == before


def test_the_matrix_is_saved_and_copied(page: EvaluatePage, session: Session, monkeypatch: Any, tmp_path: Any) -> None:
    said: list[str] = []
    session.said.connect(lambda message: said.append(message.text))
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *a, **k: ("", ""))
    page.matrix.save_png()
    page.matrix.save_csv()
    assert said == []
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *a, **k: (str(tmp_path / "m.csv"), ""))
    page.matrix.save_csv()
    lines = (tmp_path / "m.csv").read_text().splitlines()
    assert lines == ["label \\ predicted,red,green & <b>bold,blue", "red,3,3,0", "green & <b>bold,0,6,0", "blue,0,0,6"]
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *a, **k: (str(tmp_path / "m"), ""))
    page.matrix.save_png()
    assert (tmp_path / "m.png").read_bytes().startswith(b"\x89PNG")
    page.matrix.copy()
    mime = QApplication.clipboard().mimeData()
    assert mime.hasImage()
    assert mime.text().splitlines()[1] == "red\t3\t3\t0"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *a, **k: (str(tmp_path / "gone" / "m.csv"), ""))
    page.matrix.save_csv()
    assert said[-1].startswith("Cannot write here")


def test_H12_tooltips_say_the_cell_and_nothing_is_rich(page: EvaluatePage) -> None:
    view = page.matrix.view
    assert view.sentence_at(view.cell_centre(GREEN, GREEN)) == (
        "6 images labelled green & <b>bold were recognised (100.0 % of 6)"
    )
    assert view.sentence_at(view.cell_centre(RED, RED) - QPoint(400, 0)) == ""
    page.open_cell(GREEN, GREEN)
    assert "&lt;b&gt;" in page.images.title.toolTip()
    assert page.images.title.textFormat() == Qt.TextFormat.PlainText


def test_without_a_run_it_invites_to_train(page: EvaluatePage, session: Session, qtbot: Any) -> None:
    for run in session.runs:
        delete_run(run)
    session.runs_moved()
    assert page.first.isVisible()
    with qtbot.waitSignal(page.train_requested):
        page.first.click()
    session.close_project()
    assert page.first.isVisible()


def test_a_run_without_predictions_says_so(page: EvaluatePage, session: Session) -> None:
    assert session.run is not None
    (session.run.folder / "predictions.npz").unlink()
    session.look_at(session.run)
    assert page.head.headline.text() == "This run has no predictions that can be read"
    assert page.images.ids == ()
    page.matrix.view.setFocus()
    page.open_cell(0, 0)
    shutil.rmtree(session.run.folder)


def test_state_survives_a_restart(page: EvaluatePage, session: Session, jobs: Jobs, qtbot: Any) -> None:
    page.matrix.percent.click()
    page.table.sort_by(3, descending=True)
    state = json.loads(json.dumps(page.state()))
    again = EvaluatePage(session, jobs, theme.DARK, RESOURCES, LiveUpdates(session, jobs))
    qtbot.addWidget(again)
    again.restore(state)
    assert again.matrix.view.percent
    assert again.table.order == (3, True)
    again.restore({"percent": "x", "order": [99, 1], "side": None, "columns": "wide"})
    assert not again.matrix.view.percent


@pytest.mark.parametrize("count", [1, 2, 7, 40])
@pytest.mark.parametrize("size", [(260, 200), (900, 700)])
def test_every_cell_has_its_place(count: int, size: tuple[int, int]) -> None:
    layout = lay_out(count, *size, longest=90.0, line=16.0)
    for row in range(count):
        for column in range(count):
            assert layout.at(layout.cell(row, column).center()) == (row, column)
    assert layout.cell_height >= 18
    if count <= 7 and size[0] > 800:
        assert layout.cell(count - 1, count - 1).right() <= size[0]
        assert layout.cell(count - 1, count - 1).bottom() <= size[1]


@pytest.mark.parametrize("scheme", [theme.LIGHT, theme.DARK])
def test_numbers_can_be_read_on_every_shade(scheme: theme.Theme) -> None:
    colours = CellColours(scheme)

    def luminance(colour: QColor) -> float:
        parts = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in colour.getRgbF()[:3]]  # type: ignore[index]
        return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]

    shades = []
    for right in (True, False):
        for step in range(21):
            fill = colours.fill(step / 20, right)
            bright, dark = sorted((luminance(fill), luminance(colours.ink(fill))), reverse=True)
            assert (bright + 0.05) / (dark + 0.05) >= 4.5
            shades.append(luminance(fill))
        assert shades == sorted(shades, reverse=not scheme.dark), "grey tones alone can be read"
        shades = []
    assert colours.fill(math.nan, True) == colours.fill(0.0, False) == QColor(scheme.base)
