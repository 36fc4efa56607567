"""The History page: the journal of edits with a way back to before each, snapshots beside it, their images below."""

from collections.abc import Callable, Mapping
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QLabel, QPushButton, QSplitter, QVBoxLayout, QWidget

from vv_desktop.core.errors import UserError
from vv_desktop.core.journal_csv import write_journal
from vv_desktop.core.records import Edit
from vv_desktop.core.snapshots import Snapshot
from vv_desktop.jobs import Jobs
from vv_desktop.session import Message, Session
from vv_desktop.ui.history.changed_images import ChangedImages
from vv_desktop.ui.history.journal_table import JournalTable
from vv_desktop.ui.history.snapshots import Snapshots
from vv_desktop.ui.theme import L, S, Theme

_TEACH = "Nothing was edited yet. Every label, split and exclusion that you change is written down here."
_CAN = "Enter shows the images of an edit. Going back to before it is an edit itself and can be undone."


class HistoryPage(QWidget):
    """Follows the session while it is shown. Lives on the window's thread; no signals."""

    def __init__(
        self, session: Session, jobs: Jobs, theme: Theme, resources: Path, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._session = session
        self._behind = True
        self._edits: Callable[[], tuple[Edit, ...]] | None = None  # what the images below are of
        self._left: QWidget | None = None  # where the keyboard was before they were opened
        self.table = JournalTable(session, theme)
        self.show_button = QPushButton("Show images")
        self.back = QPushButton("Go back to before this")
        self.back.setToolTip("Take back this edit and all later ones, as one step (Ctrl+Backspace)")
        self.export = QPushButton("Export as CSV…")
        self.said = QLabel(wordWrap=True, textFormat=Qt.TextFormat.PlainText)
        self.snapshots = Snapshots(session)
        self.changed = ChangedImages(session, jobs, theme, resources)
        self.columns = QSplitter(Qt.Orientation.Horizontal, childrenCollapsible=False)
        self.rows = QSplitter(Qt.Orientation.Vertical, childrenCollapsible=False)
        self._place()
        self._connect()

    def state(self) -> dict[str, object]:
        """What it wants to be remembered, as plain JSON values."""
        return {"columns": list(self.columns.sizes())}

    def restore(self, state: Mapping[str, object]) -> None:
        """What `state` gave; anything else is passed over."""
        sizes = state.get("columns")
        if isinstance(sizes, list) and len(sizes) == 2 and all(isinstance(s, int) for s in sizes) and any(sizes):
            self.columns.setSizes(sizes)

    def refresh(self) -> None:
        """Read journal and snapshots again, and what the images below are of."""
        self._behind = not self.isVisible()
        if self._behind:
            return
        self.table.refresh()
        self.said.setText(_CAN if self.table.journal.groups else _TEACH)
        self.snapshots.refresh()
        self._enable()
        if self._edits is not None:
            try:
                self.changed.refresh(self._edits())
            except UserError:  # the snapshot is gone
                self.close_images()

    def show_images(self) -> None:
        """Open the images of the edit group that is chosen."""
        group, project = self.table.chosen, self._session.project
        if group is not None and group.images and project is not None:
            self._open(group.what, lambda: project.store.edits(group.id))

    def compare(self, first: Snapshot, second: Snapshot | None) -> None:
        """Open the images that changed since the first snapshot, up to the second or now."""
        project = self._session.project
        if project is None:
            return

        def edits() -> tuple[Edit, ...]:
            if second is not None:
                return project.store.snapshot_differences(second.id, first.id)
            back = project.store.snapshot_differences(first.id)
            return tuple(Edit(e.image, e.field, e.after, e.before) for e in back)

        if edits():
            self._open(f"{first.name} → {second.name if second else 'now'}", edits)
        else:
            self.close_images()
            both = "both snapshots are the same" if second else "everything is as in this snapshot"
            self.snapshots.say(f"Nothing differs: {both}.")

    def close_images(self) -> None:
        """Close the images below; the keyboard goes back to where it was."""
        had_focus = self.changed.isAncestorOf(self.focusWidget()) if self.focusWidget() else False
        self._edits = None
        self.changed.hide()
        self.changed.grid.show_images(())
        if had_focus and self._left is not None:
            self._left.setFocus()

    def go_back(self) -> None:
        """Take back the edit group that is chosen and all later ones, as one new step."""
        chosen = self.table.chosen
        if chosen is None or chosen.state != "done":
            return
        if not self._session.edits.back_to(chosen.id, "history") and not self._session.edits.not_saved:
            self._session.said.emit(Message("Everything is as it was before this edit already"))

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

    def _open(self, title: str, edits: Callable[[], tuple[Edit, ...]]) -> None:
        self._edits = edits
        if self.changed.isHidden():
            self._left = self.focusWidget()
            self.changed.show()
        self.changed.show_edits(title, edits())

    def _connect(self) -> None:
        self.table.chosen_changed.connect(self._enable)
        self.table.images_wanted.connect(self.show_images)
        self.table.back_wanted.connect(self.go_back)
        self.show_button.clicked.connect(self.show_images)
        self.back.clicked.connect(self.go_back)
        self.export.clicked.connect(self._export)
        self.snapshots.compare_wanted.connect(self.compare)
        self.changed.left.connect(self.close_images)
        self._session.images_changed.connect(self.refresh)
        self._session.project_changed.connect(self._follow_project)

    def _place(self) -> None:
        heading = QLabel("Journal")
        heading.setProperty("role", "title")
        self.said.setProperty("role", "muted")
        buttons = QHBoxLayout()
        buttons.setSpacing(S)
        buttons.addWidget(self.show_button)
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
        self.rows.addWidget(self.columns)
        self.rows.addWidget(self.changed)
        self.changed.hide()
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(self.rows)

    def _enable(self) -> None:
        chosen = self.table.chosen
        self.show_button.setEnabled(chosen is not None and chosen.images > 0)
        self.back.setEnabled(chosen is not None and chosen.state == "done")
        project = self._session.project
        self.export.setEnabled(project is not None and project.store.next_undo() is not None)

    def _follow_project(self) -> None:
        self.close_images()
        self.refresh()

    def _export(self) -> None:
        name, _ = QFileDialog.getSaveFileName(self, "Export the journal", "journal.csv", "CSV files (*.csv)")
        if name:
            self.save_journal(Path(name))
