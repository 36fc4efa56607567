"""Thumbnails in memory: what is on the screen first, a screenful ahead next, and nothing that scrolled away."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QImage

from vv_desktop import tasks
from vv_desktop.core.thumbnail_sizes import SIDES
from vv_desktop.jobs import Jobs
from vv_desktop.session import Session
from vv_desktop.ui.awaited_job import AwaitedJob
from vv_desktop.workers import Failure

if TYPE_CHECKING:
    from vv_desktop.core.arrays import Uint8Array

CHUNK = 8
"""Thumbnails a job: few, so that a large picture never waits long for the lane."""
MEMORY = 160_000_000
"""Bytes of pictures that are held."""


def to_qimage(pixels: Uint8Array) -> QImage:
    """(h, w, 3) RGB as a picture of its own, in the format that is painted fastest."""
    height, width = pixels.shape[:2]
    view = QImage(pixels.tobytes(), width, height, 3 * width, QImage.Format.Format_RGB888)
    return view.convertToFormat(QImage.Format.Format_RGB32)


class ThumbnailLoader(QObject):
    """Owns the pictures of one grid and the one job that loads the next few. Lives on the window's thread.

    Pictures are known by image id and side, and forgotten with their project, so that a cell never
    shows another image's picture.

    Signals:
        arrived(int): this image has a picture, or a problem, that it had not.
    """

    arrived = Signal(int)

    def __init__(self, session: Session, jobs: Jobs, parent: QObject | None = None, memory: int = MEMORY) -> None:
        super().__init__(parent)
        self._session, self._jobs, self._memory = session, jobs, memory
        self._pictures: OrderedDict[tuple[int, int], QImage] = OrderedDict()
        self._bytes = 0
        self._problems: dict[int, str] = {}
        self._wishes: list[int] = []
        self._side = SIDES[1]
        self._job = AwaitedJob(self)
        self._loading: tuple[int, ...] = ()
        session.project_changed.connect(self.forget)

    def picture(self, image: int, side: int) -> QImage | None:
        """The picture of an image, at `side` if it is there, at another size until then."""
        for wanted in (side, *reversed(SIDES)):
            found = self._pictures.get((image, wanted))
            if found is not None:
                self._pictures.move_to_end((image, wanted))
                return found
        return None

    def problem(self, image: int) -> str | None:
        """The sentence that says why an image has no picture."""
        return self._problems.get(image)

    def want(self, images: Sequence[int], side: int) -> None:
        """These images are wanted now, most urgent first; earlier wishes are void."""
        self._side = side
        self._wishes = [i for i in images if (i, side) not in self._pictures and i not in self._problems]
        if self._job.running and not set(self._loading) & set(self._wishes):
            self._job.cancel()
        if not self._job.running:
            self._load_next()

    def forget(self) -> None:
        """Drop everything: another project is open, or the files are to be read again."""
        self._job.cancel()
        self._pictures.clear()
        self._problems.clear()
        self._wishes, self._bytes = [], 0

    def _load_next(self) -> None:
        project = self._session.project
        if project is None or not self._wishes:
            return
        chunk, self._wishes = self._wishes[:CHUNK], self._wishes[CHUNK:]
        self._loading = tuple(chunk)
        requests = [tasks.data.ThumbnailRequest(i, project.path_of(i)) for i in chunk if i in project.images]
        job = self._jobs.start(
            tasks.data.load_thumbnails,
            requests,
            self._side,
            project.cache_folder,
            name="Reading thumbnails",
            lane="pixels",
            quiet=True,
            on_event=self._take,
            on_done=lambda _: self._go_on(),
            on_failed=self._fail,
        )
        self._job.replace(job)

    def _go_on(self) -> None:
        self._job.done()
        self._load_next()

    def _fail(self, failure: Failure) -> None:
        for image in self._loading:
            if (image, self._side) not in self._pictures:
                self._problems.setdefault(image, failure.sentence)
                self.arrived.emit(image)
        self._go_on()

    def _take(self, event: tasks.data.ThumbnailReady) -> None:
        if event.pixels is None:
            self._problems[event.image] = event.problem or "The picture cannot be read."
        else:
            self._keep((event.image, event.side), to_qimage(event.pixels))
        self.arrived.emit(event.image)

    def _keep(self, key: tuple[int, int], picture: QImage) -> None:
        old = self._pictures.pop(key, None)
        self._bytes += picture.sizeInBytes() - (old.sizeInBytes() if old else 0)
        self._pictures[key] = picture
        while self._bytes > self._memory and len(self._pictures) > 1:
            self._bytes -= self._pictures.popitem(last=False)[1].sizeInBytes()
