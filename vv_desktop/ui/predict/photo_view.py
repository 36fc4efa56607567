"""The selected photo, as large as there is room."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from vv_desktop import tasks
from vv_desktop.jobs import Job, Jobs
from vv_desktop.session import Session
from vv_desktop.ui import theme
from vv_desktop.ui.browse.heat_layer import HeatLayer
from vv_desktop.ui.browse.thumbnail_loader import to_qimage
from vv_desktop.ui.elided_label import one_line
from vv_desktop.workers import Failure

SIDE = 1024


class PhotoView(QWidget):
    """Owns the picture it shows and the job that loads it: the newest wish only.

    Lives on the window's thread; no signals.
    """

    def __init__(
        self,
        session: Session,
        jobs: Jobs,
        look: theme.Theme,
        task: Callable[..., Any] = tasks.data.load_picture,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._jobs, self._theme, self._task = jobs, look, task
        self._path: Path | None = None
        self._picture: QImage | None = None
        self._problem = ""
        self._job: Job | None = None
        self.heat = HeatLayer(session, jobs, self)
        self.heat.changed.connect(self.update)
        self.setAccessibleName("The selected photo")
        self.setMinimumHeight(96)

    def sizeHint(self) -> QSize:
        return QSize(320, 240)

    def show_photo(self, path: Path | None, meanwhile: QImage | None = None) -> None:
        """Load and show the file, or nothing; `meanwhile` is a small picture of it, if there is one already."""
        if path == self._path:
            return
        if self._job is not None:
            self._job.cancel()
        self._path, self._job, self._problem = path, None, ""
        self._picture = meanwhile
        self.heat.show_photo(path)
        if path is not None:
            self._job = self._jobs.start(
                self._task,
                path,
                SIDE,
                name="Reading a photo",
                lane="pixels",
                quiet=True,
                on_done=self._take,
                on_failed=self._fail,
            )
        self.update()

    def _take(self, picture: tasks.data.Picture) -> None:
        self._picture = to_qimage(picture.pixels)
        self.update()

    def _fail(self, failure: Failure) -> None:
        self._picture, self._problem = None, failure.sentence
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        if self._picture is not None:
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            size = self._picture.size().scaled(self.size(), Qt.AspectRatioMode.KeepAspectRatio)
            target = QRect(0, 0, size.width(), size.height())
            target.moveCenter(self.rect().center())
            painter.drawImage(target, self._picture)
            self.heat.paint(painter, target)
        elif self._problem:
            painter.setPen(QColor(self._theme.danger))
            flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
            painter.drawText(self.rect().adjusted(theme.M, theme.M, -theme.M, -theme.M), flags, one_line(self._problem))
        painter.end()
