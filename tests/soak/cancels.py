"""A training called off or stopped at random moments: how long it goes on, and what it keeps (faults E1 to E3)."""

import random
import shutil
import statistics
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest.mock import patch

from tests.soak.figures import Outcome
from vv_desktop.core.errors import Cancelled, UserError
from vv_desktop.core.progress import BatchEnd, Event, Note, Step
from vv_desktop.workers import Flags, WorkerProgress

TYPICAL, LONGEST = 0.5, 2.0
"""Seconds within which 95 of 100 end, and all; a batch of the toys is nothing beside them."""


@dataclass
class Seen:
    """What was seen over all moments. seconds: of each end; beyond: those after the batch or step that ran then."""

    states: Counter[str] = field(default_factory=Counter)
    seconds: list[float] = field(default_factory=list)
    beyond: list[float] = field(default_factory=list)
    batches: list[float] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    kept: int = 0
    too_early: int = 0
    finished: int = 0


class Watched(WorkerProgress):
    """What the app gives to a training, with a clock: a wish comes after `seconds`, from another thread."""

    def __init__(self, wish: str, seconds: float) -> None:
        self.flags = Flags()
        super().__init__(self.flags, self._hear)
        self.state, self.then, self.asked = "Beginning", "", 0.0
        self.batches: list[float] = []
        self.trained = self.next_event = 0.0
        self.batches_after = 0
        self._last, self._wish = 0.0, wish
        self.timer = threading.Timer(seconds, self._ask)
        self.timer.start()

    def _ask(self) -> None:
        self.then, self.asked = self.state, time.perf_counter()
        (self.flags.cancel if self._wish == "cancel" else self.flags.stop).set()

    def _hear(self, event: Event) -> None:
        now = time.perf_counter()
        if self.asked:
            self.next_event = self.next_event or now
            self.batches_after += isinstance(event, BatchEnd)
        match event:
            case BatchEnd(phase=phase):
                self.state = f"phase {phase}"
                self.batches.append(now - self._last)
            case Step(name=name) | Note(text=name):
                self.state = name.split(":")[0][:40]
                if name == "Converting the network for predictions":
                    self.trained = now
        self._last = now

    def in_child(self, function: str, request: dict[str, Any]) -> dict[str, Any]:
        """A conversion that nobody calls off is done here, where TensorFlow is started already."""
        if self._wish == "cancel" and function.endswith("convert_run"):
            return super().in_child(function, request)
        from vv_desktop.ml import conversion

        self.check()
        answer: dict[str, Any] = getattr(conversion, function.partition(":")[2])(request, lambda *_: None)
        return answer


def cancels(count: int, seed: int) -> Outcome:
    """A toy training cancelled or stopped at random moments: over within a batch and 500 ms, the best kept (E1-E3)"""
    from tests.ml.conftest import SMALL

    rng, seen = random.Random(seed), Seen()
    plan = SMALL.changed(head_epochs=30, fine_tune_epochs=30, patience=30, head_learning_rate=1e-2)
    with tempfile.TemporaryDirectory(prefix="vv-cancels-") as name, _tiny_backbone():
        folder = Path(name)
        toys = _toys(folder)
        _one(toys, plan, folder, "cancel", 600.0, Seen())  # fills the caches and starts TensorFlow
        begun = time.perf_counter()
        converting = _one(toys, plan, folder, "cancel", 600.0, Seen()) - begun
        longest = {"cancel": time.perf_counter() - begun, "stop": converting}
        for number in range(count):
            wish = ("cancel", "stop")[number % 2]
            _one(toys, plan, folder, wish, rng.uniform(0, longest[wish]), seen)
    print(*seen.faults, sep="\n")
    ordered = sorted(seen.seconds)
    p95, beyond = (sorted(one)[int(0.95 * len(one))] for one in (ordered, seen.beyond))
    where = ", ".join(f"{state} {times}" for state, times in seen.states.most_common(8))
    words = (
        f"over after {statistics.median(ordered) * 1000:.0f} ms (median), {p95 * 1000:.0f} ms (p95),"
        f" {ordered[-1] * 1000:.0f} ms (max), {beyond * 1000:.0f} ms (p95) beyond the batch or step that ran then,"
        f" a batch taking {statistics.median(seen.batches) * 1000:.0f} ms; best weights kept {seen.kept} of"
        f" {seen.kept + len(seen.faults)} stops, {seen.too_early} before the first epoch, {seen.finished} too late to"
        f" matter; asked in: {where}"
    )
    return Outcome(not seen.faults and p95 <= TYPICAL and ordered[-1] <= LONGEST, words)


def _one(toys: Any, plan: Any, folder: Path, wish: str, seconds: float, seen: Seen) -> float:
    """One training with one wish; when its network was trained, 0 if it never was."""
    from vv_desktop.ml.training import train

    run = folder / "run"
    run.mkdir()
    best: dict[str, bytes] = {}
    progress = Watched(wish, seconds)
    try:
        with _watched_best(best):
            found = train(toys, plan, run, folder / "cache", folder / "cache", "random", progress)
        ended = progress.trained
        if not 0 < progress.asked < ended:
            ended, seen.finished = 0.0, seen.finished + 1
        elif found.stopped:
            same = _weights(run / "model.keras") == best["weights"]
            seen.kept += same
            seen.faults += [] if same else [f"stopped in {progress.then} after {seconds:.2f} s: not the best weights"]
    except Cancelled:
        ended = time.perf_counter()
        if run.exists():
            seen.faults.append(f"cancelled in {progress.then} after {seconds:.2f} s: a folder is left")
    except UserError as error:
        ended = time.perf_counter()
        seen.too_early += 1
        if "before the first epoch" not in str(error):
            seen.faults.append(f"stopped in {progress.then}: {error}")
    finally:
        progress.timer.cancel()
        shutil.rmtree(run, ignore_errors=True)
    seen.batches += progress.batches
    if progress.asked and ended:
        seen.states[progress.then] += 1
        seen.seconds.append(ended - progress.asked)
        seen.beyond.append(ended - min(progress.next_event or ended, ended))
        if progress.batches_after > 1:
            seen.faults.append(f"{progress.batches_after} batches after a {wish} in {progress.then}")
    return progress.trained


@contextmanager
def _tiny_backbone() -> Iterator[None]:
    """A backbone of two layers in the place of any, as in the tests of ml."""
    from tests.ml.conftest import build_tiny
    from vv_desktop.ml import conversion, networks

    with patch.object(networks, "build_backbone", build_tiny), patch.object(conversion, "build_backbone", build_tiny):
        yield


@contextmanager
def _watched_best(best: dict[str, bytes]) -> Iterator[None]:
    """Note the weights of each epoch that is the best so far."""
    from tests.ml.conftest import weights_of
    from vv_desktop.ml.loop import BestWeights

    offer = BestWeights.offer

    def watched(self: Any, val_accuracy: float, val_loss: float) -> bool:
        improved = offer(self, val_accuracy, val_loss)
        if improved:
            best["weights"] = weights_of(self._model)
        return improved

    with patch.object(BestWeights, "offer", watched):
        yield


def _toys(folder: Path) -> Any:
    """Pictures of three shapes in three splits."""
    from tests.ml.conftest import COUNTS, SHAPES, draw
    from vv_desktop.core.classes import ClassList
    from vv_desktop.core.dataset import Dataset, Sample

    samples: list[Sample] = []
    for split, count in COUNTS.items():
        for label, shape in enumerate(SHAPES):
            for _ in range(count):
                path = folder / f"{len(samples):03}.png"
                draw(path, shape, len(samples))
                samples.append(Sample(len(samples), path, label, split, str(len(samples))))
    return Dataset(ClassList(tuple(SHAPES)), tuple(samples))


def _weights(path: Path) -> bytes:
    from tests.ml.conftest import weights_of
    from vv_desktop.ml.conversion import load

    return weights_of(load(path))
