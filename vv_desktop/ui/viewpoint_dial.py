"""The viewpoint dial: a car seen from above whose sides are buttons."""

import math
from collections.abc import Collection, Mapping

from PySide6.QtCore import QEvent, QObject, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPaintEvent, QPen, QRegion, QResizeEvent
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QWidget

from vv_desktop.core import viewpoint
from vv_desktop.core.classes import ClassList
from vv_desktop.ui import words
from vv_desktop.ui.theme import SMALL, XS, Theme

SIDE = 208
"""Width and height in pixels that it wants."""
INNER = 0.42
"""Radius of the ring's hole by that of the ring."""
ROOM_FOR_NAMES = 48
"""Pixels of a ring's width from which on names fit in; below it, digits or notes stand for them and a tooltip tells."""
_GAP = 1.5
_FAINT, _FIRM = 46, 120
"""Opacity of a side that nothing points at, and of the part of it that counts fill."""


class Side(QAbstractButton):
    """One side of the car: a part of the ring, drawn by the dial. Lives on the window's thread; no signals but Qt's.

    note: what is written under its name instead of its key. share: how far it is filled, 0 to 1.
    """

    def __init__(self, name: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.name = name
        self.note: str | None = None
        self.share = 0.0
        self.setCheckable(True)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAccessibleName(name)
        self.setToolTip(name)
        self.toggled.connect(lambda _: parent.update())

    def paintEvent(self, event: QPaintEvent) -> None:
        """The dial draws it, so that its edge is smooth."""


class ViewpointDial(QWidget):
    """Owns a button for each side of the car that is a class; the nose points up. Lives on the window's thread.

    Left and right are the car's own, as in the class names.

    Signals:
        chosen(str): a side was clicked, or Space was pressed on it.
    """

    chosen = Signal(str)

    def __init__(self, theme: Theme, parent: QWidget | None = None, inner: float = INNER) -> None:
        super().__init__(parent)
        self._theme, self._inner = theme, inner
        self._classes: ClassList | None = None
        self.sides: dict[str, Side] = {}
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("Sides of the car")

    def sizeHint(self) -> QSize:
        return QSize(SIDE, SIDE)

    def minimumSizeHint(self) -> QSize:
        return QSize(SIDE * 3 // 4, SIDE)

    def show_classes(self, classes: ClassList) -> None:
        """Buttons for the sides among these classes."""
        for old in self.sides.values():
            old.setParent(None)
            old.deleteLater()
        self._classes, self.sides = classes, {}
        for name in viewpoint.CIRCLE:
            if name in classes.names:
                side = self.sides[name] = Side(name, self)
                side.setAccessibleDescription(f"Key {classes.index(name) + 1}")
                side.clicked.connect(lambda _=False, name=name: self._choose(name))
                side.installEventFilter(self)
                side.show()
        self._place()

    def show_pressed(self, names: Collection[str | None]) -> None:
        """Have these sides pressed, and no others."""
        for name, side in self.sides.items():
            side.setChecked(name in names)

    def show_counts(self, counts: Mapping[str | None, int]) -> None:
        """Fill each side as far as it has images."""
        most = max((counts.get(name, 0) for name in self.sides), default=0)
        for name, side in self.sides.items():
            count = counts.get(name, 0)
            side.note, side.share = f"{count:,}", count / most if most else 0.0
            side.setAccessibleName(f"{name}, {words.images(count)}")
        self.update()

    def _choose(self, name: str) -> None:
        self.sides[name].setChecked(True)
        self.chosen.emit(name)

    # Where it is

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place()

    def _place(self) -> None:
        for name, side in self.sides.items():
            outline = self._part(name, 1.0)
            box = outline.boundingRect().toAlignedRect()
            side.setGeometry(box)
            side.setMask(QRegion(outline.translated(-QPointF(box.topLeft())).toFillPolygon().toPolygon()))
        self.update()

    @property
    def _ring(self) -> tuple[QPointF, float]:
        return QPointF(self.width() / 2, self.height() / 2), min(self.width(), self.height()) / 2 - XS

    def _part(self, name: str, share: float) -> QPainterPath:
        """The outline of a side, from the hole outwards by `share` of the way."""
        centre, outer = self._ring
        inner = outer * self._inner
        reach = inner + (outer - inner) * share
        step = 360 / len(viewpoint.CIRCLE)
        begin = 90 - step / 2 + step * viewpoint.CIRCLE.index(name)  # Qt counts from three o'clock, leftwards
        path = QPainterPath()
        path.arcMoveTo(square(centre, inner), begin + _GAP)
        path.arcTo(square(centre, reach), begin + _GAP, step - 2 * _GAP)
        path.arcTo(square(centre, inner), begin + step - _GAP, 2 * _GAP - step)
        path.closeSubpath()
        return path

    # What it looks like

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.Enter, QEvent.Type.Leave, QEvent.Type.FocusIn, QEvent.Type.FocusOut):
            self.update()
        return super().eventFilter(watched, event)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for name in viewpoint.CIRCLE:
            if name in self.sides:
                self._draw_side(painter, self.sides[name])
            else:
                painter.setPen(QPen(QColor(self._theme.line), 1, Qt.PenStyle.DotLine))
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.drawPath(self._part(name, 1.0))
        self._draw_middle(painter)

    def _draw_side(self, painter: QPainter, side: Side) -> None:
        assert self._classes is not None
        colour = self._theme.colour_of(self._classes, side.name)
        whole = self._part(side.name, 1.0)
        lit = side.isChecked() or side.isDown()
        painter.setPen(Qt.PenStyle.NoPen)
        counted = side.note is not None  # then the length says something and must stay seen: an outline presses
        painter.setBrush(colour if lit and not counted else _opaque(colour, _FAINT * (2 if side.underMouse() else 1)))
        painter.drawPath(whole)
        if side.share:
            painter.setBrush(_opaque(colour, _FIRM))
            painter.drawPath(self._part(side.name, side.share))
        if side.hasFocus() or (counted and lit):
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(QColor(self._theme.accent if side.hasFocus() else self._theme.text), 2))
            painter.drawPath(whole)
        painter.setPen(self._theme.text_on(colour) if lit and not counted else QColor(self._theme.text))
        font = painter.font()
        font.setPixelSize(SMALL)
        font.setBold(lit)
        painter.setFont(font)
        painter.drawText(self._words_at(side.name), Qt.AlignmentFlag.AlignCenter, self._text(side))

    def _text(self, side: Side) -> str:
        assert self._classes is not None
        if self._ring[1] * (1 - self._inner) < ROOM_FOR_NAMES:
            return side.note if side.note is not None else str(self._classes.index(side.name) + 1)
        name = side.name.replace("Left", "\nLeft").replace("Right", "\nRight")
        if side.note is not None:
            return f"{name}\n{side.note}"
        return f"{self._classes.index(side.name) + 1}\n{name}"

    def _words_at(self, name: str) -> QRectF:
        centre, outer = self._ring
        angle = math.radians(90 + 60 * viewpoint.CIRCLE.index(name))
        middle = outer * (1 + self._inner) / 2
        at = QPointF(centre.x() + middle * math.cos(angle), centre.y() - middle * math.sin(angle))
        return QRectF(at.x() - 36, at.y() - 24, 72, 48)

    def _draw_middle(self, painter: QPainter) -> None:
        """The car: body, windscreen (in front, the larger one) and rear window, seen from above with the nose up."""
        centre, outer = self._ring
        unit = outer * INNER / 10
        painter.translate(centre)
        painter.scale(unit, unit)
        painter.setPen(QPen(QColor(self._theme.muted), 1.6 / unit))
        painter.setBrush(QColor(self._theme.base))
        body = QPainterPath()
        body.moveTo(-2.6, -7.6)
        body.quadTo(0, -8.8, 2.6, -7.6)
        body.cubicTo(3.9, -6.5, 3.7, -4, 3.7, 0)
        body.cubicTo(3.7, 4, 3.9, 6, 3.1, 7.4)
        body.quadTo(0, 8.4, -3.1, 7.4)
        body.cubicTo(-3.9, 6, -3.7, 4, -3.7, 0)
        body.cubicTo(-3.7, -4, -3.9, -6.5, -2.6, -7.6)
        painter.drawPath(body)
        painter.setBrush(QColor(self._theme.line))
        for points in (
            ((-2.9, -2.6), (2.9, -2.6), (2.3, -0.4), (-2.3, -0.4)),
            ((-2.4, 4.2), (2.4, 4.2), (2.8, 5.8), (-2.8, 5.8)),
        ):
            painter.drawPolygon([QPointF(x, y) for x, y in points])


def square(centre: QPointF, radius: float) -> QRectF:
    """The square round a circle."""
    return QRectF(centre.x() - radius, centre.y() - radius, 2 * radius, 2 * radius)


def _opaque(colour: QColor, alpha: int) -> QColor:
    return QColor(colour.red(), colour.green(), colour.blue(), min(255, alpha))
