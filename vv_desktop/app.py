"""The composition root: builds everything, runs it, shuts it down."""

import logging
import os
import signal
import socket
import sys
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QSettings, QSocketNotifier, Qt, QTimer
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication

from vv_desktop.core.bundled import resources_folder
from vv_desktop.core.user_folders import user_logs, user_settings
from vv_desktop.incidents import Record, reports_of_crashes, tell, watch
from vv_desktop.jobs import Jobs
from vv_desktop.session import Message, Session
from vv_desktop.ui.live_head import LiveUpdates
from vv_desktop.ui.main_window import MainWindow
from vv_desktop.ui.settings import Settings
from vv_desktop.ui.theme import DARK, LIGHT, Theme, apply_theme, icon, system_theme

SECONDS_TO_END = 2.0
"""For threads to end; what TensorFlow's import or tracing holds for longer is left behind, as everything is saved."""
log = logging.getLogger(__name__)


class App:
    """Owns session, jobs and window. Lives on the window's thread."""

    def __init__(self, application: QApplication, settings: Settings) -> None:
        self._application = application
        self.settings = settings
        self.resources = resources_folder()
        self.session = Session()
        self.jobs = Jobs()
        self.live = LiveUpdates(self.session, self.jobs)
        self.live.restore(settings.part("live"))
        self.window = self._dressed_window()
        styles = QGuiApplication.styleHints()
        styles.colorSchemeChanged.connect(self._desktop_changed, Qt.ConnectionType.QueuedConnection)

    def start(self, paths: Sequence[Path]) -> None:
        """Show the window and open what was given."""
        self.window.show()
        if paths:
            self.window.opening.open_paths(list(paths))

    def shut_down(self) -> bool:
        """Cancel what runs, let go of the project; True if every thread ended in time."""
        ended = self.jobs.shutdown(SECONDS_TO_END)
        self.session.close_project(announce=False)
        self.settings.save()
        return ended

    def _theme(self) -> Theme:
        return {"light": LIGHT, "dark": DARK}.get(str(self.settings.values.get("theme")), system_theme())

    def _dressed_window(self) -> MainWindow:
        theme = self._theme()
        apply_theme(self._application, theme, self.resources)
        window = MainWindow(self.session, self.jobs, self.live, theme, self.resources, self.settings)
        window.setWindowIcon(icon(self.resources, "app", theme.accent, 64))
        window.theme_wanted.connect(self._choose_theme, Qt.ConnectionType.QueuedConnection)
        return window

    def _choose_theme(self, name: str) -> None:
        self.settings.values["theme"] = name
        self._dress_again()

    def _desktop_changed(self) -> None:
        if self.settings.values.get("theme", "system") == "system":
            self._dress_again()

    def _dress_again(self) -> None:
        """Build the window anew in other colours. Not while the new one would lose sight of something."""
        reason = "work is under way" if self.jobs.running else self.window.only_here()
        if reason:
            self.session.said.emit(Message(f"The colours change at the next start, since {reason}"))
            return
        self.window.keep_state()
        before = self.window
        self.window = self._dressed_window()
        self.window.show()
        before.hide()
        before.deleteLater()


def run(paths: Sequence[Path]) -> int:
    """Open the window and stay until it is closed; the exit status."""
    application = QApplication.instance() or QApplication(sys.argv[:1])
    assert isinstance(application, QApplication)
    _quit_on_signals(application)
    logs = user_logs()
    watch(logs)
    reports = reports_of_crashes(logs)
    record = Record(logs)
    application.setApplicationName("vv_desktop")
    application.setApplicationDisplayName("vv_desktop")
    application.setQuitOnLastWindowClosed(False)  # the window asks first, and is built anew for other colours
    app = App(application, Settings(QSettings(str(user_settings()), QSettings.Format.IniFormat)))
    tell(lambda sentence: app.session.say(sentence, error=True))
    app.window.crash.offer(reports)
    app.start(paths)
    status = application.exec()
    ended = app.shut_down()
    record.close()
    if not ended:
        log.warning("a thread did not end in %s s", SECONDS_TO_END)
        logging.shutdown()
        os._exit(status)  # everything is saved; TensorFlow's tracing cannot be interrupted
    return status


def _quit_on_signals(application: QApplication) -> None:
    """Leave in order when the desktop session ends or Ctrl-C is pressed, though Qt waits outside of Python."""
    reading, writing = socket.socketpair()
    writing.setblocking(False)
    signal.set_wakeup_fd(writing.fileno())
    woken = QSocketNotifier(reading.fileno(), QSocketNotifier.Type.Read, application)
    woken.activated.connect(lambda *_, kept=(reading, writing): reading.recv(16))  # now Python runs the handler
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: QTimer.singleShot(0, application.quit))  # or before it runs
