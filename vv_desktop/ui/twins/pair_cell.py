"""One pair of twins in the list: two pictures side by side, their labels and splits, and how they are twins."""

from pathlib import PurePosixPath

from PySide6.QtCore import QModelIndex, QObject, QPersistentModelIndex, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPen
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from vv_desktop.core.records import ImageRow
from vv_desktop.core.thumbnail_sizes import kept_side
from vv_desktop.session import Session
from vv_desktop.ui import words
from vv_desktop.ui.browse.thumbnail_loader import ThumbnailLoader
from vv_desktop.ui.theme import RADIUS, SMALL, TEXT, XS, M, S, Theme
from vv_desktop.ui.twins.pair_model import PairModel
from vv_desktop.ui.twins.sentences import kind_words

SIDE, SHAPE, LINE = 160, 0.72, 20
"""Width of a picture at least, its height by its width, and the height of a line of text, in pixels."""


class PairCell(QStyledItemDelegate):
    """Paints the pairs of one list. Lives on the window's thread; no signals of its own."""

    def __init__(
        self, session: Session, loader: ThumbnailLoader, model: PairModel, theme: Theme, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._session, self._loader, self._model, self._theme = session, loader, model, theme
        self.pixel_ratio = 1.0
        self.side = SIDE
        self._font, self._small = QFont(), QFont()
        self._font.setPixelSize(TEXT - 1)
        self._small.setPixelSize(SMALL)

    def fit(self, width: int, between: int) -> None:
        """Make pictures as wide as lets whole pairs, with `between` pixels between them, fill this many pixels."""
        around = S + 2 * M
        columns = max(1, width // (2 * SIDE + around + between))
        self.side = max(SIDE, (width // columns - between - around) // 2)

    @property
    def loaded_side(self) -> int:
        """The size of thumbnail that fills a picture's place on this screen."""
        return kept_side(round(self.side * self.pixel_ratio))

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        return QSize(2 * self.side + S + 2 * M, round(self.side * SHAPE) + 3 * LINE + 2 * M)

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        rows = self._model.rows_of(index)
        if rows is None:
            return
        painter.save()
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
        cell: QRect = option.rect
        self._paint_frame(painter, option, cell.adjusted(XS, XS, -XS, -XS))
        top, height = cell.top() + M, round(self.side * SHAPE)
        for side, row in enumerate(rows):
            left = cell.left() + M + side * (self.side + S)
            self._paint_picture(painter, QRect(left, top, self.side, height), row)
            self._paint_marks(painter, QRect(left, top + height + XS, self.side, LINE), row)
            self._paint_text(painter, QRect(left, top + height + XS + LINE, self.side, LINE), _name(row))
        below = QRect(cell.left() + M, top + height + 2 * LINE, 2 * self.side + S, LINE)
        self._paint_text(painter, below, kind_words(self._model.pairs[index.row()]))
        painter.restore()

    def _paint_frame(self, painter: QPainter, option: QStyleOptionViewItem, place: QRect) -> None:
        state: QStyle.StateFlag = option.state
        if state & QStyle.StateFlag.State_Selected:
            painter.setPen(QPen(QColor(self._theme.accent), 3 if state & QStyle.StateFlag.State_HasFocus else 2))
        else:
            painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(self._theme.base))
        painter.drawRoundedRect(QRectF(place), RADIUS, RADIUS)

    def _paint_picture(self, painter: QPainter, place: QRect, row: ImageRow) -> None:
        picture = self._loader.picture(row.id, self.loaded_side)
        if picture is None:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(self._theme.sunken))
            painter.drawRoundedRect(QRectF(place), RADIUS, RADIUS)
            if self._loader.problem(row.id) is not None:
                self._paint_text(painter, place.adjusted(S, 0, 0, 0), "unreadable")
            return
        size = picture.size().scaled(place.size(), Qt.AspectRatioMode.KeepAspectRatio)
        target = QRect(0, 0, max(1, size.width()), max(1, size.height()))
        target.moveCenter(place.center())
        painter.setOpacity(0.35 if row.excluded else 1.0)
        painter.drawImage(target, picture)
        painter.setOpacity(1.0)

    def _paint_marks(self, painter: QPainter, line: QRect, row: ImageRow) -> None:
        """The label as a chip, and the split beside it."""
        project = self._session.project
        metrics = QFontMetrics(self._font)
        split = "excluded" if row.excluded else row.split or "no split"
        room = line.width() - 3 * S - metrics.horizontalAdvance(split)
        text = metrics.elidedText(words.shown(row.label or "unlabelled"), Qt.TextElideMode.ElideRight, room)
        chip = QRect(line.left(), line.top(), metrics.horizontalAdvance(text) + 2 * S, LINE - 2)
        colour = QColor(self._theme.sunken)
        if row.label is not None and project is not None:
            colour = self._theme.colour_of(project.classes, row.label)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour)
        painter.drawRoundedRect(QRectF(chip), chip.height() / 2, chip.height() / 2)
        painter.setFont(self._font)
        painter.setPen(self._theme.text_on(colour))
        painter.drawText(chip, Qt.AlignmentFlag.AlignCenter, text)
        painter.setPen(QColor(self._theme.text))
        beside = line.adjusted(chip.width() + S, 0, 0, -2)
        painter.drawText(beside, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, split)

    def _paint_text(self, painter: QPainter, line: QRect, text: str) -> None:
        painter.setFont(self._small)
        painter.setPen(QColor(self._theme.muted))
        shown = QFontMetrics(self._small).elidedText(text, Qt.TextElideMode.ElideMiddle, line.width())
        painter.drawText(line, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, shown)


def _name(row: ImageRow) -> str:
    return words.shown(PurePosixPath(row.path).name)
