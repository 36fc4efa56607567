"""How far a training is: a plain record of the events that came, and the words for it."""

from vv_desktop.core.duration import PHASES
from vv_desktop.core.plans import Plan
from vv_desktop.core.progress import BatchEnd, EpochEnd, Event, Note, PhaseBegin, PhaseName, Step
from vv_desktop.ui.train.words import duration

BAR = 1000
"""Steps of the progress bar."""


class Course:
    """What is known of a training that runs. Any thread; it belongs to whoever feeds it."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.epochs: list[EpochEnd] = []
        self.phase: PhaseName | None = None
        self.phase_epochs = 0
        self.batch: BatchEnd | None = None
        self.step: Step | None = None
        self.note = ""

    def hear(self, event: Event) -> None:
        """Take one event in."""
        if isinstance(event, PhaseBegin):
            self.phase, self.phase_epochs, self.batch, self.step = event.phase, event.epochs, None, None
        elif isinstance(event, BatchEnd):
            self.batch, self.step = event, None
        elif isinstance(event, EpochEnd):
            self.epochs.append(event)
        elif isinstance(event, Step):
            self.step = event
        elif isinstance(event, Note):
            self.note = event.text

    @property
    def headline(self) -> str:
        """ "Phase 1 · epoch 3 of 30"."""
        if self.phase is None:
            return "Preparing"
        return f"{PHASES[self.phase]} · epoch {min(self._epoch, self.phase_epochs)} of {self.phase_epochs}"

    @property
    def bar(self) -> int:
        """How far the phase, or the work before it, is; of BAR."""
        if self.step is not None:
            return round(BAR * self.step.done / self.step.total) if self.step.total else 0
        return round(BAR * self._done_epochs / self.phase_epochs) if self.phase_epochs else 0

    @property
    def seconds_left(self) -> float | None:
        """Of this phase, at most; None until enough of its epochs are over."""
        own = [e.seconds for e in self.epochs if e.phase == self.phase]
        before = [e.seconds for e in self.epochs if e.phase != self.phase]
        if len(own) > 1:  # the first epoch pays for what comes before it and for compiling
            each = (own[-1] - own[0]) / (len(own) - 1)
        elif own and before:
            each = own[0] - before[-1]
        else:
            return None
        return each * max(0.0, self.phase_epochs - self._done_epochs)

    @property
    def pace(self) -> str:
        """ "at most 42 s left · 4,665 images/s"."""
        parts = []
        if (left := self.seconds_left) is not None:
            more = self.phase == "head" and self.plan.fine_tune_epochs > 0
            parts.append(f"at most {duration(left)} left{' in this phase' if more else ''}")
        if self.batch is not None and self.step is None:
            parts.append(f"{self.batch.images_per_second:,.0f} images/s")
        return " · ".join(parts)

    @property
    def line(self) -> str:
        """What is being done right now, or the newest note."""
        if self.step is not None:
            return f"{self.step.name} {self.step.done:,} of {self.step.total:,}"
        return self.note

    @property
    def _epoch(self) -> int:
        """Epoch of this phase that is running, from 1."""
        return sum(e.phase == self.phase for e in self.epochs) + 1

    @property
    def _done_epochs(self) -> float:
        over = self._epoch - 1
        batch = self.batch
        if batch is None or batch.phase != self.phase or batch.epoch != over + 1 or not batch.batches:
            return float(over)
        return over + batch.batch / batch.batches
