"""The map of the open project: the kept one is loaded, a new one is projected at once and spread in the background."""

from collections.abc import Callable
from pathlib import Path
from typing import Literal

from PySide6.QtCore import QObject, Signal

from vv_desktop import tasks
from vv_desktop.core.map_points import MapPoints, MapRows, Moved
from vv_desktop.core.progress import Event, Note, Step
from vv_desktop.jobs import Job, Jobs
from vv_desktop.session import Session
from vv_desktop.workers import Failure


class Drawing(QObject):
    """Owns the points and the job that loads, projects or spreads them. Window's thread.

    points: the newest there are, None before the first. doing, done, total: what is being done, and how much of how
    much. problem: why the newest came to nothing. weights: as for the suspects' ranking.

    Signals: changed, any of this but the points; moved, there are other points.
    """

    changed = Signal()
    moved = Signal()

    def __init__(
        self,
        session: Session,
        jobs: Jobs,
        weights: Callable[[], Path | Literal["random"] | None],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._session, self._jobs, self._weights = session, jobs, weights
        self._job: Job | None = None
        self.points: MapPoints | None = None
        self._forget()
        session.project_changed.connect(self._project_changed)
        if session.project is not None:
            self._load()

    @property
    def running(self) -> bool:
        """True while points are made; reading kept ones does not count."""
        return bool(self.doing)

    def begin(self) -> None:
        """Draw the map anew; nothing if that is under way already."""
        project = self._session.project
        if project is None or self.running:
            return
        self._drop()
        others = self._jobs.of("work")
        self.doing = f"Waits for: {others[0].name}" if others else "Getting ready"
        self._job = self._jobs.start(
            tasks.review.project_map,
            project.dataset(),
            project.folder,
            self._weights(),
            name="Drawing the map",
            on_event=self._hear,
            on_done=self._take_rows,
            on_failed=self._fail,
            on_cancelled=self._cancelled,
        )
        self.changed.emit()

    def cancel(self) -> None:
        """Call off what is made; the points stay where they are."""
        if self.running:
            self._drop()
            self.changed.emit()

    # How

    def _forget(self) -> None:
        self.doing, self.done, self.total, self.problem = "", 0, 0, ""

    def _drop(self) -> None:
        if self._job is not None:
            self._job.cancel()
        self._job = None
        self._forget()

    def _project_changed(self) -> None:
        self._drop()
        self.points = None
        self.moved.emit()
        self.changed.emit()
        self._load()

    def _load(self) -> None:
        project = self._session.project
        if project is not None:
            self._job = self._jobs.start(
                tasks.review.load_map,
                project.folder,
                name="Reading the map",
                lane="predict",
                quiet=True,
                on_done=self._take_kept,
            )

    def _take_kept(self, points: MapPoints | None) -> None:
        self._job = None
        if points is not None:
            self._show(points)
        self.changed.emit()

    def _take_rows(self, answer: tuple[MapRows, MapPoints]) -> None:
        project = self._session.project
        assert project is not None
        rows, points = answer
        self._show(points)
        self.doing, self.done, self.total = "Spreading the points", 0, 0
        self._job = self._jobs.start(
            tasks.review.spread_map,
            rows,
            project.folder,
            name="Spreading the map",
            lane="map",
            on_event=self._hear,
            on_done=self._take_settled,
            on_failed=self._fail,
            on_cancelled=self._cancelled,
        )
        self.changed.emit()

    def _take_settled(self, points: MapPoints) -> None:
        self._job = None
        self._forget()
        self._show(points)
        self.changed.emit()

    def _show(self, points: MapPoints) -> None:
        self.points = points
        self.moved.emit()

    def _hear(self, event: Event) -> None:
        if isinstance(event, Moved):
            self.done, self.total = event.done, event.total
            self._show(event.points)
        elif isinstance(event, Step):
            self.doing, self.done, self.total = event.name, event.done, event.total
        elif isinstance(event, Note):
            self.doing, self.done, self.total = event.text, 0, 0
        self.changed.emit()

    def _fail(self, failure: Failure) -> None:
        self._job = None
        self._forget()
        self.problem = failure.sentence
        self.changed.emit()

    def _cancelled(self) -> None:
        """By the status bar, or by `cancel`, after which there may be another job."""
        if self._job is not None and self._job.flags.cancel.is_set():
            self._drop()
            self.changed.emit()
