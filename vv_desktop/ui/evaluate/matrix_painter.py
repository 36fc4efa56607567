"""Draws a confusion matrix onto a widget: names, cells, and the cells that stand out."""

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPen
from PySide6.QtWidgets import QWidget

from vv_desktop.core.classes import ClassList
from vv_desktop.core.evaluation import Evaluation
from vv_desktop.ui.evaluate.cell_colours import CellColours
from vv_desktop.ui.evaluate.matrix_layout import TITLE, MatrixLayout
from vv_desktop.ui.theme import SMALL, XS, Theme

TICK = 10
"""Width of the stroke in a class's colour beside its name, with the space after it."""
Cell = tuple[int, int]


class MatrixPainter:
    """Lives for one paint event of `widget`."""

    def __init__(
        self, widget: QWidget, theme: Theme, evaluation: Evaluation, classes: ClassList | None, layout: MatrixLayout
    ) -> None:
        self._theme, self._evaluation, self._layout = theme, evaluation, layout
        self._classes = classes or evaluation.classes
        self._painter = QPainter(widget)
        self._font = widget.font()
        self._small = QFont(widget.font())
        self._small.setPixelSize(SMALL)
        self._colours = CellColours(theme)

    def paint(self, percent: bool, opened: Cell | None, hovered: Cell | None, focus: Cell | None) -> None:
        """All of it."""
        self._painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._draw_titles()
        for i, name in enumerate(self._evaluation.classes.names):
            self._draw_row_name(i, name)
            self._draw_column_name(i, name)
        self._draw_cells(percent)
        for cell, colour, width in (
            (hovered, self._theme.muted, 1.0),
            (opened, self._theme.text, 2.0),
            (focus, self._theme.accent, 2.5),
        ):
            if cell is not None and max(cell) < self._layout.count:
                self._frame(cell, colour, width)
        self._painter.end()

    def _draw_titles(self) -> None:
        lay, painter = self._layout, self._painter
        painter.setFont(self._small)
        painter.setPen(QColor(self._theme.muted))
        long, high = lay.count * lay.cell_width, lay.count * lay.cell_height
        painter.drawText(QRectF(lay.left, 0, max(long, 64), TITLE), Qt.AlignmentFlag.AlignCenter, "Predicted")
        painter.save()
        painter.translate(TITLE / 2, lay.top + high / 2)
        painter.rotate(-90)
        painter.drawText(QRectF(-high / 2, -TITLE / 2, high, TITLE), Qt.AlignmentFlag.AlignCenter, "Label")
        painter.restore()

    def _draw_row_name(self, row: int, name: str) -> None:
        room = self._layout.row_name(row)
        self._draw_name(room, name, Qt.AlignmentFlag.AlignRight)

    def _draw_column_name(self, column: int, name: str) -> None:
        room, painter = self._layout.column_name(column), self._painter
        if not self._layout.upright:
            self._draw_name(room, name, Qt.AlignmentFlag.AlignHCenter)
            return
        painter.save()
        painter.translate(room.center().x(), room.bottom())
        painter.rotate(-90)
        self._draw_name(QRectF(0, -room.width() / 2, room.height(), room.width()), name, Qt.AlignmentFlag.AlignLeft)
        painter.restore()

    def _draw_name(self, room: QRectF, name: str, side: Qt.AlignmentFlag) -> None:
        """A class's name behind a stroke in its colour; the middle is left out where it does not fit."""
        painter = self._painter
        font = self._font if room.height() >= QFontMetricsF(self._font).height() else self._small
        metrics = QFontMetricsF(font)
        words = metrics.elidedText(name, Qt.TextElideMode.ElideMiddle, room.width() - TICK)
        width = metrics.horizontalAdvance(words) + TICK
        spare = room.width() - width
        x = room.left() + {Qt.AlignmentFlag.AlignRight: spare, Qt.AlignmentFlag.AlignHCenter: spare / 2}.get(side, 0.0)
        tick = QRectF(x, room.center().y() - metrics.ascent() / 2, 4, metrics.ascent())
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._theme.colour_of(self._classes, name))
        painter.drawRoundedRect(tick, 2, 2)
        painter.setFont(font)
        here = name in self._classes.names  # what only the run knows stands back
        painter.setPen(QColor(self._theme.text if here else self._theme.muted))
        text = QRectF(x + TICK, room.top(), width, room.height())
        painter.drawText(
            text, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft | Qt.TextFlag.TextSingleLine, words
        )

    def _draw_cells(self, percent: bool) -> None:
        painter, matrix = self._painter, self._evaluation.confusion
        small = min(self._layout.cell_width, self._layout.cell_height) < 28
        font = self._small if small else self._font
        metrics = QFontMetricsF(font)
        painter.setFont(font)
        for row, counts in enumerate(matrix):
            whole = int(counts.sum())
            for column, count in enumerate(counts):
                share = int(count) / whole if whole else 0.0
                fill = self._colours.fill(share, row == column)
                room = self._layout.cell(row, column).adjusted(0.5, 0.5, -0.5, -0.5)
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(fill)
                painter.drawRoundedRect(room, 2, 2)
                words = cell_text(int(count), share, percent)
                if words and metrics.horizontalAdvance(words) <= room.width() + XS:
                    painter.setPen(self._colours.ink(fill))
                    painter.drawText(room, Qt.AlignmentFlag.AlignCenter, words)

    def _frame(self, cell: Cell, colour: str, width: float) -> None:
        self._painter.setBrush(Qt.BrushStyle.NoBrush)
        self._painter.setPen(QPen(QColor(colour), width))
        self._painter.drawRoundedRect(self._layout.cell(*cell).adjusted(0.5, 0.5, -0.5, -0.5), 3, 3)


def cell_text(count: int, share: float, percent: bool) -> str:
    """The number in a cell; nothing where there is nothing, so that mistakes can be seen."""
    if not count:
        return ""
    if not percent:
        return f"{count:,}"
    return f"{100 * share:.0f}" if share >= 0.0095 else "<1"
