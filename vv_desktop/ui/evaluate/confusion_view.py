"""The confusion matrix: rows are labels, columns what they were taken for; each cell opens its images."""

from html import escape

from PySide6.QtCore import QEvent, QPointF, QSize, Qt, Signal
from PySide6.QtGui import (
    QAccessible,
    QAccessibleEvent,
    QFocusEvent,
    QFontMetricsF,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPaintEvent,
)
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from vv_desktop.core.classes import ClassList
from vv_desktop.core.evaluation import Evaluation
from vv_desktop.ui.evaluate.matrix_layout import MatrixLayout, lay_out, least_size
from vv_desktop.ui.evaluate.matrix_painter import TICK, MatrixPainter
from vv_desktop.ui.evaluate.score_words import cell_sentence
from vv_desktop.ui.theme import S, Theme

_STEPS = {
    Qt.Key.Key_Left: (0, -1),
    Qt.Key.Key_Right: (0, 1),
    Qt.Key.Key_Up: (-1, 0),
    Qt.Key.Key_Down: (1, 0),
}


class ConfusionView(QWidget):
    """Draws an evaluation's matrix, and owns the cell that the keyboard is at. Window's thread.

    Signals: opened(int, int), label and predicted class of a cell that was clicked or entered;
    entered, after that, if it was by the keyboard, which wants to go on there.
    """

    opened = Signal(int, int)
    entered = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._evaluation: Evaluation | None = None
        self._colours_of: ClassList | None = None
        self.percent = False
        self.focus_cell = (0, 0)
        self._hovered: tuple[int, int] | None = None
        self._open: tuple[int, int] | None = None
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName("Confusion matrix")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    # What is shown

    def show_evaluation(self, evaluation: Evaluation | None, classes: ClassList | None) -> None:
        """Draw these scores; `classes` are the project's, whose colours the names wear."""
        before = self._evaluation
        self._evaluation, self._colours_of = evaluation, classes
        if evaluation is None or before is None or before.classes != evaluation.classes:
            self.focus_cell, self._open, self._hovered = (0, 0), None, None
        self.setMinimumSize(*least_size(len(evaluation.classes)) if evaluation else (0, 0))
        self._describe()
        self.update()

    def show_percent(self, percent: bool) -> None:
        """Row percent instead of counts."""
        self.percent = percent
        self.update()

    def mark_open(self, cell: tuple[int, int] | None) -> None:
        """Frame the cell whose images are shown beside."""
        self._open = cell
        self.update()

    def cell_centre(self, row: int, column: int) -> QPointF:
        """The middle of a cell."""
        return self._layout().cell(row, column).center()

    def sizeHint(self) -> QSize:
        return QSize(480, 360)

    # What Qt says

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._evaluation is None:
            return
        marks = (self._open, self._hovered, self.focus_cell if self.hasFocus() else None)
        MatrixPainter(self, self._theme, self._evaluation, self._colours_of, self._layout()).paint(self.percent, *marks)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._hover(self._layout().at(event.position()))

    def leaveEvent(self, event: QEvent) -> None:
        self._hover(None)
        super().leaveEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() != Qt.MouseButton.LeftButton:
            event.ignore()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        cell = self._layout().at(event.position())
        if event.button() == Qt.MouseButton.LeftButton and cell is not None and self._evaluation is not None:
            self._move_to(cell)
            self.opened.emit(*cell)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if self._evaluation is None:
            super().keyPressEvent(event)
            return
        key, last = Qt.Key(event.key()), len(self._evaluation.classes) - 1
        if key in _STEPS:
            row, column = (a + b for a, b in zip(self.focus_cell, _STEPS[key], strict=True))
            self._move_to((max(0, min(last, row)), max(0, min(last, column))))
        elif key in (Qt.Key.Key_Home, Qt.Key.Key_End):
            self._move_to((self.focus_cell[0], 0 if key == Qt.Key.Key_Home else last))
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self.opened.emit(*self.focus_cell)
            self.entered.emit()
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self._describe()
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.update()

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            sentence = self.sentence_at(QPointF(event.pos()))
            QToolTip.showText(event.globalPos(), f"<span>{escape(sentence)}</span>" if sentence else "", self)
            return True
        return super().event(event)

    def sentence_at(self, point: QPointF) -> str:
        """What the cell at a point says."""
        cell = self._layout().at(point)
        return cell_sentence(self._evaluation, *cell) if cell and self._evaluation else ""

    # How

    def _layout(self) -> MatrixLayout:
        names = self._evaluation.classes.names if self._evaluation else ()
        metrics = QFontMetricsF(self.font())
        longest = max((metrics.horizontalAdvance(name) for name in names), default=0.0) + TICK + S
        return lay_out(len(names), self.width(), self.height(), longest, metrics.height())

    def _hover(self, cell: tuple[int, int] | None) -> None:
        if cell == self._hovered:
            return
        self._hovered = cell
        self.setCursor(Qt.CursorShape.PointingHandCursor if cell else Qt.CursorShape.ArrowCursor)
        self.update()

    def _move_to(self, cell: tuple[int, int]) -> None:
        self.focus_cell = cell
        self._describe()
        self.update()

    def _describe(self) -> None:
        """Whoever cannot see the matrix hears the cell that the keyboard is at."""
        sentence = cell_sentence(self._evaluation, *self.focus_cell) if self._evaluation else ""
        if sentence != self.accessibleDescription():
            self.setAccessibleDescription(sentence)
            QAccessible.updateAccessibility(QAccessibleEvent(self, QAccessible.Event.DescriptionChanged))
