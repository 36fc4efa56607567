"""A number box that looks like a plain field and is left alone by the wheel."""

from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QDoubleSpinBox, QWidget

BARE = (
    "QAbstractSpinBox::up-button, QAbstractSpinBox::down-button { width: 0; border: none; }"
    "QAbstractSpinBox { max-height: 20px; }"
    "QLineEdit { border: none; padding: 0; min-height: 0; background: transparent; }"
)
"""The style would give the line inside a second frame, and leaves the buttons no arrows; the keys stay.

Not by NoButtons: under a style sheet, Qt 6.11 then makes the line one pixel wide.
"""


class CalmDoubleSpinBox(QDoubleSpinBox):
    """Does not change when what it stands in is scrolled over it. Window's thread."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setStyleSheet(BARE)

    def wheelEvent(self, event: QWheelEvent) -> None:
        super().wheelEvent(event) if self.hasFocus() else event.ignore()
