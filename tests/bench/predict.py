"""How soon the first answer comes, and what a folder of many photos takes, on the Predict page of an open window.

The photos are toy vehicles, 300 of them under as many names as wanted (links); the run is of plan quick on random
weights, trained in a child process for one epoch, which costs an answer what any other run's does. The clock of an
answer runs from the drop until the row is painted. Memory is private memory and resident memory of this process, read
from /proc (Linux), and that of the children, of which a comparison with a model file has one.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import numpy as np
from PySide6.QtCore import QSettings
from PySide6.QtWidgets import QApplication

from tests.bench.live import wait
from tests.bench.memory import process_memory
from vv_desktop.app import App
from vv_desktop.core.demo import make_demo
from vv_desktop.core.progress import NullProgress
from vv_desktop.ui.predict.page import PredictPage
from vv_desktop.ui.settings import Settings

TOYS, DROPS, EARLY = 300, 20, 1000


def predict(images: int = 10_000) -> None:
    """Measure the first answers, then a folder of `images` photos, then those again against a model file."""
    folder = Path(tempfile.mkdtemp(prefix="vv-bench-"))
    try:
        project = make_demo(folder, NullProgress(), TOYS)
        train = (sys.executable, "-m", "vv_desktop", "train", str(project), "--weights", "random")
        environment = {**os.environ, "XDG_CACHE_HOME": str(folder / "cache")}
        subprocess.run([*train, "--set", "head_epochs=1"], check=True, env=environment, capture_output=True)
        photos = linked(project, folder / "many", images)
        application = QApplication.instance() or QApplication([])
        assert isinstance(application, QApplication)
        application.setQuitOnLastWindowClosed(False)
        app = App(application, Settings(QSettings(str(folder / "settings.ini"), QSettings.Format.IniFormat)))
        fresh(project, photos[0], folder)
        app.start([project])
        wait(lambda: app.session.project is not None)
        app.window.show_page("predict")
        page = app.window.pages.predict
        warm(page, photos[1:])
        page.clear()
        stream(page, folder / "many", images)
        compare(page, folder)
        print(f"TensorFlow was imported: {'yes' if 'tensorflow' in sys.modules else 'no'}")
        app.shut_down()
    finally:
        shutil.rmtree(folder)


def linked(project: Path, folder: Path, count: int) -> list[Path]:
    """`count` names of the project's photos in `folder`."""
    sources = sorted(project.parent.rglob("*.jpg"))
    folder.mkdir()
    for i in range(count):
        (folder / f"{i:06}.jpg").hardlink_to(sources[i % len(sources)])
    return [folder / f"{i:06}.jpg" for i in range(count)]


def fresh(project: Path, photo: Path, folder: Path) -> None:
    """The window and the first answer of a process that was just started, three times."""
    command = (sys.executable, "-m", "tests.first_answer", str(project), str(photo), str(folder / "first.ini"))
    begun, found = [], []
    for _ in range(3):
        begun.append(time.time())
        found.append(json.loads(subprocess.run(command, check=True, capture_output=True).stdout))
    shown = ", ".join(f"{1000 * (one['shown'] - start):.0f}" for one, start in zip(found, begun, strict=True))
    print(f"window there, from the start of the process, three times: {shown} ms")
    taken = ", ".join(f"{1000 * one['seconds']:.0f}" for one in found)
    print(f"first answer, the project just opened in a fresh process, three times: {taken} ms")


def warm(page: PredictPage, photos: list[Path]) -> None:
    """Answers for photos dropped one by one, when nothing else runs."""
    taken = []
    for photo in photos[: DROPS + 1]:
        begun = time.perf_counter()
        page.predict_paths([photo])
        wait(lambda photo=photo: (found := page.model.of(photo)) is not None and not found.waiting)  # type: ignore[misc]
        page.repaint()
        taken.append(1000 * (time.perf_counter() - begun))
    del taken[0]
    print(f"a dropped photo, warm: median {np.median(taken):.0f} ms, slowest of {len(taken)} {max(taken):.0f} ms")


def stream(page: PredictPage, folder: Path, images: int) -> None:
    """A folder of many photos: memory early and at the end, photos per second, and what the window feels."""
    print("| answered | private MB | resident MB |\n|---:|---:|---:|")

    def tell() -> None:
        memory = process_memory(os.getpid())
        print(f"| {page.asking.done:,} | {memory['RssAnon']:.1f} | {memory['VmRSS']:.1f} |")

    tell()
    begun = time.perf_counter()
    page.predict_paths([folder])
    stalls = [wait(lambda: page.asking.done >= min(EARLY, images))]
    tell()
    stalls.append(wait(lambda: not page.asking.busy))
    seconds = time.perf_counter() - begun
    memory = process_memory(os.getpid())
    print(f"| {page.model.count:,} | {memory['RssAnon']:.1f} | {memory['VmRSS']:.1f} |")
    assert page.model.count == images
    assert not any(result.waiting for result in page.model.results)
    print(f"{images:,} photos in {seconds:.1f} s, {images / seconds:.0f} a second, ", end="")
    print(f"longest stall of the window {1000 * max(stalls):.0f} ms")
    begun = time.perf_counter()
    page.model.sort(2)
    print(f"sorted by probability in {1000 * (time.perf_counter() - begun):.0f} ms", end="; ")
    begun = time.perf_counter()
    page.view.filters.kind.setCurrentIndex(1)
    print(f"filtered in {1000 * (time.perf_counter() - begun):.0f} ms")
    page.view.filters.kind.setCurrentIndex(0)


def compare(page: PredictPage, folder: Path) -> None:
    """The same photos against the run's own file as a model of elsewhere, which is asked in a child process."""
    run = page.answering.run
    assert run is not None
    (folder / "elsewhere").mkdir()
    model = Path(shutil.copy(run.tflite_file, folder / "elsewhere"))
    (folder / "elsewhere" / "labels.txt").write_text("\n".join(run.classes.names))
    begun = time.perf_counter()
    page.comparing.use_file(model)
    stall = wait(lambda: page.comparing.answerer is not None)
    stall = max(stall, wait(lambda: not page.asking.busy))
    seconds = time.perf_counter() - begun
    print(f"compared with a model file in {seconds:.1f} s, {page.model.count / seconds:.0f} a second, ", end="")
    found = page.model.agreement
    print(f"{found.differing} of {found.compared:,} differ, longest stall {1000 * stall:.0f} ms")
    assert (found.differing, found.compared) == (0, page.model.count)
