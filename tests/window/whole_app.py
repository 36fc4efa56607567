"""The real app in this process, with settings and files of its own, for as long as a block lasts."""

import os
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from PySide6.QtCore import QMimeData, QPoint, QPointF, QSettings, Qt
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QWidget
from shiboken6 import isValid

from vv_desktop import tasks
from vv_desktop.app import App
from vv_desktop.core.plans import QUICK
from vv_desktop.core.project import Project
from vv_desktop.core.toys import write_toys
from vv_desktop.ui.settings import Settings
from vv_desktop.workers import Flags, WorkerProgress

QUIET = WorkerProgress(Flags(), lambda event: None)


def in_a_home_of_its_own(folder: Path) -> None:
    """From now on this process and its children write below `folder` and reach no network."""
    os.environ |= {"QT_QPA_PLATFORM": "offscreen", "TF_CPP_MIN_LOG_LEVEL": "3", "HOME": str(folder)}
    for name in ("CACHE", "CONFIG", "STATE", "DATA"):
        os.environ[f"XDG_{name}_HOME"] = str(folder / name.lower())
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: Any) -> None:
        if self.family != socket.AF_UNIX and not str(address[0]).startswith(("127.", "::1", "localhost")):
            raise AssertionError(f"the app wanted the network: {address}")
        connect(self, address)

    socket.socket.connect = guarded  # type: ignore[method-assign]


def toy_project(folder: Path, count: int, trained: bool = True) -> Path:
    """A project of `count` toy vehicles in `folder`, with one short run."""
    photos = folder / "toys"
    photos.mkdir(parents=True)
    write_toys(photos, count)
    plan = tasks.data.read_sources([photos], None, progress=QUIET)
    made = tasks.data.create_project(plan, folder / "project", progress=QUIET)
    if trained:
        project = Project.open(made)
        dataset = project.dataset()
        project.close()
        tasks.training.train(dataset, QUICK.changed(head_epochs=4), made, None, progress=QUIET)
    return made


@contextmanager
def whole_app(folder: Path, *paths: Path) -> Iterator[App]:
    """The app, started on these paths; every thread must have ended after the block."""
    application = QApplication.instance() or QApplication([])
    assert isinstance(application, QApplication)
    application.setQuitOnLastWindowClosed(False)
    app = App(application, Settings(QSettings(str(folder / "settings.ini"), QSettings.Format.IniFormat)))
    app.settings.values["demo"] = str(folder / "demo")
    app.start(paths)
    try:
        wait_until(lambda: app.session.project is not None or not paths)
        yield app
    finally:
        assert app.shut_down(), "a thread did not end"
        if isValid(app.window):
            app.window.hide()
            app.window.deleteLater()
        application.processEvents()


def drop_on(widget: QWidget, mime: QMimeData) -> None:
    """Drop this on a widget, as a drag from another program would."""
    how = Qt.DropAction.CopyAction, mime, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    QApplication.sendEvent(widget, QDragEnterEvent(QPoint(9, 9), *how))
    QApplication.sendEvent(widget, QDropEvent(QPointF(9, 9), *how))


def wait_until(condition: Callable[[], bool], seconds: float = 60.0) -> None:
    """Let the window work until `condition` holds. Raises AssertionError after `seconds`."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not come to that"
        QApplication.processEvents()
        time.sleep(0.002)
