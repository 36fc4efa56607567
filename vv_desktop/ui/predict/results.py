"""What the run said of each photo, as a table."""

import dataclasses
import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from vv_desktop.core.classes import ClassList
from vv_desktop.ui import words

Index = QModelIndex | QPersistentModelIndex
ROOT = QModelIndex()
RESULT = Qt.ItemDataRole.UserRole
COLUMNS = ("Photo", "Answer", "Then", "In project")
PHOTO, ANSWER, THEN, PROJECT = range(4)


@dataclass(frozen=True)
class Result:
    """One photo and its answer; neither probabilities nor an error while it is waiting.

    key: never reused, so that a late thumbnail cannot land on another photo.
    loose: given by itself rather than found in a folder. pasted: kept in a temporary folder.
    image: its id in the project, if it is there.
    """

    key: int
    path: Path
    loose: bool = True
    pasted: bool = False
    probabilities: tuple[float, ...] | None = None
    error: str | None = None
    image: int | None = None

    @property
    def waiting(self) -> bool:
        """True until there is an answer or an error."""
        return self.probabilities is None and self.error is None

    @property
    def ranking(self) -> tuple[int, ...]:
        """Class indices, the most probable first; empty without an answer."""
        p = self.probabilities or ()
        return tuple(sorted(range(len(p)), key=lambda i: -p[i]))

    @property
    def confidence(self) -> float:
        """Probability of the most probable class; nan without an answer."""
        return max(self.probabilities) if self.probabilities else math.nan


class ResultsModel(QAbstractTableModel):
    """Owns the results in the order they are shown. Lives on the window's thread; no signals of its own.

    classes: of the run, whose order the probabilities have. palette: of the project, which gives
    classes their colours. label_of: the label of an image of the project.
    """

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.classes: ClassList | None = None
        self.palette = ClassList(("-",))
        self.label_of: Callable[[int], str | None] = lambda image: None
        self._rows: list[Result] = []
        self._places: dict[Path, int] = {}
        self._next_key = 0

    @property
    def results(self) -> tuple[Result, ...]:
        """All of them as they are shown."""
        return tuple(self._rows)

    def result(self, row: int) -> Result | None:
        """The result in a row."""
        return self._rows[row] if 0 <= row < len(self._rows) else None

    def row_of(self, path: Path) -> int | None:
        """Where a photo stands."""
        return self._places.get(path)

    def add(self, photos: Sequence[tuple[Path, bool, bool, int | None]]) -> None:
        """Append photos, given as path, loose, pasted and id in the project; those that are there are asked again."""
        new = [photo for photo in dict.fromkeys(photos) if photo[0] not in self._places]
        self.wait([photo[0] for photo in photos])
        if not new:
            return
        self.beginInsertRows(ROOT, len(self._rows), len(self._rows) + len(new) - 1)
        for path, loose, pasted, image in new:
            self._places[path] = len(self._rows)
            self._rows.append(Result(self._next_key, path, loose, pasted, image=image))
            self._next_key += 1
        self.endInsertRows()

    def wait(self, paths: Iterable[Path]) -> None:
        """Forget the answers for these photos: they are asked again."""
        for path in paths:
            if (row := self._places.get(path)) is not None:
                self._change(row, probabilities=None, error=None)

    def answer(self, path: Path, probabilities: tuple[float, ...] | None, error: str | None) -> None:
        """What the run says of a photo; not numbers, or too few of them, is no answer."""
        row = self._places.get(path)
        if row is None:
            return
        if probabilities is not None and not _sound(probabilities, self.classes):
            probabilities, error = None, f"The model gave no usable answer: {path.name}"
        if probabilities is None and error is None:
            error = f"No answer came: {path.name}"
        self._change(row, probabilities=probabilities, error=error)

    def moved(self, path: Path, to: Path, image: int | None) -> None:
        """A photo is in the project now, maybe at another place."""
        row = self._places.pop(path, None)
        if row is not None:
            self._places[to] = row
            self._change(row, path=to, image=image, pasted=self._rows[row].pasted and to == path)

    def remove_waiting(self) -> None:
        """Take off the photos that have no answer yet."""
        self._put([row for row in self._rows if not row.waiting])

    def clear(self) -> None:
        """Take off all."""
        self._put([])

    def labels_changed(self, find: Callable[[Path], int | None] | None = None) -> None:
        """Labels in the project changed; `find` says which photos are there, where that may have changed too."""
        if not self._rows:
            return
        if find is not None:
            self._rows = [dataclasses.replace(row, image=find(row.path)) for row in self._rows]
        self.dataChanged.emit(self.index(0, PROJECT), self.index(len(self._rows) - 1, PROJECT))

    def _change(self, row: int, **values: Any) -> None:
        self._rows[row] = dataclasses.replace(self._rows[row], **values)
        self.dataChanged.emit(self.index(row, 0), self.index(row, len(COLUMNS) - 1))

    def _put(self, rows: list[Result]) -> None:
        self.beginResetModel()
        self._rows = rows
        self._places = {row.path: place for place, row in enumerate(rows)}
        self.endResetModel()

    # Qt

    def rowCount(self, parent: Index = ROOT) -> int:
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index = ROOT) -> int:
        return 0 if parent.isValid() else len(COLUMNS)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if orientation == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return COLUMNS[section]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        if role == Qt.ItemDataRole.ToolTipRole and section == ANSWER:
            return "A click sorts by how sure the run is, least sure first"
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        result = self._rows[index.row()]
        if role == RESULT:
            return result
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return words.shown(self._text(result, index.column()))
        if role == Qt.ItemDataRole.ToolTipRole:
            return words.tooltip(result.error or str(result.path))
        return None

    def _text(self, result: Result, column: int) -> str:
        names = self.classes.names if self.classes else ()
        if column == PHOTO:
            return result.path.name
        if column == PROJECT:
            return "" if result.image is None else self.label_of(result.image) or "no label"
        if result.probabilities is None:
            return (result.error or "waiting…") if column == ANSWER else ""
        shown = result.ranking[:1] if column == ANSWER else result.ranking[1:3]
        return "\n".join(f"{names[i]} {percent(result.probabilities[i])}" for i in shown)

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """Once, by name, by how sure, or by label; answers that come later do not move rows."""
        if len(self._rows) < 2:
            return
        from natsort import os_sort_keygen  # here: the window starts without it

        by_name = os_sort_keygen()

        def key(result: Result) -> Any:
            if column in (ANSWER, THEN):
                return result.waiting, result.error is not None, result.confidence if result.probabilities else 0.0
            return self._text(result, PROJECT) if column == PROJECT else by_name(result.path.name)

        self.layoutAboutToBeChanged.emit()
        before = self.persistentIndexList()
        kept = [self._rows[index.row()].path for index in before]
        self._rows.sort(key=key, reverse=order == Qt.SortOrder.DescendingOrder)
        self._places = {row.path: place for place, row in enumerate(self._rows)}
        now = [self.index(self._places[path], index.column()) for path, index in zip(kept, before, strict=True)]
        self.changePersistentIndexList(before, now)
        self.layoutChanged.emit()


def percent(share: float) -> str:
    """ "84 %", and never 100 % of what is not certain."""
    if 0.995 <= share < 1.0:
        return "> 99 %"
    return "< 1 %" if 0.0 < share < 0.005 else f"{100 * share:.0f} %"


def _sound(probabilities: tuple[float, ...], classes: ClassList | None) -> bool:
    return classes is not None and len(probabilities) == len(classes) and all(map(math.isfinite, probabilities))
