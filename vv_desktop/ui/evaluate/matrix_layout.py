"""Where the cells of a confusion matrix lie: a pure function of the size that is there."""

from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF

from vv_desktop.ui.theme import XS, S

SMALLEST, WIDEST, HIGHEST = 18.0, 140.0, 64.0
"""Sides of a cell in pixels."""
LEVEL = 96.0
"""A cell this wide has its name written level, even where its middle must be left out."""
TITLE = 20.0
"""Height of the line that names the columns, and width of the one that names the rows."""


@dataclass(frozen=True)
class MatrixLayout:
    """Cells of `count` classes; `left` and `top` are where the first one begins.

    upright: the columns' names stand on end, because they do not fit over a cell.
    """

    count: int
    left: float
    top: float
    cell_width: float
    cell_height: float
    upright: bool

    def cell(self, row: int, column: int) -> QRectF:
        """Where a cell is."""
        x, y = self.left + column * self.cell_width, self.top + row * self.cell_height
        return QRectF(x, y, self.cell_width, self.cell_height)

    def row_name(self, row: int) -> QRectF:
        """Where the name of a row is written."""
        return QRectF(TITLE, self.top + row * self.cell_height, self.left - TITLE - S, self.cell_height)

    def column_name(self, column: int) -> QRectF:
        """Where the name of a column is written; turn it where `upright`."""
        return QRectF(self.left + column * self.cell_width, TITLE, self.cell_width, self.top - TITLE - XS)

    def at(self, point: QPointF) -> tuple[int, int] | None:
        """Row and column of the cell at a point."""
        if not self.count:
            return None
        column, row = (point.x() - self.left) // self.cell_width, (point.y() - self.top) // self.cell_height
        return (int(row), int(column)) if 0 <= row < self.count and 0 <= column < self.count else None


def lay_out(count: int, width: float, height: float, longest: float, line: float) -> MatrixLayout:
    """Fit a matrix into `width` × `height` pixels.

    longest: width of the longest class name with its tick; line: height of a line of text.
    """
    names = min(longest, max(48.0, 0.28 * width))
    left = TITLE + names + S
    cell_width = min(WIDEST, max(SMALLEST, (width - left - S) / max(count, 1)))
    upright = longest > cell_width - XS and cell_width < LEVEL
    head = min(longest, max(80.0, 0.24 * height)) if upright else line + XS
    top = TITLE + head + XS
    cell_height = min(HIGHEST, max(SMALLEST, (height - top - S) / max(count, 1)))
    return MatrixLayout(count, left, top, cell_width, cell_height, upright)


def least_size(count: int) -> tuple[int, int]:
    """Width and height below which the matrix is scrolled."""
    side = round(SMALLEST * count + TITLE + 80 + 2 * S)
    return side, side
