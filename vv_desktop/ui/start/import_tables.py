"""Tables of the import review: how many images of each class in each split, and what could not be used."""

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt
from PySide6.QtGui import QColor, QFont, QPixmap

from vv_desktop.core.dataset import SPLITS, Split
from vv_desktop.core.import_plan import ImportPlan
from vv_desktop.core.label_csv import Problem
from vv_desktop.ui import theme, words
from vv_desktop.ui.elided_label import one_line

Index = QModelIndex | QPersistentModelIndex
ROOT = QModelIndex()


class CountsModel(QAbstractTableModel):
    """Classes × splits with totals. Lives on the window's thread; no signals of its own."""

    def __init__(self, look: theme.Theme, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._theme = look
        self._columns: tuple[str, ...] = ()
        self._rows: list[tuple[str | None, list[int]]] = []
        self._plan: ImportPlan | None = None

    def show_plan(self, plan: ImportPlan) -> None:
        """Count the images of `plan`."""
        self.beginResetModel()
        counts = plan.counts()
        loose = any(split is None for _, split in counts)
        splits: tuple[Split | None, ...] = (*SPLITS, None) if loose else SPLITS
        self._columns = ("Class", *(split or "no split" for split in splits), "All")
        labels: list[str | None] = list(plan.classes.names)
        if any(label is None for label, _ in counts):
            labels.append(None)
        self._rows = [(label, [counts.get((label, split), 0) for split in splits]) for label in labels]
        self._rows.append(("", [sum(row[i] for _, row in self._rows) for i in range(len(splits))]))
        self._plan = plan
        self.endResetModel()

    def rowCount(self, parent: Index = ROOT) -> int:
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index = ROOT) -> int:
        return 0 if parent.isValid() else len(self._columns)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        label, counts = self._rows[index.row()]
        if role == Qt.ItemDataRole.FontRole and (index.column() == len(counts) + 1 or label == ""):
            return _bold()
        if index.column() == 0:
            return self._name(label, role)
        value = [*counts, sum(counts)][index.column() - 1]
        if role == Qt.ItemDataRole.DisplayRole:
            return f"{value:,}"
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        return QColor(self._theme.muted) if role == Qt.ItemDataRole.ForegroundRole and value == 0 else None

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if orientation != Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.TextAlignmentRole:
            side = Qt.AlignmentFlag.AlignRight if section else Qt.AlignmentFlag.AlignLeft
            return side | Qt.AlignmentFlag.AlignVCenter
        return self._columns[section] if role == Qt.ItemDataRole.DisplayRole else None

    def _name(self, label: str | None, role: int) -> Any:
        if role == Qt.ItemDataRole.DisplayRole:
            return {None: "No label", "": "All"}.get(label) or one_line(label or "")
        if role == Qt.ItemDataRole.DecorationRole and self._plan is not None:
            return _swatch(self._theme.colour_of(self._plan.classes, label)) if label else _swatch(QColor(0, 0, 0, 0))
        return words.tooltip(label) if role == Qt.ItemDataRole.ToolTipRole and label else None


class ProblemsModel(QAbstractTableModel):
    """Where, and why. Lives on the window's thread; no signals of its own."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.problems: tuple[Problem, ...] = ()

    def show_problems(self, problems: Sequence[Problem]) -> None:
        """Show these."""
        self.beginResetModel()
        self.problems = tuple(problems)
        self.endResetModel()

    def rowCount(self, parent: Index = ROOT) -> int:
        return 0 if parent.isValid() else len(self.problems)

    def columnCount(self, parent: Index = ROOT) -> int:
        return 0 if parent.isValid() else 2

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        problem = self.problems[index.row()]
        text = problem.path if index.column() == 0 else problem.reason
        if role == Qt.ItemDataRole.DisplayRole:
            return one_line(text)
        return words.tooltip(text) if role == Qt.ItemDataRole.ToolTipRole else None

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if orientation != Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        return ("Where", "Why")[section] if role == Qt.ItemDataRole.DisplayRole else None


def _swatch(colour: QColor) -> QPixmap:
    pixmap = QPixmap(10, 10)
    pixmap.fill(colour)
    return pixmap


def _bold() -> QFont:
    font = QFont()
    font.setPixelSize(theme.TEXT)
    font.setWeight(QFont.Weight.DemiBold)
    return font
