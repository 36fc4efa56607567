"""Pairs of twins as Qt's list model: their order, and words for tooltips and screen readers."""

from collections.abc import Sequence
from pathlib import PurePosixPath

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from vv_desktop.core.records import ImageRow
from vv_desktop.core.twins import Pair
from vv_desktop.session import Session
from vv_desktop.ui import words
from vv_desktop.ui.twins.sentences import kind_words

Index = QModelIndex | QPersistentModelIndex


class PairModel(QAbstractListModel):
    """Owns the order of the shown pairs; rows are read from the session. Window's thread; no signals but Qt's own."""

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self.pairs: tuple[Pair, ...] = ()

    def show_pairs(self, pairs: Sequence[Pair]) -> None:
        """Show these pairs in this order."""
        self.beginResetModel()
        self.pairs = tuple(pairs)
        self.endResetModel()

    def refresh(self) -> None:
        """All pairs may look different now."""
        if self.pairs:
            self.dataChanged.emit(self.index(0), self.index(len(self.pairs) - 1))

    def rows_of(self, index: Index) -> tuple[ImageRow, ImageRow] | None:
        """What the project says of both images; None if it is closed."""
        project = self._session.project
        pair = self.pairs[index.row()]
        if project is None or pair.a not in project.images or pair.b not in project.images:
            return None
        return project.images[pair.a], project.images[pair.b]

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.pairs)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> str | None:
        if role not in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.AccessibleTextRole):
            return None
        rows = self.rows_of(index)
        if rows is None:
            return None
        if role == Qt.ItemDataRole.ToolTipRole:
            return words.tooltip("\n".join(row.path for row in rows))
        images = " and ".join(
            f"{words.shown(PurePosixPath(row.path).name)}, {row.label or 'unlabelled'}, {row.split or 'no split'}"
            + (", excluded" if row.excluded else "")
            for row in rows
        )
        return f"{kind_words(self.pairs[index.row()])}: {images}"
