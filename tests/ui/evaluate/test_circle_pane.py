"""Circular confusion: ribbons on the dial that open their images, a side that narrows them to its own."""

from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from pytestqt.qtbot import QtBot

from vv_desktop.core.project import Project
from vv_desktop.core.viewpoint import BACKGROUND
from vv_desktop.session import Session
from vv_desktop.ui.evaluate.confusion_dial import ConfusionDial
from vv_desktop.ui.evaluate.page import EvaluatePage

from . import conftest
from .conftest import make_project, make_run

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    """Front, RearLeft and Background, and a run that takes three of six Fronts for RearLeft and errs in no other."""
    monkeypatch.setattr(conftest, "CLASSES", ("Front", "RearLeft", "Background"))
    project = make_project(tmp_path)
    make_run(project, "evening", datetime(2026, 11, 22, 18, 0), conftest.SEEN_AS_GREEN)
    return project


@pytest.fixture
def dial(page: EvaluatePage, qtbot: QtBot) -> ConfusionDial:
    page.resize(1200, 900)
    qtbot.mouseClick(page.matrix.sides, LEFT)
    assert page.matrix.circle.isVisible()
    assert not page.table.isVisible()
    return page.matrix.circle.dial


def middle(dial: ConfusionDial, cell: tuple[int, int]) -> QPoint:
    """A place on a ribbon: near the wide end, where others do not cross it."""
    begin, end, bend = dial._ends(cell)
    return (begin * 0.64 + bend * 0.32 + end * 0.04).toPoint()


def test_a_ribbon_opens_its_images(page: EvaluatePage, dial: ConfusionDial, qtbot: QtBot) -> None:
    assert list(dial.ribbons()) == [(0, 1)]
    qtbot.mouseClick(dial, LEFT, pos=middle(dial, (0, 1)))
    assert page.images.ids == (1, 7, 4)
    assert page.matrix.circle.far.whose.text() == "Mistakes of Front"
    assert dial.sides["Front"].isChecked()


def test_ribbons_follow_the_labels(page: EvaluatePage, dial: ConfusionDial, session: Session, qtbot: QtBot) -> None:
    session.edits.relabel([1, 4], BACKGROUND, "matrix")
    assert set(dial.ribbons()) == {(0, 1), (2, 1)}
    assert dial.sides["Front"].note == "75 %"
    assert dial.sides["Front"].accessibleName() == "Front, 1 of 4 images taken for others"
    qtbot.mouseClick(dial, LEFT, pos=middle(dial, (2, 1)))
    assert set(page.images.ids) == {1, 4}


def test_a_side_shows_its_mistakes_and_a_second_click_all(page: EvaluatePage, dial: Any, qtbot: QtBot) -> None:
    qtbot.keyClick(dial.sides["RearLeft"], Qt.Key.Key_Space)
    assert dial.sides["RearLeft"].isChecked()
    assert (dial.label, page.images.ids) == (1, ())
    dial.sides["RearLeft"].click()
    assert not dial.sides["RearLeft"].isChecked()
    assert (dial.label, page.images.ids) == (None, (1, 7, 4))


def test_background_is_the_disc_in_the_middle(page: EvaluatePage, dial: ConfusionDial, qtbot: QtBot) -> None:
    qtbot.mouseClick(dial, LEFT, pos=dial.rect().center())
    assert dial.label == 2
    assert page.matrix.circle.far.whose.text() == "Mistakes of Background"


def test_the_wide_end_is_at_the_label(dial: ConfusionDial) -> None:
    begin, end, _ = dial._ends((0, 1))
    assert begin.y() < dial.rect().center().y() < end.y(), "Front is above, RearLeft below"
    path = dial.ribbons()[0, 1]

    def width(end: QPointF) -> int:
        around = [end + QPointF(x / 2, y / 2) for x in range(-40, 41) for y in range(-40, 41)]
        return sum(path.contains(point) for point in around)

    assert width(begin) > 2 * width(end)


def test_it_is_seen_again_after_a_restart(page: EvaluatePage, dial: ConfusionDial) -> None:
    state = page.state()
    assert state["sides"] is True
    page.matrix.counts.setChecked(True)
    assert page.table.isVisible()
    page.restore(state)
    assert dial.isVisible()
