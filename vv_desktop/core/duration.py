"""How long a training will take on this machine, piece by piece, and what a training that ended says of that."""

from __future__ import annotations

import itertools
import statistics
from dataclasses import dataclass

from vv_desktop.core import costs
from vv_desktop.core.backbones import WHOLE
from vv_desktop.core.known import MOST
from vv_desktop.core.plans import Plan, copies_of
from vv_desktop.core.progress import EpochEnd, Event, PhaseName, Step
from vv_desktop.core.speeds import Piece, Speeds

READING, FEATURES, ACTIVATIONS, PREDICTING = (
    "Reading photos",
    "Computing features",
    "Running the frozen part of the network",
    "Predicting",
)
"""Pieces that a training reports as `Step` by these names."""
PREPARING, PREPARING_FRONT = "Preparing the pretrained network", "Preparing its frozen part"
STARTING = "Starting TensorFlow, converting the result"
PHASES: dict[PhaseName, str] = {"head": "Phase 1", "fine-tune": "Phase 2"}
_ENOUGH = 32
"""Fewer images than this say nothing of a speed."""


@dataclass(frozen=True)
class Counts:
    """What a training would work on.

    train, val: labelled images of these splits. images: all of the project. megabytes: of all their files.
    mirror: every class has a mirrored class, so that a plan can have mirrored copies.
    """

    train: int
    val: int
    images: int
    megabytes: float
    mirror: bool


@dataclass(frozen=True)
class Cached:
    """What need not be computed again: images whose pixels, features or activations are kept, mirrored ones too.

    backbone, front: the network was converted already. started: TensorFlow runs in this process.
    """

    pixels: int = 0
    features: int = 0
    activations: int = 0
    backbone: bool = False
    front: bool = False
    started: bool = False


@dataclass(frozen=True)
class Row:
    """One piece of a training. units: images or epochs, at most. once: it is kept for the next training."""

    name: str
    piece: Piece
    seconds: float
    units: int = 1
    once: bool = False


@dataclass(frozen=True)
class Duration:
    """The pieces in their order; those that take no time are not there."""

    rows: tuple[Row, ...]

    @property
    def seconds(self) -> float:
        """Of the whole training, if no phase ends early."""
        return sum(row.seconds for row in self.rows)

    @property
    def once(self) -> float:
        """Seconds that the next training will not need."""
        return sum(row.seconds for row in self.rows if row.once)

    @property
    def sentence(self) -> str:
        """ "about 45 s, of it 20 s once"."""
        part = f", of it {rounded(self.once)} once" if self.once > max(5.0, 0.1 * self.seconds) else ""
        return f"about {rounded(self.seconds)}{part}"


def estimate(plan: Plan, counts: Counts, cached: Cached, speeds: Speeds) -> Duration:
    """How long a training by `plan` will take if no phase ends early."""
    mirrored = counts.train if plan.mirror and counts.mirror else 0
    answers = 2 if plan.mirror_average and counts.mirror else 1
    used = counts.train + counts.val
    rows = [_reading(counts, cached, speeds)]
    if plan.head_epochs:
        rows += [] if cached.backbone else [_converting(PREPARING, speeds)]
        passes = _passes(plan, counts, used if plan.fine_tune_epochs else counts.images)
        rows.append(_frozen(FEATURES, passes - cached.features, costs.features(plan), plan, counts, speeds))
    else:  # of a part of the photos, so that others can be told from them
        rows += [] if cached.backbone else [_converting(PREPARING, speeds)]
        missing = max(0, min(counts.train, MOST) + min(counts.val, MOST) - cached.features)
        work = missing * costs.features(plan)
        rows.append(Row(FEATURES, "features", work * speeds.features, missing, once=True))
    if plan.fine_tune_epochs and plan.fine_tune_from != WHOLE:
        rows += [] if cached.front else [_converting(PREPARING_FRONT, speeds)]
        passes = _passes(plan, counts, counts.images)
        rows.append(_frozen(ACTIVATIONS, passes - cached.activations, costs.activations(plan), plan, counts, speeds))
    starting = costs.FINISH + (0 if cached.started else costs.START)
    starting += costs.COMPILE_HEAD * bool(plan.head_epochs) + costs.COMPILE_STEP * bool(plan.fine_tune_epochs)
    rows.append(Row(STARTING, "start", starting * speeds.start))
    seen = counts.train + mirrored
    head = plan.head_epochs * costs.head_epoch(plan, seen, answers * counts.val)
    tuning = plan.fine_tune_epochs * costs.fine_tune_epoch(plan, seen, answers * counts.val)
    rows.append(Row(PHASES["head"], "head", head * speeds.head, plan.head_epochs))
    rows.append(Row(PHASES["fine-tune"], "fine_tune", tuning * speeds.fine_tune, plan.fine_tune_epochs))
    if plan.fine_tune_epochs:  # else the features give the predictions, in no time
        asked = answers * counts.images * costs.predicted(plan)
        rows.append(Row(PREDICTING, "features", asked * speeds.features, counts.images))
    return Duration(tuple(row for row in rows if row.seconds > 0))


def _passes(plan: Plan, counts: Counts, answered: int) -> int:
    """How many pictures the frozen network sees, if `answered` images are answered through its cache."""
    mirrored = plan.mirror and counts.mirror
    passes = answered + counts.train * copies_of(plan) * (2 if mirrored else 1)
    if plan.mirror_average and counts.mirror:
        return passes + answered
    return passes + (counts.train if mirrored else 0)


def rounded(seconds: float) -> str:
    """As exact as an estimate can be: "5 s", "40 s", "3 min", "25 min", "1 h", "2½ h"."""
    if seconds < 57.5:
        return f"{max(5, 5 * round(seconds / 5))} s"
    minutes = max(1, round(seconds / 60))
    if minutes <= 20:
        return f"{minutes} min"
    if minutes <= 52:
        return f"{5 * round(minutes / 5)} min"
    halves = max(2, round(seconds / 1800))
    return f"{halves // 2}{'½' if halves % 2 else ''} h" if halves < 10 else f"{round(seconds / 3600)} h"


class Stopwatch:
    """Hears the events of one training and knows what its pieces took. Belongs to whoever feeds it."""

    def __init__(self) -> None:
        self._last: dict[str, tuple[int, float]] = {}
        self._units: dict[str, int] = {}
        self._seconds: dict[str, float] = {}
        self._epochs: dict[PhaseName, list[float]] = {}

    def hear(self, event: Event, now: float) -> None:
        """An event that came at `now`, in seconds of any clock that does not jump."""
        if isinstance(event, Step):
            done, then = self._last.get(event.name, (event.done, now))
            if event.done >= done:  # else it begins anew, with the mirrored images
                self._units[event.name] = self._units.get(event.name, 0) + event.done - done
                self._seconds[event.name] = self._seconds.get(event.name, 0.0) + now - then
            self._last[event.name] = (event.done, now)
        elif isinstance(event, EpochEnd):
            self._epochs.setdefault(event.phase, []).append(event.seconds)

    def per_unit(self, total: float | None) -> dict[str, float]:
        """Seconds an image or epoch of each piece that can be told, in a training of `total` seconds.

        A first epoch pays for compiling and does not count; what no piece explains went into starting and finishing.
        total: None where it would say nothing, as when a training was stopped within an epoch.
        """
        known, rest = {}, total or 0.0
        for name in self._units.keys() & {READING, FEATURES, ACTIVATIONS, PREDICTING}:
            rest -= self._seconds[name]
            if self._units[name] >= _ENOUGH:
                known[name] = self._seconds[name] / self._units[name]
        for phase, ends in self._epochs.items():
            if len(ends) < 2:
                return known
            known[PHASES[phase]] = statistics.median(b - a for a, b in itertools.pairwise(ends))
            rest -= len(ends) * known[PHASES[phase]]
        if self._epochs and rest > 0:
            known[STARTING] = rest
        return known


def corrections(expected: Duration, per_unit: dict[str, float]) -> dict[Piece, float]:
    """By what factor each piece took longer than expected, where both are known."""
    took: dict[Piece, float] = {}
    thought: dict[Piece, float] = {}
    for row in expected.rows:
        if row.name in per_unit:
            took[row.piece] = took.get(row.piece, 0.0) + per_unit[row.name] * row.units
        if row.name in per_unit or (row.piece == "start" and STARTING in per_unit):
            thought[row.piece] = thought.get(row.piece, 0.0) + row.seconds
    return {piece: took[piece] / thought[piece] for piece in took if took[piece] > 0}


def _reading(counts: Counts, cached: Cached, speeds: Speeds) -> Row:
    missing = max(0, counts.images - cached.pixels)
    megabytes = counts.megabytes * missing / max(1, counts.images)
    return Row(READING, "reading", megabytes * speeds.reading, missing, once=True)


def _converting(name: str, speeds: Speeds) -> Row:
    """The frozen network made ready for LiteRT, once a machine."""
    return Row(name, "start", costs.CONVERT * speeds.start, once=True)


def _frozen(name: str, missing: int, each: float, plan: Plan, counts: Counts, speeds: Speeds) -> Row:
    """What the frozen network says of pictures; changed copies have to be made first."""
    missing = max(0, missing)
    work = missing * each + min(missing, counts.train * copies_of(plan)) * costs.CHANGE
    return Row(name, "features", work * speeds.features, missing, once=True)
