"""The class histogram of Browse: it counts what the other filters find, and a click filters."""

from collections.abc import Callable
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton
from pytestqt.qtbot import QtBot

from vv_desktop.core.viewpoint import BACKGROUND, CIRCLE

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def page(browse_on: Callable[..., Any], make_project: Callable[..., Any]) -> Any:
    """28 images: seven classes in turn, every sixth without a label."""
    found = browse_on(make_project("cars", classes=(*CIRCLE, BACKGROUND), count=28)).page
    found.bar.histogram.click()
    return found


def label_counts(page: Any, split: str | None = None) -> dict[str | None, int]:
    rows = [row for row in page._session.project.images.values() if split is None or row.split == split]
    return {name: sum(row.label == name for row in rows) for name in (*CIRCLE, BACKGROUND, None)}


def parts(page: Any) -> dict[str | None, QAbstractButton]:
    return {**page.histogram.dial.sides, **page.histogram.bars}


def shown(page: Any) -> dict[str | None, int]:
    sides = {name: int(side.note or "") for name, side in page.histogram.dial.sides.items()}
    return {**sides, **{label: int(bar.figure) for label, bar in page.histogram.bars.items()}}


def test_it_counts_under_the_other_filters(page: Any, qtbot: QtBot) -> None:
    assert shown(page) == label_counts(page)
    page.bar._split.setCurrentIndex(page.bar._split.findData("val"))
    assert shown(page) == label_counts(page, "val")
    qtbot.mouseClick(parts(page)["Front"], LEFT)
    assert shown(page) == label_counts(page, "val"), "choosing a class must not empty the others"


def test_a_click_is_only_this_class_and_once_more_is_all(page: Any, qtbot: QtBot) -> None:
    qtbot.mouseClick(parts(page)["Rear"], LEFT)
    assert page.bar.filter.classes == {"Rear"}
    assert len(page.grid.model.ids) == label_counts(page)["Rear"]
    qtbot.mouseClick(parts(page)[BACKGROUND], LEFT)
    assert page.bar.filter.classes == {BACKGROUND}
    assert [label for label, part in parts(page).items() if part.isChecked()] == [BACKGROUND]
    qtbot.keyClick(parts(page)[BACKGROUND], Qt.Key.Key_Space)
    assert not page.bar.filter.narrows
    assert not any(part.isChecked() for part in parts(page).values())


def test_ctrl_adds_and_takes_away(page: Any, qtbot: QtBot) -> None:
    control = Qt.KeyboardModifier.ControlModifier
    qtbot.mouseClick(parts(page)["Rear"], LEFT)
    qtbot.mouseClick(parts(page)["Front"], LEFT, control)
    qtbot.mouseClick(parts(page)[None], LEFT, control)
    assert page.bar.filter.classes == {"Rear", "Front"}
    assert page.bar.filter.unlabelled
    assert {label for label, part in parts(page).items() if part.isChecked()} == {"Rear", "Front", None}
    qtbot.mouseClick(parts(page)["Rear"], LEFT, control)
    assert page.bar.filter.classes == {"Front"}
    assert {label for label, part in parts(page).items() if part.isChecked()} == {"Front", None}


def test_it_follows_a_relabel_and_is_remembered(page: Any) -> None:
    before = label_counts(page)
    front = next(row.id for row in page._session.project.images.values() if row.label == "Front")
    page._session.edits.relabel([front], "Rear", "grid")
    assert shown(page) == {**before, "Front": before["Front"] - 1, "Rear": before["Rear"] + 1}
    state = page.state()
    page.bar.histogram.click()
    assert not page.histogram.isVisible()
    page.restore(state)
    assert page.histogram.isVisible()


def test_other_classes_have_bars(browse_on: Callable[..., Any], make_project: Callable[..., Any], qtbot: QtBot) -> None:
    page = browse_on(make_project("fruit", classes=("apple", "pear & <b>plum"))).page
    page.bar.histogram.click()
    assert not page.histogram.dial.isVisible()
    assert list(page.histogram.bars) == ["apple", "pear & <b>plum", None]
    qtbot.mouseClick(page.histogram.bars["pear & <b>plum"], LEFT)
    assert page.bar.filter.classes == {"pear & <b>plum"}
    assert page.histogram.bars["apple"].accessibleName().startswith("apple, ")
