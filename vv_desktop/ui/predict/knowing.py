"""Older runs do not know what their training photos look like; they learn it when a photo is first asked about."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject

from vv_desktop import tasks
from vv_desktop.core.progress import Answer
from vv_desktop.jobs import Job, Jobs
from vv_desktop.session import Session
from vv_desktop.ui.predict.answering import Answering
from vv_desktop.ui.predict.asking import Asking


class Knowing(QObject):
    """Owns the job by which a run learns what its training photos look like; then all photos are asked about again.

    Once a run and window: where it cannot be learned, answers go without. Lives on the window's thread. No signals.
    """

    def __init__(
        self,
        session: Session,
        jobs: Jobs,
        asking: Asking,
        answering: Answering,
        parent: QObject | None = None,
        learn_task: Callable[..., Any] = tasks.training.learn_known,
    ) -> None:
        super().__init__(parent)
        self._session, self._jobs, self._answering, self._learn_task = session, jobs, answering, learn_task
        self._tried: set[Path] = set()
        self._job: Job | None = None
        asking.answered.connect(self._hear)
        session.project_changed.connect(self._leave)

    def _hear(self, who: int, answer: Answer) -> None:
        run, project = self._answering.run, self._session.project
        known = answer.probabilities is None or answer.distance is not None
        if who or known or run is None or project is None or project.store.read_only or run.folder in self._tried:
            return
        self._tried.add(run.folder)
        self._job = self._jobs.start(
            self._learn_task, run, project.dataset(), project.folder, name="Looking at the training photos",
            lane="work", quiet=True, on_done=lambda _: self._learned(run.folder),
        )  # fmt: skip

    def _learned(self, folder: Path) -> None:
        if self._answering.run is not None and self._answering.run.folder == folder:
            self._answering.ask_again()

    def _leave(self) -> None:
        if self._job is not None:
            self._job.cancel()
            self._job = None
