"""Precision, recall, F1 and support of each class as a table that sorts, with a small bar in each cell."""

import math
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, QRectF, QSortFilterProxyModel, Qt
from PySide6.QtGui import QColor, QPainter, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from vv_desktop.core.class_words import named_here
from vv_desktop.core.classes import ClassList
from vv_desktop.core.evaluation import ClassScore, Evaluation
from vv_desktop.ui import words
from vv_desktop.ui.evaluate.score_words import percent
from vv_desktop.ui.theme import XS, S, Theme

COLUMNS = ("Class", "Precision", "Recall", "F1", "Images")
TIPS = (
    "",
    "Of the images taken for this class, how many are.",
    "Of the images of this class, how many were recognised.",
    "Precision and recall in one number: their harmonic mean.",
    "Images labelled with this class.",
)
SORT, SHARE, COLOUR = (Qt.ItemDataRole.UserRole + i for i in range(3))
Index = QModelIndex | QPersistentModelIndex
NO_PARENT = QModelIndex()


class ScoreModel(QAbstractTableModel):
    """The scores of an evaluation's classes, in its class order. Window's thread."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self.scores: tuple[ClassScore, ...] = ()
        self._classes: ClassList | None = None

    def show(self, evaluation: Evaluation | None, classes: ClassList | None) -> None:
        """Replace the scores; the rows stay where their number stays."""
        scores = evaluation.per_class if evaluation else ()
        same = len(scores) == len(self.scores)
        if not same:
            self.beginResetModel()
        self.scores, self._classes = scores, classes
        if not same:
            self.endResetModel()
        elif scores:
            self.dataChanged.emit(self.index(0, 0), self.index(len(scores) - 1, len(COLUMNS) - 1))

    def rowCount(self, parent: Index = NO_PARENT) -> int:
        return 0 if parent.isValid() else len(self.scores)

    def columnCount(self, parent: Index = NO_PARENT) -> int:
        return len(COLUMNS)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = 0) -> Any:
        if orientation != Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return int(
                (Qt.AlignmentFlag.AlignRight if section else Qt.AlignmentFlag.AlignLeft) | Qt.AlignmentFlag.AlignVCenter
            )
        if role == Qt.ItemDataRole.ToolTipRole:
            return TIPS[section] or None
        return COLUMNS[section] if role == Qt.ItemDataRole.DisplayRole else None

    def data(self, index: Index, role: int = 0) -> Any:
        score, column = self.scores[index.row()], index.column()
        value = (score.name, score.precision, score.recall, score.f1, score.support)[column]
        if role == Qt.ItemDataRole.DisplayRole:
            return value if isinstance(value, str) else f"{value:,}" if isinstance(value, int) else percent(value)
        if role == SORT:
            return -1.0 if isinstance(value, float) and math.isnan(value) else index.row() if column == 0 else value
        if role == SHARE and column:
            most = max((s.support for s in self.scores), default=0)
            return value if isinstance(value, float) else score.support / most if most else 0.0
        if role == Qt.ItemDataRole.ToolTipRole and not column and self._classes is not None:
            return words.tooltip(named_here(score.name, self._classes.names))
        if role == COLOUR and not column and self._classes is not None:
            return self._theme.colour_of(self._classes, score.name)
        return None


class _ScoreCell(QStyledItemDelegate):
    """Draws a number over its bar, or a class name behind its colour."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        room = QRectF(option.rect).adjusted(S, 0, -S, 0)
        chosen = bool(option.state & QStyle.StateFlag.State_Selected)
        painter.save()
        if chosen:
            painter.fillRect(option.rect, QColor(self._theme.sunken))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        colour, share = index.data(COLOUR), index.data(SHARE)
        if colour is not None:
            painter.setBrush(colour)
            painter.drawRoundedRect(QRectF(room.left(), room.center().y() - 6, 4, 12), 2, 2)
            room.adjust(S + XS, 0, 0, 0)
        elif share is not None:
            self._draw_bar(painter, room, float(share), last=index.column() == len(COLUMNS) - 1)
        painter.setPen(QColor(self._theme.text))
        text = painter.fontMetrics().elidedText(str(index.data()), Qt.TextElideMode.ElideMiddle, int(room.width()))
        side = Qt.AlignmentFlag.AlignRight if index.column() else Qt.AlignmentFlag.AlignLeft
        painter.drawText(room, side | Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine, text)
        painter.restore()

    def _draw_bar(self, painter: QPainter, room: QRectF, share: float, last: bool) -> None:
        bar = QRectF(room.left(), room.bottom() - 5, room.width(), 3)
        painter.setBrush(QColor(self._theme.sunken))
        painter.drawRoundedRect(bar, 1.5, 1.5)
        if share > 0:  # false for nan
            painter.setBrush(QColor(self._theme.muted if last else self._theme.accent))
            bar.setWidth(max(3.0, bar.width() * share))
            painter.drawRoundedRect(bar, 1.5, 1.5)


class ClassTable(QTableView):
    """Owns the order of its rows: the class order until a column's head is clicked. Window's thread."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.scores = ScoreModel(theme, self)
        proxy = QSortFilterProxyModel(self)
        proxy.setSourceModel(self.scores)
        proxy.setSortRole(SORT)
        self.setModel(proxy)
        self.setItemDelegate(_ScoreCell(theme, self))
        self.setAccessibleName("Scores of each class")
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setTabKeyNavigation(False)
        self.setShowGrid(False)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(30)
        header = self.horizontalHeader()
        header.setHighlightSections(False)
        header.setMinimumSectionSize(56)
        header.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.setSortingEnabled(True)
        self.sort_by(0, descending=False)
        self.setMinimumHeight(90)

    def show_evaluation(self, evaluation: Evaluation | None, classes: ClassList | None) -> None:
        """Show these scores in the order that was chosen."""
        self.scores.show(evaluation, classes)

    def sort_by(self, column: int, descending: bool) -> None:
        """Order the rows."""
        self.sortByColumn(column, Qt.SortOrder.DescendingOrder if descending else Qt.SortOrder.AscendingOrder)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """The names get what they need, the numbers share the rest."""
        super().resizeEvent(event)
        width = self.viewport().width()
        number = max(62, min(140, (width - 128) // 4))
        first = max(number, 76)  # its head is the longest
        for column in range(1, len(COLUMNS)):
            self.setColumnWidth(column, first if column == 1 else number)
        self.setColumnWidth(0, max(72, width - first - 3 * number))

    @property
    def order(self) -> tuple[int, bool]:
        """Column and direction of the order: (2, True) is recall, best first."""
        header = self.horizontalHeader()
        return header.sortIndicatorSection(), header.sortIndicatorOrder() == Qt.SortOrder.DescendingOrder
