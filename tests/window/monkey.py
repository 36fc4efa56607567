"""A monkey at the window: seeded clicks, keys, drags, drops and dialogs, and what must still be true afterwards."""

import random
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QTimer, QUrl
from PySide6.QtGui import QContextMenuEvent, QDesktopServices, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QFileDialog,
    QGraphicsView,
    QLineEdit,
    QMenu,
    QMessageBox,
    QSlider,
    QTabBar,
    QWidget,
)
from shiboken6 import isValid

from tests.window.whole_app import drop_on
from vv_desktop.app import App

USED = (*(QAbstractButton, QAbstractItemView, QAbstractSpinBox, QComboBox, QGraphicsView, QLineEdit, QSlider, QTabBar),)
KEYS = [
    *(Qt.Key.Key_Return, Qt.Key.Key_Space, Qt.Key.Key_Escape, Qt.Key.Key_Tab, Qt.Key.Key_Backtab, Qt.Key.Key_Delete),
    *(Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_Home, Qt.Key.Key_End),
    *(Qt.Key.Key_PageUp, Qt.Key.Key_PageDown, Qt.Key.Key_F2, Qt.Key.Key_F5, Qt.Key.Key_Plus, Qt.Key.Key_Minus),
    *(Qt.Key(code) for code in range(Qt.Key.Key_0, Qt.Key.Key_9 + 1)),
    *(Qt.Key(code) for code in range(Qt.Key.Key_A, Qt.Key.Key_Z + 1)),
]
DIGITS = [Qt.Key(code) for code in range(Qt.Key.Key_0, Qt.Key.Key_9 + 1)]
NONE = Qt.KeyboardModifier.NoModifier
MODIFIERS = [*[NONE] * 6, Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier]
STUCK = 50
"""Milliseconds after which a menu, a question or a drag that holds the monkey is answered."""


class Monkey:
    """Owns the choices. Everything it does follows from `seed`, but for when the background work ends.

    folder: where every file dialog points, when it does not answer that it was cancelled.
    diary: each act is written there before it is done, so that it is known after a crash too.
    """

    def __init__(self, app: App, folder: Path, seed: int, diary: TextIO | None = None) -> None:
        self._app, self._folder, self._diary = app, folder, diary
        self._rng = random.Random(seed)
        self._dragging, self._turn = False, 0
        self.last: deque[str] = deque(maxlen=40)
        self.kinds: dict[str, int] = {}
        self._acts: dict[Callable[[], str], int] = {
            self._click: 50, self._press_key: 25, self._choose_action: 12, self._open_menu: 4, self._turn_wheel: 3,
            self._drag: 3, self._drop: 1, self._resize: 1, self._reopen: 1,
        }  # fmt: skip

    def act(self, count: int) -> None:
        """Do so many things."""
        self._turn += 1
        self._answer_soon(self._turn)
        try:
            with self._dialogs_answered():
                for _ in range(count):
                    self._look_alive()
                    act = self._rng.choices(list(self._acts), list(self._acts.values()))[0]
                    said = act()
                    self.kinds[act.__name__] = self.kinds.get(act.__name__, 0) + 1
                    self._note(f"{act.__name__}: {said}")
                    QTest.qWait(self._rng.choice((0, 0, 0, 0, 1, 2, 10)))
                    self._answer()
        finally:
            self._turn += 1

    # What it does; each says what it was

    def _click(self) -> str:
        target = self._target()
        window, at = target.window(), self._point_in(target)
        if window.windowHandle() is None:
            return "nothing"
        button = self._rng.choices((Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton), (20, 1))[0]
        modifiers = self._rng.choice(MODIFIERS)
        self._note(f"  click {_name(target)} at {at.x()},{at.y()} {modifiers.name}")
        mouse = QTest.mouseDClick if self._rng.random() < 0.1 else QTest.mouseClick
        is_view = isinstance(target, QAbstractItemView)
        mouse(window.windowHandle(), button, modifiers, target.mapTo(window, at))
        return self._press_key(DIGITS) if is_view and self._rng.random() < 0.5 else "done"

    def _press_key(self, keys: Sequence[Qt.Key] = KEYS) -> str:
        window = QApplication.activeWindow() or self._app.window
        key, modifiers = self._rng.choice(keys), self._rng.choice(MODIFIERS)
        self._note(f"  key {key.name} {modifiers.name} at {_name(QApplication.focusWidget())}")
        if window.windowHandle() is not None:
            QTest.keyClick(window.windowHandle(), key, modifiers)
        return "done"

    def _choose_action(self) -> str:
        found = [a for menu in self._app.window.menuBar().findChildren(QMenu) for a in menu.actions()]
        action = self._rng.choice([a for a in found if a.isEnabled() and a.text() and not a.menu()])
        text = action.text()
        self._note(f"  action {text}")
        action.trigger()
        return text

    def _open_menu(self) -> str:
        target = self._target()
        self._note(f"  menu of {_name(target)}")
        at = self._point_in(target)
        asked = QContextMenuEvent(QContextMenuEvent.Reason.Mouse, at, target.mapToGlobal(at))
        QApplication.sendEvent(target, asked)
        return "done"

    def _turn_wheel(self) -> str:
        target = self._target()
        at = QPointF(self._point_in(target))
        turn = QPoint(0, self._rng.choice((-480, -120, 120, 480)))
        self._note(f"  wheel {turn.y()} over {_name(target)}")
        event = QWheelEvent(
            at, target.mapToGlobal(at), QPoint(), turn, Qt.MouseButton.NoButton, self._rng.choice(MODIFIERS),
            Qt.ScrollPhase.NoScrollPhase, False,
        )  # fmt: skip
        QApplication.sendEvent(target, event)
        return "done"

    def _drag(self) -> str:
        target = self._target()
        window = target.window()
        handle = window.windowHandle()
        if handle is None:
            return "nothing"
        start, end = (target.mapTo(window, self._point_in(target)) for _ in range(2))
        self._note(f"  drag in {_name(target)} by {end - start}")
        QTest.mousePress(handle, Qt.MouseButton.LeftButton, NONE, start)
        self._dragging = True
        for share in (0.3, 0.6, 1.0):
            QTest.mouseMove(handle, start + (end - start) * share)
        self._dragging = False
        QTest.mouseRelease(handle, Qt.MouseButton.LeftButton, NONE, end)
        return "done"

    def _drop(self) -> str:
        paths = self._rng.sample(self._files(), k=self._rng.randint(1, 3))
        mime = QMimeData()
        mime.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
        self._note(f"  drop {[path.name for path in paths]}")
        drop_on(self._app.window, mime)
        return "done"

    def _resize(self) -> str:
        size = self._rng.choice(((900, 600), (1280, 800), (1920, 1080), (1000, 1400)))
        self._app.window.resize(*size)
        return str(size)

    def _reopen(self) -> str:
        """Now and then back to a project, or the monkey would sit on the welcome page for ever."""
        self._app.window.opening.open_paths([self._folder / "project"])
        return "project"

    # What it meets

    def _answer_soon(self, turn: int) -> None:
        """Again and again in this turn; each time by another timer, as none fires in what it has opened itself."""
        if turn == self._turn:
            QTimer.singleShot(STUCK, lambda: self._answer_soon(turn))
            self._answer()

    def _answer(self) -> None:
        """Choose something in what is open above the window and waits."""
        if self._dragging:  # Qt waits for the end of a drag that left the window
            QTest.keyClick(self._app.window.windowHandle(), Qt.Key.Key_Escape)
            return
        popup, modal = QApplication.activePopupWidget(), QApplication.activeModalWidget()
        if isinstance(popup, QMenu):
            actions = [a for a in popup.actions() if a.isEnabled() and not a.isSeparator() and not a.menu()]
            chosen = self._rng.choice(actions) if actions and self._rng.random() < 0.7 else None
            self._note(f"  in the menu: {chosen.text() if chosen else 'nothing'}")
            popup.close()
            if chosen:
                chosen.trigger()
        elif popup is not None:
            QTest.keyClick(popup, self._rng.choice((Qt.Key.Key_Down, Qt.Key.Key_Return, Qt.Key.Key_Escape)))
        elif isinstance(modal, QMessageBox):
            button = self._rng.choice(modal.buttons())
            self._note(f"  answer: {button.text()}")
            button.click()
        elif modal is not None:
            self._note(f"  closes {_name(modal)}")
            modal.close()

    def _look_alive(self) -> None:
        """Have the window back after it was closed, as the next start would."""
        window = self._app.window
        if not window.isVisible():
            QTimer.singleShot(0, QApplication.quit)
            QApplication.exec()  # ends at once: Qt forgets that it was asked to quit
            window.show()
        if QApplication.activeWindow() is None:
            window.activateWindow()
        if self._app.session.project is None and not window.opening.busy and self._rng.random() < 0.2:
            self._note(f"  {self._reopen()}")

    @contextmanager
    def _dialogs_answered(self) -> Iterator[None]:
        """Every file dialog answers at once: nothing, or something in the folder. Nothing is opened elsewhere."""
        names = ("getExistingDirectory", "getOpenFileName", "getOpenFileNames", "getSaveFileName")
        before = {name: getattr(QFileDialog, name) for name in names}
        opened = QDesktopServices.openUrl

        def answer(empty: Any, made: Callable[[], Any]) -> Any:
            return staticmethod(lambda *_, **__: made() if self._rng.random() < 0.6 else empty)

        QFileDialog.getExistingDirectory = answer("", lambda: str(self._rng.choice(self._folders())))
        QFileDialog.getOpenFileName = answer(("", ""), lambda: (str(self._rng.choice(self._files())), ""))
        QFileDialog.getOpenFileNames = answer(
            ([], ""), lambda: ([str(path) for path in self._rng.sample(self._files(), 2)], "")
        )
        QFileDialog.getSaveFileName = answer(
            ("", ""), lambda: (str(self._folder / "saved" / f"{self._rng.randint(0, 5)}.csv"), "")
        )
        QDesktopServices.openUrl = staticmethod(lambda url: self._note(f"  would open {url.fileName()}") or True)
        (self._folder / "saved").mkdir(exist_ok=True)
        try:
            yield
        finally:
            QDesktopServices.openUrl = opened
            for name, function in before.items():
                setattr(QFileDialog, name, function)

    # How it chooses

    def _target(self) -> QWidget:
        """Mostly something made to be used, now and then anything."""
        shown = [
            widget
            for top in QApplication.topLevelWidgets()
            if isValid(top) and top.isVisible()
            for widget in (top, *top.findChildren(QWidget))
            if widget.isVisible() and widget.isEnabled() and not widget.visibleRegion().isEmpty()
        ]
        used = [widget for widget in shown if isinstance(widget, USED)]
        if not used or self._rng.random() < 0.1:
            return self._rng.choice(shown or [self._app.window])
        kind = self._rng.choice(sorted({type(widget).__name__ for widget in used}))  # there are many buttons, one grid
        return self._rng.choice([widget for widget in used if type(widget).__name__ == kind])

    def _point_in(self, widget: QWidget) -> QPoint:
        seen = widget.visibleRegion().boundingRect()
        if isinstance(widget, QAbstractItemView) and widget.model() is not None and widget.model().rowCount():
            row = self._rng.randrange(min(40, widget.model().rowCount()))
            item = widget.visualRect(widget.model().index(row, 0))
            at = widget.viewport().mapTo(widget, item.center())
            if seen.contains(at):
                return at
        return QPoint(
            self._rng.randint(seen.left(), max(seen.left(), seen.right())),
            self._rng.randint(seen.top(), max(seen.top(), seen.bottom())),
        )

    def _folders(self) -> Sequence[Path]:
        return [self._folder / "project", self._folder / "toys", self._folder / "saved"]

    def _files(self) -> Sequence[Path]:
        toys = self._folder / "toys"
        models = [*(self._folder / "project" / "runs").glob("*/*.keras"), *self._folder.glob("saved/*.csv")]
        return sorted([*toys.rglob("*.jpg"), *toys.glob("*.csv"), *models, toys])

    def _note(self, text: str) -> None:
        self.last.append(text)
        if self._diary is not None:
            self._diary.write(text + "\n")
            self._diary.flush()


def _name(widget: QWidget | None) -> str:
    if widget is None:
        return "nothing"
    text = widget.text() if isinstance(widget, QAbstractButton) else ""
    return f"{type(widget).__name__} {text or widget.accessibleName() or widget.objectName()}".strip()
