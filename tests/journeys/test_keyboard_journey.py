"""From a folder of photos to exported files without a mouse: open, label, train, suspects, evaluate, export."""

from collections.abc import Iterable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QFileDialog, QWidget
from pytestqt.qtbot import QtBot

from vv_desktop.core.plans import QUICK
from vv_desktop.core.toys import write_toys

CONTROL = Qt.KeyboardModifier.ControlModifier
MINUTE = 60_000


def press(key: Qt.Key, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
    """A key to whatever has the keyboard, as the desktop sends it: shortcuts come first."""
    window = QApplication.activeWindow()
    assert window is not None
    QTest.keyClick(window.windowHandle(), key, modifier)


def tab_to(wanted: QWidget, most: int = 80) -> None:
    """Tab until `wanted` has the keyboard."""
    trail: list[str] = []
    for _ in range(most):
        found = QApplication.focusWidget()
        if found is wanted:
            return
        trail.append(f"{type(found).__name__} {found.accessibleName()}" if found is not None else "nothing")
        press(Qt.Key.Key_Tab)
    raise AssertionError(f"{wanted.accessibleName() or wanted} is not reached by Tab, but {dict.fromkeys(trail)}")


def tick_only(wanted: QAbstractButton, boxes: Iterable[QAbstractButton]) -> None:
    """Of these boxes, by Tab and Space."""
    for box in boxes:
        if box.isChecked() != (box is wanted):
            tab_to(box)
            press(Qt.Key.Key_Space)


def test_from_photos_to_files_without_a_mouse(  # type: ignore[no-untyped-def]
    open_app, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    write_toys(tmp_path / "toys", 84, wrong=0.1)
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_, **__: str(tmp_path / "toys"))
    app = open_app()
    window, session, pages = app.window, app.session, app.window.pages
    window.activateWindow()
    qtbot.waitUntil(lambda: QApplication.activeWindow() is window)

    press(Qt.Key.Key_O, CONTROL)
    qtbot.waitUntil(lambda: window.stack.currentWidget() is window.review, timeout=MINUTE)
    tab_to(window.review.create_button)
    press(Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: window.stack.currentWidget() is pages.browse, timeout=MINUTE)

    press(Qt.Key.Key_Home)
    (image,) = session.selection
    names = session.project.classes.names
    place = next(i for i, name in enumerate(names) if name != session.project.images[image].label)
    press(Qt.Key(Qt.Key.Key_1 + place))
    assert session.project.images[image].label == names[place]
    press(Qt.Key.Key_Z, CONTROL)
    assert session.project.images[image].label != names[place]

    press(Qt.Key.Key_2, CONTROL)
    pages.train.setup.set_plan(QUICK.changed(head_epochs=3))
    press(Qt.Key.Key_T, CONTROL)
    qtbot.waitUntil(lambda: session.run is not None and not app.jobs.of("work"), timeout=3 * MINUTE)

    press(Qt.Key.Key_3, CONTROL)
    tab_to(pages.evaluate.table)
    press(Qt.Key.Key_Down)
    assert pages.evaluate.table.currentIndex().isValid()

    press(Qt.Key.Key_4, CONTROL)
    press(Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: session.suspects is not None and pages.suspects.focus.isVisible(), timeout=3 * MINUTE)
    suspect = pages.suspects.walk.current
    wrong = session.project.images[suspect].label
    press(Qt.Key.Key_Return)
    assert session.project.images[suspect].label != wrong

    press(Qt.Key.Key_8, CONTROL)
    boxes = pages.export.view.boxes
    tick_only(boxes["fp16"], boxes.values())
    tab_to(pages.export.view.export_button)
    press(Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: not app.jobs.of("work"), timeout=3 * MINUTE)
    assert list(pages.export.folder.glob("*.tflite"))
