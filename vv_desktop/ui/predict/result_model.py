"""What was answered about each photo, as a table of those that are to be seen."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from vv_desktop.core.classes import ClassList
from vv_desktop.ui import words
from vv_desktop.ui.predict.reading import COLUMNS, PHOTO, PROJECT, SECOND, SHARE, Reading
from vv_desktop.ui.predict.results import UNLIKE, Agreement, Filter, Result, sound

Index = QModelIndex | QPersistentModelIndex
ROOT = QModelIndex()
RESULT = Qt.ItemDataRole.UserRole


class ResultsModel(QAbstractTableModel):
    """Owns all results, and the rows of those the filter lets through. Lives on the window's thread; no signals.

    A row that is shown stays where it is, whatever is answered, until it is sorted or filtered again; what comes to
    fit the filter is put below. reading: what the answers mean.
    """

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.reading = Reading()
        self.filter = Filter()
        self._results: dict[Path, Result] = {}
        self._shown: list[Path] = []
        self._rows: dict[Path, int] = {}
        self._next_key = 0
        self.agreement = Agreement()

    @property
    def results(self) -> tuple[Result, ...]:
        """All of them, those that are not shown too."""
        return tuple(self._results.values())

    @property
    def shown(self) -> tuple[Result, ...]:
        """The rows from top to bottom."""
        return tuple(self._results[path] for path in self._shown)

    @property
    def count(self) -> int:
        """How many there are, shown or not."""
        return len(self._results)

    def result(self, row: int) -> Result | None:
        """The result in a row."""
        return self._results[self._shown[row]] if 0 <= row < len(self._shown) else None

    def row_of(self, path: Path) -> int | None:
        """Where a photo stands, if it is shown."""
        return self._rows.get(path)

    def of(self, path: Path) -> Result | None:
        """What is known of a photo."""
        return self._results.get(path)

    # What changes

    def add(self, photos: Sequence[tuple[Path, bool, bool, int | None]]) -> None:
        """Append photos, given as path, loose, pasted and id in the project; those that are there are asked again."""
        self.wait([photo[0] for photo in photos])
        new = [photo for photo in dict.fromkeys(photos) if photo[0] not in self._results]
        for path, loose, pasted, image in new:
            self._results[path] = Result(self._next_key, path, loose, pasted, image=image)
            self._next_key += 1
        if self.filter.kind == "all":
            self._append([photo[0] for photo in new])

    def wait(self, paths: Iterable[Path], who: int = 0) -> None:
        """Forget the answers for these photos: they are asked again."""
        for path in paths:
            if path in self._results:
                self._change(path, **_fields(who, None, None))

    def use(self, who: int, classes: ClassList | None) -> None:
        """One of the two is another one, with these classes: all it said is forgotten."""
        nothing = _fields(who, None, None)
        self._results = {path: replace(result, **nothing) for path, result in self._results.items()}
        self.reading.classes[who] = classes
        self._count()
        if self._shown:
            self.dataChanged.emit(self.index(0, 0), self.index(len(self._shown) - 1, len(COLUMNS) - 1))

    def answer(
        self,
        who: int,
        path: Path,
        probabilities: tuple[float, ...] | None,
        error: str | None,
        distance: float | None = None,
    ) -> None:
        """What one of the two says of a photo; not numbers, or too few of them, is no answer."""
        if path not in self._results:
            return
        if probabilities is not None and not sound(probabilities, self.reading.classes[who]):
            probabilities, error = None, f"The model gave no usable answer: {path.name}"
        if probabilities is None and error is None:
            error = f"No answer came: {path.name}"
        far = distance if probabilities is not None else None
        result = self._change(path, **_fields(who, probabilities, error, far))
        if path not in self._rows and self.filter.fits(result, *self.reading.answers(result)):
            self._append([path])

    def moved(self, path: Path, to: Path, image: int | None) -> None:
        """A photo is in the project now, maybe at another place."""
        before = self._results.get(path)
        if before is not None and to != path:  # in its place, which a dict only has if it is made anew
            after = replace(before, path=to, pasted=False)
            self._results = {to if at == path else at: after if at == path else r for at, r in self._results.items()}
            if (row := self._rows.pop(path, None)) is not None:
                self._shown[row], self._rows[to] = to, row
        if before is not None:
            self._change(to, image=image)

    def keep(self, wanted: Callable[[Result], bool]) -> None:
        """Take off all that are not wanted any more."""
        self.beginResetModel()
        self._results = {path: result for path, result in self._results.items() if wanted(result)}
        self._show([path for path in self._shown if path in self._results])
        self._count()
        self.endResetModel()

    def show(self, wanted: Filter) -> None:
        """Show only what fits."""
        self.beginResetModel()
        self.filter = wanted
        self._show([path for path, r in self._results.items() if wanted.fits(r, *self.reading.answers(r))])
        self.endResetModel()

    def labels_changed(self, find: Callable[[Path], int | None] | None = None) -> None:
        """Labels in the project changed; `find` says which photos are there, where that may have changed too."""
        if find is not None:
            self._results = {path: replace(r, image=find(path)) for path, r in self._results.items()}
        if self._shown:
            self.dataChanged.emit(self.index(0, PROJECT), self.index(len(self._shown) - 1, PROJECT))

    def name_second(self, name: str) -> None:
        """What the column of the second answer is called."""
        self.reading.second = name
        self.headerDataChanged.emit(Qt.Orientation.Horizontal, SECOND, SECOND)

    # Qt

    def rowCount(self, parent: Index = ROOT) -> int:
        return 0 if parent.isValid() else len(self._shown)

    def columnCount(self, parent: Index = ROOT) -> int:
        return 0 if parent.isValid() else len(COLUMNS)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if orientation == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return words.shown(self.reading.heading(section))
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        if role == Qt.ItemDataRole.ToolTipRole and section in (SHARE, SECOND):
            return "A click sorts, " + ("least probable first" if section == SHARE else "what differs first")
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        result = self.result(index.row())
        if result is None:
            return None
        if role == RESULT:
            return result
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            badge = result.unlike and index.column() == PHOTO and role == Qt.ItemDataRole.AccessibleTextRole
            return words.shown(self.reading.text(result, index.column())) + (f", {UNLIKE.lower()}" if badge else "")
        if role == Qt.ItemDataRole.ToolTipRole:
            return words.tooltip(result.error or (f"{UNLIKE}: {result.path}" if result.unlike else str(result.path)))
        return None

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """Once; answers that come later do not move rows. What has no answer comes last upwards."""
        if column < 0 or len(self._results) < 2:
            return
        from natsort import os_sort_keygen  # here: the window starts without it

        by_name = os_sort_keygen()
        self.layoutAboutToBeChanged.emit()
        before = self.persistentIndexList()
        kept = [self._shown[index.row()] for index in before]
        ordered = sorted(
            self._results.values(),
            key=lambda result: self.reading.key(result, column, by_name(result.path.name)),
            reverse=order == Qt.SortOrder.DescendingOrder,
        )
        self._results = {result.path: result for result in ordered}
        self._show([path for path in self._results if path in self._rows])
        now = [self.index(self._rows[path], index.column()) for path, index in zip(kept, before, strict=True)]
        self.changePersistentIndexList(before, now)
        self.layoutChanged.emit()

    # Inside

    def _append(self, paths: Sequence[Path]) -> None:
        if paths:
            first = len(self._shown)
            self.beginInsertRows(ROOT, first, first + len(paths) - 1)
            self._shown += paths
            self._rows.update((path, first + place) for place, path in enumerate(paths))
            self.endInsertRows()

    def _show(self, paths: list[Path]) -> None:
        self._shown = paths
        self._rows = {path: row for row, path in enumerate(paths)}

    def _change(self, path: Path, **values: Any) -> Result:
        before = self._results[path]
        after = self._results[path] = replace(before, **values)
        self.agreement.count(*self.reading.answers(before), -1)
        self.agreement.count(*self.reading.answers(after))
        if (row := self._rows.get(path)) is not None:
            self._tell(row)
        return after

    def _count(self) -> None:
        self.agreement = Agreement()
        for result in self._results.values():
            self.agreement.count(*self.reading.answers(result))

    def _tell(self, row: int) -> None:
        self.dataChanged.emit(self.index(row, 0), self.index(row, len(COLUMNS) - 1))


def _fields(
    who: int, probabilities: tuple[float, ...] | None, error: str | None, distance: float | None = None
) -> dict[str, Any]:
    if who:
        return {"second": probabilities, "second_error": error}
    return {"probabilities": probabilities, "error": error, "distance": distance}
