"""Asking about photos in the background: finding them in folders, then answering what waits, in one stream."""

import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal

from vv_desktop.core.answerers import Answerer
from vv_desktop.core.progress import Answer, Event, Predicted
from vv_desktop.jobs import Job, Jobs

Task = Callable[..., Any]
FEW = 16
"""So many photos go before a long stream, which goes on after them."""
CALM = 100
"""Milliseconds between two looks at how far it is."""


class Asking(QObject):
    """Owns the photos that wait for an answer and the one job that answers them. Lives on the window's thread.

    There are two to ask, the first and the one it is compared with; all that waits for the first is answered
    before the other is asked. A pause, and photos that go first, end the job; another one goes on with what
    still waits. That costs some hundredths of a second, as LiteRT opens a file in ten milliseconds.
    After `cancel` nothing of what was asked before is heard.

    Signals:
        found(tuple[Path], tuple[Problem], tuple[Path]): photos, what is none, and what was given.
        answered(int, Answer): of which of the two; path, probabilities or None, error or None.
        failed(int, str): one of the two cannot be asked, and why; its photos were answered with that sentence.
        changed: how far it is changed, or it is over.
    """

    found = Signal(object, object, object)
    answered = Signal(int, object)
    failed = Signal(int, str)
    changed = Signal()

    def __init__(self, jobs: Jobs, find_task: Task, predict_task: Task, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._jobs, self._find_task, self._predict_task = jobs, find_task, predict_task
        self._answerers: list[Answerer | None] = [None, None]
        self._waiting: tuple[dict[Path, None], dict[Path, None]] = ({}, {})
        self._finding: list[Job] = []
        self._job: Job | None = None
        self._since, self._counted = 0.0, 0
        self.done, self.paused = 0, False
        self._calm = QTimer(self, singleShot=True, interval=CALM)
        self._calm.timeout.connect(self.changed)

    @property
    def busy(self) -> bool:
        """True while photos are looked for or wait for an answer, also in a pause."""
        return bool(self._finding) or self.waiting > 0

    @property
    def waiting(self) -> int:
        """How many answers are wanted still."""
        return sum(map(len, self._waiting))

    def awaits(self, path: Path, who: int) -> bool:
        """Is this photo's answer still to come?"""
        return path in self._waiting[who]

    @property
    def total(self) -> int:
        """How many answers were wanted since it last was idle."""
        return self.done + self.waiting

    @property
    def speed(self) -> float:
        """Photos per second since it began or went on; 0 until that can be said."""
        seconds = time.monotonic() - self._since
        return self._counted / seconds if self._job is not None and seconds > 1 else 0.0

    def find(self, paths: Sequence[Path]) -> None:
        """Look for photos among files and in folders."""
        given = tuple(paths)

        def end(tell: Callable[[], None]) -> None:
            if job in self._finding:
                self._finding.remove(job)
                tell()
                self._tell()

        job = self._jobs.start(
            self._find_task,
            given,
            name="Looking for photos",
            lane="pixels",  # not behind a stream of answers
            on_done=lambda value: end(lambda: self.found.emit(*value, given)),
            on_failed=lambda failure: end(lambda: self.failed.emit(0, failure.sentence)),
            on_cancelled=lambda: end(lambda: None),
        )
        self._finding.append(job)
        self.changed.emit()

    def use(self, who: int, answerer: Answerer | None) -> None:
        """Ask this one from now on; what waited for the one before does not wait any more."""
        self._halt()
        self._answerers[who] = answerer
        self._waiting[who].clear()
        self._go_on()

    def ask(self, photos: Iterable[Path], who: int = 0) -> None:
        """Ask about photos: a few of them before all others, many after them."""
        wanted, answerer = dict.fromkeys(photos), self._answerers[who]
        if not wanted or answerer is None:
            return
        waiting = self._waiting[who]
        few = len(wanted) <= FEW
        if few and (waiting or who == 0):  # before the rest, and before the other one
            self._halt()
            later = {path: None for path in waiting if path not in wanted}
            waiting.clear()
            waiting.update(wanted | later)
        waiting.update(wanted)
        if self.paused and few and who == 0:
            self._start(who, answerer, tuple(wanted))  # a pause is of the long stream
        self._go_on()

    def pause(self) -> None:
        """Ask nothing more until `go_on`."""
        self.paused = True
        self._halt()
        self._tell()

    def go_on(self) -> None:
        """After a pause."""
        self.paused = False
        self._go_on()

    def cancel(self) -> None:
        """Call everything off."""
        self._halt()
        for job in self._finding:
            job.cancel()
        self._finding.clear()
        for waiting in self._waiting:
            waiting.clear()
        self._tell()

    def _halt(self) -> None:
        if self._job is not None:
            self._job.cancel()
            self._job = None

    def _go_on(self) -> None:
        """Answer what waits, unless that is under way."""
        who = next((i for i, waiting in enumerate(self._waiting) if waiting), None)
        if self._job is None and not self.paused and who is not None:
            answerer = self._answerers[who]
            assert answerer is not None
            self._start(who, answerer, tuple(self._waiting[who]))
        self._tell()

    def _start(self, who: int, answerer: Answerer, asked: tuple[Path, ...]) -> None:
        def end(sentence: str | None) -> None:
            if self._job is not job:
                return
            self._job = None
            for path in asked:  # none, unless the task failed or kept silent
                if path in self._waiting[who]:
                    self._take(who, Answer(path, None, sentence or f"No answer came: {path.name}"))
            if sentence is not None:
                self.failed.emit(who, sentence)
            self._go_on()

        def hear(event: Event) -> None:
            if self._job is job and isinstance(event, Predicted):
                self._take(who, event.answer)

        job = self._jobs.start(
            self._predict_task,
            asked,
            answerer.model,
            name="Predicting",
            lane="predict",
            on_event=hear,
            on_done=lambda _: end(None),
            on_failed=lambda failure: end(failure.sentence),
        )
        self._job = job
        self._since, self._counted = time.monotonic(), 0

    def _take(self, who: int, answer: Answer) -> None:
        self._waiting[who].pop(answer.path, None)
        self.done += 1
        self._counted += 1
        self.answered.emit(who, answer)
        if not self._calm.isActive():
            self._calm.start()

    def _tell(self) -> None:
        if not self.busy:
            self.done, self.paused = 0, False
        self.changed.emit()
