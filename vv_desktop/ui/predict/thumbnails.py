"""Small pictures of the photos in the list, loaded when they are about to be painted."""

from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtGui import QImage

from vv_desktop import tasks
from vv_desktop.jobs import Job, Jobs
from vv_desktop.ui.browse.thumbnail_loader import to_qimage

SIDE, CHUNK, MOST, AHEAD = 128, 16, 400, 64


class PhotoThumbnails(QObject):
    """Owns small pictures by key, and the one job that loads the next few. Lives on the window's thread.

    Signals:
        arrived(int): there is a picture for this key, or none can be had.
    """

    arrived = Signal(int)

    def __init__(
        self, jobs: Jobs, task: Callable[..., Any] = tasks.data.load_thumbnails, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._jobs, self._task = jobs, task
        self._pictures: OrderedDict[int, QImage | None] = OrderedDict()
        self._wanted: OrderedDict[int, Path] = OrderedDict()
        self._cache: Path | None = None
        self._job: Job | None = None
        self._timer = QTimer(self, singleShot=True, interval=0)
        self._timer.timeout.connect(self._load)

    def use_cache(self, folder: Path | None) -> None:
        """Another project is open: its cache folder, and none of the old pictures."""
        if self._job is not None:
            self._job.cancel()
        self._job, self._cache = None, folder
        self._pictures.clear()
        self._wanted.clear()

    def picture(self, key: int, path: Path) -> QImage | None:
        """The picture if it is there; if not, it is loaded, what was asked for last first."""
        if key in self._pictures:
            self._pictures.move_to_end(key)
            return self._pictures[key]
        self._wanted[key] = path
        self._wanted.move_to_end(key)
        while len(self._wanted) > AHEAD:  # scrolled past
            self._wanted.popitem(last=False)
        if self._job is None and self._cache is not None:
            self._timer.start()
        return None

    def ready(self, key: int) -> QImage | None:
        """The picture if it is there already."""
        return self._pictures.get(key)

    def _load(self) -> None:
        if self._job is not None or self._cache is None or not self._wanted:
            return
        requests = [tasks.data.ThumbnailRequest(*self._wanted.popitem()) for _ in range(min(CHUNK, len(self._wanted)))]
        self._job = self._jobs.start(
            self._task, requests, SIDE, self._cache, name="Reading thumbnails", lane="pixels", quiet=True,
            on_event=self._take, on_done=lambda _: self._go_on(), on_failed=lambda _: self._give_up(requests),
        )  # fmt: skip

    def _take(self, event: tasks.data.ThumbnailReady) -> None:
        self._keep(event.image, None if event.pixels is None else to_qimage(event.pixels))

    def _keep(self, key: int, picture: QImage | None) -> None:
        self._pictures[key] = picture
        while len(self._pictures) > MOST:
            self._pictures.popitem(last=False)
        self.arrived.emit(key)

    def _give_up(self, requests: list[tasks.data.ThumbnailRequest]) -> None:
        for request in requests:
            if request.image not in self._pictures:
                self._keep(request.image, None)
        self._go_on()

    def _go_on(self) -> None:
        self._job = None
        self._load()
