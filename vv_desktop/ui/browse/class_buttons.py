"""The classes as buttons that label the selected images, with the digit that does the same."""

from collections.abc import Collection

from PySide6.QtCore import Signal
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QVBoxLayout, QWidget

from vv_desktop.core import viewpoint
from vv_desktop.core.classes import ClassList
from vv_desktop.ui import words
from vv_desktop.ui.browse.chips import Chip, dot
from vv_desktop.ui.browse.flow import FlowArea
from vv_desktop.ui.theme import S, Theme
from vv_desktop.ui.viewpoint_dial import ViewpointDial

WORTH_A_DIAL = 4
"""Fewer viewpoints than this are found faster in a row of buttons."""


class ClassButtons(QWidget):
    """Owns one button a class and one for no label. Lives on the window's thread.

    Viewpoints have the dial, and buttons for what is no side of the car.

    Signals:
        chosen(object): the name of a class, or None to take the label off.
    """

    chosen = Signal(object)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._buttons: dict[str | None, Chip] = {}
        self.dial = ViewpointDial(theme)
        self.dial.chosen.connect(self._choose)
        self._flow = FlowArea(tallest=224)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(S)
        layout.addWidget(self.dial)
        layout.addWidget(self._flow)

    def show_classes(self, classes: ClassList | None) -> None:
        """Buttons for these classes."""
        self._buttons = {}
        turns = classes is not None and viewpoint.speaks_of(classes) and len(classes) >= WORTH_A_DIAL
        self.dial.setVisible(turns)
        if classes is not None:
            if turns:
                self.dial.show_classes(classes)
            for place, name in enumerate(classes.names):
                if not turns or name not in self.dial.sides:
                    self._add(name, name, self._theme.colour_of(classes, name), place + 1)
            self._add(None, "No label", None, 0)
        self._flow.set_widgets(list(self._buttons.values()))

    def show_labels(self, labels: Collection[str | None]) -> None:
        """Press the button of the label that all selected images have; none if they differ."""
        only = next(iter(labels)) if len(labels) == 1 else ""
        for label, button in self._buttons.items():
            button.setChecked(label == only)
        self.dial.show_pressed([only])

    def _add(self, label: str | None, text: str, colour: QColor | None, digit: int) -> None:
        button = Chip(text, colour)
        if colour is None:
            button.setIcon(dot(QColor(self._theme.muted), filled=False))
        if digit <= 9:
            button.setText(f" {digit}  {words.button_text(text)}")
            button.setAccessibleDescription(f"Key {digit}")
        button.clicked.connect(lambda _checked=False: self._choose(label))
        self._buttons[label] = button

    def _choose(self, label: str | None) -> None:
        if label in self._buttons:
            self._buttons[label].setChecked(True)
        self.chosen.emit(label)
