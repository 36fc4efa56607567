"""One class that a suspect may be of: its name, how probable it is, and the three images of it that are nearest."""

from collections.abc import Sequence

from PySide6.QtCore import QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from vv_desktop.session import Session
from vv_desktop.ui import words
from vv_desktop.ui.browse.thumbnail_loader import ThumbnailLoader
from vv_desktop.ui.theme import RADIUS, SMALL, TEXT, XS, S, Theme

CHIP, CAPTION, COUNT = 22, 16, 3
SIDE = 256
"""Thumbnails are loaded in this size."""


class Facing(QWidget):
    """Owns nothing but what it paints; pictures are the loader's. Lives on the window's thread; no signals."""

    def __init__(
        self, caption: str, session: Session, loader: ThumbnailLoader, theme: Theme, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._caption, self._session, self._loader, self._theme = caption, session, loader, theme
        self._name, self._probability = "", 0.0
        self.images: tuple[int, ...] = ()
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        loader.arrived.connect(lambda image: image in self.images and self.update())

    def show_class(self, name: str, probability: float, images: Sequence[int]) -> None:
        """Show this class and the images of it that are nearest, nearest first."""
        self._name, self._probability, self.images = name, probability, tuple(images)[:COUNT]
        nearest = f"{len(self.images)} nearest images beside it" if self.images else "no image of it is near"
        self.setAccessibleName(f"{self._caption} {words.shown(name)}, {_percent(probability)}, {nearest}")
        self.update()

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        return CAPTION + CHIP + S + round(self._side(width) * 0.8)

    def sizeHint(self) -> QSize:
        return QSize(280, self.heightForWidth(280))

    def minimumSizeHint(self) -> QSize:
        return QSize(200, self.heightForWidth(200))

    def _side(self, width: int) -> int:
        return (width - (COUNT - 1) * S) // COUNT

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
        self._paint_title(painter)
        side = self._side(self.width())
        for at in range(COUNT):
            place = QRect(at * (side + S), CAPTION + CHIP + S, side, round(side * 0.8))
            self._paint_image(painter, place, self.images[at] if at < len(self.images) else None)
        painter.end()

    def _paint_title(self, painter: QPainter) -> None:
        project = self._session.project
        if project is None:
            return
        font = QFont(self.font())
        font.setPixelSize(SMALL)
        painter.setFont(font)
        painter.setPen(QColor(self._theme.muted))
        caption = QRect(0, 0, self.width(), CAPTION)
        painter.drawText(caption, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop, self._caption)
        font.setPixelSize(TEXT)
        painter.setFont(font)
        metrics = QFontMetrics(font)
        percent = _percent(self._probability)
        room = self.width() - metrics.horizontalAdvance(percent) - 4 * S
        name = metrics.elidedText(words.shown(self._name), Qt.TextElideMode.ElideRight, room)
        chip = QRectF(0, CAPTION, metrics.horizontalAdvance(name) + 2 * S + XS, CHIP)
        colour = self._theme.colour_of(project.classes, self._name)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour)
        painter.drawRoundedRect(chip, CHIP / 2, CHIP / 2)
        painter.setPen(self._theme.text_on(colour))
        painter.drawText(chip, Qt.AlignmentFlag.AlignCenter, name)
        painter.setPen(QColor(self._theme.text))
        beside = QRectF(chip.right() + S, CAPTION, self.width(), CHIP)
        painter.drawText(beside, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, percent)

    def _paint_image(self, painter: QPainter, place: QRect, image: int | None) -> None:
        picture = self._loader.picture(image, SIDE) if image is not None else None
        if picture is not None:
            size = picture.size().scaled(place.size(), Qt.AspectRatioMode.KeepAspectRatio)
            target = QRect(0, 0, max(1, size.width()), max(1, size.height()))
            target.moveCenter(place.center())
            painter.drawImage(target, picture)
        elif image is not None:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(self._theme.sunken))
            painter.drawRoundedRect(QRectF(place), RADIUS, RADIUS)


def _percent(probability: float) -> str:
    return "under 1 %" if probability < 0.005 else f"{100 * probability:.0f} %"
