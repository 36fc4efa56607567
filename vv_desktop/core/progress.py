"""What a background task may say while it runs, and what it may ask of whoever runs it.

A task is a module-level function `task(values..., progress)`. It never sees a widget, a
thread or a process: it reports typed events, asks now and then whether to go on, and hands
work that may go to several cores or to a child process back to the `Progress` it was given.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Literal, Protocol, TypeVar

T = TypeVar("T")
R = TypeVar("R")
PhaseName = Literal["head", "fine-tune"]


@dataclass(frozen=True)
class Event:
    """Something that happened. Only the newest of a `momentary` kind is worth delivering."""

    momentary: ClassVar[bool] = False


@dataclass(frozen=True)
class Step(Event):
    """`done` of `total` units of the piece of work called `name` (a sentence fragment: "Reading photos")."""

    momentary: ClassVar[bool] = True
    name: str
    done: int
    total: int


@dataclass(frozen=True)
class Note(Event):
    """A line worth keeping in the log and showing to the user as it is."""

    text: str


@dataclass(frozen=True)
class PhaseBegin(Event):
    """A phase of training starts and will run `epochs` epochs at most."""

    phase: PhaseName
    epochs: int


@dataclass(frozen=True)
class BatchEnd(Event):
    """`batch` (from 1) of `batches` of `epoch` (from 1) is done; speed in images per second."""

    momentary: ClassVar[bool] = True
    phase: PhaseName
    epoch: int
    epochs: int
    batch: int
    batches: int
    images_per_second: float


@dataclass(frozen=True)
class EpochEnd(Event):
    """One epoch, as the history of a run keeps it.

    seconds: from the start of the training. learning_rate: of its last step.
    """

    phase: PhaseName
    epoch: int
    seconds: float
    loss: float
    accuracy: float
    val_loss: float
    val_accuracy: float
    learning_rate: float
    best: bool


@dataclass(frozen=True)
class Answer:
    """Class probabilities of one picture outside a run, in class order; or `error`, why there are none.

    distance: to the run's training photos; above 1 it is unlike them. None where that is not known.
    """

    path: Path
    probabilities: tuple[float, ...] | None
    error: str | None
    distance: float | None = None

    @property
    def unlike(self) -> bool | None:
        """Is it unlike the training photos? None where that is not known."""
        return None if self.distance is None else self.distance > 1


@dataclass(frozen=True)
class Predicted(Event):
    """One picture was answered, or could not be."""

    answer: Answer


class Progress(Protocol):
    """What a task may ask of whoever runs it."""

    @property
    def stop_requested(self) -> bool:
        """True once the user asked to stop and keep the best so far."""

    def report(self, event: Event) -> None:
        """Tell the listener. Raises Cancelled once the task was called off."""

    def check(self) -> None:
        """Raise Cancelled once the task was called off."""

    def map(self, function: Callable[[T], R], items: Iterable[T]) -> Iterator[R]:
        """`function` of each item, in order, several at a time; Cancelled between items."""

    def in_child(self, function: str, request: dict[str, Any]) -> dict[str, Any]:
        """Run `module:function(request, report)` in a child process and return its answer.

        Request and answer are JSON documents; `limits` in the request (core/limits.py) hold for
        the child. Events the child reports arrive here as `Step`. Raises UserError as the
        child did, ChildDied if it ended without an answer, Cancelled (after killing it) once the
        task was called off.
        """


class ChildDied(Exception):
    """A child process ended without an answer; carries its last words."""


class NullProgress:
    """A `Progress` that nobody listens to: everything at once, here, and never cancelled."""

    stop_requested = False

    def report(self, event: Event) -> None:
        """Forget it."""

    def check(self) -> None:
        """Never cancelled."""

    def map(self, function: Callable[[T], R], items: Iterable[T]) -> Iterator[R]:
        """Plain `map`."""
        return map(function, items)

    def in_child(self, function: str, request: dict[str, Any]) -> dict[str, Any]:
        """There is nobody to start a process."""
        raise NotImplementedError(f"no child processes here: {function}")
