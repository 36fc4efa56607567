"""The viewpoint dial: each side of the car is where it is on the car, and labels."""

from collections.abc import Callable
from typing import Any

import pytest
from PySide6.QtCore import QPoint, Qt
from pytestqt.qtbot import QtBot

from vv_desktop.core import viewpoint
from vv_desktop.core.bundled import bundled_labels
from vv_desktop.core.classes import ClassList, read_labels_txt
from vv_desktop.ui import theme
from vv_desktop.ui.browse.class_buttons import ClassButtons
from vv_desktop.ui.viewpoint_dial import ViewpointDial

SEEN_FROM_ABOVE = {
    "Front": (0, -1),
    "FrontLeft": (-0.8, -0.5),
    "RearLeft": (-0.8, 0.5),
    "Rear": (0, 1),
    "RearRight": (0.8, 0.5),
    "FrontRight": (0.8, -0.5),
}


@pytest.fixture
def buttons(qtbot: QtBot) -> ClassButtons:
    found = ClassButtons(theme.LIGHT)
    qtbot.addWidget(found)
    found.resize(280, 300)
    found.show_classes(read_labels_txt(bundled_labels()))
    with qtbot.waitExposed(found):
        found.show()
    return found


def at(dial: ViewpointDial, side: str, radius: float = 0.7) -> QPoint:
    x, y = SEEN_FROM_ABOVE[side]
    middle = dial.rect().center()
    reach = radius * min(dial.width(), dial.height()) / 2
    return QPoint(round(middle.x() + x * reach), round(middle.y() + y * reach))


@pytest.mark.parametrize("side", viewpoint.CIRCLE)
def test_a_click_where_the_side_is_chooses_it(buttons: ClassButtons, side: str, qtbot: QtBot) -> None:
    """The nose is up and left is the car's own, so the left sides are on the left."""
    chosen: list[object] = []
    buttons.chosen.connect(chosen.append)
    place = at(buttons.dial, side)
    hit = buttons.dial.childAt(place)
    assert hit is buttons.dial.sides[side]
    qtbot.mouseClick(hit, Qt.MouseButton.LeftButton, pos=hit.mapFrom(buttons.dial, place))
    assert chosen == [side]
    assert buttons.dial.sides[side].isChecked()


def test_the_car_itself_and_the_corners_are_no_button(buttons: ClassButtons) -> None:
    middle = buttons.dial.rect().center()
    assert buttons.dial.childAt(middle) is None
    assert buttons.dial.childAt(2, 2) is None


def test_the_label_of_the_selection_is_pressed(buttons: ClassButtons) -> None:
    buttons.show_labels({"RearLeft"})
    assert [name for name, side in buttons.dial.sides.items() if side.isChecked()] == ["RearLeft"]
    buttons.show_labels({"RearLeft", "Rear"})
    assert not any(side.isChecked() for side in buttons.dial.sides.values())


def test_space_chooses_the_side_with_the_focus(buttons: ClassButtons, qtbot: QtBot) -> None:
    with qtbot.waitSignal(buttons.chosen) as found:
        qtbot.keyClick(buttons.dial.sides["RearRight"], Qt.Key.Key_Space)
    assert found.args == ["RearRight"]


def test_other_classes_have_buttons_and_no_dial(qtbot: QtBot) -> None:
    buttons = ClassButtons(theme.LIGHT)
    qtbot.addWidget(buttons)
    buttons.show_classes(ClassList(("Front", "Cat", "Dog")))
    assert buttons.dial.isHidden()


def test_in_the_inspector_it_labels_the_selection(
    browse_on: Callable[..., Any], make_project: Callable[..., Any], qtbot: QtBot
) -> None:
    browse = browse_on(make_project("cars", classes=read_labels_txt(bundled_labels()).names))
    image = browse.page.grid.model.ids[0]
    browse.session.select((image,))
    dial = browse.page.inspector.buttons.dial
    qtbot.waitUntil(lambda: dial.isVisible() and dial.sides[browse.label(image)].isChecked())
    qtbot.keyClick(dial.sides["Rear"], Qt.Key.Key_Space)
    assert browse.label(image) == "Rear"
