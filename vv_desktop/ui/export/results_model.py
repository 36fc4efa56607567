"""The exported files, and how well each answers as the model does."""

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt
from PySide6.QtGui import QColor

from vv_desktop.ui import theme, words

Index = QModelIndex | QPersistentModelIndex
ROOT = QModelIndex()
COLUMNS = (
    ("File", "What was written"),
    ("Size", ""),
    ("Images checked", "The file was loaded again and asked about this many validation and test images"),
    ("Same top class", "Share of images for which the file and the model give the same most probable class"),
    ("Largest difference", "The largest difference between a probability of the file and of the model"),
)
RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter


class Proof(Protocol):
    """Whether a file passed its gate."""

    @property
    def reasons(self) -> tuple[str, ...]: ...


class ExportedFile(Protocol):
    """What the export task says of one file."""

    @property
    def format(self) -> str: ...
    @property
    def path(self) -> Path | str: ...
    @property
    def bytes(self) -> int: ...
    @property
    def images(self) -> int: ...
    @property
    def top1_agreement(self) -> float | None: ...
    @property
    def max_abs_diff(self) -> float | None: ...
    @property
    def proof(self) -> Proof: ...


class ExportedModel(QAbstractTableModel):
    """A row for each file. Lives on the window's thread; no signals of its own."""

    def __init__(self, look: theme.Theme, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._theme = look
        self.files: tuple[ExportedFile, ...] = ()

    def show_files(self, files: Sequence[ExportedFile]) -> None:
        """Show these."""
        self.beginResetModel()
        self.files = tuple(files)
        self.endResetModel()

    def rowCount(self, parent: Index = ROOT) -> int:
        return 0 if parent.isValid() else len(self.files)

    def columnCount(self, parent: Index = ROOT) -> int:
        return 0 if parent.isValid() else len(COLUMNS)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if orientation != Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return RIGHT if section else LEFT
        if role == Qt.ItemDataRole.ToolTipRole:
            return COLUMNS[section][1] or None
        return COLUMNS[section][0] if role == Qt.ItemDataRole.DisplayRole else None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        file, column = self.files[index.row()], index.column()
        if role == Qt.ItemDataRole.DisplayRole:
            return _text(file, column)
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return RIGHT if column else LEFT
        if role == Qt.ItemDataRole.ToolTipRole and column == 0:
            return words.tooltip(str(file.path))
        if role == Qt.ItemDataRole.ForegroundRole and column == 3 and _known(file.top1_agreement):
            return QColor(self._theme.danger if file.proof.reasons else self._theme.good)
        return None


def _known(value: float | None) -> bool:
    return value is not None and not math.isnan(value)


def _text(file: ExportedFile, column: int) -> str:
    if column == 0:
        return words.shown(Path(file.path).name)
    if column == 1:
        return words.file_size(file.bytes)
    if column == 2:
        return f"{file.images:,}"
    value = file.top1_agreement if column == 3 else file.max_abs_diff
    if value is None or math.isnan(value):
        return "–"
    if column == 4:
        return f"{value:.1e}" if 0 < value < 0.0005 else f"{value:.3f}"
    same = round(value * file.images)
    return f"{100 * value:.1f} % ({same:,} of {file.images:,})"
