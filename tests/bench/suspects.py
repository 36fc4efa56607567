"""How fast the fix loop is: from a key to the next suspect on the screen, to the ranking, the twins and the map.

A given project is copied, caches and all, and the copy alone is written; without one, toy vehicles are drawn with
random weights. The window is visible. Keys walk the queue as a person would, in turn Return (accept), Space (keep)
and B (not sure). The clock runs from the key until the window is painted with the next suspect and its
own picture, not the one made ahead. Keys come `PAUSE` apart after the
last picture is there; the same number without a pause comes next. Rankings, searches for twins
and maps take turns; the first of each, which may compute features, is told apart.
"""

import os
import shutil
import tempfile
import time
from pathlib import Path
from typing import Literal

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import numpy as np
from PySide6.QtCore import QSettings, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from tests.bench.live import wait
from vv_desktop import tasks
from vv_desktop.app import App
from vv_desktop.core.demo import make_demo
from vv_desktop.core.project import Project
from vv_desktop.ui.settings import Settings
from vv_desktop.workers import Flags, WorkerProgress

PAUSE = 0.3
TOYS = 2000
KEYS = (Qt.Key.Key_Return, Qt.Key.Key_Space, Qt.Key.Key_B)


def suspects(project: Path | None, keys: int, rounds: int) -> None:
    """Measure on a copy of `project`, or on toys, and print."""
    # Beside the project, since paths of images are relative to it.
    folder = Path(tempfile.mkdtemp(prefix="vv-bench-", dir=project.resolve().parent if project else None))
    copy = folder.with_name(folder.name + "-copy")
    try:
        quiet = WorkerProgress(Flags(), lambda event: None)
        if project is None:
            copy = make_demo(folder, quiet, TOYS)
        else:
            shutil.copytree(project, copy, ignore=shutil.ignore_patterns("project.lock"))
        searches(copy, rounds, "random" if project is None else None)
        walk(copy, folder, keys)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        shutil.rmtree(copy, ignore_errors=True)


def searches(project: Path, rounds: int, weights: Literal["random"] | None) -> None:
    """Time to the ranking, to the twins, and to the map at first and settled, in turn."""
    opened = Project.open(project)
    dataset = opened.dataset()
    opened.close()
    seconds: dict[str, list[float]] = {"ranking": [], "twins": [], "map, first view": [], "map, settled": []}
    quiet = WorkerProgress(Flags(), lambda event: None)
    for _ in range(rounds + 1):
        for name, find in (("ranking", tasks.review.find_suspects), ("twins", tasks.review.find_twins)):
            begun = time.perf_counter()
            find(dataset, project, weights, progress=quiet)  # type: ignore[operator]
            seconds[name].append(time.perf_counter() - begun)
        begun = time.perf_counter()
        rows, _ = tasks.review.project_map(dataset, project, weights, quiet)
        seconds["map, first view"].append(time.perf_counter() - begun)
        tasks.review.spread_map(rows, project, quiet)
        seconds["map, settled"].append(time.perf_counter() - begun)
    for name, (first, *others) in seconds.items():
        told = ", ".join(f"{one:.1f}" for one in others)
        print(f"{name}: first {first:.1f} s, then {told} s, {len(dataset.samples):,} images", flush=True)


def walk(project: Path, folder: Path, keys: int) -> None:
    """Keys through the queue of the kept ranking, with and without a pause."""
    application = QApplication.instance() or QApplication([])
    assert isinstance(application, QApplication)
    application.setQuitOnLastWindowClosed(False)
    app = App(application, Settings(QSettings(str(folder / "settings.ini"), QSettings.Format.IniFormat)))
    app.start([project])
    wait(lambda: app.session.project is not None)
    app.window.show_page("suspects")
    wait(lambda: app.session.suspects is not None)
    page = app.window.pages.suspects
    for pause in (PAUSE, 0.0):
        pressed(app, 3, PAUSE)  # warm
        count = min(keys, page.walk.tally.total - page.walk.tally.looked_at - 4)
        found = 1000 * np.array(pressed(app, count, pause))
        print(
            f"{count} keys {pause:.1f} s apart: median {np.median(found):.0f} ms, "
            f"p95 {np.percentile(found, 95):.0f} ms, longest {found.max():.0f} ms, load {os.getloadavg()[0]:.1f}",
            flush=True,
        )
    app.shut_down()


def pressed(app: App, count: int, pause: float) -> list[float]:
    """Seconds from each key until the next suspect is painted with its own picture."""
    page = app.window.pages.suspects
    found: list[float] = []
    full: list[float] = []
    loaded = page.focus.picture.loaded.connect(lambda _: full.append(time.perf_counter()))
    for number in range(count):
        until = time.perf_counter() + pause
        while time.perf_counter() < until:
            QApplication.processEvents()
        before, begun = page.walk.current, time.perf_counter()
        full.clear()
        QTest.keyClick(page.focus, KEYS[number % len(KEYS)])
        assert page.walk.current != before, "the key did not lead on"
        while not full:
            QApplication.processEvents()
            assert time.perf_counter() - begun < 30.0, "the next suspect did not come"
        app.window.repaint()
        found.append(time.perf_counter() - begun)
    page.focus.picture.loaded.disconnect(loaded)
    return found
