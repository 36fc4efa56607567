"""The backups of a project's labels, and putting one back."""

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from vv_desktop.core.backups import Backup
from vv_desktop.ui import words
from vv_desktop.ui.theme import L, S

NONE = "There is no backup yet. One is made each time a project is closed after edits."
HOW = (
    "The labels become what they were then; photos and runs stay as they are. What is there now is kept beside it, "
    "in a folder named set-aside and the time."
)


class BackupsDialog(QDialog):
    """Owns the list; not modal, closed by Esc. Lives on the window's thread.

    Signals: restore_wanted(Path, Path), the project's folder and the backup that is to be put back.
    """

    restore_wanted = Signal(object, object)

    def __init__(
        self, folder: Path, found: Sequence[Backup], edits: int | None, why: str, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._folder = folder
        self.setWindowTitle("Backups")
        self.setAccessibleName("Backups of the labels")
        self.resize(520, 360)
        self.list = QListWidget()
        self.list.setAccessibleName("Backups, newest first")
        self.list.setProperty("role", "two lines")
        self.list.ensurePolished()  # before its items are measured
        for one in found:
            item = QListWidgetItem(f"{words.moment(one.made)}\n{_contents(one, edits)}")
            item.setData(Qt.ItemDataRole.UserRole, one.path)
            self.list.addItem(item)
        self.list.setCurrentRow(0)
        self.restore, close = QPushButton("Put back"), QPushButton("Close")
        self.restore.setProperty("role", "primary")
        self.restore.setEnabled(bool(found))
        self.restore.clicked.connect(self._choose)
        self.list.itemActivated.connect(lambda _: self._choose())
        close.clicked.connect(self.close)
        row = QHBoxLayout()
        row.setSpacing(S)
        row.addStretch()
        row.addWidget(close)
        row.addWidget(self.restore)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(L, L, L, L)
        layout.setSpacing(L)
        if why:
            layout.addWidget(_line(why, "error"))
        layout.addWidget(_line(HOW if found else NONE, "muted"))
        layout.addWidget(self.list, 1)
        layout.addLayout(row)

    def _choose(self) -> None:
        item = self.list.currentItem()
        if item is not None:
            self.restore_wanted.emit(self._folder, item.data(Qt.ItemDataRole.UserRole))
            self.close()


def _contents(one: Backup, edits: int | None) -> str:
    labelled = f"{one.labelled:,} labels"
    if edits is None:
        return f"{labelled} · how many edits it lacks cannot be told"
    lacks = max(0, edits - one.edits)
    if not lacks:
        return f"{labelled} · every edit"
    return f"{labelled} · lacks the newest {lacks:,} edits" if lacks > 1 else f"{labelled} · lacks the newest edit"


def _line(text: str, role: str) -> QLabel:
    label = QLabel(words.shown(text))
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setWordWrap(True)
    label.setProperty("role", role)
    return label
