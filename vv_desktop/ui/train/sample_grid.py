"""Training samples side by side: each picture with the label it counts for and what was done to it."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QWidget

from vv_desktop.core.classes import ClassList
from vv_desktop.core.samples import Mark, TrainingSample
from vv_desktop.ui import words
from vv_desktop.ui.browse.thumbnail_loader import to_qimage
from vv_desktop.ui.theme import RADIUS, SMALL, XS, M, S, Theme

LINE, DOT = 18, 8
LEAST, MOST = 56, 224
"""Sides of a picture on the screen: below the first nothing is to be seen, beyond the second nothing more."""
ROOMY = 112
"""With this room for each a mark is spelled out; with less its sign is enough."""
SIGNS: dict[Mark, str] = {"mirrored": "⇄", "changed": "✱"}


class SampleCell(QWidget):
    """Paints one sample. Window's thread; no signals."""

    def __init__(self, sample: TrainingSample, classes: ClassList, file: str, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self.sample, self._theme = sample, theme
        self.label = classes.names[sample.label]
        self.colour = theme.colour_of(classes, self.label)
        self._picture = to_qimage(sample.pixels)
        self._font = QFont()
        self._font.setPixelSize(SMALL)
        said = ", ".join([words.shown(self.label), *sample.marks])
        self.setAccessibleName(said)
        self.setAccessibleDescription(words.shown(file))
        self.setToolTip(words.tooltip(f"{said}\nmade of {file}" if sample.marks else f"{said}\n{file}"))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
        painter.setFont(self._font)
        side = self.width()
        painter.drawImage(QRect(0, 0, side, side), self._picture)
        right = side - XS
        for mark in reversed(self.sample.marks):
            right = self._paint_mark(painter, mark, right) - XS
        self._paint_label(painter, QRect(0, side + XS, side, LINE))
        painter.end()

    def _paint_mark(self, painter: QPainter, mark: Mark, right: int) -> int:
        """In the lower right corner of the picture; says where it begins."""
        room = self.width() // max(1, len(self.sample.marks))
        text = f"{SIGNS[mark]} {mark}" if room >= ROOMY else SIGNS[mark]
        width = QFontMetrics(self._font).horizontalAdvance(text) + S
        place = QRect(right - width, self.width() - XS - LINE, width, LINE)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(self._theme.base))
        painter.drawRoundedRect(QRectF(place), RADIUS, RADIUS)
        painter.setPen(QColor(self._theme.text))
        painter.drawText(place, Qt.AlignmentFlag.AlignCenter, text)
        return place.left()

    def _paint_label(self, painter: QPainter, line: QRect) -> None:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self.colour)
        painter.drawEllipse(QRectF(line.left(), line.center().y() - DOT / 2 + 1, DOT, DOT))
        room = line.adjusted(DOT + XS, 0, 0, 0)
        text = QFontMetrics(self._font).elidedText(
            words.shown(self.label), Qt.TextElideMode.ElideRight, max(0, room.width())
        )
        painter.setPen(QColor(self._theme.text))
        painter.drawText(room, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, text)


class SampleGrid(QWidget):
    """Owns the cells and makes them as large as all of them can be seen at once. Window's thread; no signals."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.cells: list[SampleCell] = []
        self.setAccessibleName("Training samples")

    def show_samples(
        self, samples: Sequence[TrainingSample], classes: ClassList, file_of: Callable[[int], str]
    ) -> None:
        """Put these in place of those before. file_of: name of an image's file."""
        self.clear()
        self.cells = [SampleCell(sample, classes, file_of(sample.image), self._theme, self) for sample in samples]
        self._lay_out()
        for cell in self.cells:
            cell.show()

    def clear(self) -> None:
        """Show nothing."""
        for cell in self.cells:
            cell.hide()
            cell.deleteLater()
        self.cells = []

    def minimumSizeHint(self) -> QSize:
        return QSize(6 * (LEAST + M), 4 * (LEAST + XS + LINE + S))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._lay_out()

    def _lay_out(self) -> None:
        columns, side = best_columns(len(self.cells), self.width(), self.height())
        for i, cell in enumerate(self.cells):
            row, column = divmod(i, columns)
            cell.setGeometry(column * (side + M), row * (side + XS + LINE + S), side, side + XS + LINE)


def best_columns(count: int, width: int, height: int) -> tuple[int, int]:
    """In how many columns `count` cells are largest, and the side of their pictures."""
    found = (1, LEAST)
    for columns in range(1, max(1, count) + 1):
        rows = -(-count // columns)
        side = min((width + M) // columns - M, (height + S) // max(1, rows) - S - XS - LINE, MOST)
        if side > found[1]:
            found = (columns, side)
    return found if found[1] > LEAST else (max(1, (width + M) // (LEAST + M)), LEAST)
