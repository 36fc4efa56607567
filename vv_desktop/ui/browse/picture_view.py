"""One large picture, fitted to its place: the newest wish only, and the last picture until the new one is there."""

from PySide6.QtCore import QRect, QSize, Qt, Signal
from PySide6.QtGui import QColor, QImage, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QWidget

from vv_desktop import tasks
from vv_desktop.jobs import Jobs
from vv_desktop.session import Session
from vv_desktop.tasks.data import Picture
from vv_desktop.ui import words
from vv_desktop.ui.awaited_job import AwaitedJob
from vv_desktop.ui.browse.heat_layer import HeatLayer
from vv_desktop.ui.browse.thumbnail_loader import to_qimage
from vv_desktop.ui.theme import L, Theme
from vv_desktop.workers import Failure

STEP = 256
"""Pictures are asked for in multiples of this side, so that dragging an edge does not load anew each time."""


class PictureView(QWidget):
    """Owns the picture it shows and the job that loads it. Lives on the window's thread.

    Signals:
        loaded(Picture): the picture that was asked for is shown, with its full size, format and bytes.
        failed(str): there is no picture, and why.
    """

    loaded = Signal(object)
    failed = Signal(str)

    def __init__(self, session: Session, jobs: Jobs, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session, self._jobs, self._theme = session, jobs, theme
        self._image: int | None = None
        self._picture: QImage | None = None
        self._problem = ""
        self._job = AwaitedJob(self)
        self.heat = HeatLayer(session, jobs, self)
        self.heat.changed.connect(self.update)
        self._side = 0
        self._whole = False
        self.setAccessibleName("Picture")
        session.project_changed.connect(self._let_go)

    @property
    def image(self) -> int | None:
        """The id of the image that was asked for last."""
        return self._image

    def sizeHint(self) -> QSize:
        return QSize(300, 240)

    def show_image(self, image: int | None, meanwhile: QImage | None = None) -> None:
        """Show this image, or nothing; `meanwhile` is a small picture of it, if there is one already."""
        if image == self._image and not self._problem:
            return
        self._image, self._problem, self._side, self._whole = image, "", 0, False
        if image is None:
            self._picture = None
        elif meanwhile is not None:
            self._picture = meanwhile
        self.heat.show_image(image)
        self._load()
        self.update()

    def _let_go(self) -> None:
        self._image, self._problem, self._picture = None, "", None
        self.heat.show_image(None)
        self._load()
        self.update()

    def _load(self) -> None:
        self._job.cancel()
        project = self._session.project
        if self._image is None or project is None or self._image not in project.images:
            return
        self._side = self._needed()
        job = self._jobs.start(
            tasks.data.load_picture,
            project.path_of(self._image),
            self._side,
            name="Reading a picture",
            lane="pixels",
            quiet=True,
            on_done=self._take,
            on_failed=self._fail,
        )
        self._job.replace(job)

    def _needed(self) -> int:
        longest = max(self.width(), self.height(), 1) * self.devicePixelRatioF()
        return STEP * max(1, -(-int(longest) // STEP))

    def _take(self, picture: Picture) -> None:
        self._job.done()
        self._picture = to_qimage(picture.pixels)
        self._whole = max(picture.width, picture.height) <= self._side
        self.update()
        self.loaded.emit(picture)

    def _fail(self, failure: Failure) -> None:
        self._job.done()
        self._picture, self._problem = None, failure.sentence
        self.update()
        self.failed.emit(failure.sentence)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self._image is not None and not self._problem and not self._whole and self._needed() > self._side:
            self._load()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        if self._picture is not None:
            size = self._picture.size().scaled(self.size(), Qt.AspectRatioMode.KeepAspectRatio)
            target = QRect(0, 0, max(1, size.width()), max(1, size.height()))
            target.moveCenter(self.rect().center())
            painter.drawImage(target, self._picture)
            self.heat.paint(painter, target)
        elif self._problem:
            painter.setPen(QColor(self._theme.danger))
            flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
            painter.drawText(self.rect().adjusted(L, L, -L, -L), flags, words.shown(self._problem))
        painter.end()
