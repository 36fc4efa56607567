"""The images of a grid as Qt's list model: ids in order, and words for tooltips and screen readers."""

from collections.abc import Callable, Iterable, Sequence
from pathlib import PurePosixPath

from PySide6.QtCore import QModelIndex, QObject, QPersistentModelIndex, QStringListModel, Qt

from vv_desktop.core.records import ImageRow
from vv_desktop.core.suspect_queue import is_suspect
from vv_desktop.session import Session
from vv_desktop.ui import words

Index = QModelIndex | QPersistentModelIndex


class ImageModel(QStringListModel):
    """Owns the order of the shown ids; rows are read from the session. Lives on the window's thread; no signals
    but Qt's own.

    A list of empty strings to Qt, which asks for the number of rows once an item when everything is
    selected: a `rowCount` in Python made that five times slower.
    """

    def __init__(self, session: Session, problem: Callable[[int], str | None], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session, self._problem = session, problem
        self.note: Callable[[int], str] = lambda image: ""  # what a page says of an image in place of its name
        self.ids: tuple[int, ...] = ()
        self._rows: dict[int, int] = {}

    def show_images(self, ids: Sequence[int]) -> None:
        """Show these images in this order."""
        self.ids = tuple(ids)
        self._rows = {image: row for row, image in enumerate(self.ids)}
        self.setStringList([""] * len(self.ids))

    def row_of(self, image: int) -> int | None:
        """Where an image stands; None if it is not shown."""
        return self._rows.get(image)

    def image_row(self, index: Index) -> ImageRow | None:
        """What the project says of the image at `index`; None if it is gone."""
        project = self._session.project
        return project.images.get(self.ids[index.row()]) if project else None

    def refresh(self, images: Iterable[int]) -> None:
        """These images look different now."""
        rows = [row for row in map(self._rows.get, images) if row is not None]
        if rows:
            self.dataChanged.emit(self.index(min(rows)), self.index(max(rows)))

    def refresh_all(self) -> None:
        """All images may look different now."""
        if self.ids:
            self.dataChanged.emit(self.index(0), self.index(len(self.ids) - 1))

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> str | None:
        if role not in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.AccessibleTextRole):
            return None
        row = self.image_row(index)
        if row is None:
            return None
        name = words.shown(PurePosixPath(row.path).name)
        changed = row.id in self._session.changed_since_run
        problem, note = self._problem(row.id), self.note(row.id)
        suspect = self._session.project is not None and is_suspect(
            self._session.queue, row, self._session.project.classes.names
        )
        quality = self._session.quality
        if role == Qt.ItemDataRole.ToolTipRole:
            lines = [row.path, "Changed since the last run" if changed else "", problem or "", note]
            lines += ["Suspect: its label is probably wrong"] if suspect else []
            lines += [one for one in quality.sentences(row.id) if one != problem] if quality is not None else []
            return words.tooltip("\n".join(filter(None, lines)))
        if role == Qt.ItemDataRole.AccessibleTextRole:
            parts = [name, row.label or "unlabelled", "changed since the last run" if changed else ""]
            parts += [note, "suspect" if suspect else "", "unreadable" if problem else ""]
            wrong = quality.faults.get(row.id, ()) if quality is not None else ()
            return ", ".join(filter(None, [*parts, *(fault for fault in wrong if fault not in parts)]))
        return name
