"""The points of the map, drawn by pyqtgraph: pan, zoom, lasso; imported only when the map is first shown."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyqtgraph as pg  # noqa: TID253 (this module itself is imported when the map is first shown)
from PySide6.QtCore import QPointF, Qt, Signal
from PySide6.QtGui import QColor, QFocusEvent, QKeyEvent, QPainterPath
from PySide6.QtWidgets import QGraphicsPathItem

from vv_desktop.core.arrays import BoolArray, Float32Array
from vv_desktop.ui.map.nearness import inside, nearest, next_in
from vv_desktop.ui.theme import Theme

SIZE, RING, CHOSEN, LOOKED_AT = 7, 13, 11, 19
"""Pixels across: a point, the ring of a suspect, the mark of what was chosen, and of the one that is looked at."""
REACH = 9
"""Pixels from the mouse to a point that is still meant."""
ARROWS = {
    Qt.Key.Key_Left: (-1, 0),
    Qt.Key.Key_Right: (1, 0),
    Qt.Key.Key_Up: (0, 1),
    Qt.Key.Key_Down: (0, -1),
}


@dataclass(frozen=True)
class Spots:
    """Points of one kind by row, and how they are filled; None: only their outline, in `colour`."""

    rows: BoolArray
    colour: QColor
    filled: bool = True


class _Box(pg.ViewBox):  # type: ignore[misc]
    """Pans and zooms; with Shift, or while `lasso` is on, a drag draws a line around points.

    Signals: enclosed(ndarray), the line (M, 2) in the map's coordinates.
    """

    enclosed = Signal(object)

    def __init__(self, colour: QColor) -> None:
        super().__init__(lockAspect=True, enableMenu=False)
        self.lasso = False
        self._line: list[QPointF] = []
        self._drawn = QGraphicsPathItem()
        self._drawn.setPen(pg.mkPen(colour, width=1.5))
        self._drawn.setZValue(1e6)
        self.addItem(self._drawn, ignoreBounds=True)

    def mouseDragEvent(self, ev: Any, axis: int | None = None) -> None:
        around = self.lasso or bool(ev.modifiers() & Qt.KeyboardModifier.ShiftModifier) or bool(self._line)
        if ev.button() != Qt.MouseButton.LeftButton or not around:
            super().mouseDragEvent(ev, axis)
            return
        ev.accept()
        self._line.append(self.mapToView(ev.pos()))
        path = QPainterPath(self._line[0])
        for point in self._line[1:]:
            path.lineTo(point)
        self._drawn.setPath(path)
        if ev.isFinish():
            line, self._line = self._line, []
            self._drawn.setPath(QPainterPath())
            self.enclosed.emit(np.array([(p.x(), p.y()) for p in line], np.float32))


class Scatter(pg.PlotWidget):  # type: ignore[misc]
    """Owns what is drawn and which rows are looked at. Window's thread.

    Signals:
        chosen(list): rows that were clicked, enclosed or walked to.
        pointed(object): the row under the mouse, or None.
        entered: Enter, the keyboard is wanted where the images are.
        passed_on(QKeyEvent): a key that means nothing here.
    """

    chosen = Signal(list)
    pointed = Signal(object)
    entered = Signal()
    passed_on = Signal(QKeyEvent)

    def __init__(self, theme: Theme) -> None:
        self.box = _Box(QColor(theme.accent))
        super().__init__(background=theme.window, viewBox=self.box)
        self._theme = theme
        self.places: Float32Array = np.empty((0, 2), np.float32)
        self._shown: BoolArray = np.empty(0, bool)
        self._kinds: list[Any] = []
        self.rows: tuple[int, ...] = ()
        self.hideAxis("left")
        self.hideAxis("bottom")
        self.hideButtons()
        self.setAccessibleName("Map")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._rings = self._item(RING, None, QColor(theme.danger), 1.2)
        self._marks = self._item(CHOSEN, None, QColor(theme.text), 1.4)
        self.looked_at = self._item(LOOKED_AT, None, QColor(theme.accent), 3.0)
        self.box.enclosed.connect(self._enclose)
        self.scene().sigMouseMoved.connect(self._point)
        self.scene().sigMouseClicked.connect(self._click)

    def show_places(self, places: Float32Array, kinds: Sequence[Spots], ringed: BoolArray, fit: bool) -> None:
        """Draw the points at `places` (N, 2): those of each kind, later kinds above; others are left out.

        ringed: (N,) suspects. fit: put all of them into sight.
        """
        self.places = places
        self._shown = np.zeros(len(places), bool)
        while len(self._kinds) > len(kinds):
            self.removeItem(self._kinds.pop())
        while len(self._kinds) < len(kinds):
            self._kinds.append(self._item(SIZE, None, None, 1.0))
        for item, spots in zip(self._kinds, kinds, strict=True):
            self._shown |= spots.rows
            pen = pg.mkPen(None) if spots.filled else pg.mkPen(spots.colour, width=1.5)
            brush = pg.mkBrush(spots.colour if spots.filled else None)
            item.setData(pos=places[spots.rows], pen=pen, brush=brush)
        self._rings.setData(pos=places[ringed & self._shown])
        self.mark(self.rows)
        if fit and len(places):
            self.box.autoRange(padding=0.04)

    def mark(self, rows: Sequence[int]) -> None:
        """Mark these rows as those that are looked at."""
        self.rows = tuple(row for row in rows if row < len(self.places))
        self._marks.setData(pos=self.places[list(self.rows)])

    def look_at(self, rows: Sequence[int]) -> None:
        """Put the bold ring around this one, or around none."""
        self.looked_at.setData(pos=self.places[list(rows)])

    def near(self, position: QPointF) -> int | None:
        """The row whose point is drawn nearest to a position in this widget, within reach of the mouse."""
        at = self.box.mapSceneToView(self.mapToScene(position.toPoint()))
        within = REACH * float(self.box.viewPixelSize()[0])
        rows = np.flatnonzero(self._shown)
        found = nearest(self.places[rows], (at.x(), at.y()), within)
        return None if found is None else int(rows[found])

    # How

    def _item(self, size: int, fill: QColor | None, line: QColor | None, width: float) -> Any:
        pen = pg.mkPen(line, width=width) if line is not None else pg.mkPen(None)
        item = pg.ScatterPlotItem(size=size, pen=pen, brush=pg.mkBrush(fill), pxMode=True)
        item.setZValue(10 if size > SIZE else 0)
        self.addItem(item)
        return item

    def _enclose(self, line: Float32Array) -> None:
        if len(line) > 2:
            self.chosen.emit(np.flatnonzero(inside(line, self.places) & self._shown).tolist())

    def _point(self, position: QPointF) -> None:
        self.pointed.emit(self.near(QPointF(self.mapFromScene(position))))

    def _click(self, event: Any) -> None:
        if event.button() != Qt.MouseButton.LeftButton:
            return
        row = self.near(QPointF(self.mapFromScene(event.scenePos())))
        if row is None:
            return
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            others = [one for one in self.rows if one != row]
            self.chosen.emit(others if len(others) < len(self.rows) else [*others, row])
        else:
            self.chosen.emit([row])

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.box.setBorder(pg.mkPen(self._theme.accent, width=2))  # one sees where the keys go

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.box.setBorder(None)

    def leaveEvent(self, ev: Any) -> None:
        super().leaveEvent(ev)
        self.pointed.emit(None)

    def keyPressEvent(self, ev: QKeyEvent) -> None:
        key = ev.key()
        if key in (Qt.Key.Key_Plus, Qt.Key.Key_Equal, Qt.Key.Key_Minus):
            self.box.scaleBy((1.25, 1.25) if key == Qt.Key.Key_Minus else (0.8, 0.8))
        elif key == Qt.Key.Key_Home:
            self.box.autoRange(padding=0.04)
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.entered.emit()
        elif key in ARROWS and not ev.modifiers() & ~Qt.KeyboardModifier.KeypadModifier:
            self._walk(ARROWS[Qt.Key(key)])
        else:
            self.passed_on.emit(ev)

    def _walk(self, direction: tuple[int, int]) -> None:
        rows = np.flatnonzero(self._shown)
        if not len(rows):
            return
        if len(self.rows) != 1 or not self._shown[self.rows[0]]:
            centre = self.places[rows].mean(axis=0)
            found = nearest(self.places[rows], (float(centre[0]), float(centre[1])), np.inf)
        else:
            found = next_in(self.places[rows], int(np.searchsorted(rows, self.rows[0])), direction)
        if found is not None:
            self.chosen.emit([int(rows[found])])
