"""Background work as the window sees it: start a task, hear its events and its end on the window's thread."""

import collections
import logging
import time
from collections.abc import Callable
from typing import Any, Literal, get_args

from PySide6.QtCore import QObject, Qt, Signal, Slot

from vv_desktop.collector import Collector
from vv_desktop.core.errors import Cancelled
from vv_desktop.core.progress import Event
from vv_desktop.workers import Failure, Flags, Lane, WorkerProgress, let_go, run_task

LaneName = Literal["work", "predict", "pixels", "map", "quality"]
log = logging.getLogger(__name__)


def _ignore(_: Any) -> None:
    pass


class Job:
    """One piece of background work. A plain object: only `Jobs` talks to Qt."""

    def __init__(self, name: str, lane: LaneName, quiet: bool) -> None:
        self.name, self.lane, self.quiet = name, lane, quiet
        self.flags = Flags()
        self.newest: dict[type[Event], Event] = {}
        self.last: Event | None = None
        self.on_event: Callable[[Event], None] = _ignore
        self.on_done: Callable[[Any], None] = _ignore
        self.on_failed: Callable[[Failure], None] = _ignore
        self.on_cancelled: Callable[[], None] = lambda: None

    def cancel(self) -> None:
        """Call it off: nothing is kept and, but for `on_cancelled`, nothing more is heard."""
        self.flags.cancel.set()

    def stop(self) -> None:
        """Ask it to end soon and keep the best so far."""
        self.flags.stop.set()

    def forget_listeners(self) -> None:
        """It is over: what listened must not be kept, and in the end be destroyed, by the thread that ran it."""
        self.on_event = self.on_done = self.on_failed = _ignore
        self.on_cancelled = lambda: None


class Jobs(QObject):
    """Owns the lanes and every running job; lives on the window's thread, as long as the app.

    Signals: `changed` when a job starts, reports or ends (for the status bar).
    Lanes: `work` one at a time, all that uses TensorFlow; `predict` answers while a training
    runs; `pixels` decoding and thumbnails; `map` spreading its points, which takes long and nobody waits for;
    `quality` measuring pictures, which nobody waits for either.
    """

    changed = Signal()
    _wake = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._lanes: dict[LaneName, Lane] = {name: Lane(name) for name in get_args(LaneName)}
        self._inbox: collections.deque[tuple[Job, str, Any]] = collections.deque()
        self._closed = self._waking = False
        self.running: list[Job] = []
        self._wake.connect(self._drain, Qt.ConnectionType.QueuedConnection)
        self._collector = Collector(self)

    def start(
        self,
        task: Callable[..., Any],
        *arguments: Any,
        name: str,
        lane: LaneName = "work",
        quiet: bool = False,
        on_event: Callable[[Any], None] = _ignore,
        on_done: Callable[[Any], None] = _ignore,
        on_failed: Callable[[Failure], None] = _ignore,
        on_cancelled: Callable[[], None] = lambda: None,
    ) -> Job:
        """Run `task(*arguments, progress=…)` on `lane`. Callbacks come on the window's thread.

        name: what the status bar calls it, as a verb in progress: "Training".
        quiet: not shown in the status bar.
        """
        job = Job(name, lane, quiet)
        log.log(logging.DEBUG if quiet else logging.INFO, "begun: %s", name)
        job.on_event, job.on_done, job.on_failed, job.on_cancelled = on_event, on_done, on_failed, on_cancelled
        self.running.append(job)
        self._lanes[lane].put(lambda: self._run(job, task, arguments))
        self.changed.emit()
        return job

    def of(self, lane: LaneName) -> tuple[Job, ...]:
        """The jobs of a lane that have not ended, in order."""
        return tuple(job for job in self.running if job.lane == lane)

    def shutdown(self, timeout: float = 5.0) -> bool:
        """Cancel everything and end the lanes; True if all ended within `timeout` seconds."""
        self._closed = True
        for job in self.running:
            job.flags.closing.set()  # first: then the cancel is not taken for the user's wish
            job.cancel()
        end = time.monotonic() + timeout  # of all together; each is closed, also after one that did not end
        ended = [lane.close(max(0.0, end - time.monotonic())) for lane in self._lanes.values()]
        if all(ended):
            self._collector.close()
        return all(ended)

    def _run(self, job: Job, task: Callable[..., Any], arguments: tuple[Any, ...]) -> None:
        """On the lane's thread."""
        progress = WorkerProgress(job.flags, lambda event: self._post_event(job, event))
        try:
            value, failure = run_task(task, arguments, progress, job.flags)
        except Cancelled:
            self._post(job, "cancelled", None)
            return
        self._post(job, "failed", failure) if failure else self._post(job, "done", value)

    def _post_event(self, job: Job, event: Event) -> None:
        if event.momentary:
            waiting = type(event) in job.newest
            job.newest[type(event)] = event
            if not waiting:
                self._post(job, "newest", type(event))
        else:
            self._post(job, "event", event)

    def _post(self, job: Job, kind: str, value: Any) -> None:
        self._inbox.append((job, kind, value))
        if not self._closed and not self._waking:
            self._waking = True
            self._wake.emit()

    @Slot()
    def _drain(self) -> None:
        self._waking = False
        try:
            for _ in range(200):  # then let the window breathe
                if not self._inbox:
                    return
                self._deliver(*self._inbox.popleft())
        finally:
            if self._inbox and not self._closed:
                self._wake.emit()
            self.changed.emit()

    def _deliver(self, job: Job, kind: str, value: Any) -> None:
        if kind in ("newest", "event"):
            event = job.newest.pop(value) if kind == "newest" else value
            if not job.flags.cancel.is_set():
                job.last = event
                job.on_event(event)
            return
        self.running.remove(job)
        log.log(logging.DEBUG if job.quiet else logging.INFO, "%s: %s", kind, job.name)
        try:
            self._tell_end(job, kind, value)
        finally:
            job.forget_listeners()

    def _tell_end(self, job: Job, kind: str, value: Any) -> None:
        if kind == "cancelled" or job.flags.cancel.is_set():
            let_go(value)
            job.on_cancelled()
        elif kind == "failed":
            log.warning("%s: %s", job.name, value.sentence)
            job.on_failed(value)
        else:
            job.on_done(value)
