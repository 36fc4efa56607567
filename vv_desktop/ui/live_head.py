"""When the live head is trained on, and what is known of it: off, after each burst of relabels, or on demand."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

from PySide6.QtCore import QObject, QTimer, Signal

from vv_desktop import tasks
from vv_desktop.core.dataset import UNLABELLED, Dataset
from vv_desktop.core.live import LiveHead, changed_answers
from vv_desktop.core.plans import QUICK, Plan
from vv_desktop.core.progress import BatchEnd, Event, Note, Step
from vv_desktop.core.project import Project
from vv_desktop.jobs import Job, Jobs
from vv_desktop.session import Session
from vv_desktop.workers import Failure

Mode = Literal["off", "on", "demand"]
MODES: tuple[Mode, ...] = ("off", "on", "demand")
BURST = 300
"""Milliseconds without a relabel after which a burst is over."""
NAME = "Updating the live head"


class LiveUpdates(QObject):
    """Owns the live head of the open project, the timer and the one job that trains it. Window's thread, app's life.

    mode: `off` shows the run; `on` and `demand` show the live head, which `demand` updates only when asked to.
    doing: what is done right now, in words; "" if nothing is. problem: why the newest update came to nothing.
    moved: images whose answer the newest update changed. updated: seconds since 1970.
    weights: asked for the wish where the pretrained network comes from, as in `tasks.training.train`.

    Signals: changed, any of this is other.
    """

    changed = Signal()

    def __init__(self, session: Session, jobs: Jobs, plan: Plan = QUICK, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session, self._jobs, self._plan = session, jobs, plan
        self.weights: Callable[[], Path | Literal["random"] | None] = lambda: None
        self.mode: Mode = "off"
        self.job: Job | None = None
        self._burst = QTimer(self, singleShot=True, interval=BURST)
        self._burst.timeout.connect(self._burst_over)
        self._forget()
        session.project_changed.connect(self._project_changed)
        session.images_changed.connect(self._labels_moved)
        jobs.changed.connect(self._lane_moved)

    # What the window may ask for

    def choose(self, mode: Mode) -> None:
        """Another mode. Off gives the run's predictions back at once, and forgets nothing."""
        self.mode = mode
        if mode == "off":
            self._call_off()
            self._session.show_live(None)
        elif self._session.project is not None:
            if self.head is not None and self._session.live is None:
                self._session.show_live(self.head)
            if self.head is None or (mode == "on" and self.labels_since):
                self._begin()
        self.changed.emit()

    def toggle(self) -> None:
        """On if it is off, else off."""
        self.choose("on" if self.mode == "off" else "off")

    def update_now(self) -> None:
        """Train it on at once, whether or not labels changed; if it was off, it is on demand from now on."""
        if self._session.project is None:
            return
        if self.mode == "off":
            self.choose("demand")
        self._begin()

    def resume(self) -> None:
        """Someone looks: if it is on since the last start of the app, this is the time to begin."""
        if self.mode == "on" and self.head is None and self.problem == "":
            self._begin()

    def state(self) -> dict[str, object]:
        """What should be as it is now after a restart."""
        return {"mode": self.mode}

    def restore(self, state: dict[str, Any]) -> None:
        """Take what `state` gave; anything else is passed over."""
        if (mode := state.get("mode")) in MODES:
            self.mode = mode

    @property
    def labels_since(self) -> int:
        """Images that are new, or have another label or split than when the live head learned; 0 if there is none."""
        project = self._session.project
        if project is None or self._learned is None:
            return 0
        return sum(self._learned.get(row.id) != (row.label, row.split) for row in project.images.values())

    # How

    def _forget(self) -> None:
        self.head: LiveHead | None = None
        self._learned: dict[int, tuple[str | None, str | None]] | None = None
        self._asked: Dataset | None = None
        self._wanted = self._again = False
        self.doing = self.problem = ""
        self.moved: tuple[int, ...] = ()
        self.updated = 0.0

    def _call_off(self) -> None:
        self._burst.stop()
        self._wanted = self._again = False
        self.doing = ""
        if self.job is not None:
            self.job.cancel()
            self.job = None

    def _project_changed(self) -> None:
        self._call_off()
        self._forget()
        self.changed.emit()

    def _labels_moved(self, images: object) -> None:
        if self.mode == "on":
            self._burst.start()
        self.changed.emit()

    def _burst_over(self) -> None:
        if self.head is None or self.labels_since:  # not if all was taken back
            self._begin()

    def _begin(self) -> None:
        """Start the job; if it runs, once more after it; if the lane is taken, when that is free again."""
        project = self._session.project
        if project is None or self.mode == "off":
            return
        if self.job is not None:
            self._again = True
            return
        others = self._jobs.of("work")
        self._wanted = bool(others)
        if others:
            self._say(f"Waits for: {others[0].name}")
        else:
            self._start(project)

    def _start(self, project: Project) -> None:
        self.problem, self._again, self._asked = "", False, project.dataset()
        self.job = self._jobs.start(
            tasks.training.retrain_head,
            self._asked,
            self._plan,
            project.folder,
            self.weights(),
            self.head,
            name=NAME,
            quiet=self.head is not None,  # a second or two, after each burst
            on_event=self._hear,
            on_done=self._done,
            on_failed=self._failed,
            on_cancelled=self._cancelled,
        )
        self._say("Updating" if self.head is not None else "Getting ready")

    def _lane_moved(self) -> None:
        if self._wanted:
            self._begin()

    def _hear(self, event: Event) -> None:
        if isinstance(event, Step) and event.done < event.total:
            self._say(f"{event.name}: {event.done:,} of {event.total:,}")
        elif isinstance(event, BatchEnd):
            self._say(f"Learning: epoch {event.epoch} of {event.epochs}")
        elif isinstance(event, Note) and self.head is None:
            self._say(event.text)

    def _say(self, doing: str) -> None:
        if doing != self.doing:
            self.doing = doing
            self.changed.emit()

    def _done(self, head: LiveHead) -> None:
        assert self._asked is not None
        before, names = self.head, self._asked.classes.names
        self._learned = {
            s.image: (None if s.label == UNLABELLED else names[s.label], s.split) for s in self._asked.samples
        }
        moved = changed_answers(before.predictions, head.predictions) if before is not None else ()
        self.head, self.updated, self.moved = head, time.time(), tuple(int(image) for image in moved)
        self._session.show_live(head)
        self._end()

    def _failed(self, failure: Failure) -> None:
        self.problem = failure.sentence
        self._end()

    def _cancelled(self) -> None:
        """By the status bar, or by `_call_off`, which has another job by now or none."""
        if self.job is not None and self.job.flags.cancel.is_set():
            self._again = False
            self._end()

    def _end(self) -> None:
        self.job, self.doing = None, ""
        if self._again:
            self._burst.start()
        self._again = False
        self.changed.emit()
