"""The window on a project of which one photo cannot be read for a while, as on a share that hangs; strace holds it up.

python -m tests.window.hanging PROJECT SETTINGS IMAGE SECONDS, under strace. Prints what became of it as JSON.
"""

import json
import sys
import time
from pathlib import Path

from PySide6.QtCore import QSettings
from PySide6.QtWidgets import QApplication

from tests.window.heartbeat import Heartbeat
from vv_desktop.app import App
from vv_desktop.ui.settings import Settings


def main(project: Path, settings: str, image: int, seconds: float) -> None:
    """Look at the photo while it hangs, edit meanwhile, and wait until it is there."""
    application = QApplication([])
    app = App(application, Settings(QSettings(settings, QSettings.Format.IniFormat)))

    def live(until: float) -> None:
        while time.monotonic() < until:
            application.processEvents()
            time.sleep(0.001)

    app.start([project])
    while app.session.project is None:
        live(time.monotonic() + 0.05)
    live(time.monotonic() + 0.5)
    first, *_ = [one for one in app.session.project.images if one != image]
    picture = app.window.pages.browse.inspector.picture
    loaded: list[float] = []
    picture.loaded.connect(lambda _: loaded.append(time.monotonic()))
    heart, begun = Heartbeat(), time.monotonic()
    app.session.select((image,))
    live(begun + seconds / 2)
    edited = app.session.edits.relabel([first], app.session.project.classes.names[0], "keyboard")
    undone = app.session.edits.undo() if edited else True
    hung = not loaded
    while not loaded and time.monotonic() < begun + 3 * seconds:
        live(time.monotonic() + 0.05)
    answer = {
        "hung": hung,
        "came": bool(loaded),
        "undone": undone,
        "beats": len(heart.gaps),
        "longest": max(heart.gaps),
        "p99": heart.quantile(0.99),
    }
    app.shut_down()
    print(json.dumps(answer))


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), float(sys.argv[4]))
