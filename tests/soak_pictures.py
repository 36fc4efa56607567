"""The slow figures of pictures and tables: python -m tests.soak tables|views."""

import os
import platform
import tempfile
import time
from pathlib import Path

MACHINE = f"{platform.platform()}, Python {platform.python_version()}"


def tables(count: int, seed: int) -> bool:
    """`count` random tables through import, export, import, export; True as each came back as it was."""
    from tests.core.test_label_export import drive_tables

    started = time.perf_counter()
    drive_tables(count, seed)
    print(f"tables: {count}, seed {seed}, all came back as they were, {time.perf_counter() - started:.0f} s, {MACHINE}")
    return True


def views(count: int, seed: int) -> bool:
    """`count` pictures looked at in a grid, from screen to screen; True if memory, files and threads stay as they are.

    The first tenth warms up. All is of one order, so the seed is not used.
    """
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    from PySide6.QtWidgets import QApplication

    from tests.window.viewing import Taken, Viewer, coloured_project, view_images
    from vv_desktop.jobs import Jobs
    from vv_desktop.session import Session

    application = QApplication.instance() or QApplication([])
    session, jobs = Session(), Jobs()
    with tempfile.TemporaryDirectory(prefix="vv-views-") as folder:
        session.open(coloured_project(Path(folder) / "project", PICTURES, size=(320, 240)))
        viewer = Viewer(session, jobs)
        viewer.show_all()
        started, wrong = time.perf_counter(), view_images(viewer, max(count // 10, PICTURES))
        before = Taken.now()
        wrong += view_images(viewer, count)
        after, seconds = Taken.now(), time.perf_counter() - started
        viewer.close()
        jobs.shutdown()
        session.close_project()
    del application
    grown = (after.memory - before.memory) / count * 1000
    print(
        f"views: {count}, {wrong} wrong, {grown / 1e6:+.3f} MB per 1,000, files {before.files} to {after.files}, "
        f"threads {before.threads} to {after.threads}, {seconds:.0f} s, {MACHINE}"
    )
    return wrong == 0 and grown <= 1e6 and (after.files, after.threads) == (before.files, before.threads)


PICTURES = 2_000
"""At 200 kB a thumbnail more than the grid keeps, so that each is read again when it comes by again."""
PARTS = {"tables": (tables, 100_000), "views": (views, 50_000)}
