"""Faults of faults.md, section G: the window stays alive and in step, whatever is done to it."""

import random
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import Any

import pytest
from PySide6.QtCore import QAbstractItemModel, QEvent, QLocale, QMetaMethod, QMimeData, QObject, Qt, QTimer
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QPaintEvent, QPixmap
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from tests.window.complaints import heard_complaints
from tests.window.whole_app import drop_on, wait_until, whole_app
from vv_desktop.core.project import Project
from vv_desktop.incidents import tell
from vv_desktop.session import Message
from vv_desktop.ui.main_window import MainWindow
from vv_desktop.ui.pages import NAMES

NONE = Qt.KeyboardModifier.NoModifier


@pytest.fixture
def photos(toy_folder: Path) -> list[Path]:
    return sorted(toy_folder.rglob("*.jpg"))


@pytest.fixture
def complaints() -> Iterator[list[str]]:
    """Whatever nothing caught and whatever Qt says; the test that asks for it wants none."""
    with heard_complaints() as found:
        yield found
    assert found == []


def listeners(*senders: QObject) -> dict[str, int]:
    """How many slots hear each signal of these."""
    found = {}
    for sender in senders:
        meta = sender.metaObject()
        for method in (meta.method(number) for number in range(meta.methodCount())):
            if method.methodType() == QMetaMethod.MethodType.Signal:
                signature = bytes(method.methodSignature().data()).decode()
                if method.name() != "destroyed":  # PySide itself listens to it
                    found[f"{type(sender).__name__}.{signature}"] = sender.receivers(f"2{signature}")
    return found


def test_G4_nobody_listens_for_a_window_that_is_gone(
    qtbot: QtBot, complaints: list[str], trained_copy: Path, tmp_path: Path
) -> None:
    with whole_app(tmp_path, trained_copy) as app:
        senders = (app.session, app.jobs, app.live)
        wait_until(lambda: not app.jobs.running)
        app.window.deleteLater()
        QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
        before = listeners(*senders)
        for _ in range(2):
            app.window = MainWindow(app.session, app.jobs, app.live, app._theme(), app.resources, app.settings)
            app.window.show()
            for name in NAMES:
                app.window.show_page(name)
            wait_until(lambda: not app.jobs.running)
            app.window.deleteLater()
            QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
        assert listeners(*senders) == before
        app.session.show_heat(True)
        app.session.close_project()


def test_G4_the_project_is_closed_while_work_is_in_flight(
    qtbot: QtBot, complaints: list[str], trained_copy: Path, tmp_path: Path, photos: list[Path]
) -> None:
    """Pictures, answers, twins, ranking and live head that nobody waits for any more: none is heard, none stays."""
    rng = random.Random(0)
    with whole_app(tmp_path, trained_copy) as app:
        for page in rng.choices(NAMES, k=15):
            app.window.show_page(page)
            app.live.update_now()
            if page == "predict":
                app.window.pages.predict.predict_paths(photos[:20])
            QTest.qWait(rng.choice((0, 5, 40)))
            app.session.close_project()
            app.window.opening.open_paths([trained_copy])
            wait_until(lambda: app.session.project is not None and not app.window.opening.busy)
        wait_until(lambda: not app.jobs.running)
        assert app.session.project is not None
        assert app.session.edits.relabel([1], app.session.project.classes.names[0], "mouse")
        assert app.window.isVisible()
    assert complaints == []


def test_G2_no_widget_is_touched_off_the_windows_thread(
    qtbot: QtBot, complaints: list[str], trained_copy: Path, tmp_path: Path, photos: list[Path]
) -> None:
    touched: list[str] = []

    def watch(frame: FrameType, event: str, argument: Any) -> None:
        owner = {"call": frame.f_locals.get("self"), "c_call": getattr(argument, "__self__", None)}.get(event)
        if isinstance(owner, QWidget | QAbstractItemModel | QPixmap):
            touched.append(f"{type(owner).__name__} in {frame.f_code.co_name}")

    threading.setprofile(watch)  # hears every call, of Python and of Qt, on every thread that starts from now on
    try:
        with whole_app(tmp_path, trained_copy) as app:
            widget = QWidget()
            qtbot.addWidget(widget)
            planted: list[bool] = []
            app.jobs.start(lambda progress: widget.width(), name="Test", lane="quality", on_done=planted.append)
            wait_until(lambda: bool(planted))
            assert touched == ["QWidget in <lambda>"]  # it would be noticed
            touched.clear()
            for name in NAMES:
                app.window.show_page(name)
            app.window.pages.predict.predict_paths(photos[:8])
            app.live.update_now()
            wait_until(lambda: not app.jobs.running)
    finally:
        threading.setprofile(None)
    assert touched == []


@pytest.mark.parametrize("where", ["slot", "paint", "drop", "task"])
def test_G3_an_exception_is_told_and_the_window_lives(
    qtbot: QtBot, trained_copy: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture, where: str
) -> None:
    class Broken(QWidget):
        def paintEvent(self, event: QPaintEvent) -> None:
            raise ZeroDivisionError(where)

        def dragEnterEvent(self, event: QDragEnterEvent) -> None:
            event.acceptProposedAction()

        def dropEvent(self, event: QDropEvent) -> None:
            raise ZeroDivisionError(where)

    def broken(*_: object, progress: object = None) -> None:
        raise ZeroDivisionError(where)

    said: list[Message] = []
    before = sys.excepthook
    with whole_app(tmp_path, trained_copy) as app:
        app.session.said.connect(said.append)
        tell(lambda sentence: app.session.say(sentence, error=True))
        try:
            widget = Broken(app.window, acceptDrops=True)
            if where == "slot":
                QTimer.singleShot(0, broken)
            elif where == "paint":
                widget.show()
            elif where == "drop":
                QTimer.singleShot(0, lambda: drop_on(widget, QMimeData()))
            else:
                app.jobs.start(broken, name="Test", on_failed=lambda f: app.session.say(f.sentence, error=True))
            wait_until(lambda: bool(said))
            widget.hide()
        finally:
            sys.excepthook = before
        assert said[0] == Message("Something went wrong; the log has the details: ZeroDivisionError", error=True)
        assert re.search(rf"ZeroDivisionError: .*{where}$", caplog.text, re.MULTILINE)
        app.window.show_page("browse")
        assert app.session.edits.relabel([1], app.session.project.classes.names[0], "mouse")


@pytest.mark.parametrize("change", ["dark", "language", "screen", "minimised"])
def test_G9_nothing_is_lost_when_the_desktop_changes(
    qtbot: QtBot, complaints: list[str], trained_copy: Path, tmp_path: Path, change: str
) -> None:
    with whole_app(tmp_path, trained_copy) as app:
        window, language = app.window, QLocale()
        window.show_page("browse")
        window.pages.browse.bar.search.setText("vehicle_001")
        wait_until(lambda: len(window.pages.browse.grid.model.ids) < 20 and not app.jobs.running)
        image = window.pages.browse.grid.model.ids[0]
        app.session.select((image,))
        plan = window.pages.train.setup.plan()
        window.show_page("browse")
        wait_until(lambda: not app.jobs.running)
        try:
            if change == "dark":
                window.theme_wanted.emit("dark")
                wait_until(lambda: app.window is not window)
            elif change == "language":
                QLocale.setDefault(QLocale("ar_EG"))  # its own digits, and a comma in numbers
                for widget in (window, *window.findChildren(QWidget)):
                    QApplication.sendEvent(widget, QEvent(QEvent.Type.LocaleChange))
                    QApplication.sendEvent(widget, QEvent(QEvent.Type.LanguageChange))
            elif change == "screen":
                for widget in (window, *window.findChildren(QWidget)):
                    QApplication.sendEvent(widget, QEvent(QEvent.Type.DevicePixelRatioChange))
                window.move(20_000, 20_000)  # where a screen was
                window.keep_state()
                window._restore()
                assert window.screen().availableGeometry().intersects(window.frameGeometry())
            else:
                window.showMinimized()
            assert app.session.edits.relabel([image], "Front", "mouse")
            app.window.showNormal()
            QTest.qWait(20)
            browse = app.window.pages.browse
            assert app.window.pages.current == "browse"
            assert browse.bar.search.text() == "vehicle_001"
            assert app.session.selection == (image,)
            assert app.session.project.images[image].label == "Front"
            assert app.window.pages.train.setup.plan() == plan
        finally:
            QLocale.setDefault(language)


def test_G9_answers_are_not_thrown_away_for_a_colour(
    qtbot: QtBot, trained_copy: Path, tmp_path: Path, photos: list[Path]
) -> None:
    said: list[Message] = []
    with whole_app(tmp_path, trained_copy) as app:
        app.session.said.connect(said.append)
        window = app.window
        window.show_page("predict")
        window.pages.predict.predict_paths(photos[:2])
        wait_until(lambda: not app.jobs.running)
        window.theme_wanted.emit("dark")
        wait_until(lambda: any("colours" in message.text for message in said))
        assert app.window is window
        assert window.pages.predict.model.rowCount() == 2


EDIT_AND_COUNT = """
import sys
from pathlib import Path
from vv_desktop.core.project import Project
project = Project.open(Path(sys.argv[1]))
names, images = project.classes.names, sorted(project.images)
for number in range(1_000_000):
    label = names[(project.classes.index(project.images[images[0]].label or names[0]) + 1) % len(names)]
    project.relabel(images[:1], label, "keyboard")
    print(number + 1, label, flush=True)
"""


def test_G10_sleep_in_the_middle_of_a_save(untrained_copy: Path) -> None:
    """SIGSTOP is what sleep is to a process; at the end the battery is empty."""
    rng = random.Random(0)
    command = [sys.executable, "-c", EDIT_AND_COUNT, str(untrained_copy)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    said = [process.stdout.readline()]
    for _ in range(8):
        time.sleep(rng.uniform(0, 0.03))
        process.send_signal(signal.SIGSTOP)
        time.sleep(0.08)
        process.send_signal(signal.SIGCONT)
    process.send_signal(signal.SIGSTOP)
    time.sleep(0.2)
    process.send_signal(signal.SIGKILL)
    said += process.stdout.read().splitlines(keepends=True)
    process.stdout.close()
    process.wait()
    acknowledged, label = [line for line in said if line.endswith("\n")][-1].split(" ", 1)
    project = Project.open(untrained_copy)
    groups = project.store.groups()
    newest = project.images[min(project.images)].label
    project.close()
    assert int(acknowledged) > 20
    assert len(groups) - int(acknowledged) in (0, 1)  # one more may be saved that nobody was told of
    assert len(groups) > int(acknowledged) or newest == label.strip()
