"""The large preview: a picture over the whole grid, while the grid keeps the keyboard."""

from pathlib import PurePosixPath

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QColor, QImage, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from vv_desktop.jobs import Jobs
from vv_desktop.session import Session
from vv_desktop.ui import words
from vv_desktop.ui.browse.picture_view import PictureView
from vv_desktop.ui.theme import XL, L, M, S, Theme

LINE = XL


class Preview(QWidget):
    """Owns one picture view and a line with name and label under it. Lives on the window's thread.

    Signals:
        clicked: the user wants the grid back.
    """

    clicked = Signal()

    def __init__(self, session: Session, jobs: Jobs, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._session, self._theme = session, theme
        self.picture = PictureView(session, jobs, theme, self)
        self.picture.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(L, L, L, LINE + L)
        layout.addWidget(self.picture)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setAccessibleName("Large preview")
        self.hide()

    def show_image(self, image: int, meanwhile: QImage | None) -> None:
        """Show this image."""
        self.picture.show_image(image, meanwhile)
        self.update()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.clicked.emit()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillRect(self.rect(), QColor(self._theme.window))
        project, image = self._session.project, self.picture.image
        if project is not None and image in project.images:
            self._paint_line(painter, image)
        painter.end()

    def _paint_line(self, painter: QPainter, image: int) -> None:
        project = self._session.project
        assert project is not None
        row = project.images[image]
        label = words.shown(row.label or "unlabelled")
        name = words.shown(PurePosixPath(row.path).name)
        metrics = painter.fontMetrics()
        label = metrics.elidedText(label, Qt.TextElideMode.ElideRight, self.width() // 2 - 2 * L)
        name = metrics.elidedText(name, Qt.TextElideMode.ElideMiddle, self.width() // 2 - 2 * L)
        chip_width = metrics.horizontalAdvance(label) + 2 * S
        start = (self.width() - chip_width - M - metrics.horizontalAdvance(name)) / 2
        chip = QRectF(start, self.height() - LINE - S, chip_width, LINE - 2)
        colour = self._theme.colour_of(project.classes, row.label or "")
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour if row.label else QColor(self._theme.sunken))
        painter.drawRoundedRect(chip, chip.height() / 2, chip.height() / 2)
        painter.setPen(self._theme.text_on(colour) if row.label else QColor(self._theme.muted))
        painter.drawText(chip, Qt.AlignmentFlag.AlignCenter, label)
        painter.setPen(QColor(self._theme.muted))
        rest = chip.translated(chip_width + M, 0)
        rest.setRight(self.width() - L)
        painter.drawText(rest, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, name)
