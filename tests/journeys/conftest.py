"""The whole app in a real window, with settings of its own."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QSettings
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from shiboken6 import isValid

from vv_desktop.app import App
from vv_desktop.ui.settings import Settings

OpenApp = Callable[..., App]


@pytest.fixture
def open_app(qtbot: QtBot, qapp: QApplication, tmp_path: Path) -> Iterator[OpenApp]:
    """Start the app, on something or on nothing; ended again, with every thread, when the test is over."""
    running: list[App] = []

    def start(*paths: Path) -> App:
        app = App(qapp, Settings(QSettings(str(tmp_path / "settings.ini"), QSettings.Format.IniFormat)))
        running.append(app)
        app.window._ask = lambda *_: True
        app.start(paths)
        qtbot.waitExposed(app.window)
        if paths:
            qtbot.waitUntil(lambda: not app.window.opening.busy, timeout=20_000)
        return app

    yield start
    for app in running:
        end(app)


def end(app: App) -> None:
    """Close the window and let everything go; a second time does nothing."""
    if not isValid(app.window):
        return
    app.window.keep_state()
    assert app.shut_down()
    app.window.hide()
    app.window.deleteLater()
