"""The ranking of the open project: the one that was kept is loaded in the background, a new one is made on demand."""

from collections.abc import Callable
from pathlib import Path
from typing import Literal

from PySide6.QtCore import QObject, Signal

from vv_desktop import tasks
from vv_desktop.core.progress import Event, Note, Step
from vv_desktop.core.suspects import Suspects
from vv_desktop.jobs import Job, Jobs
from vv_desktop.session import Session
from vv_desktop.workers import Failure


class Ranking(QObject):
    """Owns the jobs that load and make rankings; the ranking itself is the session's. Window's thread, app's life.

    doing, done, total: what is being done, and how much of how much. problem: why the newest came to nothing.
    weights: asked for the wish where the pretrained network comes from, as in `tasks.review.find_suspects`.

    Signals: changed, any of this is other.
    """

    changed = Signal()

    def __init__(
        self,
        session: Session,
        jobs: Jobs,
        weights: Callable[[], Path | Literal["random"] | None],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._session, self._jobs, self._weights = session, jobs, weights
        self._making: Job | None = None
        self._loading: Job | None = None
        self._forget()
        session.project_changed.connect(self._project_changed)
        if session.project is not None:
            self._load()

    @property
    def running(self) -> bool:
        """True while a ranking is made."""
        return self._making is not None

    def make(self) -> None:
        """Rank the images by their labels as they are now; nothing if that is under way already."""
        project = self._session.project
        if project is None or self._making is not None:
            return
        others = self._jobs.of("work")
        self._forget()
        self.doing = f"Waits for: {others[0].name}" if others else "Getting ready"
        self._making = self._jobs.start(
            tasks.review.find_suspects,
            project.dataset(),
            project.folder,
            self._weights(),
            name="Finding suspects",
            on_event=self._hear,
            on_done=self._take,
            on_failed=self._fail,
            on_cancelled=self._cancelled,
        )
        self.changed.emit()

    def cancel(self) -> None:
        """Call off the ranking that is being made."""
        if self._making is not None:
            self._making.cancel()
            self._end()

    def _forget(self) -> None:
        self.doing, self.done, self.total, self.problem = "", 0, 0, ""

    def _end(self, problem: str = "") -> None:
        self._making = None
        self._forget()
        self.problem = problem
        self.changed.emit()

    def _project_changed(self) -> None:
        if self._loading is not None:
            self._loading.cancel()
            self._loading = None
        self.cancel()
        self._end()
        self._load()

    def _load(self) -> None:
        project = self._session.project
        if project is None:
            return
        self._loading = self._jobs.start(
            tasks.review.load_suspects,
            project.folder,
            project.classes,
            name="Reading the ranking",
            lane="predict",
            quiet=True,
            on_done=self._take_kept,
        )

    def _take_kept(self, suspects: Suspects | None) -> None:
        self._loading = None
        if suspects is not None and self._session.suspects is None:
            self._session.show_suspects(suspects)

    def _hear(self, event: Event) -> None:
        if isinstance(event, Step):
            self.doing, self.done, self.total = event.name, event.done, event.total
        elif isinstance(event, Note):
            self.doing, self.done, self.total = event.text, 0, 0
        else:
            return
        self.changed.emit()

    def _take(self, suspects: Suspects) -> None:
        self._end()
        self._session.show_suspects(suspects)

    def _fail(self, failure: Failure) -> None:
        self._end(failure.sentence)

    def _cancelled(self) -> None:
        """By the status bar, or by `cancel`, after which there may be another job."""
        if self._making is not None and self._making.flags.cancel.is_set():
            self._end()
