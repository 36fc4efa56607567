"""Circular confusion: the viewpoint dial with a ribbon for each confusion, from the side that it is to the answer."""

import math

from PySide6.QtCore import QEvent, QPointF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPainterPath, QPainterPathStroker, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from vv_desktop.core import viewpoint
from vv_desktop.core.evaluation import Evaluation
from vv_desktop.ui import words
from vv_desktop.ui.evaluate.score_words import percent
from vv_desktop.ui.theme import SMALL, XS, Theme
from vv_desktop.ui.viewpoint_dial import ViewpointDial, square

Cell = tuple[int, int]
"""Label and answer, as indices of the run's classes."""
RING = 0.7
"""Radius of the ring's hole by that of the ring: the ribbons need room."""
_BACKGROUND = 0.27
"""Radius of Background's disc by that of the hole."""
_PORTS = (0.0, 18.0, 9.0, 0.0, -9.0, -18.0)
"""Degrees along a side at which ribbons to Background (0) and the sides one to five further begin."""
_WIDEST, _NARROW = 0.12, 0.8
"""Width of the largest confusion's ribbon by the hole's radius; width in pixels at which ribbons end."""
_POINTS = 24
_FAINT, _USUAL = 40, 170


class ConfusionDial(ViewpointDial):
    """Owns the ribbons and the side they are narrowed to. Lives on the window's thread.

    A ribbon is as wide where it begins as there are images with that label and this answer, and ends narrow. A side
    is filled as far as its images are found.

    Signals: opened(int, int), a ribbon was clicked: label and answer; narrowed(object), the label whose ribbons stand
    out, or None for all.
    """

    opened = Signal(int, int)
    narrowed = Signal(object)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent, inner=RING)
        self._evaluation: Evaluation | None = None
        self.label: int | None = None
        self._hovered: Cell | None = None
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName("Confusions round the car")
        self.chosen.connect(self._narrow_to)

    def sizeHint(self) -> QSize:
        return QSize(380, 380)

    def minimumSizeHint(self) -> QSize:
        return QSize(200, 200)

    def show_evaluation(self, evaluation: Evaluation) -> None:
        """Draw these scores, whose classes are sides of a car."""
        if self._evaluation is None or self._evaluation.classes != evaluation.classes:
            self.show_classes(evaluation.classes)
            self.label = None
        self._evaluation, self._hovered = evaluation, None
        for score in evaluation.per_class:
            if score.name in self.sides:
                side = self.sides[score.name]
                side.note, side.share = percent(score.recall, 0), score.recall if score.support else 0.0
                side.setAccessibleName(_taken_for_others(evaluation, score.name))
                side.setToolTip(side.accessibleName())
        self.show_label(self.label)

    def show_label(self, label: int | None) -> None:
        """Let the ribbons of this label stand out; None: all alike."""
        self.label = label
        self.show_pressed([self._evaluation.classes.names[label]] if self._evaluation and label is not None else [])
        self.update()

    def ribbons(self) -> dict[Cell, QPainterPath]:
        """The outline of each confusion that happened, in this widget's coordinates."""
        if self._evaluation is None:
            return {}
        counts = self._evaluation.confusion.tolist()
        found = {
            (label, answer): count
            for label, row in enumerate(counts)
            for answer, count in enumerate(row)
            if count and label != answer
        }
        most = max(found.values(), default=1)
        return {cell: self._ribbon(cell, count / most) for cell, count in found.items()}

    # Where things are

    def _hole(self) -> float:
        return self._ring[1] * RING - XS

    def _ribbon(self, cell: Cell, share: float) -> QPainterPath:
        begin, end, bend = self._ends(cell)
        wide = max(2.0, _WIDEST * self._hole() * share)
        left, right = [], []
        for step in range(_POINTS + 1):
            t = step / _POINTS
            at = begin * ((1 - t) ** 2) + bend * (2 * t * (1 - t)) + end * (t * t)
            along = (bend - begin) * (1 - t) + (end - bend) * t
            length = math.hypot(along.x(), along.y()) or 1.0
            across = QPointF(-along.y(), along.x()) * ((wide * (1 - t) + _NARROW * t) / 2 / length)
            left.append(at + across)
            right.append(at - across)
        path = QPainterPath()
        path.addPolygon(QPolygonF([*left, *reversed(right)]))
        path.closeSubpath()
        return path

    def _ends(self, cell: Cell) -> tuple[QPointF, QPointF, QPointF]:
        """Where a ribbon begins and ends, and the point that bends it: inwards, and past Background's disc."""
        assert self._evaluation is not None
        names = self._evaluation.classes.names
        label, answer = (names[place] for place in cell)
        centre, hole = self._ring[0], self._hole()
        if answer == viewpoint.BACKGROUND:
            angle = _angle(label, answer) - 3
            end = centre + _at(angle, hole * _BACKGROUND)
            return centre + _at(angle, hole), end, (centre + _at(angle, hole) + end) / 2
        if label == viewpoint.BACKGROUND:
            angle = _angle(answer, label) + 3
            begin = centre + _at(angle, hole * _BACKGROUND)
            return begin, centre + _at(angle, hole), (begin + centre + _at(angle, hole)) / 2
        begin, end = _at(_angle(label, answer) - 3, hole), _at(_angle(answer, label) + 3, hole)
        apart = viewpoint.angle_between(label, answer) or 0
        bend = (begin + end) * (0.5 if apart == 60 else 0.3)
        if apart == 180:
            bend = _at(_angle(label, label) + 90, hole * _BACKGROUND * 2.6)
        return centre + begin, centre + end, centre + bend

    def _cell_at(self, place: QPointF) -> Cell | None:
        """The ribbon under a point, the thinner one where they cross; a ribbon may be missed by three pixels."""
        if self._evaluation is None:
            return None
        under: list[tuple[bool, bool, int, Cell]] = []
        counts = self._evaluation.confusion
        for cell, path in self.ribbons().items():
            if path.contains(place) or _fattened(path).contains(place):
                under.append((self._standing_out(cell), path.contains(place), -int(counts[cell]), cell))
        return max(under)[-1] if under else None

    def _on_background(self, place: QPointF) -> bool:
        if self._evaluation is None or viewpoint.BACKGROUND not in self._evaluation.classes.names:
            return False
        away = place - self._ring[0]
        return math.hypot(away.x(), away.y()) <= self._hole() * _BACKGROUND

    def _standing_out(self, cell: Cell) -> bool:
        return self.label in (None, cell[0])

    # What is done with it

    def _narrow_to(self, name: str) -> None:
        assert self._evaluation is not None
        label = self._evaluation.classes.index(name)
        self.narrowed.emit(None if label == self.label else label)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._hover(self._cell_at(event.position()))
        if self._hovered is not None:
            self.setToolTip(self._sentence(self._hovered))
        elif self._evaluation is not None and self._on_background(event.position()):
            self.setToolTip(_taken_for_others(self._evaluation, viewpoint.BACKGROUND))
        else:
            self.setToolTip("")

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() != Qt.MouseButton.LeftButton or self._evaluation is None:
            return
        if (cell := self._cell_at(event.position())) is not None:
            self.opened.emit(*cell)
        elif self._on_background(event.position()):
            self._narrow_to(viewpoint.BACKGROUND)

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self._hover(None)

    def _hover(self, cell: Cell | None) -> None:
        if cell != self._hovered:
            self._hovered = cell
            self.setCursor(Qt.CursorShape.ArrowCursor if cell is None else Qt.CursorShape.PointingHandCursor)
            self.update()

    def _sentence(self, cell: Cell) -> str:
        assert self._evaluation is not None
        label, answer = (self._evaluation.classes.names[place] for place in cell)
        count = int(self._evaluation.confusion[cell])
        far = viewpoint.angle_between(label, answer)
        return f"{label} taken for {answer}: {words.images(count)}" + (f", {far}° off" if far else "")

    # What it looks like

    def _draw_middle(self, painter: QPainter) -> None:
        if self._evaluation is None:
            return
        names = self._evaluation.classes.names
        ribbons = self.ribbons()
        for cell in sorted(ribbons, key=lambda cell: (cell == self._hovered, self._standing_out(cell))):
            colour = self._theme.colour_of(self._evaluation.classes, names[cell[0]])
            colour.setAlpha(255 if cell == self._hovered else _USUAL if self._standing_out(cell) else _FAINT)
            painter.setPen(QPen(QColor(self._theme.text), 1) if cell == self._hovered else Qt.PenStyle.NoPen)
            painter.setBrush(colour)
            painter.drawPath(ribbons[cell])
        if viewpoint.BACKGROUND in names:
            self._draw_background(painter)

    def _draw_background(self, painter: QPainter) -> None:
        assert self._evaluation is not None
        centre, radius = self._ring[0], self._hole() * _BACKGROUND
        colour = self._theme.colour_of(self._evaluation.classes, viewpoint.BACKGROUND)
        score = self._evaluation.per_class[self._evaluation.classes.index(viewpoint.BACKGROUND)]
        painter.setPen(QPen(colour, 1))
        painter.setBrush(QColor(self._theme.base))
        painter.drawEllipse(centre, radius, radius)
        painter.setPen(QColor(self._theme.text))
        font = painter.font()
        font.setPixelSize(SMALL)
        painter.setFont(font)
        found = percent(score.recall, 0)
        room = painter.fontMetrics().horizontalAdvance(viewpoint.BACKGROUND) < 2 * radius - XS
        text = f"{viewpoint.BACKGROUND}\n{found}" if room else found
        painter.drawText(square(centre, radius), Qt.AlignmentFlag.AlignCenter, text)


def _taken_for_others(evaluation: Evaluation, name: str) -> str:
    label = evaluation.classes.index(name)
    support = evaluation.per_class[label].support
    wrong = support - int(evaluation.confusion[label, label])
    return f"{name}, {wrong} of {words.images(support)} taken for others"


def _angle(side: str, other: str) -> float:
    """Degrees, from three o'clock leftwards, at which ribbons between a side and another class leave the side."""
    circle = viewpoint.CIRCLE
    apart = (circle.index(other) - circle.index(side)) % len(circle) if other in circle else 0
    return 90 + 60 * circle.index(side) + _PORTS[apart]


def _at(angle: float, radius: float) -> QPointF:
    return QPointF(radius * math.cos(math.radians(angle)), -radius * math.sin(math.radians(angle)))


def _fattened(path: QPainterPath) -> QPainterPath:
    pen = QPainterPathStroker()
    pen.setWidth(6)
    return pen.createStroke(path)
