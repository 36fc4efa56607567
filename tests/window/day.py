"""A day of work in little: edits, pictures, trainings called off, answers, projects opened and closed."""

import os
import random
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtWidgets import QApplication

from tests.window.whole_app import wait_until
from vv_desktop.app import App

WHOLE = {"edit": 100_000, "view": 50_000, "predict": 5_000, "open": 500, "train": 200}
"""What 24 hours are taken for."""
SAMPLES = 20


@dataclass(frozen=True)
class Used:
    """What the process holds after `done` operations: megabytes in memory, open files, Python's threads."""

    done: int
    megabytes: float
    files: int
    threads: int


def used(done: int) -> Used:
    """Now."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    megabytes = pages * os.sysconf("SC_PAGE_SIZE") / 1e6
    return Used(done, megabytes, len(os.listdir("/proc/self/fd")), threading.active_count())


def live_a_day(app: App, project: Path, photos: Sequence[Path], percent: float, seed: int) -> list[Used]:
    """Do so much of a day in random order; what was held along the way, the first taken after one of each kind."""
    rng = random.Random(seed)
    plan = [kind for kind, count in WHOLE.items() for _ in range(max(1, round(count * percent / 100)))]
    rng.shuffle(plan)
    for kind in WHOLE:
        _do(app, project, photos, kind, rng)
    found = [used(0)]
    for number, kind in enumerate(plan, 1):
        _do(app, project, photos, kind, rng)
        if number % max(1, len(plan) // SAMPLES) == 0:
            wait_until(lambda: not app.jobs.running)  # what it holds while it works is given back
            found.append(used(number))
    app.session.close_project()
    wait_until(lambda: not app.jobs.running)
    return [*found, used(len(plan))]


def slope(samples: Sequence[Used]) -> float:
    """Megabytes by 1,000 operations in the second half, by least squares: the first half is warm-up."""
    half = samples[len(samples) // 2 :]
    middle = sum(s.done for s in half) / len(half)
    level = sum(s.megabytes for s in half) / len(half)
    spread = sum((s.done - middle) ** 2 for s in half)
    return 1000 * sum((s.done - middle) * (s.megabytes - level) for s in half) / spread if spread else 0.0


def _do(app: App, project: Path, photos: Sequence[Path], kind: str, rng: random.Random) -> None:
    opened = app.session.project
    assert opened is not None
    pages = app.window.pages
    match kind:
        case "edit":
            app.session.edits.relabel([rng.choice(list(opened.images))], rng.choice(opened.classes.names), "keyboard")
        case "view":
            app.window.show_page("browse")
            app.session.select((rng.choice(list(opened.images)),))
        case "predict":
            pages.predict.clear()
            pages.predict.predict_paths([rng.choice(photos)])
            wait_until(lambda: not app.jobs.of("predict"))
        case "open":
            app.session.close_project()
            app.window.opening.open_paths([project])
            wait_until(lambda: app.session.project is not None and not app.window.opening.busy)
        case "train":
            wait_until(lambda: not app.jobs.of("work"))
            app.window.train_now()
            wait_until(lambda: any(job.last is not None for job in app.jobs.of("work")))
            for job in app.jobs.of("work"):
                job.cancel()
            wait_until(lambda: not app.jobs.of("work"))
    QApplication.processEvents()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)  # which only the loop of a real app does
