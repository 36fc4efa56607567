"""A button that is a bar: what is counted, how many there are, and a length that compares it with its neighbours."""

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QWidget

from vv_desktop.ui import words
from vv_desktop.ui.theme import XS, S, Theme

HEIGHT = 24
_FAINT, _FIRM = 0.12, 0.4
"""Opacity of the ground, and of the bar on it."""


class CountBar(QAbstractButton):
    """One counted thing. Lives on the window's thread; no signals but Qt's own.

    It takes the focus by Tab only, so that a click leaves the keyboard to the images.
    """

    def __init__(self, theme: Theme, name: str, colour: QColor, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme, self.name, self._colour = theme, name, colour
        self._share, self._figure = 0.0, ""
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setAccessibleName(words.shown(name))

    def show_count(self, count: int, most: int, figure: str = "") -> None:
        """Its number, in words `figure` or the bare count; the bar is full at `most`."""
        self._share = count / most if most else 0.0
        self._figure = figure or f"{count:,}"
        self.setAccessibleName(f"{words.shown(self.name)}, {words.images(count)}")
        self.update()

    @property
    def figure(self) -> str:
        """The number as it is written."""
        return self._figure

    def sizeHint(self) -> QSize:
        return QSize(2 * S + self.fontMetrics().horizontalAdvance(f"{self.name}  {self._figure}"), HEIGHT)

    def minimumSizeHint(self) -> QSize:
        return QSize(4 * HEIGHT, HEIGHT)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        whole = QRectF(self.rect()).adjusted(1, 1, -1, -1)
        firm = 2 * _FIRM if self.isChecked() or self.isDown() else _FIRM
        painter.setPen(Qt.PenStyle.NoPen)
        for share, opacity in ((1.0, _FAINT * (2 if self.underMouse() else 1)), (self._share, firm)):
            colour = QColor(self._colour)
            colour.setAlphaF(opacity)
            painter.setBrush(colour)
            painter.drawRoundedRect(QRectF(whole.x(), whole.y(), whole.width() * share, whole.height()), XS, XS)
        if self.hasFocus() or self.isChecked():
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(QColor(self._theme.accent), 2 if self.hasFocus() else 1))
            painter.drawRoundedRect(whole, XS, XS)
        painter.setPen(QColor(self._theme.text if self.isEnabled() else self._theme.muted))
        inside = whole.adjusted(S, 0, -S, 0)
        metrics, name, figure = painter.fontMetrics(), words.shown(self.name), self._figure
        if metrics.horizontalAdvance(name + figure) + S > inside.width():
            figure = figure.split(" · ")[0]  # the count alone, rather than half a name
        room = int(inside.width()) - metrics.horizontalAdvance(figure) - S
        name = metrics.elidedText(name, Qt.TextElideMode.ElideRight, room)
        painter.drawText(inside, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, name)
        painter.drawText(inside, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, figure)
