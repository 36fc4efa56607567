"""The journal of edits as a table model: one row an edit group, newest first."""

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt
from PySide6.QtGui import QColor

from vv_desktop.core.records import GroupSummary, State
from vv_desktop.ui import words
from vv_desktop.ui.elided_label import one_line
from vv_desktop.ui.theme import Theme

Index = QModelIndex | QPersistentModelIndex
ROOT = QModelIndex()
COLUMNS = ("When", "What", "Images", "From", "State")
_STATES: dict[State, str] = {"done": "In force", "undone": "Undone", "abandoned": "Undone for good"}


class JournalModel(QAbstractTableModel):
    """Rows of summaries; what is not in force is muted. Lives on the window's thread; no signals of its own."""

    def __init__(self, theme: Theme, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._muted = QColor(theme.muted)
        self.groups: list[GroupSummary] = []

    def show_groups(self, groups: Sequence[GroupSummary]) -> None:
        """Have these rows."""
        self.beginResetModel()
        self.groups = list(groups)
        self.endResetModel()

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


def _cell(group: GroupSummary, column: int) -> str:
    return (
        words.moment(group.time),
        group.what,
        f"{group.images:,}",
        group.origin.capitalize(),
        _STATES[group.state],
    )[column]


def _alignment(column: int) -> Qt.AlignmentFlag:
    side = Qt.AlignmentFlag.AlignRight if column == 2 else Qt.AlignmentFlag.AlignLeft
    return side | Qt.AlignmentFlag.AlignVCenter
