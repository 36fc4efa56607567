"""Everything that can be used has a name that a screen reader can say, and can be reached by the Tab key."""

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QDialog,
    QHeaderView,
    QLineEdit,
    QSlider,
    QWidget,
)
from pytestqt.qtbot import QtBot

from vv_desktop.ui.pages import NAMES

OWNED = (QComboBox, QAbstractSpinBox, QLineEdit)
USED = (QAbstractButton, QLineEdit, QComboBox, QSlider, QAbstractSpinBox, QAbstractItemView)


def nameless(page: QWidget) -> list[str]:
    found = []
    for widget in page.findChildren(QWidget):
        if not isinstance(widget, USED) or isinstance(widget, QHeaderView) or not widget.isVisibleTo(page):
            continue
        if widget.objectName().startswith("qt_") or isinstance(widget.parent(), OWNED):
            continue  # parts of Qt's own widgets
        interface = QAccessible.queryAccessibleInterface(widget)
        if not interface or not interface.text(QAccessible.Text.Name).strip():
            found.append(f"{type(widget).__name__} {widget.objectName()} in {type(widget.parent()).__name__}")
    return found


@pytest.mark.parametrize("name", NAMES)
def test_every_control_has_a_name(open_app, qtbot: QtBot, trained_copy: Path, name: str) -> None:  # type: ignore[no-untyped-def]
    app = open_app(trained_copy)
    app.window.show_page(name)
    if name == "predict":
        app.window.pages.predict.predict_paths([next(iter((trained_copy / "..").rglob("*.jpg")), trained_copy)])
    qtbot.waitUntil(lambda: not app.jobs.running, timeout=20_000)
    page = app.window.pages.named(name)
    assert nameless(page) == []
    assert nameless(app.window.navigation) == []
    assert nameless(app.window.status) == []


def test_what_stands_beside_the_pages_has_names(open_app, qtbot: QtBot, toy_folder: Path, trained_copy: Path) -> None:  # type: ignore[no-untyped-def]
    """Welcome, the import, the crash notice and every sheet."""
    app = open_app()
    window = app.window
    assert nameless(window.welcome) == []
    window.opening.open_paths([toy_folder / "labels.csv"])
    qtbot.waitUntil(lambda: window.stack.currentWidget() is window.review)
    assert nameless(window.review) == []
    window.opening.open_paths([trained_copy])
    qtbot.waitUntil(lambda: app.session.project is not None, timeout=20_000)
    window.crash.show()
    window.show_classes()
    window.show_keys()
    assert nameless(window) == []
    assert all(dialog.accessibleName() or dialog.windowTitle() for dialog in window.findChildren(QDialog))


def one_of_many(widget: QWidget) -> bool:
    """A button of a group of which one is pressed: one Tab for all of them, then the arrows."""
    if not isinstance(widget, QAbstractButton):
        return False
    group = widget.group()
    return widget.autoExclusive() or (group is not None and group.exclusive())


@pytest.mark.parametrize("name", NAMES)
def test_the_tab_key_reaches_every_control(open_app, qtbot: QtBot, trained_copy: Path, name: str) -> None:  # type: ignore[no-untyped-def]
    app = open_app(trained_copy)
    window = app.window
    window.activateWindow()
    window.show_page(name)
    qtbot.waitUntil(lambda: not app.jobs.running, timeout=20_000)
    page = window.pages.named(name)
    wanted = [
        widget
        for widget in page.findChildren(QWidget)
        if isinstance(widget, USED)
        and widget.isVisible()
        and widget.isEnabled()
        and widget.focusPolicy() & Qt.FocusPolicy.TabFocus
        and not isinstance(widget.parent(), OWNED)
        and not one_of_many(widget)
    ]
    visited = set()
    for _ in range(150):
        QTest.keyClick(window.windowHandle(), Qt.Key.Key_Tab)
        visited.add(QApplication.focusWidget())
    assert [f"{type(w).__name__} {w.accessibleName()}" for w in wanted if w not in visited] == []


def test_the_tab_key_leaves_and_enters_every_part(open_app, qtbot: QtBot, trained_copy: Path) -> None:  # type: ignore[no-untyped-def]
    app = open_app(trained_copy)
    window = app.window
    window.activateWindow()
    window.show_page("browse")
    app.session.select((next(iter(app.session.project.images)),))
    buttons = window.pages.browse.inspector.findChildren
    qtbot.waitUntil(lambda: any(button.isVisible() for button in buttons(QAbstractButton)), timeout=20_000)
    visited: set[QWidget] = set()
    first = widget = window.pages.browse.bar
    while (widget := widget.nextInFocusChain()) is not first:
        if widget.isVisible() and widget.focusPolicy() & Qt.FocusPolicy.TabFocus:
            visited.add(widget)
    inside = [window.pages.browse.bar, window.pages.browse.grid, window.pages.browse.inspector, window.navigation]
    for part in inside:
        assert any(part is w or part.isAncestorOf(w) for w in visited), part
