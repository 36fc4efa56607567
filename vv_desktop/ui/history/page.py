"""The History page: the journal of edits, with a way back to before each of them, and snapshots beside it."""

from collections.abc import Mapping
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFileDialog,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QPushButton,
    QSplitter,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from vv_desktop.core.errors import UserError
from vv_desktop.core.journal_csv import write_journal
from vv_desktop.core.records import GroupSummary
from vv_desktop.jobs import Jobs
from vv_desktop.session import Message, Session
from vv_desktop.ui.history.journal_model import JournalModel
from vv_desktop.ui.history.snapshots import Snapshots
from vv_desktop.ui.theme import L, S, Theme

_TEACH = "Nothing was edited yet. Every label, split and exclusion that you change is written down here."
_CAN = "Select an edit to go back to before it. Going back is an edit itself and can be undone."


class HistoryPage(QWidget):
    """Follows the session while it is shown. Lives on the window's thread; no signals."""

    def __init__(
        self, session: Session, jobs: Jobs, theme: Theme, resources: Path, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._session = session
        self._behind = True
        self.model = JournalModel(theme, self)
        self.table = QTableView()
        self.table.setAccessibleName("Journal of edits")
        self.back = QPushButton("Go back to before this")
        self.export = QPushButton("Export as CSV…")
        self.said = QLabel(wordWrap=True, textFormat=Qt.TextFormat.PlainText)
        self.snapshots = Snapshots(session)
        self.columns = QSplitter(Qt.Orientation.Horizontal)
        self._dress_table()
        self._place()
        self.table.selectionModel().selectionChanged.connect(self._enable)
        self.back.clicked.connect(self._go_back)
        self.export.clicked.connect(self._export)
        session.images_changed.connect(self.refresh)
        session.project_changed.connect(self.refresh)

    def state(self) -> dict[str, object]:
        """What it wants to be remembered, as plain JSON values."""
        return {"columns": list(self.columns.sizes())}

    def restore(self, state: Mapping[str, object]) -> None:
        """What `state` gave; anything else is passed over."""
        sizes = state.get("columns")
        if isinstance(sizes, list) and len(sizes) == 2 and all(isinstance(s, int) for s in sizes) and any(sizes):
            self.columns.setSizes(sizes)

    @property
    def chosen(self) -> GroupSummary | None:
        """The edit group that is selected."""
        rows = self.table.selectionModel().selectedRows()
        return self.model.groups[rows[0].row()] if rows else None

    def refresh(self) -> None:
        """Read journal and snapshots again; the edit that was selected stays so."""
        self._behind = not self.isVisible()
        if self._behind:
            return
        project, before = self._session.project, self.chosen
        self.model.show_groups(project.store.groups() if project else ())
        if before is not None:
            row = next((i for i, group in enumerate(self.model.groups) if group.id == before.id), -1)
            self.table.selectRow(row)
        self.said.setText(_CAN if self.model.groups else _TEACH)
        self.snapshots.refresh()
        self._enable()

    def save_journal(self, path: Path) -> None:
        """Write the journal, and say how it went."""
        if self._session.project is None:
            return
        try:
            count = write_journal(path, self._session.project)
        except UserError as error:
            self._session.said.emit(Message(str(error), error=True))
        else:
            edits = "1 edit" if count == 1 else f"{count:,} edits"
            self._session.said.emit(Message(f"{edits} written to {path}"))

    # How

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self._behind:
            self.refresh()

    def _dress_table(self) -> None:
        self.table.setModel(self.model)
        self.table.setProperty("role", "journal")
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.table.setShowGrid(False)
        self.table.setWordWrap(False)
        self.table.setTabKeyNavigation(False)
        self.table.verticalHeader().hide()
        header = self.table.horizontalHeader()
        header.setHighlightSections(False)
        for column, width in enumerate((110, 300, 70, 110, 120)):
            header.resizeSection(column, width)
        header.setSectionResizeMode(1, QHeaderView.ResizeMode.Stretch)

    def _place(self) -> None:
        heading = QLabel("Journal")
        heading.setProperty("role", "title")
        self.said.setProperty("role", "muted")
        buttons = QHBoxLayout()
        buttons.addWidget(self.back)
        buttons.addStretch(1)
        buttons.addWidget(self.export)
        left = QWidget()
        column = QVBoxLayout(left)
        column.setContentsMargins(L, L, L, L)
        column.setSpacing(S)
        column.addWidget(heading)
        column.addWidget(self.said)
        column.addWidget(self.table, 1)
        column.addLayout(buttons)
        self.columns.addWidget(left)
        self.columns.addWidget(self.snapshots)
        self.columns.setStretchFactor(0, 3)
        self.columns.setStretchFactor(1, 1)
        self.columns.setChildrenCollapsible(False)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(self.columns)

    def _enable(self) -> None:
        chosen = self.chosen
        self.back.setEnabled(chosen is not None and chosen.state == "done")
        self.export.setEnabled(any(group.state == "done" for group in self.model.groups))

    def _go_back(self) -> None:
        chosen = self.chosen
        if chosen is not None and not self._session.back_to(chosen.id, "history") and not self._session.not_saved:
            self._session.said.emit(Message("Everything is as it was before this edit already"))

    def _export(self) -> None:
        name, _ = QFileDialog.getSaveFileName(self, "Export the journal", "journal.csv", "CSV files (*.csv)")
        if name:
            self.save_journal(Path(name))
