"""The menus and their keys."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtGui import QAction, QActionGroup, QKeySequence

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


def fill_menus(window: MainWindow) -> Actions:
    """Make every menu of the window; the actions by name."""
    actions = Actions()
    bar = window.menuBar()

    def add(menu: str, name: str, text: str, keys: str, call: object, project: bool = False) -> QAction:
        action = QAction(text, window)
        action.setShortcut(QKeySequence(keys))
        action.triggered.connect(lambda _=False: call())  # type: ignore[operator]
        found = next((m for m in bar.actions() if m.text() == menu), None)
        (found.menu() if found else bar.addMenu(menu)).addAction(action)  # type: ignore[union-attr]
        actions[name] = action
        if project:
            actions.needs_project.append(name)
        return action

    add("&File", "open-folder", "Open folder…", "Ctrl+O", window.open_folder)
    add("&File", "open-csv", "Open CSV files…", "Ctrl+Shift+O", window.open_csv)
    add("&File", "demo", "Try the demo", "", window.open_demo)
    add("&File", "close", "Close project", "Ctrl+W", window.close_project, project=True)
    add("&File", "quit", "Quit", "Ctrl+Q", window.close)
    add("&Edit", "undo", "Undo", "Ctrl+Z", window.session.undo, project=True)
    add("&Edit", "redo", "Redo", "Ctrl+Shift+Z", window.session.redo, project=True)
    add("&Edit", "paste", "Predict from clipboard", "Ctrl+V", window.paste, project=True)
    for number, (name, title) in enumerate(TITLES.items(), 1):
        add("&View", name, title, f"Ctrl+{number}", lambda name=name: window.show_page(name), project=True)
    _theme_menu(window)
    add("&Run", "train-now", "Train", "Ctrl+T", lambda: (window.show_page("train"), window.train.start_training()), project=True)
    add("&Help", "keys", "Keys", "?", window.show_keys)
    return actions


def _theme_menu(window: MainWindow) -> None:
    view = next(action.menu() for action in window.menuBar().actions() if action.text() == "&View")
    menu = view.addMenu("Colours")  # type: ignore[union-attr]
    group = QActionGroup(window)
    chosen = window.settings.values.get("theme", "system")
    for name, text in (("system", "As the desktop"), ("light", "Light"), ("dark", "Dark")):
        action = QAction(text, window, checkable=True)
        action.setChecked(name == chosen)
        action.triggered.connect(lambda _=False, name=name: window.theme_wanted.emit(name))
        group.addAction(action)
        menu.addAction(action)
