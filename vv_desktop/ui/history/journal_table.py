"""The table of the journal, and its keys."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView, QWidget

from vv_desktop.core.records import GroupSummary
from vv_desktop.session import Session
from vv_desktop.ui.history.journal_model import JournalModel
from vv_desktop.ui.theme import Theme

_WIDTHS = (96, 200, 66, 100)


class JournalTable(QTableView):
    """Owns the model; one edit group is chosen at a time. Window's thread.

    Signals: chosen_changed; images_wanted, Enter or a double click; back_wanted, Ctrl+Backspace.
    """

    chosen_changed = Signal()
    images_wanted = Signal()
    back_wanted = Signal()

    def __init__(self, session: Session, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.journal = JournalModel(session, theme, self)
        self.setModel(self.journal)
        self.setAccessibleName("Journal of edits")
        self.setProperty("role", "journal")
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTextElideMode(Qt.TextElideMode.ElideMiddle)  # a class stands at the end, after a long name
        self.setTabKeyNavigation(False)
        self.verticalHeader().hide()
        header = self.horizontalHeader()
        header.setHighlightSections(False)
        for column, width in enumerate(_WIDTHS):
            header.resizeSection(column, width)
        header.setSectionResizeMode(1, QHeaderView.ResizeMode.Stretch)
        self.selectionModel().selectionChanged.connect(lambda *_: self.chosen_changed.emit())
        self.doubleClicked.connect(lambda *_: self.images_wanted.emit())
        for keys, wanted in (("Return", self.images_wanted), ("Ctrl+Backspace", self.back_wanted)):
            shortcut = QShortcut(QKeySequence(keys), self, context=Qt.ShortcutContext.WidgetShortcut)
            shortcut.activated.connect(wanted)

    @property
    def chosen(self) -> GroupSummary | None:
        """The edit group that is selected."""
        rows = self.selectionModel().selectedRows()
        return self.journal.groups[rows[0].row()] if rows else None

    def refresh(self) -> None:
        """Read the journal again, as far as it is needed; the edit group that was chosen stays so."""
        before = self.chosen
        row = self.journal.reload(before.id if before else None)
        if row >= 0:
            self.selectRow(row)
            self.scrollTo(self.journal.index(row, 0))

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Who comes by the keyboard is on the newest edit at once."""
        super().focusInEvent(event)
        if event.reason() != Qt.FocusReason.MouseFocusReason and self.chosen is None and self.journal.groups:
            self.selectRow(0)
