"""How long each plan will take on this machine: measured once, told before a training, corrected after it."""

import time
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from PySide6.QtCore import QObject, QTimer, Signal

from vv_desktop import tasks
from vv_desktop.core.duration import Cached, Counts, Duration, Stopwatch, corrections, estimate, rounded
from vv_desktop.core.plans import Plan
from vv_desktop.core.progress import Event
from vv_desktop.core.project import Project
from vv_desktop.core.runs import Run
from vv_desktop.core.speeds import Speeds, load_speeds, save_speeds
from vv_desktop.core.user_folders import user_cache
from vv_desktop.jobs import Jobs
from vv_desktop.session import Session
from vv_desktop.ui.awaited_job import AwaitedJob
from vv_desktop.workers import Failure

PAUSE = 200
"""Milliseconds without a change before the caches are looked into."""
PHOTOS = 400
"""Photos that are offered for measuring; a second's worth of them is read."""
_IRRELEVANT = {
    "name", "head_epochs", "fine_tune_epochs", "head_learning_rate", "fine_tune_learning_rate", "units", "batch_size",
    "dropout", "dropout_last", "patience", "plateau_patience", "balanced",
}  # fmt: skip
"""Values of a plan that no cache depends on."""
Weights = Path | Literal["random"] | None


class Expectations(QObject):
    """Owns the speeds of this machine and what the caches hold for each plan. Window's thread.

    Signals: changed, what is expected is another time now, or is known at last.
    """

    changed = Signal()

    def __init__(
        self,
        session: Session,
        jobs: Jobs,
        parent: QObject | None = None,
        measure_task: Callable[..., Speeds] = tasks.training.measure_machine,
        look_task: Callable[..., tuple[Cached, ...]] = tasks.training.look_into_caches,
        kept: Path | None = None,
    ) -> None:
        """kept: the file that the speeds are kept in, the user's own by default."""
        super().__init__(parent)
        self._session, self._jobs = session, jobs
        self._measure_task, self._look_task = measure_task, look_task
        self._file = kept or user_cache() / "speeds.json"
        self.speeds = load_speeds(self._file)
        self._doubtful = self.speeds is not None and self.speeds.busy  # measured again, as the machine may be idle now
        self._measuring, self._looking = AwaitedJob(self), AwaitedJob(self)
        self._plans: dict[str, Plan] = {}
        self._weights: Weights = None
        self._counts: Counts | None = None
        self._cached: dict[str, Cached] = {}
        self._seen: object = None
        self._failed = False
        self._training: tuple[Duration | None, Stopwatch] | None = None
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(PAUSE)
        self._timer.timeout.connect(self._look)
        session.project_changed.connect(self.forget)

    # What it says

    def of(self, name: str) -> Duration | None:
        """What a training by the plan of this name will take; None until it is known."""
        if self.speeds is None or self._counts is None or name not in self._cached:
            return None
        return estimate(self._plans[name], self._counts, self._cached[name], self.speeds)

    @property
    def source(self) -> str:
        """Where the times come from: "Measured 25 Nov 07:08, corrected by 2 trainings"."""
        if self.measuring:
            return "Measuring this machine…"
        if self.speeds is None:
            return "This machine was not measured yet"
        try:
            when = f"{datetime.fromisoformat(self.speeds.measured):%d %b %H:%M}"
        except ValueError:
            when = self.speeds.measured
        count = self.speeds.trainings
        since = f", corrected by {count} training{'' if count == 1 else 's'}" if count else ""
        return f"Times measured {when}{' while the machine was busy' if self.speeds.busy else ''}{since}"

    @property
    def measuring(self) -> bool:
        """The machine is being measured now."""
        return self._measuring.running

    @property
    def settled(self) -> bool:
        """Everything was looked at."""
        return not (self.measuring or self._looking.running or self._timer.isActive())

    # What it is told

    def count(self) -> None:
        """The labels or splits may be others."""
        project = self._session.project
        self._counts = counted(project) if project is not None else None

    def consider(self, plans: Mapping[str, Plan], weights: Weights) -> None:
        """These are the plans as they stand now."""
        project = self._session.project
        if project is None or self._counts is None:
            return
        self._plans, self._weights = dict(plans), weights
        if (self.speeds is None or self._doubtful) and not self.measuring and not self._failed:
            self._doubtful = False
            self.measure()
        seen = (project.folder, weights, self._counts, *(_place(plan) for plan in plans.values()))
        if seen != self._seen:
            self._seen = seen
            self._timer.start()
        self.changed.emit()

    def measure(self) -> None:
        """Measure this machine, again if need be: two seconds."""
        project = self._session.project
        if project is None:
            return
        photos = [project.path_of(image) for image in list(project.images)[:: max(1, len(project.images) // PHOTOS)]]
        self._measuring.replace(
            self._jobs.start(
                self._measure_task,
                photos,
                name="Measuring this machine",
                quiet=True,
                on_done=self._measured,
                on_failed=self._not_measured,
            )
        )
        self.changed.emit()

    def forget(self) -> None:
        """What is cached may be other than it was."""
        self._seen = None
        self._cached = {}

    def begin(self, plan: Plan) -> None:
        """A training by this plan starts."""
        sure = self.settled and self._plans.get(plan.name) == plan
        self._training = (self.of(plan.name) if sure else None, Stopwatch())

    def hear(self, event: Event) -> None:
        """What that training says."""
        if self._training is not None:
            self._training[1].hear(event, time.perf_counter())

    def end(self, run: Run | None) -> None:
        """It ended, with a run or without; its own figures take the place of those that were measured."""
        training, self._training = self._training, None
        self.forget()
        expected, watch = training or (None, None)
        if expected is None or watch is None or run is None or self.speeds is None:
            return
        self.speeds = self.speeds.corrected(corrections(expected, watch.per_unit(None if run.stopped else run.seconds)))
        save_speeds(self._file, self.speeds)

    # How

    def _measured(self, speeds: Speeds) -> None:
        self._measuring.done()
        self.speeds = speeds
        save_speeds(self._file, speeds)
        self.changed.emit()

    def _not_measured(self, failure: Failure) -> None:
        self._measuring.done()
        self._failed = True  # and is not tried again before it is asked for
        self.changed.emit()

    def _look(self) -> None:
        project = self._session.project
        if project is None:
            return
        names = tuple(self._plans)
        self._looking.replace(
            self._jobs.start(
                self._look_task,
                project.dataset(),
                tuple(self._plans.values()),
                project.folder,
                self._weights,
                name="Looking into the caches",
                lane="pixels",
                quiet=True,
                on_done=lambda found: self._looked(names, found),
                on_failed=lambda _: self._looked(names, (Cached(),) * len(names)),
            )
        )

    def _looked(self, names: tuple[str, ...], found: tuple[Cached, ...]) -> None:
        self._looking.done()
        self._cached = dict(zip(names, found, strict=True))
        self.changed.emit()


def counted(project: Project) -> Counts:
    """What a training of this project would work on now."""
    rows = project.images.values()
    splits = [row.split for row in rows if row.used]
    megabytes = sum(row.size for row in rows) / 1e6
    return Counts(splits.count("train"), splits.count("val"), len(rows), megabytes, project.mirror.of is not None)


def explained(duration: Duration) -> str:
    """Where the time goes, a line for each piece."""
    lines = [f"{row.name}: {rounded(row.seconds)}{', once' if row.once else ''}" for row in duration.rows]
    return "\n".join([*lines, "If no phase ends early; other work on this machine makes it longer."])


def _place(plan: Plan) -> tuple[tuple[str, Any], ...]:
    """What decides where a plan looks for cached things; whatever is not known to be irrelevant is taken for it."""
    values = {name: value for name, value in plan.as_dict().items() if name not in _IRRELEVANT}
    return (*values.items(), ("phases", (plan.head_epochs > 0, plan.fine_tune_epochs > 0)))
