"""How long the History page takes to follow an edit on a long journal: python -m tests.bench.history [--groups N].

A project of 3,411 images without files, edited at random; six snapshots. What runs on the window's thread after each
edit is `refresh`, beside it the whole journal in one go, which is what it must not read.
"""

import argparse
import os
import random
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtWidgets import QApplication

from vv_desktop.core.bundled import resources_folder
from vv_desktop.core.classes import ClassList
from vv_desktop.core.project import Project
from vv_desktop.core.records import NewImage
from vv_desktop.jobs import Jobs
from vv_desktop.session import Session
from vv_desktop.ui import theme
from vv_desktop.ui.history.page import HistoryPage

IMAGES, SNAPSHOTS, ROUNDS = 3411, 6, 21
NAMES = ("Front", "FrontLeft", "FrontRight", "Rear", "RearLeft", "RearRight", "Background")


def edited(folder: Path, groups: int) -> Project:
    """A project with so many edit groups, most of one image, and snapshots between them."""
    draw = random.Random(0)
    new = [NewImage(f"{i}.jpg", 1, 1, str(i), draw.choice(NAMES), "train") for i in range(IMAGES)]
    project = Project.create(folder, ClassList(NAMES), new)
    made = kept = 0
    while made < groups:
        if made == kept * groups // SNAPSHOTS:
            project.store.take_snapshot(f"at {made}")
            kept += 1
        images = draw.sample(range(1, IMAGES + 1), 100 if made % 500 == 0 else 1)
        made += project.relabel(images, draw.choice(NAMES), "keyboard") is not None
    return project


def milliseconds(call: Callable[[], object]) -> str:
    """Median and worst of some calls."""
    spent = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        call()
        spent.append(1000 * (time.perf_counter() - began))
    return f"median {median(spent):5.1f} ms, worst {max(spent):5.1f} ms of {ROUNDS}"


def measure(groups: int) -> None:
    """Print what each thing takes."""
    application = QApplication.instance() or QApplication([])
    session, jobs = Session(), Jobs()
    with tempfile.TemporaryDirectory() as folder:
        project = edited(Path(folder) / "project", groups)
        session.open(project)
        page = HistoryPage(session, jobs, theme.LIGHT, resources_folder())
        page.resize(1136, 740)
        page.show()
        application.processEvents()
        newest, *_, oldest = project.store.snapshots()
        print(f"{groups:,} edit groups, {SNAPSHOTS} snapshots")
        print("the whole journal             ", milliseconds(project.store.groups))
        print("refresh                       ", milliseconds(page.refresh))
        print("oldest and newest compared    ", milliseconds(lambda: page.compare(oldest, newest)))
        print("refresh with these images open", milliseconds(page.refresh))
        session.close_project()
        jobs.shutdown()


if __name__ == "__main__":
    parser = argparse.ArgumentParser("python -m tests.bench.history", description=__doc__)
    parser.add_argument("--groups", type=int, default=8588)
    measure(parser.parse_args().groups)
