"""Pictures of every page, light and dark, small and large: xvfb-run python -m tests.screenshots [--photos] [--docs].

--photos uses the real photos beside the project (their pictures must never be committed), otherwise the toy vehicles.
--docs writes the README's pictures, always of the toy vehicles.
"""

import argparse
import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from PIL import Image
from PySide6.QtCore import QSettings
from PySide6.QtWidgets import QApplication

from vv_desktop import tasks
from vv_desktop.app import App
from vv_desktop.core.plans import QUICK
from vv_desktop.core.project import Project
from vv_desktop.ui.settings import Settings
from vv_desktop.workers import Flags, WorkerProgress

ROOT = Path(__file__).resolve().parent.parent
PHOTOS = ROOT.parent / "shared" / "data" / "vehicles"
QUIET = WorkerProgress(Flags(), lambda event: None)
SIZES = {"small": (1000, 640), "usual": (1280, 800), "large": (2000, 1200)}


def prepared(folder: Path, photos: bool) -> Path:
    """A project with a run, made at first use in `folder`."""
    project = folder / ("photos" if photos else "toys")
    if not (project / "project.vv").exists():
        if photos:
            sources = [PHOTOS / "train.csv", PHOTOS / "val.csv"]
        else:
            from vv_desktop.core.toys import write_toys

            (folder / "toy-vehicles").mkdir(parents=True, exist_ok=True)
            write_toys(folder / "toy-vehicles", 300)
            sources = [folder / "toy-vehicles"]
        tasks.data.create_project(tasks.data.read_sources(sources, None, progress=QUIET), project, progress=QUIET)
    if not list((project / "runs").glob("*/run.json")):
        opened = Project.open(project)
        dataset = opened.dataset()
        opened.close()
        tasks.training.train(dataset, QUICK, project, None, progress=QUIET)
    return project


class Photographer:
    """Drives one window and keeps what it shows."""

    def __init__(self, application: QApplication, project: Path, out: Path, theme: str, size: str) -> None:
        self._application, self._out, self._name = application, out, f"{theme}-{size}"
        settings = Settings(QSettings(str(out / f"{self._name}.ini"), QSettings.Format.IniFormat))
        settings.values = {"theme": theme}
        self.app = App(application, settings)
        self.window = self.app.window
        self.window.resize(*SIZES[size])
        self.app.start([])
        self.settle()
        self.keep("welcome")
        self.window.opening.open_paths([project])
        self.settle(lambda: self.app.session.project is not None)

    def settle(self, until: Callable[[], bool] = lambda: True, seconds: float = 20.0) -> None:
        """Let the window work until `until` holds and nothing runs, and then until it is painted."""
        end = time.monotonic() + seconds
        while time.monotonic() < end and not (until() and not self.app.jobs.running):
            self._application.processEvents()
            time.sleep(0.01)
        painted = time.monotonic() + 0.4
        while time.monotonic() < painted:
            self._application.processEvents()
            time.sleep(0.01)

    def keep(self, name: str) -> None:
        """Save what the window shows."""
        self._out.mkdir(parents=True, exist_ok=True)
        self.window.grab().save(str(self._out / f"{self._name}-{name}.png"))

    def tour(self) -> None:
        """Every page, with something on it."""
        window, session = self.window, self.app.session
        assert session.project is not None
        window.show_page("browse")
        self.settle()
        session.select((next(iter(session.project.images)),))
        self.settle()
        self.keep("browse")
        window.show_page("train")
        self.settle()
        self.keep("train")
        window.pages.train.setup.samples.click()
        self.settle()
        self.keep("train-samples")
        window.pages.train.setup.samples.click()
        window.show_page("evaluate")
        self.settle()
        self.keep("evaluate")
        if session.evaluation is not None and len(session.evaluation.mistakes()):
            place = list(session.evaluation.images).index(session.evaluation.mistakes()[0])
            window.pages.evaluate.open_cell(
                int(session.evaluation.labels[place]), int(session.evaluation.predicted[place])
            )
            self.settle()
            self.keep("evaluate-cell")
        window.show_page("predict")
        window.pages.predict.predict_paths([session.project.path_of(i) for i in list(session.project.images)[:12]])
        self.settle()
        self.keep("predict")
        window.show_page("export")
        self.settle()
        self.keep("export")
        window.show_page("history")
        self.settle()
        self.keep("history")

    def close(self) -> None:
        """End the app."""
        self.app.shut_down()
        self.window.close()
        self.window.deleteLater()
        self._application.processEvents()


def small_copy(source: Path, target: Path, width: int = 960) -> None:
    """A picture for the README: narrower, as a JPEG."""
    image = Image.open(source).convert("RGB")
    target.parent.mkdir(parents=True, exist_ok=True)
    image.resize((width, round(image.height * width / image.width)), Image.Resampling.LANCZOS).save(target, quality=82)


def main() -> None:
    """Make the pictures."""
    parser = argparse.ArgumentParser("python -m tests.screenshots", description=__doc__)
    parser.add_argument("--photos", action="store_true")
    parser.add_argument("--docs", action="store_true")
    parser.add_argument("--out", type=Path, default=ROOT / "screenshots")
    parser.add_argument("--work", type=Path, default=Path(tempfile.gettempdir()) / "vv-screenshots")
    options = parser.parse_args()
    if options.photos and not PHOTOS.is_dir():
        parser.error(f"there are no photos beside the project; received no {PHOTOS}")
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    project = prepared(options.work, options.photos and not options.docs)
    application = QApplication([])
    application.setQuitOnLastWindowClosed(False)
    for theme, size in [("light", "usual"), ("dark", "usual"), ("light", "small"), ("dark", "large")]:
        if options.docs and size != "usual":
            continue
        photographer = Photographer(application, project, options.out, theme, size)
        photographer.tour()
        photographer.close()
    if options.docs:
        for name in (
            "light-usual-browse",
            "light-usual-train",
            "light-usual-evaluate",
            "dark-usual-evaluate-cell",
            "light-usual-predict",
        ):
            small_copy(options.out / f"{name}.png", ROOT / "docs" / "pictures" / f"{name}.jpg")


if __name__ == "__main__":
    main()
