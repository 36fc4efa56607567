"""The projects that were open lately: a click opens one, one that is gone can be taken off the list."""

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QToolButton, QVBoxLayout, QWidget

from vv_desktop.ui import theme, words
from vv_desktop.ui.elided_label import ElidedLabel

MOST = 8


class RecentRow(QFrame):
    """One project: name, folder and when it was open last. Lives on the window's thread.

    Signals: `opened(str)` and `removed(str)`, both with the folder.
    """

    opened = Signal(str)
    removed = Signal(str)

    def __init__(self, name: str, folder: str, when: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.folder = folder
        self._name, self._folder = ElidedLabel(name, Qt.TextElideMode.ElideRight), ElidedLabel(folder)
        self._folder.setProperty("role", "small")
        self._when = QLabel(when, textFormat=Qt.TextFormat.PlainText)
        self._when.setProperty("role", "small")
        self.open_button = QPushButton("Open")
        self.open_button.setAccessibleName(f"Open {words.shown(name)}")
        self.open_button.setToolTip(words.tooltip(folder))
        self.open_button.clicked.connect(lambda: self.opened.emit(folder))
        self.remove_button = QToolButton()
        self.remove_button.setText("✕")
        self.remove_button.setAccessibleName(f"Take {words.shown(name)} off the list")
        self.remove_button.setToolTip("Take it off this list; no file is touched")
        self.remove_button.setProperty("role", "flat")
        self.remove_button.clicked.connect(lambda: self.removed.emit(folder))
        texts = QVBoxLayout()
        texts.setSpacing(0)
        texts.addWidget(self._name)
        texts.addWidget(self._folder)
        row = QHBoxLayout(self)
        row.setContentsMargins(theme.M, theme.S, theme.S, theme.S)
        row.setSpacing(theme.S)
        row.addLayout(texts, 1)
        row.addWidget(self._when)
        row.addWidget(self.open_button)
        row.addWidget(self.remove_button)

    def show_missing(self) -> None:
        """Its folder is not there: grey, and only to be taken off the list."""
        self.open_button.setEnabled(False)
        self._name.setEnabled(False)
        self._when.setText("not found")
        self._when.setProperty("role", "error")
        self._when.style().polish(self._when)


class RecentList(QWidget):
    """The rows, newest first. Lives on the window's thread.

    Signals: `opened(str)` and `removed(str)`, both with the folder.
    """

    opened = Signal(str)
    removed = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(theme.S)
        self._title = QLabel("Recent projects")
        self._title.setProperty("role", "muted")
        self._panel: QFrame | None = None
        self.rows: list[RecentRow] = []
        self._column.addWidget(self._title)
        self.hide()

    def show_projects(self, projects: Sequence[Sequence[str]]) -> None:
        """Show (name, folder) or (name, folder, when), the newest first; eight at most."""
        if self._panel is not None:
            self._panel.hide()
            self._panel.deleteLater()
        self._panel = QFrame()
        self._panel.setProperty("role", "panel")
        column = QVBoxLayout(self._panel)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        self.rows = [RecentRow(p[0], p[1], p[2] if len(p) > 2 else "") for p in projects[:MOST]]
        for place, row in enumerate(self.rows):
            if place:
                rule = QFrame()
                rule.setProperty("role", "rule")
                column.addWidget(rule)
            row.opened.connect(self.opened)
            row.removed.connect(self.removed)
            column.addWidget(row)
        self._column.addWidget(self._panel)
        self.setVisible(bool(self.rows))

    def show_missing(self, missing: Sequence[str]) -> None:
        """Grey the projects whose folders are not there."""
        for row in self.rows:
            if row.folder in missing:
                row.show_missing()
