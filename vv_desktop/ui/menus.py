"""The menus and their keys."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtGui import QAction, QActionGroup, QKeySequence
from PySide6.QtWidgets import QMenu

from vv_desktop.ui.navigation import TITLES

if TYPE_CHECKING:
    from vv_desktop.ui.main_window import MainWindow


class Actions(dict[str, QAction]):
    """Every action by its name; those in `needs_project` are off while nothing is open."""

    def __init__(self) -> None:
        super().__init__()
        self.needs_project: list[str] = []

    def enable_for(self, project: bool) -> None:
        """Switch what needs a project on or off."""
        for name in self.needs_project:
            self[name].setEnabled(project)


class _Filler:
    """Puts actions into menus."""

    def __init__(self, window: MainWindow) -> None:
        self._window = window
        self.actions = Actions()
        self.menus: dict[str, QMenu] = {}

    def menu(self, title: str) -> QMenu:
        """The menu of this title, made at first use."""
        if title not in self.menus:
            self.menus[title] = self._window.menuBar().addMenu(title)
        return self.menus[title]

    def add(
        self, menu: str, name: str, text: str, keys: str, call: Callable[[], object], project: bool = False
    ) -> None:
        """One more action; `project` if it needs one to be open."""
        action = QAction(text, self._window)
        action.setShortcut(QKeySequence(keys))
        action.triggered.connect(lambda _=False: call())
        self.menu(menu).addAction(action)
        self.actions[name] = action
        if project:
            self.actions.needs_project.append(name)


def fill_menus(window: MainWindow) -> Actions:
    """Make every menu of the window; the actions by name."""
    filler = _Filler(window)
    add = filler.add
    add("&File", "open-folder", "Open folder…", "Ctrl+O", window.open_folder)
    add("&File", "open-csv", "Open CSV files…", "Ctrl+Shift+O", window.open_csv)
    add("&File", "demo", "Try the demo", "", window.open_demo)
    add("&File", "backups", "Backups of the labels…", "", window.opening.look_for_backups, project=True)
    add("&File", "close", "Close project", "Ctrl+W", window.close_project, project=True)
    add("&File", "quit", "Quit", "Ctrl+Q", window.close)
    add("&Edit", "undo", "Undo", "Ctrl+Z", window.session.edits.undo, project=True)
    add("&Edit", "redo", "Redo", "Ctrl+Shift+Z", window.session.edits.redo, project=True)
    add("&Edit", "paste", "Predict from clipboard", "Ctrl+V", window.paste, project=True)
    add("&Edit", "classes", "Classes…", "", window.show_classes, project=True)
    for number, (name, title) in enumerate(TITLES.items(), 1):
        add("&View", name, title, f"Ctrl+{number}", partial(window.show_page, name), project=True)
    _add_heat(window, filler)
    _add_colours(window, filler.menu("&View"))
    add("&Run", "train-now", "Train", "Ctrl+T", window.train_now, project=True)
    add("&Run", "live", "Live head on or off", "Ctrl+Shift+L", window.live.toggle, project=True)
    add("&Run", "live-now", "Update the live head", "Ctrl+L", window.live.update_now, project=True)
    add("&Help", "keys", "Keys", "?", window.show_keys)
    add("&Help", "diagnostics", "Copy diagnostics", "", window.copy_diagnostics)
    return filler.actions


def _add_heat(window: MainWindow, filler: _Filler) -> None:
    session = window.session
    filler.add("&View", "heat", "Heat map: why the run says so", "H", lambda: session.show_heat(not session.heat), True)
    filler.actions["heat"].setCheckable(True)


def _add_colours(window: MainWindow, view: QMenu) -> None:
    menu = view.addMenu("Colours")
    group = QActionGroup(window)
    chosen = window.settings.values.get("theme", "system")
    for name, text in (("system", "As the desktop"), ("light", "Light"), ("dark", "Dark")):
        action = QAction(text, window, checkable=True)
        action.setChecked(name == chosen)
        action.triggered.connect(lambda _=False, name=name: window.theme_wanted.emit(name))
        group.addAction(action)
        menu.addAction(action)
