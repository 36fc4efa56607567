"""The journal of edits as a table model: one row an edit group, newest first, read as far as it is scrolled."""

from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt
from PySide6.QtGui import QColor

from vv_desktop.core.records import GroupSummary, State
from vv_desktop.session import Session
from vv_desktop.ui import words
from vv_desktop.ui.elided_label import one_line
from vv_desktop.ui.theme import Theme

Index = QModelIndex | QPersistentModelIndex
ROOT = QModelIndex()
COLUMNS = ("When", "What", "Images", "From")
PART = 200
"""Rows that are read at a time: more than a screen of them."""
_STATES: dict[State, str] = {"done": "", "undone": "Undone: ", "abandoned": "Undone for good: "}


class JournalModel(QAbstractTableModel):
    """Rows of summaries; what is not in force is muted. Lives on the window's thread; no signals of its own."""

    def __init__(self, session: Session, theme: Theme, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._muted = QColor(theme.muted)
        self._more = False
        self.groups: list[GroupSummary] = []

    def reload(self, until: int | None = None) -> int:
        """Begin at the newest again, and read as far as group `until`; the row it is in, or -1."""
        self.beginResetModel()
        self.groups = self._read(None)
        while until is not None and self._more and self.groups[-1].id > until:
            self.groups += self._read(self.groups[-1].id)
        self.endResetModel()
        return next((row for row, group in enumerate(self.groups) if group.id == until), -1)

    def canFetchMore(self, parent: Index = ROOT) -> bool:
        return self._more and not parent.isValid()

    def fetchMore(self, parent: Index = ROOT) -> None:
        read = self._read(self.groups[-1].id)
        self.beginInsertRows(ROOT, len(self.groups), len(self.groups) + len(read) - 1)
        self.groups += read
        self.endInsertRows()

    def rowCount(self, parent: Index = ROOT) -> int:
        return 0 if parent.isValid() else len(self.groups)

    def columnCount(self, parent: Index = ROOT) -> int:
        return 0 if parent.isValid() else len(COLUMNS)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        group = self.groups[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return one_line(_cell(group, index.column()))
        if role == Qt.ItemDataRole.ToolTipRole and index.column() == 1:
            return words.tooltip(group.what)
        if role == Qt.ItemDataRole.ForegroundRole and group.state != "done":
            return self._muted
        return _alignment(index.column()) if role == Qt.ItemDataRole.TextAlignmentRole else None

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if orientation != Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _alignment(section)
        return COLUMNS[section] if role == Qt.ItemDataRole.DisplayRole else None

    def _read(self, before: int | None) -> list[GroupSummary]:
        """The next part; one row beyond it tells whether there is more."""
        project = self._session.project
        read = project.store.groups(PART + 1, before) if project else []
        self._more = len(read) > PART
        return read[:PART]


def _cell(group: GroupSummary, column: int) -> str:
    return (
        words.moment(group.time),
        f"{_STATES[group.state]}{group.what}",
        f"{group.images:,}" if group.images else "",
        group.origin.capitalize(),
    )[column]


def _alignment(column: int) -> Qt.AlignmentFlag:
    side = Qt.AlignmentFlag.AlignRight if column == 2 else Qt.AlignmentFlag.AlignLeft
    return side | Qt.AlignmentFlag.AlignVCenter
