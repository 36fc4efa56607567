"""Faults of faults.md, section G and A19, on the whole app: exits, dialogs, heartbeat, monkey, a crash in between."""

import ast
import os
import random
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QTimer
from PySide6.QtGui import QContextMenuEvent
from PySide6.QtWidgets import QAbstractButton, QApplication, QFileDialog, QMenu
from pytestqt.qtbot import QtBot

import vv_desktop
from tests.conftest import copy_project
from tests.window.complaints import heard_complaints
from tests.window.heartbeat import Heartbeat
from tests.window.leaving import STATES, Leave, leave
from tests.window.monkey_run import run_monkey
from tests.window.whole_app import wait_until, whole_app
from vv_desktop.app import App
from vv_desktop.core.project import Project
from vv_desktop.core.toys import write_toys
from vv_desktop.incidents import reports_of_crashes
from vv_desktop.session import Message

EXITS, ACTS = 20, 1_000


def test_G1_E20_E25_close_at_any_moment_exits_0(trained: Path, tmp_path: Path) -> None:
    """In every state at least once; the release figure is python -m tests.soak exits."""
    rng = random.Random(0)
    states = [*STATES, *rng.choices(list(STATES), k=EXITS - len(STATES))]
    moments = [(state, int(STATES[state] * rng.random() ** 2), rng.choice(("close", "SIGTERM"))) for state in states]

    lanes = [copy_project(trained, tmp_path / name / "project") for name in ("0", "1")]  # one at a time: it opens it

    def half(number: int) -> list[Leave]:
        project = lanes[number]
        write_toys(project.parent / "toys", 12)
        return [leave(project, project.parent / "toys", *moment) for moment in moments[number::2]]

    with ThreadPoolExecutor(2) as pool:
        left = [one for found in pool.map(half, range(2)) for one in found]
    assert [one for one in left if one.complaints or one.seconds > 15] == []


@contextmanager
def cancelled_dialogs(monkeypatch: pytest.MonkeyPatch) -> Iterator[set[str]]:
    """Every file dialog is closed without an answer; who asked."""
    asked: set[str] = set()

    def closed(empty: Any) -> Any:
        def dialog(*_: object, **__: object) -> Any:
            code = sys._getframe(1).f_code
            asked.add(f"{Path(code.co_filename).name}:{code.co_name}")
            return empty

        return staticmethod(dialog)

    for name, empty in (
        ("getExistingDirectory", ""), ("getOpenFileName", ("", "")), ("getOpenFileNames", ([], "")),
        ("getSaveFileName", ("", "")),
    ):  # fmt: skip
        monkeypatch.setattr(QFileDialog, name, closed(empty))
    yield asked


def dialogs_of_the_app() -> set[str]:
    """Every function of the app that opens a file dialog."""
    found = set()
    for path in (Path(vv_desktop.__file__).parent / "ui").rglob("*.py"):
        for function in ast.walk(ast.parse(path.read_text())):
            if isinstance(function, ast.FunctionDef) and "QFileDialog.get" in ast.unparse(function):
                found.add(f"{path.name}:{function.name}")
    return found


def choose_each(widget: Any) -> None:
    """Every entry of a context menu, one after the other."""
    for number in range(3):

        def choose(number: int = number) -> None:
            menu = QApplication.activePopupWidget()
            assert isinstance(menu, QMenu)
            action = menu.actions()[number]
            menu.close()
            action.trigger()

        QTimer.singleShot(0, choose)
        at = widget.rect().center()
        asked = QContextMenuEvent(QContextMenuEvent.Reason.Keyboard, at, widget.mapToGlobal(at))
        QApplication.sendEvent(widget, asked)


def press_all(app: App, plain: Path) -> None:
    """Everything that opens a file dialog."""
    window, pages = app.window, app.window.pages
    window.actions_by_name["open-folder"].trigger()
    window.actions_by_name["open-csv"].trigger()
    pages.train.setup.weights.choose.click()
    pages.export.view.change_button.click()
    view = pages.predict.view
    for button in (view.photos_button, view.folder_button, view.watch_button):
        button.click()
    view.filters.file_wanted.emit()
    app.session.edits.relabel([1], "Front", "mouse")
    app.session.edits.undo()
    app.session.edits.redo()
    pages.history.export.click()
    window.show_page("predict")
    pages.predict.predict_paths(sorted(plain.rglob("*.jpg"))[:1])
    wait_until(lambda: not app.jobs.running)
    view.save_button.click()
    window.show_page("evaluate")
    choose_each(pages.evaluate.matrix)


def test_G5_cancel_of_any_file_dialog_changes_nothing(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, trained_copy: Path, tmp_path: Path
) -> None:
    plain = tmp_path / "plain"
    write_toys(plain, 12)
    with (plain / "labels.csv").open("a") as file:
        file.write("nowhere.jpg,Front\n")
    (plain / "broken").mkdir()
    (plain / "broken" / "x.jpg").write_bytes(b"no picture")
    with heard_complaints() as complaints, cancelled_dialogs(monkeypatch) as asked, whole_app(tmp_path) as app:
        for button in app.window.welcome.findChildren(QAbstractButton):
            if button.text().startswith("Open "):
                button.click()
        assert not app.jobs.running
        app.window.opening.open_paths([plain / "labels.csv"])
        wait_until(lambda: app.window.stack.currentWidget() is app.window.review)
        plan = app.window.review.plan
        app.window.review.change_button.click()
        app.window.review.save_button.click()
        assert app.window.review.plan is plan
        app.window.opening.open_paths([trained_copy])
        wait_until(lambda: app.session.project is not None and not app.jobs.running)
        said: list[Message] = []
        app.session.said.connect(said.append)
        files = sorted(path for path in tmp_path.rglob("*") if "cache" not in path.parts)
        press_all(app, plain)
        assert [m for m in said if m.error or "Saved" in m.text] == []
        assert app.window.pages.predict.watch.folder is None
        assert app.window.pages.train.setup.weights.file is None
        assert sorted(path for path in tmp_path.rglob("*") if "cache" not in path.parts) == files
    assert complaints == []
    assert asked == dialogs_of_the_app()


def test_G6_the_heart_beats_while_a_training_runs(qtbot: QtBot, untrained_copy: Path, tmp_path: Path) -> None:
    """That it lives; how evenly is python -m tests.soak heartbeat."""
    with whole_app(tmp_path, untrained_copy) as app:
        app.window.train_now()
        heart = Heartbeat()
        wait_until(lambda: len(heart.gaps) > 200)
        assert app.jobs.of("work")
        app.jobs.of("work")[0].cancel()
        wait_until(lambda: not app.jobs.of("work"))


@pytest.mark.parametrize("seed", [1])
def test_G8_a_monkey_finds_nothing(qtbot: QtBot, trained: Path, tmp_path: Path, seed: int) -> None:
    """The release figure is python -m tests.soak monkey."""
    write_toys(tmp_path / "toys", 12)
    copy_project(trained, tmp_path / "project")
    outcome = run_monkey(tmp_path, seed, ACTS)
    assert outcome.faults == (), "\n".join(outcome.last)
    assert outcome.edits > 0


CRASH = """
import ctypes, sys
from pathlib import Path
from PySide6.QtCore import QTimer
from vv_desktop import app
start = app.App.start
def started(self, paths):
    start(self, paths)
    def edit():
        if self.session.project is None:
            return
        images = sorted(self.session.project.images)
        names = self.session.project.classes.names
        for image in images[:12]:
            other = next(name for name in names if name != self.session.project.images[image].label)
            assert self.session.edits.relabel([image], other, "keyboard")
            print(image, other, flush=True)
        ctypes.string_at(0)  # as a codec would
    timer = QTimer(self.window, interval=10)
    timer.timeout.connect(edit)
    timer.start()
app.App.start = started
app.run([Path(sys.argv[1])])
"""


def test_A19_a_crash_of_the_window_loses_no_edit_and_says_so(
    qtbot: QtBot, untrained_copy: Path, tmp_path: Path
) -> None:
    logs = tmp_path / "state"
    home = {"XDG_STATE_HOME": str(logs), "XDG_CONFIG_HOME": str(tmp_path / "config")}
    done = subprocess.run(
        [sys.executable, "-c", CRASH, str(untrained_copy)],
        capture_output=True, text=True, timeout=60, check=False, env={**os.environ, **home},
    )  # fmt: skip
    assert done.returncode == -signal.SIGSEGV, done.stderr
    acknowledged = dict(line.split(" ", 1) for line in done.stdout.splitlines())
    assert len(acknowledged) == 12
    project = Project.open(untrained_copy)
    assert {str(i): project.images[i].label for i in map(int, acknowledged)} == acknowledged
    steps = len(project.store.groups())
    project.close()
    (record,) = logs.rglob("running-*.txt")
    with whole_app(tmp_path) as app:
        app.window.crash.offer(reports_of_crashes(record.parent))
        app.window.opening.open_paths([untrained_copy])
        wait_until(lambda: app.session.project is not None)
        assert app.window.crash.isVisible()
        assert f"{steps} steps are here" in app.window.crash.words.text()
