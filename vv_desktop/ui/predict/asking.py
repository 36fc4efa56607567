"""Asking the run about photos in the background: finding them in folders, then predicting, one batch after another."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Signal

from vv_desktop.core.progress import Answer, Event, Predicted
from vv_desktop.core.runs import Run
from vv_desktop.jobs import Job, Jobs

Task = Callable[..., Any]


class Asking(QObject):
    """Owns the jobs that find photos and predict them, and how far they are. Lives on the window's thread.

    After `cancel` nothing of what was asked before is heard.

    Signals:
        found(tuple[Path], tuple[Problem], tuple[Path]): photos, what is none, and what was given.
        answered(Answer): path, probabilities or None, error or None.
        unanswered(tuple[Path], str): the run could not be asked about these, and why.
        changed: how far it is changed, or it is over.
    """

    found = Signal(object, object, object)
    answered = Signal(object)
    unanswered = Signal(object, str)
    changed = Signal()

    def __init__(self, jobs: Jobs, find_task: Task, predict_task: Task, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._jobs, self._find_task, self._predict_task = jobs, find_task, predict_task
        self._running: list[Job] = []
        self._round = 0
        self.done = self.total = 0

    @property
    def busy(self) -> bool:
        """True while something is found or asked."""
        return bool(self._running)

    def find(self, paths: Sequence[Path]) -> None:
        """Look for photos among files and in folders."""
        given = tuple(paths)
        self._start(
            self._find_task, (given,), "Looking for photos", given, lambda value: self.found.emit(*value, given)
        )

    def predict(self, photos: Sequence[Path], run: Run) -> None:
        """Ask `run` about photos."""
        asked = tuple(photos)
        if asked:
            self.total += len(asked)
            self._start(self._predict_task, (asked, run), "Predicting", asked, self._take_rest)

    def cancel(self) -> None:
        """Call everything off."""
        self._round += 1
        for job in self._running:
            job.cancel()
        self._running.clear()
        self._count()

    def _start(
        self, task: Task, arguments: tuple[Any, ...], name: str, asked: tuple[Path, ...], done: Callable[[Any], None]
    ) -> None:
        begun = self._round
        jobs: list[Job] = []

        def end(tell: Callable[[], None]) -> None:
            if begun == self._round:
                self._running.remove(jobs[0])
                tell()
                self._count()

        jobs.append(
            self._jobs.start(
                task,
                *arguments,
                name=name,
                lane="predict",
                on_event=lambda event: self._hear(event) if begun == self._round else None,
                on_done=lambda value: end(lambda: done(value)),
                on_failed=lambda failure: end(lambda: self.unanswered.emit(asked, failure.sentence)),
                on_cancelled=lambda: end(lambda: self.unanswered.emit(asked, "It was called off")),
            )
        )
        self._running.append(jobs[0])
        self.changed.emit()

    def _hear(self, event: Event) -> None:
        if isinstance(event, Predicted):
            self.done += 1
            self.answered.emit(event.answer)
            self.changed.emit()

    def _take_rest(self, answers: Sequence[Answer]) -> None:
        """Every answer comes as an event too; here nothing is new unless a task keeps silent."""
        for answer in answers or ():
            self.answered.emit(answer)

    def _count(self) -> None:
        if not self._running:
            self.done = self.total = 0
        self.changed.emit()
