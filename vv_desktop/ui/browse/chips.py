"""Chips: round buttons with the colour of a class, for filtering and for labelling."""

from PySide6.QtCore import QPointF, QSize, Qt
from PySide6.QtGui import QColor, QIcon, QPainter, QPen, QPixmap
from PySide6.QtWidgets import QPushButton, QWidget

from vv_desktop.ui import words

DOT = 10


class Chip(QPushButton):
    """A round button that stays down. Lives on the window's thread; no signals but Qt's own.

    It takes the focus by Tab only, so that a click leaves the keyboard to the grid.
    """

    def __init__(self, name: str, colour: QColor | None, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.name = name
        self.setCheckable(True)
        self.setProperty("role", "chip")
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAutoDefault(False)
        self.setIconSize(QSize(DOT, DOT))
        if colour is not None:
            self.setIcon(dot(colour))
        self.setText(f" {words.button_text(name)}")
        self.setAccessibleName(words.shown(name))
        if len(name) > 24:
            self.setToolTip(words.tooltip(name))

    def show_count(self, count: int) -> None:
        """How many images are meant."""
        text = f" {words.button_text(self.name)}  {count:,}"
        if text != self.text():
            self.setText(text)
            self.setAccessibleName(f"{words.shown(self.name)}, {words.images(count)}")


def dot(colour: QColor, filled: bool = True) -> QIcon:
    """A round spot of colour, or only its outline."""
    pixmap = QPixmap(2 * DOT, 2 * DOT)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen if filled else QPen(colour, 3))
    painter.setBrush(colour if filled else Qt.BrushStyle.NoBrush)
    painter.drawEllipse(QPointF(DOT, DOT), DOT - 2, DOT - 2)
    painter.end()
    pixmap.setDevicePixelRatio(2)
    return QIcon(pixmap)
