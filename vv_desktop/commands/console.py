"""Progress on a terminal: a bar where there is one, plain lines otherwise; always on stderr."""

import sys
import time
from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from vv_desktop.core.progress import BatchEnd, EpochEnd, Event, Note, PhaseBegin, Step

SECONDS_BETWEEN_LINES = 10.0


class ConsoleSink:
    """Hears events of a task, on whatever thread they come, and writes them to stderr."""

    def __init__(self) -> None:
        self._console = Console(stderr=True, highlight=False, markup=False)
        self._bar: Progress | None = None
        self._row: TaskID | None = None
        self._said: dict[str, float] = {}

    def __enter__(self) -> "ConsoleSink":
        if sys.stderr.isatty():
            columns = (
                TextColumn("{task.description}", markup=False),
                BarColumn(),
                MofNCompleteColumn(),
                TimeRemainingColumn(),
            )
            self._bar = Progress(*columns, console=self._console, transient=True)
            self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar is not None:
            self._bar.stop()

    def __call__(self, event: Event) -> None:
        """Show one event."""
        match event:
            case Step(name, done, total):
                self._advance(name, done, total)
            case BatchEnd():
                if self._bar is not None:
                    self._advance(f"{event.phase}, epoch {event.epoch} of {event.epochs}", event.batch, event.batches)
            case EpochEnd():
                self._say(
                    f"{event.phase} epoch {event.epoch}: loss {event.loss:.4f}, accuracy {event.accuracy:.4f}, "
                    f"validation loss {event.val_loss:.4f}, accuracy {event.val_accuracy:.4f}"
                    f"{' *' if event.best else ''}"
                )
            case PhaseBegin():
                self._say(f"Phase {event.phase}: {event.epochs} epochs at most")
            case Note(text):
                self._say(text)

    def _say(self, text: str) -> None:
        self._console.print(text, soft_wrap=True)

    def _advance(self, name: str, done: int, total: int) -> None:
        if self._bar is not None:
            if self._row is None:
                self._row = self._bar.add_task(name, total=total)
            self._bar.update(self._row, description=name, completed=done, total=total)
            return
        now = time.monotonic()
        if done >= total or now - self._said.get(name, 0.0) >= SECONDS_BETWEEN_LINES:
            self._said[name] = now
            self._say(f"{name}: {done} of {total}")
