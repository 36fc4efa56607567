"""A grid of pictures that each have a colour of their own, scrolled through as fast as it goes."""

import gc
import os
import threading
import time
from dataclasses import dataclass
from pathlib import Path

from PIL import Image
from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QApplication

from vv_desktop.core.bundled import resources_folder
from vv_desktop.core.classes import ClassList
from vv_desktop.core.project import Project
from vv_desktop.core.records import NewImage
from vv_desktop.jobs import Jobs
from vv_desktop.session import Session
from vv_desktop.ui import theme
from vv_desktop.ui.browse.image_grid import ImageGrid
from vv_desktop.ui.theme import S

COLOURS = 512
_STEP, _NEAR = 32, 12


def colour_of(number: int) -> tuple[int, int, int]:
    """One of `COLOURS` colours; none is near another, nor near the ground of a cell without picture."""
    number %= COLOURS
    return number % 8 * _STEP, number // 8 % 8 * _STEP, number // 64 * _STEP


def number_of(colour: QColor) -> int | None:
    """Whose colour this is; None if it is no picture's."""
    parts = (colour.red(), colour.green(), colour.blue())
    places = [round(part / _STEP) for part in parts]
    if any(abs(part - place * _STEP) > _NEAR or place > 7 for part, place in zip(parts, places, strict=True)):
        return None
    return places[0] + 8 * places[1] + 64 * places[2]


def coloured_project(folder: Path, count: int, shift: int = 0, size: tuple[int, int] = (32, 24)) -> Project:
    """`count` pictures, image n (from 1 on) in colour n + shift."""
    folder.mkdir()
    rows = []
    for number in range(1, count + 1):
        path = folder / f"{number:06}.jpg"
        Image.new("RGB", size, colour_of(number + shift)).save(path, quality=95)
        rows.append(NewImage(path.name, path.stat().st_size, 0, str(number), "a", "train"))
    return Project.create(folder, ClassList(("a", "b")), rows)


class Viewer:
    """A grid in a window of its own, and what can be seen in it."""

    def __init__(self, session: Session, jobs: Jobs) -> None:
        self.session, self.jobs = session, jobs
        self.grid = ImageGrid(session, jobs, theme.LIGHT, resources_folder())
        self.grid.resize(900, 600)
        self.grid.show()

    def show_all(self) -> None:
        """Every image of the open project, in order."""
        assert self.session.project is not None
        self.grid.show_images(tuple(self.session.project.images))

    def scroll(self, share: float) -> None:
        """To this share of the way, from 0 to 1, and no further events."""
        bar = self.grid.view.verticalScrollBar()
        bar.setValue(round(share * bar.maximum()))

    def seen(self) -> dict[int, int | None]:
        """Whose picture each image in sight shows now; None for one without picture yet."""
        view = self.grid.view
        shown = view.viewport().grab().toImage()
        found = {}
        for row in view.rows_in_sight():
            cell = view.visualRect(self.grid.model.index(row))
            middle = cell.center()
            middle.setY(cell.top() + S + (cell.width() - 2 * S) * 2 // 5)
            if shown.rect().contains(middle):
                found[self.grid.model.ids[row]] = number_of(shown.pixelColor(middle))
        return found

    def let(self, seconds: float) -> None:
        """Let the window live for a while."""
        end = time.perf_counter() + seconds
        while time.perf_counter() < end:
            QApplication.processEvents()
            time.sleep(0.001)

    def settle(self, seconds: float = 20.0) -> dict[int, int | None]:
        """What is seen once every image in sight has a picture. Raises AssertionError if that never comes."""
        end = time.perf_counter() + seconds
        while None in (seen := self.seen()).values() or not seen:
            assert time.perf_counter() < end, seen
            self.let(0.01)
        return seen

    def rest(self) -> None:
        """Until nothing is read ahead any more either."""
        while self.jobs.running:
            self.let(0.01)

    def close(self) -> None:
        """Away with it."""
        self.grid.deleteLater()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)


@dataclass(frozen=True)
class Taken:
    """What this process has: resident bytes, open files, threads."""

    memory: int
    files: int
    threads: int

    @classmethod
    def now(cls) -> "Taken":
        """At this moment."""
        gc.collect()
        pages = int(Path("/proc/self/statm").read_text().split()[1])
        return cls(pages * os.sysconf("SC_PAGE_SIZE"), len(os.listdir("/proc/self/fd")), threading.active_count())


def view_images(viewer: Viewer, count: int) -> int:
    """From screen to screen, each until all its pictures are there, until `count` were seen; how many were wrong."""
    views = wrong = 0
    bar = viewer.grid.view.verticalScrollBar()
    while views < count:
        bar.setValue(0 if bar.value() >= bar.maximum() else bar.value() + bar.pageStep())
        seen = viewer.settle()
        views += len(seen)
        wrong += sum(number != image % COLOURS for image, number in seen.items())
    return wrong
