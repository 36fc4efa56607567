"""What Enter, digits and class buttons do with the selected results: into the project, under a label."""

from PySide6.QtCore import QObject, Signal

from vv_desktop.core.class_words import NOT_HERE
from vv_desktop.core.errors import UserError
from vv_desktop.session import Session
from vv_desktop.ui.predict.result_model import ResultsModel
from vv_desktop.ui.predict.result_table import ResultTable
from vv_desktop.ui.predict.results import Result
from vv_desktop.ui.predict.taking_in import label_photos


class Labelling(QObject):
    """Labels what is selected in the list, and moves on. Lives on the window's thread.

    Signals:
        done: photos are in the project under their labels.
        failed(str): nothing was added, and why.
    """

    done = Signal()
    failed = Signal(str)

    def __init__(
        self, session: Session, model: ResultsModel, table: ResultTable, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._session, self._model, self._table = session, model, table

    def add(self) -> None:
        """Each as its most probable class; not one whose class the project does not have."""
        tops = [(result, self._model.reading.answers(result)[0]) for result in self._table.selected]
        answered = [(result, name) for result, name in tops if name is not None]
        here = self._session.project.classes.names if self._session.project else ()
        self._put_in([(result, name) for result, name in answered if name in here])
        if strange := [name for _, name in answered if name not in here]:
            photos = "1 photo is" if len(strange) == 1 else f"{len(strange):,} photos are"
            self.failed.emit(f"{photos} not labelled by that answer, {NOT_HERE}: {', '.join(dict.fromkeys(strange))}")

    def label(self, name: str) -> None:
        """All as this class."""
        self._put_in([(result, name) for result in self._table.selected if result.error is None])

    def label_by_digit(self, digit: int) -> None:
        """All as the class with this place, from 1."""
        names = self._session.project.classes.names if self._session.project else ()
        if digit <= len(names):
            self.label(names[digit - 1])

    def _put_in(self, labels: list[tuple[Result, str]]) -> None:
        if not labels:
            return
        try:
            label_photos(self._session, self._model, labels)
        except UserError as error:
            self.failed.emit(str(error))
            return
        if len(labels) == 1:
            row = self._table.currentIndex().row()
            self._table.look_at(min(row + 1, self._model.rowCount() - 1))
        self.done.emit()
