"""Pictures looked at for hours: memory, files and threads stay as they are (fault C18)."""

import os
import tempfile
from pathlib import Path

from tests.soak.figures import Outcome

PICTURES = 2_000
"""At 200 kB a thumbnail more than the grid keeps, so that each is read again when it comes by again."""


def views(count: int, seed: int) -> Outcome:
    """Pictures looked at, screen after screen: none wrong; memory, files and threads stay as they are (C18)"""
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
        wrong = view_images(viewer, max(count // 10, PICTURES))
        viewer.rest()
        before = Taken.now()
        wrong += view_images(viewer, count)
        viewer.rest()
        after = Taken.now()
        viewer.close()
        jobs.shutdown()
        session.close_project()
    del application
    grown = (after.memory - before.memory) / count * 1000
    words = (
        f"{wrong} wrong, {grown / 1e6:+.3f} MB per 1,000 after a tenth to warm up, files {before.files} to"
        f" {after.files}, threads {before.threads} to {after.threads}"
    )
    flat = grown <= 1e6 and (after.files, after.threads) == (before.files, before.threads)
    return Outcome(wrong == 0 and flat, words)
