"""The large pictures of the next few suspects, decoded before they are wanted."""

from collections.abc import Sequence

from PySide6.QtCore import QObject
from PySide6.QtGui import QImage

from vv_desktop import tasks
from vv_desktop.jobs import Jobs
from vv_desktop.session import Session
from vv_desktop.tasks.data import Picture
from vv_desktop.ui.awaited_job import AwaitedJob
from vv_desktop.ui.browse.thumbnail_loader import to_qimage


class PicturesAhead(QObject):
    """Owns the pictures that were asked for last and the one job that reads the next. Window's thread; no signals."""

    def __init__(self, session: Session, jobs: Jobs, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session, self._jobs = session, jobs
        self._pictures: dict[int, QImage | None] = {}
        self._wishes: tuple[int, ...] = ()
        self._side = 0
        self._job = AwaitedJob(self)
        session.project_changed.connect(self._forget)

    def picture(self, image: int) -> QImage | None:
        """The picture of an image, if it was read ahead."""
        return self._pictures.get(image)

    def want(self, images: Sequence[int], side: int) -> None:
        """Have these images, most urgent first, with `side` pixels at most; all others are forgotten."""
        kept = self._pictures if side == self._side else {}
        self._wishes, self._side = tuple(images), side
        self._pictures = {image: kept[image] for image in images if image in kept}
        if not self._job.running:
            self._read_next()

    def _forget(self) -> None:
        self.want((), 0)

    def _read_next(self) -> None:
        project = self._session.project
        image = next((i for i in self._wishes if i not in self._pictures), None)
        if image is None or project is None or image not in project.images:
            return
        self._job.replace(
            self._jobs.start(
                tasks.data.load_picture,
                project.path_of(image),
                self._side,
                name="Reading a picture",
                lane="pixels",
                quiet=True,
                on_done=lambda picture: self._take(image, picture),
                on_failed=lambda _: self._take(image, None),
            )
        )

    def _take(self, image: int, picture: Picture | None) -> None:
        self._job.done()
        if image in self._wishes:
            self._pictures[image] = to_qimage(picture.pixels) if picture is not None else None
        self._read_next()
