"""The exported files, and how well each answers as the model does."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt
from PySide6.QtGui import QColor

from vv_desktop.core.gates import Gate
from vv_desktop.ui import theme, words

Index = QModelIndex | QPersistentModelIndex
ROOT = QModelIndex()
COLUMNS = (
    ("File", "What was written"),
    ("Size", ""),
    ("Same top class", "Share of the validation and test images for which the file, loaded again, and the model agree"),
    ("Largest difference", "The largest difference between a probability of the file and of the model"),
    ("Accuracy lost", "Points of accuracy on these images by which the file is worse than the model"),
)
ASKED = {2: "agreement", 3: "difference", 4: "loss"}
"""Column to the part of the gate that asks it."""
RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter


class Proof(Protocol):
    """How far a file is from the model, and what was asked of it."""

    @property
    def gate(self) -> Gate: ...
    @property
    def images(self) -> int: ...
    @property
    def top1_agreement(self) -> float: ...
    @property
    def max_abs_diff(self) -> float: ...
    @property
    def accuracy_loss(self) -> float: ...


class ExportedFile(Protocol):
    """What the export task says of one file."""

    @property
    def format(self) -> str: ...
    @property
    def path(self) -> Path | str: ...
    @property
    def bytes(self) -> int: ...
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
        if role == Qt.ItemDataRole.ForegroundRole and column in ASKED:
            proof = file.proof
            failed = proof.gate.failed(proof.top1_agreement, proof.max_abs_diff, proof.accuracy_loss)
            if ASKED[column] in failed:
                return QColor(self._theme.danger)
            return QColor(self._theme.good) if column == 2 and not failed else None
        return None


def _text(file: ExportedFile, column: int) -> str:
    if column == 0:
        return words.shown(Path(file.path).name)
    if column == 1:
        return words.file_size(file.bytes)
    proof = file.proof
    if column == 2:
        same = round(proof.top1_agreement * proof.images)
        return f"{proof.gate.agreement_figure(proof.top1_agreement)} % ({same:,} of {proof.images:,})"
    if column == 3:
        return proof.gate.difference_figure(proof.max_abs_diff)
    return f"{proof.gate.loss_figure(proof.accuracy_loss).replace('-', '−')} points"
