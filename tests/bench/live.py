"""How long after a relabel the matrix has followed through the live head, and what the window feels of it.

100 of the photos get the next class, in the open window on its Evaluate page, as a selection and a digit for each
class would do it. The clock runs from before the first of these edits, so the 300 ms that end a burst are in it,
until the scores of the new head are painted. A stall is the longest time between two beats of a 2 ms timer of the
window's thread meanwhile, after the edits, which are told apart; beside it that of a window that does nothing for as
long, since on a busy machine that stalls too. Processor seconds are of the whole process: an idle machine of two
cores cannot be faster than half of them, nor than the 0.3 s.
"""

import os
import shutil
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
from PySide6.QtCore import QEventLoop, QSettings, QTimer
from PySide6.QtWidgets import QApplication

from tests.bench.pictures import project_in
from vv_desktop.app import App
from vv_desktop.ui.settings import Settings
from vv_desktop.workers import Flags, WorkerProgress

RELABELS = 100


@dataclass(frozen=True)
class Round:
    """Seconds of one burst: the edits, until the scores are painted, the processor's, and the longest stalls."""

    edits: float
    total: float
    processor: float
    stall: float
    idle_stall: float
    moved: int
    val_accuracy: float


def live(rounds: int = 5) -> None:
    """Measure `rounds` bursts on the photos, or on toys where there are none, and print what came out."""
    folder = Path(tempfile.mkdtemp(prefix="vv-bench-"))
    os.environ["XDG_CACHE_HOME"] = str(folder / "cache")
    quiet = WorkerProgress(Flags(), lambda event: None)
    project = project_in(folder, quiet)
    application = QApplication.instance() or QApplication([])
    assert isinstance(application, QApplication)
    application.setQuitOnLastWindowClosed(False)
    app = App(application, Settings(QSettings(str(folder / "settings.ini"), QSettings.Format.IniFormat)))
    app.start([project])
    wait(lambda: app.session.project is not None)
    app.window.show_page("evaluate")
    begun = time.perf_counter()
    app.live.choose("on")
    stall = wait(lambda: app.session.live is not None)
    assert app.session.live is not None
    assert app.session.project is not None
    print(
        f"first time, nothing cached: {time.perf_counter() - begun:.1f} s for {len(app.session.project.images):,} "
        f"photos, with TensorFlow's start, longest stall {1000 * stall:.0f} ms, val {app.session.live.val_accuracy:.4f}"
    )
    found = [burst(app, seed) for seed in range(rounds)]
    for one in found:
        print(
            f"{RELABELS} relabels: {one.total:.2f} s until painted (edits {1000 * one.edits:.0f} ms, processor "
            f"{one.processor:.2f} s), longest stall {1000 * one.stall:.0f} ms (idle {1000 * one.idle_stall:.0f} ms), "
            f"{one.moved} answers changed, val {one.val_accuracy:.4f}"
        )
    stall, idle = max(one.stall for one in found), max(one.idle_stall for one in found)
    print(
        f"median of {rounds}: {np.median([one.total for one in found]):.2f} s, processor "
        f"{np.median([one.processor for one in found]):.2f} s, longest stall {1000 * stall:.0f} ms "
        f"(idle {1000 * idle:.0f} ms), load {os.getloadavg()[0]:.1f}"
    )
    app.shut_down()
    shutil.rmtree(folder)


def burst(app: App, seed: int) -> Round:
    """One burst of relabels, and what came of it."""
    session, project, before = app.session, app.session.project, app.session.live
    assert project is not None
    names = project.classes.names
    chosen = np.random.default_rng(seed).choice(sorted(project.images), RELABELS, replace=False).tolist()
    groups = [[image for image in chosen if project.images[image].label == name] for name in names]
    begun, worked = time.perf_counter(), time.process_time()
    for index, group in enumerate(groups):
        if group:
            session.edits.relabel(group, names[(index + 1) % len(names)], "keyboard")
    edits = time.perf_counter() - begun
    stall = wait(lambda: session.live is not before)
    app.window.repaint()
    total, processor = time.perf_counter() - begun, time.process_time() - worked
    idle = time.perf_counter() + total
    idle_stall = wait(lambda: time.perf_counter() > idle)
    assert session.live is not None
    assert app.live.labels_since == 0
    return Round(edits, total, processor, stall, idle_stall, len(app.live.moved), session.live.val_accuracy)


def wait(until: Callable[[], bool], seconds: float = 600.0) -> float:
    """Let the window live until `until` holds; the longest time between two beats, in seconds."""
    loop, beat = QEventLoop(), QTimer(interval=2)
    begun = last = time.perf_counter()
    longest = 0.0

    def tick() -> None:
        nonlocal last, longest
        now = time.perf_counter()
        longest, last = max(longest, now - last), now
        if until() or now - begun > seconds:
            loop.quit()

    beat.timeout.connect(tick)
    beat.start()
    loop.exec()
    beat.stop()
    assert until(), f"nothing came in {seconds:.0f} s"
    return longest
