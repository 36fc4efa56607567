"""Snapshots: take one under a name, see what differs from now, go back to it, delete it."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from vv_desktop.core.errors import UserError
from vv_desktop.core.snapshots import Snapshot
from vv_desktop.session import Session
from vv_desktop.ui import words
from vv_desktop.ui.elided_label import one_line
from vv_desktop.ui.history.differences import sentence
from vv_desktop.ui.theme import L, S

_TEACH = (
    "A snapshot keeps all labels, splits, groups and exclusions as they are now. "
    "Take one before something large; restoring it can be undone."
)
_DELETE, _SURE = "Delete", "Delete for good"


class Snapshots(QWidget):
    """The list of snapshots and what one does with them. Lives on the window's thread; no signals."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self.name = QLineEdit(placeholderText="Name")
        self.name.setAccessibleName("Name of the snapshot")
        self.take = QPushButton("Take snapshot")
        self.list = QListWidget()
        self.list.setAccessibleName("Snapshots")
        self.said = QLabel(wordWrap=True, textFormat=Qt.TextFormat.PlainText)
        self.said.setProperty("role", "muted")
        self.compare, self.restore, self.delete = (
            QPushButton("Compare with now"), QPushButton("Restore"), QPushButton(_DELETE)
        )  # fmt: skip
        self.delete.setProperty("role", "danger")
        self.list.setProperty("role", "two lines")
        self._place()
        self.name.textChanged.connect(self._enable)
        self.name.returnPressed.connect(self.take.click)
        self.take.clicked.connect(self._take)
        self.list.currentRowChanged.connect(self._choose)
        self.compare.clicked.connect(self._compare)
        self.restore.clicked.connect(self._restore)
        self.delete.clicked.connect(self._delete)

    @property
    def chosen(self) -> Snapshot | None:
        """The snapshot that is selected."""
        item = self.list.currentItem()
        found = item.data(Qt.ItemDataRole.UserRole) if item else None
        return found if isinstance(found, Snapshot) else None

    def refresh(self) -> None:
        """Read the snapshots again; the one that was chosen stays so, what was said of it does not."""
        project, before = self._session.project, self.chosen
        self.list.clear()
        for one in project.store.snapshots() if project else ():
            item = QListWidgetItem(f"{one_line(one.name)}\n{words.moment(one.time)} · {one.labelled:,} labels")
            item.setData(Qt.ItemDataRole.UserRole, one)
            item.setToolTip(words.tooltip(one.name))
            self.list.addItem(item)
            if before is not None and one.id == before.id:
                self.list.setCurrentItem(item)
        self._choose()

    # How

    def _place(self) -> None:
        heading = QLabel("Snapshots")
        heading.setProperty("role", "title")
        self.said.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        making, doing = QHBoxLayout(), QHBoxLayout()
        making.addWidget(self.name, 1)
        making.addWidget(self.take)
        for button in (self.compare, self.restore):
            doing.addWidget(button, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(L, L, L, L)
        column.setSpacing(S)
        column.addWidget(heading)
        column.addLayout(making)
        column.addWidget(self.list, 1)
        column.addWidget(self.said)
        column.addLayout(doing)
        column.addWidget(self.delete)

    def _enable(self) -> None:
        self.take.setEnabled(self._session.project is not None and bool(self.name.text().strip()))
        for button in (self.compare, self.restore, self.delete):
            button.setEnabled(self.chosen is not None)

    def _choose(self) -> None:
        self.delete.setText(_DELETE)
        self.said.setText("" if self.list.count() else _TEACH)
        self._enable()

    def _take(self) -> None:
        if self._session.take_snapshot(self.name.text().strip()):
            self.name.clear()
            self.refresh()
            self.list.setCurrentRow(0)

    def _compare(self) -> None:
        chosen, project = self.chosen, self._session.project
        if chosen is None or project is None:
            return
        try:
            self.said.setText(sentence(project.store.snapshot_differences(chosen.id)))
        except UserError as error:
            self.said.setText(words.shown(str(error)))

    def _restore(self) -> None:
        if self.chosen is not None and not self._session.restore(self.chosen.id, "history"):
            self._compare()  # nothing differs, or the window's bottom line says why not

    def _delete(self) -> None:
        chosen = self.chosen
        if chosen is None:
            return
        if self.delete.text() == _DELETE:
            self.delete.setText(_SURE)
            self.said.setText("A snapshot that is deleted cannot be brought back. The labels stay as they are.")
        elif self._session.delete_snapshot(chosen.id, chosen.name):
            self.refresh()
