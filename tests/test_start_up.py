"""The window comes first: nothing heavy is imported before it is shown, and Qt counts its references right."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

HEAVY = ("tensorflow", "keras", "pandas", "sklearn", "scipy", "ai_edge_litert", "pyqtgraph", "numpy", "PIL", "natsort")
PROGRAM = """
import json, sys
from PySide6.QtCore import QSettings
from PySide6.QtWidgets import QApplication
application = QApplication(["test"])
from vv_desktop.app import App
from vv_desktop.ui.settings import Settings
app = App(application, Settings(QSettings(sys.argv[1], QSettings.Format.IniFormat)))
app.start([])
application.processEvents()
visible = app.window.isVisible()
app.shut_down()
print(json.dumps({"visible": visible, "modules": sorted(m for m in sys.modules if "." not in m)}))
"""
HOMELESS = """
import pwd, sys
if sys.argv[1] == "none":
    pwd.getpwuid = {}.__getitem__  # a user whom the system does not know
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication
from vv_desktop import app
application = QApplication(["test"])
QTimer.singleShot(0, lambda: (print("shown" if application.topLevelWidgets() else ""), application.quit()))
sys.exit(app.run([]))
"""
ROOT = Path(__file__).resolve().parent.parent


def test_the_window_shows_without_tensorflow_keras_or_pandas(tmp_path: Path) -> None:
    """Each of them takes a second or more to import; how long the start takes is a figure of `tests.bench predict`."""
    command = [sys.executable, "-c", PROGRAM, str(tmp_path / "s.ini")]
    run = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    assert run["visible"]
    assert [m for m in HEAVY if m in run["modules"]] == []


def test_a_dropped_photo_is_answered_without_tensorflow(trained: Path, toy_folder: Path, tmp_path: Path) -> None:
    """How soon is a figure of `tests.bench predict`."""
    photo = next((toy_folder / "images").rglob("*.jpg"))
    command = [sys.executable, "-m", "tests.first_answer", str(trained), str(photo), str(tmp_path / "s.ini")]
    run = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    assert run["answers"][0]
    assert run["ended"]
    assert {"ai_edge_litert", "numpy"} <= set(run["modules"])
    assert {"tensorflow", "keras"}.isdisjoint(run["modules"])


@pytest.mark.parametrize("home", ["nowhere", "none"])
def test_A11_without_a_home_it_starts_with_defaults(tmp_path: Path, home: str) -> None:
    """The home and all folders of the user cannot be made; or, as in a container, the user has none."""
    kept = {key: value for key, value in os.environ.items() if key != "HOME" and not key.startswith("XDG_")}
    nowhere = tmp_path / "a-file"
    nowhere.touch()
    if home == "nowhere":
        names = ("HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME", "XDG_DATA_HOME")
        kept |= {name: str(nowhere / "in-it") for name in names}
    else:
        kept["TMPDIR"] = str(tmp_path)
    here = tmp_path / "here"
    here.mkdir()
    command = [sys.executable, "-c", HOMELESS, home]
    done = subprocess.run(
        command, cwd=here, env={**kept, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (0, "shown\n"), done.stderr
    assert "Traceback" not in done.stderr
    assert nowhere.is_file()
    assert list(here.iterdir()) == [], "nor is anything made where it was started, such as a folder ~"


def test_qt_calls_do_not_lose_references_to_none(qtbot: QtBot) -> None:
    """PySide6 6.12.0 on Python 3.11 loses one a call and aborts after some thousand."""
    widget = QWidget()
    qtbot.addWidget(widget)
    before = sys.getrefcount(None)
    for _ in range(2000):
        widget.update()
    assert abs(sys.getrefcount(None) - before) < 200


def test_the_command_line_starts_without_qt_and_tensorflow() -> None:
    heavy = ("PySide6", *HEAVY)
    code = f"import sys, vv_desktop.cli; print([m for m in {heavy} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_no_screen_is_a_sentence_and_no_hang(monkeypatch: object) -> None:
    import os

    environment = {k: v for k, v in os.environ.items() if k not in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")}
    for display in ({}, {"DISPLAY": ":4242"}):
        done = subprocess.run(
            [sys.executable, "-m", "vv_desktop"], capture_output=True, text=True, env=environment | display, timeout=60
        )
        assert done.returncode == 1
        assert "Traceback" not in done.stderr
        assert "screen" in done.stderr
