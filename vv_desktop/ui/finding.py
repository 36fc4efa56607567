"""What is found out about the open project in the background: what was kept is read, the rest made on demand."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

from PySide6.QtCore import QObject, Signal

from vv_desktop.core.progress import Event, Note, Step
from vv_desktop.jobs import Jobs, LaneName
from vv_desktop.session import Session
from vv_desktop.ui.awaited_job import AwaitedJob
from vv_desktop.workers import Failure


class Finding(QObject):
    """Owns the job that makes it and the one that reads what was kept. Window's thread, as long as the app.

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
        self._making, self._reading = AwaitedJob(self), AwaitedJob(self)
        self._tell("")
        session.project_changed.connect(self._project_changed)
        if session.project is not None:
            self.read_kept()

    def make(self) -> None:
        """Make it anew; nothing if that is under way already."""
        raise NotImplementedError

    def read_kept(self) -> None:
        """Have what was kept in the open project read."""
        raise NotImplementedError

    def forget(self) -> None:
        """Another project is open, or none: what was found is no more."""

    @property
    def running(self) -> bool:
        """True while it is made; reading what was kept does not count."""
        return self._making.running

    def cancel(self) -> None:
        """Call off what is being made; what was found before stays."""
        if self.running:
            self._making.cancel()
            self._tell("")
            self.changed.emit()

    # For the one that is made

    def _make(
        self,
        task: Callable[..., Any],
        *arguments: Any,
        name: str,
        on_done: Callable[[Any], None],
        lane: LaneName = "work",
    ) -> None:
        others = self._jobs.of(lane)
        self._tell(f"Waits for: {others[0].name}" if others else "Getting ready")
        self._reading.cancel()
        self._making.replace(
            self._jobs.start(
                task, *arguments, name=name, lane=lane, on_event=self._hear, on_done=self._then(on_done),
                on_failed=self._fail, on_cancelled=self._cancelled,
            )
        )  # fmt: skip
        self.changed.emit()

    def _read(self, task: Callable[..., Any], *arguments: Any, name: str, on_done: Callable[[Any], None]) -> None:
        def done(kept: Any) -> None:
            self._reading.done()
            if kept is not None:
                on_done(kept)
            self.changed.emit()

        self._reading.replace(self._jobs.start(task, *arguments, name=name, lane="predict", quiet=True, on_done=done))

    def _tell(self, doing: str, done: int = 0, total: int = 0, problem: str = "") -> None:
        self.doing, self.done, self.total, self.problem = doing, done, total, problem

    def _then(self, on_done: Callable[[Any], None]) -> Callable[[Any], None]:
        def done(found: Any) -> None:
            self._making.done()
            self._tell("")
            on_done(found)
            self.changed.emit()

        return done

    def _hear(self, event: Event) -> None:
        if isinstance(event, Step):
            self._tell(event.name, event.done, event.total)
        elif isinstance(event, Note):
            self._tell(event.text)
        else:
            return
        self.changed.emit()

    def _fail(self, failure: Failure) -> None:
        self._making.done()
        self._tell("", problem=failure.sentence)
        self.changed.emit()

    def _cancelled(self) -> None:
        """By the status bar; whoever called `cancel` heard already, and may have begun another."""
        if self._making.called_off:
            self._making.done()
            self._tell("")
            self.changed.emit()

    def _project_changed(self) -> None:
        self._making.cancel()
        self._reading.cancel()
        self._tell("")
        self.forget()
        self.changed.emit()
        if self._session.project is not None:
            self.read_kept()
