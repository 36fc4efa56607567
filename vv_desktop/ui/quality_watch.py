"""When pictures are measured: by itself, while nothing else is to do, and again when there are new ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer

from vv_desktop import tasks
from vv_desktop.jobs import Job, Jobs
from vv_desktop.session import Session

if TYPE_CHECKING:
    from vv_desktop.core.quality_cache import Quality

IDLE = 1500
"""Milliseconds in which nothing else ran, after which there is time for it."""


class QualityWatch(QObject):
    """Owns the quiet job that measures the open project's pictures. Window's thread, app's life; no signals.

    What it finds is the session's. Everything else comes first: the screen's thumbnails, and all that trains or
    answers; if that begins meanwhile the job is called off, and goes on later with what it has kept.
    """

    def __init__(self, session: Session, jobs: Jobs, parent: QObject | None = None, idle: int = IDLE) -> None:
        super().__init__(parent)
        self._session, self._jobs = session, jobs
        self._wanted = False
        self._job: Job | None = None
        self._idle = QTimer(self, singleShot=True, interval=idle)
        self._idle.timeout.connect(self._begin)
        session.project_changed.connect(self._project_changed)
        session.images_changed.connect(self._images_changed)
        jobs.changed.connect(self._make_way)
        self._project_changed()

    @property
    def _busy(self) -> bool:
        return any(job.lane != "quality" for job in self._jobs.running)

    def _project_changed(self) -> None:
        self._call_off()
        self._want(self._session.project is not None)

    def _images_changed(self, images: frozenset[int]) -> None:
        quality = self._session.quality
        if quality is not None and not all(quality.knows(image) for image in images):
            self._want(True)

    def _want(self, wanted: bool) -> None:
        self._wanted = wanted
        if wanted:
            self._idle.start()
        else:
            self._idle.stop()

    def _make_way(self) -> None:
        if self._job is not None and self._jobs.of("work"):
            self._call_off()
            self._wanted = True
        if self._wanted and self._job is None and (self._busy or not self._idle.isActive()):
            self._idle.start()

    def _begin(self) -> None:
        project = self._session.project
        if project is None or self._job is not None or self._busy:
            return  # the end of what runs is heard of
        self._wanted = False
        self._job = self._jobs.start(
            tasks.review.measure_quality,
            project.dataset(),
            project.folder,
            name="Measuring pictures",
            lane="quality",
            quiet=True,
            on_done=self._take,
            on_failed=lambda _: self._end(),
        )

    def _call_off(self) -> None:
        if self._job is not None:
            self._job.cancel()
            self._end()

    def _end(self) -> None:
        self._job = None

    def _take(self, quality: Quality) -> None:
        self._end()
        self._session.show_quality(quality)
        if self._session.project is not None and not all(map(quality.knows, self._session.project.images)):
            self._want(True)
