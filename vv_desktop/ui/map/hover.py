"""The picture of the point under the mouse, beside the mouse."""

from pathlib import PurePosixPath

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QCursor, QPixmap
from PySide6.QtWidgets import QFrame, QLabel, QVBoxLayout, QWidget

from vv_desktop.core.records import ImageRow
from vv_desktop.session import Session
from vv_desktop.ui import words
from vv_desktop.ui.browse.thumbnail_loader import ThumbnailLoader
from vv_desktop.ui.theme import RADIUS, L, S, Theme

SIDE = 128


class Hover(QFrame):
    """Owns nothing but what it shows; pictures are the loader's. Lies over its parent, out of the mouse's way."""

    def __init__(self, session: Session, loader: ThumbnailLoader, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._session, self._loader, self._over = session, loader, parent
        self.image: int | None = None
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setObjectName("hover")
        self.setStyleSheet(
            f"#hover {{ background: {theme.base}; border: 1px solid {theme.muted}; border-radius: {RADIUS}px; }}"
        )
        self.picture = QLabel(alignment=Qt.AlignmentFlag.AlignCenter)
        self.picture.setFixedSize(SIDE, SIDE)
        self.text = QLabel(textFormat=Qt.TextFormat.PlainText, alignment=Qt.AlignmentFlag.AlignCenter)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(S, S, S, S)
        layout.setSpacing(S)
        layout.addWidget(self.picture, 0, Qt.AlignmentFlag.AlignHCenter)
        layout.addWidget(self.text)
        loader.arrived.connect(self._arrived)
        self.hide()

    def show_image(self, image: int | None) -> None:
        """Show this image beside the mouse, or nothing."""
        project = self._session.project
        row = project.images.get(image) if project is not None and image is not None else None
        self.image = row.id if row is not None else None
        self.setVisible(row is not None)
        if row is None:
            return
        self._loader.want([row.id], SIDE)
        self._arrived(row.id)
        self.text.setText(line(row))
        self.adjustSize()
        self._follow_mouse()
        self.raise_()

    def _arrived(self, image: int) -> None:
        if image != self.image:
            return
        found = self._loader.picture(image, SIDE)
        pixmap = QPixmap.fromImage(found) if found is not None else QPixmap()
        if not pixmap.isNull():
            pixmap = pixmap.scaled(
                SIDE, SIDE, Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation
            )
        self.picture.setPixmap(pixmap)

    def _follow_mouse(self) -> None:
        over = self._over
        at = over.mapFromGlobal(QCursor.pos())
        right, low = at.x() + L, at.y() + L
        if right + self.width() > over.width():
            right = at.x() - L - self.width()
        if low + self.height() > over.height():
            low = at.y() - L - self.height()
        self.move(QPoint(max(0, right), max(0, low)))


def line(row: ImageRow) -> str:
    """Name, label and split of an image."""
    name = words.shown(PurePosixPath(row.path).name)
    short = name if len(name) <= 32 else f"{name[:14]}…{name[-15:]}"
    what = words.shown(row.label or "unlabelled")
    return f"{short}\n{what} · {'excluded' if row.excluded else row.split or 'no split'}"
