"""The sample sheet in place of the curves: the real task on a small project, by mouse and by keys."""

from typing import Any

import pytest
from PySide6.QtCore import QRect, Qt
from PySide6.QtWidgets import QApplication

from vv_desktop.session import Session
from vv_desktop.ui.train.page import TrainPage
from vv_desktop.ui.train.sample_grid import LEAST, LINE, SampleCell, best_columns
from vv_desktop.ui.train.sample_sheet import SampleSheet

from .conftest import CLASSES, COLOURS, Training

TRAIN = 12


@pytest.fixture
def sheet(page: TrainPage) -> SampleSheet:
    return page.curves.samples


def opened(qtbot: Any, page: TrainPage) -> tuple[SampleCell, ...]:
    page.setup.samples.click()
    return drawn(qtbot, page)


def drawn(qtbot: Any, page: TrainPage) -> tuple[SampleCell, ...]:
    sheet = page.curves.samples
    qtbot.waitUntil(lambda: not sheet.drawing)
    return tuple(sheet.grid.cells)


def test_it_shows_the_training_images_with_their_labels(qtbot: Any, page: TrainPage, sheet: SampleSheet) -> None:
    cells = opened(qtbot, page)
    assert sheet.isVisible()
    assert not page.curves.first.isVisible()
    assert len(cells) == TRAIN
    for cell in cells:
        red, green, blue = cell.sample.pixels[0, 0]
        assert f"#{red:02x}{green:02x}{blue:02x}"[1] == COLOURS[CLASSES.index(cell.label)][1], cell.label
        assert cell.accessibleName() == cell.label
        assert cell.sample.pixels.shape == (224, 224, 3)
    assert "224 × 224 px" in sheet.line.text()
    assert "mirrored" not in sheet.line.text()


def test_with_mirrored_copies_they_are_marked_and_the_sheet_follows_the_switch(
    qtbot: Any, page: TrainPage, session: Session, sheet: SampleSheet
) -> None:
    assert session.project is not None
    session.edits.set_mirror(session.project.mirror.switched(True).paired(0, 2), "red mirrors to blue")
    opened(qtbot, page)
    page.setup.form.editors["mirror"].box.click()  # type: ignore[attr-defined]
    qtbot.waitUntil(lambda: len(sheet.grid.cells) == 2 * TRAIN)
    by_id = {row.id: row.label for row in session.project.images.values()}
    swapped = {"red": "blue", "blue": "red"}
    mirrored = [cell for cell in sheet.grid.cells if cell.sample.marks]
    assert len(mirrored) == TRAIN
    for cell in mirrored:
        own = by_id[cell.sample.image]
        assert cell.label == swapped.get(str(own), own)
        assert cell.accessibleName() == f"{cell.label}, mirrored"
    assert sheet.line.text().endswith("⇄\N{NO-BREAK SPACE}mirrored")


def test_it_follows_labels_and_mirror_pairs(qtbot: Any, page: TrainPage, session: Session, sheet: SampleSheet) -> None:
    assert session.project is not None
    page.setup.form.editors["mirror"].write(True)
    assert len(opened(qtbot, page)) == TRAIN
    session.edits.set_mirror(session.project.mirror.switched(True), "on")
    qtbot.waitUntil(lambda: len(sheet.grid.cells) == 2 * TRAIN)
    red = [row.id for row in session.project.images.values() if row.label == "red"]
    session.edits.relabel(red, "blue", "keyboard")
    qtbot.waitUntil(lambda: "red" not in {cell.label for cell in sheet.grid.cells})


def test_others_are_others(qtbot: Any, page: TrainPage, sheet: SampleSheet) -> None:
    first = [cell.sample.image for cell in opened(qtbot, page)]
    sheet.others.click()
    assert sheet.drawing
    second = [cell.sample.image for cell in drawn(qtbot, page)]
    assert sorted(first) == sorted(second)  # the project has no more
    assert first != second


@pytest.mark.parametrize("way", ["escape", "close", "again"])
def test_it_goes_back(qtbot: Any, page: TrainPage, sheet: SampleSheet, way: str) -> None:
    opened(qtbot, page)
    assert sheet.others.hasFocus()
    if way == "escape":
        qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Escape)
    else:
        (sheet.back if way == "close" else page.setup.samples).click()
    assert not sheet.isVisible()
    assert page.curves.first.isVisible()
    assert sheet.grid.cells == []


def test_a_training_takes_its_place(qtbot: Any, page: TrainPage, sheet: SampleSheet, training: Training) -> None:
    opened(qtbot, page)
    page.setup.train.click()
    assert not sheet.isVisible()
    assert not page.setup.samples.isEnabled()
    training.let()
    qtbot.waitUntil(lambda: page.job is None)


def test_another_project_is_not_shown_in_the_sheet_of_this_one(
    qtbot: Any, page: TrainPage, session: Session, sheet: SampleSheet
) -> None:
    opened(qtbot, page)
    session.close_project()
    assert not sheet.isVisible()
    assert sheet.grid.cells == []


def test_what_cannot_be_drawn_is_a_sentence_in_the_sheet(
    qtbot: Any, page: TrainPage, session: Session, sheet: SampleSheet
) -> None:
    assert session.project is not None
    for image in session.project.images:
        session.project.path_of(image).write_bytes(b"<b>no picture")
    assert opened(qtbot, page) == ()
    assert "received 12 training images" in sheet.line.text()
    assert sheet.line.textFormat() == Qt.TextFormat.PlainText


@pytest.mark.parametrize(("width", "height"), [(490, 440), (760, 620), (1500, 1000), (300, 900), (900, 300)])
def test_all_of_them_are_seen_at_once_and_as_large_as_can_be(width: int, height: int) -> None:
    columns, side = best_columns(24, width, height)
    rows = -(-24 // columns)
    assert side >= LEAST
    room = QRect(0, 0, width, height)
    assert room.contains(QRect(0, 0, columns * (side + 12) - 12, rows * (side + 4 + LINE + 8) - 8))
