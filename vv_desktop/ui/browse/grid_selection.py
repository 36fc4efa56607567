"""The selection of a grid and that of the session, kept the same without going round in circles."""

from PySide6.QtCore import QItemSelection, QItemSelectionModel, QObject, Signal

from vv_desktop.session import Session
from vv_desktop.ui.browse.grid_view import GridView
from vv_desktop.ui.browse.image_model import ImageModel


class GridSelection(QObject):
    """Owns nothing but whose turn it is to follow. Lives on the window's thread.

    Signals:
        moved: other images are selected in the session.
    """

    moved = Signal()

    def __init__(self, session: Session, view: GridView, model: ImageModel, parent: QObject) -> None:
        super().__init__(parent)
        self._session, self._view, self._model = session, view, model
        self._following = False
        view.selectionModel().selectionChanged.connect(self._tell_session)
        session.selection_changed.connect(self.follow_session)

    def rows(self) -> list[int]:
        """Selected rows from the top."""
        ranges = self._view.selectionModel().selection()
        return sorted({row for part in ranges.toList() for row in range(part.top(), part.bottom() + 1)})

    def follow_session(self) -> None:
        """Select here what is selected in the session, as far as it is shown."""
        if self._following:
            return
        rows = [row for row in map(self._model.row_of, self._session.selection) if row is not None]
        if sorted(rows) != self.rows():
            self._following = True
            flags = QItemSelectionModel.SelectionFlag
            self._view.selectionModel().select(self._ranges(sorted(rows)), flags.ClearAndSelect)
            if rows:
                self._view.selectionModel().setCurrentIndex(self._model.index(rows[0]), flags.NoUpdate)
                self._view.scrollTo(self._model.index(rows[0]))
            self._following = False
        self.moved.emit()

    def _tell_session(self) -> None:
        if self._following:
            return
        rows, current = self.rows(), self._view.currentIndex().row()
        if current in rows[1:]:
            rows.remove(current)
            rows.insert(0, current)
        self._following = True
        self._session.select([self._model.ids[row] for row in rows])
        self._following = False
        self.moved.emit()

    def _ranges(self, rows: list[int]) -> QItemSelection:
        """Sorted rows as few ranges, since Qt is slow with many."""
        selection = QItemSelection()
        start = 0
        for at in range(1, len(rows) + 1):
            if at == len(rows) or rows[at] != rows[at - 1] + 1:
                selection.select(self._model.index(rows[start]), self._model.index(rows[at - 1]))
                start = at
        return selection
