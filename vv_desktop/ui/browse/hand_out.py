"""Images on their way out of the app, by the clipboard or the mouse: as files and as text."""

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QMimeData, QPoint, QRect, QSize, Qt, QUrl
from PySide6.QtGui import QColor, QImage, QPainter, QPixmap

from vv_desktop.ui import words
from vv_desktop.ui.theme import RADIUS, S, Theme

ROOM = QSize(112, 84)


def as_files(paths: Sequence[Path]) -> QMimeData:
    """File addresses for programs that take files, and one path a line for those that take text."""
    data = QMimeData()
    data.setUrls([QUrl.fromEncoded(path.as_uri().encode()) for path in paths])  # names that are no Unicode survive
    data.setText("\n".join(words.shown(str(path)) for path in paths))
    return data


def drag_picture(picture: QImage | None, count: int, theme: Theme) -> QPixmap:
    """What hangs on the mouse: the first image, and how many there are."""
    pixmap = QPixmap(ROOM)
    pixmap.fill(QColor(theme.sunken))
    painter = QPainter(pixmap)
    painter.setRenderHints(QPainter.RenderHint.SmoothPixmapTransform | QPainter.RenderHint.Antialiasing)
    if picture is not None:
        size = picture.size().scaled(ROOM, Qt.AspectRatioMode.KeepAspectRatio)
        target = QRect(QPoint(0, 0), size)
        target.moveCenter(pixmap.rect().center())
        painter.drawImage(target, picture)
    if count > 1:
        text = f"{count:,}"
        badge = QRect(0, 0, painter.fontMetrics().horizontalAdvance(text) + 2 * S, 22)
        badge.moveTopRight(pixmap.rect().topRight())
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(theme.accent))
        painter.drawRoundedRect(badge, RADIUS, RADIUS)
        painter.setPen(QColor(theme.on_accent))
        painter.drawText(badge, Qt.AlignmentFlag.AlignCenter, text)
    painter.end()
    return pixmap
