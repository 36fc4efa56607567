"""Faults of faults.md, section G: the window stays alive and in step, whatever is done to it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, QMetaMethod, QObject
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from tests.window.complaints import heard_complaints
from tests.window.whole_app import wait_until, whole_app
from vv_desktop.ui.main_window import MainWindow
from vv_desktop.ui.pages import NAMES


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
