"""One cell of the image grid: picture, label chip, marks and file name, painted."""

from pathlib import PurePosixPath

from PySide6.QtCore import QModelIndex, QObject, QPersistentModelIndex, QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPen, QPolygonF
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from vv_desktop.core.records import ImageRow
from vv_desktop.core.suspect_queue import is_suspect
from vv_desktop.core.thumbnail_sizes import kept_side
from vv_desktop.session import Session
from vv_desktop.ui import words
from vv_desktop.ui.browse.image_model import ImageModel
from vv_desktop.ui.browse.thumbnail_loader import ThumbnailLoader
from vv_desktop.ui.theme import RADIUS, SMALL, TEXT, XS, S, Theme

CHIP, NAME, DOT, RING = 20, 16, 8, 6
PICTURE_SHAPE = 0.8
"""Height of the place for a picture by its width: most photos lie, some stand."""


class ImageCell(QStyledItemDelegate):
    """Paints the cells of one grid. Lives on the window's thread; no signals of its own."""

    def __init__(
        self, session: Session, loader: ThumbnailLoader, model: ImageModel, theme: Theme, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._session, self._loader, self._model, self._theme = session, loader, model, theme
        self.side = 160
        self.pixel_ratio = 1.0
        self._chip_font, self._name_font = QFont(), QFont()
        self._chip_font.setPixelSize(TEXT - 1)
        self._name_font.setPixelSize(SMALL)

    @property
    def loaded_side(self) -> int:
        """The size of thumbnail that fills a cell on this screen."""
        return kept_side(round(self.side * self.pixel_ratio))

    @property
    def size(self) -> QSize:
        """Room that a cell takes."""
        height = round(self.side * PICTURE_SHAPE)
        return QSize(self.side + 2 * S, S + height + XS + CHIP + NAME + S)

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        return self.size

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        row, project = self._model.image_row(index), self._session.project
        if row is None or project is None:
            return
        painter.save()
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
        cell: QRect = option.rect
        left = cell.left() + (cell.width() - self.side) // 2
        place = QRect(left, cell.top() + S, self.side, round(self.side * PICTURE_SHAPE))
        self._paint_frame(painter, option, place)
        self._paint_picture(painter, place, row)
        if not self._model.note(row.id) and is_suspect(self._session.queue, row, project.classes.names):
            self._paint_ring(painter, place)
        if self._session.quality is not None and row.id in self._session.quality.faults:
            self._paint_warning(painter, place)
        line = QRect(left, place.bottom() + 1 + XS, self.side, CHIP)
        self._paint_chip(painter, line, row)
        self._paint_name(painter, QRect(left, line.bottom() + 1, self.side, NAME), row)
        painter.restore()

    def _paint_frame(self, painter: QPainter, option: QStyleOptionViewItem, place: QRect) -> None:
        state: QStyle.StateFlag = option.state
        selected = bool(state & QStyle.StateFlag.State_Selected)
        focused = bool(state & QStyle.StateFlag.State_HasFocus)
        if not selected and not focused:
            return
        width = 3.0 if selected and focused else 2.0 if selected else 1.5
        pen = QPen(QColor(self._theme.accent), width)
        if not selected:
            pen.setStyle(Qt.PenStyle.DashLine)
        painter.setPen(pen)
        painter.setBrush(QColor(self._theme.base) if selected else Qt.BrushStyle.NoBrush)
        cell = QRectF(place).adjusted(-XS - 1, -XS - 1, XS + 1, XS + CHIP + NAME + XS)
        painter.drawRoundedRect(cell, RADIUS, RADIUS)

    def _paint_picture(self, painter: QPainter, place: QRect, row: ImageRow) -> None:
        picture = self._loader.picture(row.id, self.loaded_side)
        if picture is not None:
            size = picture.size().scaled(place.size(), Qt.AspectRatioMode.KeepAspectRatio)
            target = QRect(0, 0, max(1, size.width()), max(1, size.height()))
            target.moveCenter(place.center())
            painter.setOpacity(0.35 if row.excluded else 1.0)
            painter.drawImage(target, picture)
            painter.setOpacity(1.0)
            return
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(self._theme.sunken))
        painter.drawRoundedRect(QRectF(place), RADIUS, RADIUS)
        if self._loader.problem(row.id) is not None:
            self._paint_cross(painter, place)

    def _paint_ring(self, painter: QPainter, place: QRect) -> None:
        """Suspects, dark on light and light on dark, since it lies on a picture."""
        middle = QPointF(place.right() - RING - S, place.top() + RING + S)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for colour, width in ((self._theme.base, 5.0), (self._theme.danger, 2.5)):
            painter.setPen(QPen(QColor(colour), width))
            painter.drawEllipse(middle, RING, RING)

    def _paint_warning(self, painter: QPainter, place: QRect) -> None:
        """Something is wrong with the picture itself: a triangle, on whatever it lies."""
        top = QPointF(place.left() + RING + S, place.top() + S)
        shape = QPolygonF([top, top + QPointF(RING + 1, 2 * RING), top + QPointF(-RING - 1, 2 * RING)])
        for colour, width in ((self._theme.base, 5.0), (self._theme.text, 2.0)):
            painter.setPen(QPen(QColor(colour), width, j=Qt.PenJoinStyle.RoundJoin))
            painter.setBrush(QColor(self._theme.base))
            painter.drawPolygon(shape)
        painter.drawLine(top + QPointF(0, RING - 1), top + QPointF(0, RING + 2))
        painter.drawPoint(top + QPointF(0, 2 * RING - 2))

    def _paint_cross(self, painter: QPainter, place: QRect) -> None:
        colour = QColor(self._theme.danger)
        painter.setPen(QPen(colour, 2, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
        middle = QPointF(place.center()) - QPointF(0, S)
        for x in (-S, S):
            painter.drawLine(middle - QPointF(x, S), middle + QPointF(x, S))
        painter.setFont(self._name_font)
        below = place.adjusted(0, place.height() // 2 + XS, 0, 0)
        painter.drawText(below, Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop, "unreadable")

    def _paint_chip(self, painter: QPainter, line: QRect, row: ImageRow) -> None:
        painter.setFont(self._chip_font)
        metrics = QFontMetrics(self._chip_font)
        changed = row.id in self._session.changed_since_run
        room = line.width() - 2 * S - (DOT + S if changed else 0)
        label = words.shown(row.label or "unlabelled")
        text = metrics.elidedText(f"{label}, excluded" if row.excluded else label, Qt.TextElideMode.ElideRight, room)
        chip = QRect(line.left(), line.top(), metrics.horizontalAdvance(text) + 2 * S, CHIP)
        project = self._session.project
        if row.label is not None and project is not None:
            colour = self._theme.colour_of(project.classes, row.label)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(colour)
            ink = self._theme.text_on(colour)
        else:
            painter.setPen(QPen(QColor(self._theme.line), 1))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            ink = QColor(self._theme.muted)
        painter.drawRoundedRect(QRectF(chip).adjusted(0.5, 0.5, -0.5, -0.5), CHIP / 2, CHIP / 2)
        painter.setPen(ink)
        painter.drawText(chip, Qt.AlignmentFlag.AlignCenter, text)
        if changed:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(self._theme.accent))
            painter.drawEllipse(QPointF(line.right() - DOT / 2, line.center().y() + 0.5), DOT / 2, DOT / 2)

    def _paint_name(self, painter: QPainter, line: QRect, row: ImageRow) -> None:
        painter.setFont(self._name_font)
        painter.setPen(QColor(self._theme.muted))
        name = words.shown(self._model.note(row.id) or PurePosixPath(row.path).name)
        text = QFontMetrics(self._name_font).elidedText(name, Qt.TextElideMode.ElideMiddle, line.width())
        painter.drawText(line, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, text)
