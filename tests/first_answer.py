"""A fresh process whose window is asked about a photo at once: python -m tests.first_answer PROJECT PHOTO SETTINGS.

Prints JSON: when the window was there (seconds since 1970), seconds from the opened project to the painted answer, the
answer, and which modules it took.
"""

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QEventLoop, QSettings
from PySide6.QtWidgets import QApplication

from vv_desktop.app import App
from vv_desktop.ui.settings import Settings


def main(project: Path, photo: Path, settings: Path) -> None:
    """Open the project, drop the photo as soon as it is open, and tell."""
    application = QApplication(["first-answer"])
    app = App(application, Settings(QSettings(str(settings), QSettings.Format.IniFormat)))
    app.start([project])
    application.processEvents()
    shown = time.time()

    def wait(until: Callable[[], bool]) -> None:
        end = time.monotonic() + 60
        while not until() and time.monotonic() < end:
            application.processEvents(QEventLoop.ProcessEventsFlag.WaitForMoreEvents, 20)

    wait(lambda: app.session.run is not None)
    begun = time.perf_counter()
    app.window.show_page("predict")
    page = app.window.pages.predict
    page.predict_paths([photo])
    wait(lambda: any(not result.waiting for result in page.model.results))
    page.repaint()
    seconds = time.perf_counter() - begun
    answers = [page.model.reading.answers(result)[0] for result in page.model.results]
    ended = app.shut_down()
    modules = sorted(name for name in sys.modules if "." not in name)
    print(json.dumps({"shown": shown, "seconds": seconds, "answers": answers, "ended": ended, "modules": modules}))


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
