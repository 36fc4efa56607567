"""The real app in a process of its own, asked to quit at a random moment, and what it leaves behind."""

import os
import random
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QTimer

from vv_desktop import app
from vv_desktop.core.project import default_project_folder
from vv_desktop.ui import main_window

ROOT = Path(__file__).resolve().parents[2]
STATES = {
    "start": 400, "browse": 1000, "import": 1500, "prediction": 2500, "map": 6000, "live head": 6000,
    "training": 9000, "export": 12000, "measuring": 1500,
}  # fmt: skip
"""What the app is in the middle of, and within how many milliseconds of that it is asked to quit."""
HARMLESS = re.compile(r"WARNING: All log messages before absl|^I0000|^INFO: Created TensorFlow Lite|^$")
PATIENCE = 60.0


@dataclass(frozen=True)
class Leave:
    """One end. `seconds` from being asked to quit until the process was gone; `complaints`: what is wrong with it."""

    state: str
    milliseconds: int
    how: str
    seconds: float
    complaints: tuple[str, ...]


def leave_at_random(project: Path, toys: Path, rng: random.Random, states: Sequence[str] = tuple(STATES)) -> Leave:
    """Start the app on `project`, have it in one of the states, and quit: by closing the window, or by SIGTERM."""
    state = rng.choice(states)
    return leave(project, toys, state, int(STATES[state] * rng.random() ** 2), rng.choice(("close", "SIGTERM")))


def leave(project: Path, toys: Path, state: str, milliseconds: int, how: str) -> Leave:
    """See `leave_at_random`."""
    shutil.rmtree(default_project_folder([toys]), ignore_errors=True)  # what the import before this one made
    arguments = [str(project), str(toys), state, str(milliseconds), how]
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.window.leaving", *arguments],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT, start_new_session=True,
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen", "TF_CPP_MIN_LOG_LEVEL": "3"},
    )  # fmt: skip
    try:
        out, err = process.communicate(timeout=PATIENCE)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        out, err = process.communicate()
    ended = time.monotonic()
    asked = re.search(r"asked at ([\d.]+)", out)
    complaints = [line for line in err.splitlines() if not HARMLESS.search(line)]
    if process.returncode != 0:
        complaints.append(f"exit status {process.returncode}")
    if asked is None:
        complaints.append("it was never asked to quit")
    if _left_over(process.pid):
        complaints.append("an orphan process is left")
        os.killpg(process.pid, signal.SIGKILL)
    return Leave(state, milliseconds, how, ended - float(asked[1]) if asked else 0.0, tuple(complaints))


def _left_over(group: int, seconds: float = 2.0) -> bool:
    """Whether a process of this group is there still; a child may need a moment to see that its parent is gone."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            os.killpg(group, 0)
        except ProcessLookupError:
            return False
        time.sleep(0.05)
    return True


# In the process that is asked to quit


def _begin(running: app.App, state: str, toys: Path) -> None:
    window, pages = running.window, running.window.pages
    match state:
        case "import":
            window.opening.planned.connect(window.opening.create)
            window.opening.open_paths([toys])
        case "training":
            window.train_now()
        case "measuring":
            window.show_page("train")
        case "export":
            window.show_page("export")
            pages.export.export(accept_failed_gate=True)
        case "prediction":
            window.show_page("predict")
            pages.predict.predict_paths(sorted(toys.rglob("*.jpg")))
        case "map":
            window.show_page("map")
            pages.map.empty.pressed.emit()
        case "live head":
            running.live.update_now()


def _quit(running: app.App, how: str) -> None:
    print(f"asked at {time.monotonic()}", flush=True)
    if how == "SIGTERM":
        os.kill(os.getpid(), signal.SIGTERM)
    else:
        running.window.close()


def _main(project: Path, toys: Path, state: str, milliseconds: int, how: str) -> int:
    main_window.MainWindow.__init__.__defaults__ = (lambda *_: True,)  # whoever asks is told to go on
    start: Callable[[app.App, Sequence[Path]], None] = app.App.start

    def started(self: app.App, paths: Sequence[Path]) -> None:
        start(self, paths)
        timer = QTimer(self.window, interval=5)

        def go() -> None:
            if state == "start" or self.session.project is not None:
                timer.stop()
                _begin(self, state, toys)
                QTimer.singleShot(milliseconds, lambda: _quit(self, how))

        timer.timeout.connect(go)
        timer.start()

    app.App.start = started  # type: ignore[method-assign]
    return app.run([project])


if __name__ == "__main__":
    sys.exit(_main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3], int(sys.argv[4]), sys.argv[5]))
