"""The list of results: keys that put photos into the project, and a selection that follows the reading."""

from PySide6.QtCore import QItemSelectionModel, Qt, Signal
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView, QWidget

from vv_desktop.ui.predict.class_rows import DIGITS
from vv_desktop.ui.predict.reading import ANSWER, PHOTO, PROJECT, SECOND, SHARE, THEN
from vv_desktop.ui.predict.result_delegate import HEIGHT
from vv_desktop.ui.predict.result_model import ResultsModel
from vv_desktop.ui.predict.results import Result

SHARES = {
    ANSWER: (0.2, 116, 150),
    SHARE: (0.15, 96, 130),
    THEN: (0.2, 110, 150),
    SECOND: (0.22, 96, 180),
    PROJECT: (0.16, 84, 120),
}
"""Share of the width of the list, and its bounds in pixels; the photo takes the rest."""
WIDE, NARROW = 680, 480
"""Below these many pixels the next two classes, and the label in the project, have no room; the detail tells both."""


class ResultTable(QTableView):
    """Shows a `ResultsModel`; lives on the window's thread.

    Signals:
        add_wanted: Enter.
        digit_pressed(int): 1…9 without a modifier.
        looked_at: another row is current, or other rows are selected.
    """

    add_wanted = Signal()
    digit_pressed = Signal(int)
    looked_at = Signal()

    def __init__(self, model: ResultsModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model, self._compared = model, False
        self.setModel(model)
        self.setAccessibleName("Photos and answers")
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setShowGrid(False)
        self.setTabKeyNavigation(False)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(HEIGHT)
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        header = self.horizontalHeader()
        header.setHighlightSections(False)
        header.setSectionResizeMode(PHOTO, QHeaderView.ResizeMode.Stretch)
        header.setSortIndicator(-1, Qt.SortOrder.AscendingOrder)
        header.setSortIndicatorClearable(True)
        self.setSortingEnabled(True)
        self.selectionModel().selectionChanged.connect(lambda: self.looked_at.emit())
        self.selectionModel().currentChanged.connect(lambda: self.looked_at.emit())

    @property
    def current(self) -> Result | None:
        """The result that is looked at."""
        return self._model.result(self.currentIndex().row())

    @property
    def selected(self) -> tuple[Result, ...]:
        """The selected results from top to bottom."""
        ranges = self.selectionModel().selection().toList()  # not selectedRows(): it takes half a second for 10,000
        rows = sorted({row for part in ranges for row in range(part.top(), part.bottom() + 1)})
        return tuple(result for row in rows if (result := self._model.result(row)) is not None)

    def look_at(self, row: int) -> None:
        """Select this row alone and bring it into view."""
        flags = QItemSelectionModel.SelectionFlag.ClearAndSelect | QItemSelectionModel.SelectionFlag.Rows
        self.selectionModel().setCurrentIndex(self._model.index(row, 0), flags)
        self.scrollTo(self._model.index(row, 0))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        held = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        digit = event.key() - Qt.Key.Key_0
        if held == Qt.KeyboardModifier.NoModifier and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.add_wanted.emit()
        elif held == Qt.KeyboardModifier.NoModifier and 1 <= digit <= DIGITS:
            self.digit_pressed.emit(digit)
        else:
            super().keyPressEvent(event)

    def compare(self, wanted: bool) -> None:
        """Show the column of the second answer, or hide it."""
        self._compared = wanted
        self._spread()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._spread()

    def _spread(self) -> None:
        width = self.viewport().width()
        self.setColumnHidden(SECOND, not self._compared)
        self.setColumnHidden(THEN, width < WIDE + self._compared * SHARES[SECOND][2])
        self.setColumnHidden(PROJECT, width < NARROW)
        for column, (share, least, most) in SHARES.items():
            self.horizontalHeader().resizeSection(column, max(least, min(most, round(share * width))))
