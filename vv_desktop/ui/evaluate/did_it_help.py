"""Whether the labels changed since a run helped: asks the background, and keeps the answer until the next one."""

from pathlib import Path
from typing import Literal

from PySide6.QtCore import QObject, Signal

from vv_desktop import tasks
from vv_desktop.core.comparison import Comparison, TrainingOn, dataset_before
from vv_desktop.core.errors import UserError
from vv_desktop.core.progress import BatchEnd, EpochEnd, Event, Note, Step
from vv_desktop.core.runs import Run
from vv_desktop.core.training_request import load_request
from vv_desktop.jobs import Job, Jobs
from vv_desktop.session import Session
from vv_desktop.workers import Failure

NAME = "Did it help"


class DidItHelp(QObject):
    """Owns the job and the newest comparison. Window's thread.

    comparison: of the labels when `asked` was trained with those when it was begun; kept: the run it left behind.
    stale: labels changed after that. doing: what the job does now, "" if there is none. problem: why it failed.

    Signals: changed, any of these.
    """

    changed = Signal()

    def __init__(self, session: Session, jobs: Jobs, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session, self._jobs = session, jobs
        self.job: Job | None = None
        self.asked: Run | None = None
        self.comparison: Comparison | None = None
        self.kept: Run | None = None
        self._forget()
        session.project_changed.connect(self._project_changed)
        session.images_changed.connect(self._labels_moved)

    def begin(self) -> None:
        """Train twice and compare, unless that is under way."""
        project, run = self._session.project, self._session.run
        if project is None or run is None or self.job is not None:
            return
        self._forget()
        if project.store.read_only:
            self.problem = f"No run can be kept, since the project {project.store.read_only}"
            self.changed.emit()
            return
        self.asked = run
        after = project.dataset()
        before = dataset_before(after, self._session.labels_then)
        waiting = self._jobs.of("work")
        self.job = self._jobs.start(
            tasks.training.did_it_help,
            before,
            after,
            run.plan,
            project.folder,
            weights_of(run),
            name=NAME,
            on_event=self._hear,
            on_done=self._done,
            on_failed=self._failed,
            on_cancelled=self._cancelled,
        )
        self._say(f"Waits for: {waiting[0].name}" if waiting else "Getting ready")

    def cancel(self) -> None:
        """Call it off; nothing is kept."""
        if self.job is not None:
            self.job.cancel()
            self._say("Cancelling")

    def put_away(self) -> None:
        """The answer, or why there is none, was read."""
        if self.job is None:
            self._forget()
            self.changed.emit()

    # How

    def _forget(self) -> None:
        self.asked = self.comparison = self.kept = None
        self.stale = False
        self.doing = self.problem = self._version = ""

    def _project_changed(self) -> None:
        if self.job is not None:
            self.job.cancel()
        self.job = None
        self._forget()
        self.changed.emit()

    def _labels_moved(self, images: object) -> None:
        if self.asked is not None and not self.stale:
            self.stale = True
            self.changed.emit()

    def _hear(self, event: Event) -> None:
        if isinstance(event, TrainingOn):
            self._version = "1 of 2, labels then" if event.version == "before" else "2 of 2, labels now"
            self._say(self._version)
        elif isinstance(event, BatchEnd | EpochEnd):
            phase = "" if event.phase == "head" else " of fine-tuning"
            of = f" of {event.epochs}" if isinstance(event, BatchEnd) else ""
            self._say(f"{self._version}: epoch {event.epoch}{of}{phase}")
        elif isinstance(event, Note):
            self._say(f"{self._version}: {event.text}")
        elif isinstance(event, Step) and event.done < event.total:
            self._say(f"{self._version}: {event.name}, {event.done:,} of {event.total:,}")

    def _say(self, doing: str) -> None:
        if doing != self.doing:
            self.doing = doing
            self.changed.emit()

    def _done(self, answer: tuple[Comparison, Run]) -> None:
        self.job, self.doing = None, ""
        self.comparison, self.kept = answer
        self._session.runs_moved()
        self.changed.emit()

    def _failed(self, failure: Failure) -> None:
        self.job, self.doing, self.problem = None, "", failure.sentence
        self.changed.emit()

    def _cancelled(self) -> None:
        """Also from the status bar; nothing to do for a job of a project that was closed."""
        if self.job is not None and self.job.flags.cancel.is_set():
            self.job = None
            self._forget()
            self.changed.emit()


def weights_of(run: Run) -> Path | Literal["random"] | None:
    """The pretrained weights that the training of `run` was asked for; the ImageNet ones if that was not kept."""
    try:
        wanted = load_request(run).weights
    except UserError:
        return None
    return "random" if wanted == "random" else None if wanted is None else Path(wanted)
