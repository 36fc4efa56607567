"""Snapshots: take one under a name, compare it with now or with another, restore, rename and delete it."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from vv_desktop.core.snapshots import Snapshot
from vv_desktop.session import Session
from vv_desktop.ui import words
from vv_desktop.ui.elided_label import one_line
from vv_desktop.ui.theme import L, S

_TEACH = (
    "A snapshot keeps all labels, splits, groups and exclusions as they are now. "
    "Take one before something large; restoring it can be undone."
)
_TWO = "Select two, with Ctrl, to compare them."
_IN_USE = "There is a snapshot of that name already."
_FOREVER = "A snapshot that is deleted cannot be brought back. The labels stay as they are."
_TAKE, _RENAME, _DELETE, _SURE = "Take snapshot", "Rename", "Delete", "Delete for good"


class Snapshots(QWidget):
    """The list of snapshots and what one does with them. Lives on the window's thread.

    Signals: compare_wanted(Snapshot, Snapshot | None): what changed since the first, up to the second or now.
    """

    compare_wanted = Signal(object, object)

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._renamed: Snapshot | None = None  # the name that is typed is for this one
        self.name = QLineEdit(placeholderText="Name")
        self.name.setAccessibleName("Name of the snapshot")
        self.take = QPushButton(_TAKE)
        self.list = QListWidget()
        self.list.setAccessibleName("Snapshots")
        self.list.setSelectionMode(QListWidget.SelectionMode.ExtendedSelection)
        self.list.setProperty("role", "two lines")
        self.list.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.said = QLabel(wordWrap=True, textFormat=Qt.TextFormat.PlainText)
        self.said.setProperty("role", "muted")
        self.compare, self.restore, self.rename, self.delete = (
            QPushButton("Compare with now"), QPushButton("Restore"), QPushButton("Rename…"), QPushButton(_DELETE)
        )  # fmt: skip
        self.delete.setProperty("role", "danger")
        self._place()
        self._connect()

    @property
    def chosen(self) -> list[Snapshot]:
        """The snapshots that are selected, oldest first."""
        found: list[Snapshot] = [item.data(Qt.ItemDataRole.UserRole) for item in self.list.selectedItems()]
        return sorted(found, key=lambda one: one.id)

    def refresh(self) -> None:
        """Read the snapshots again; those that were chosen stay so, what was said of them does not."""
        project, before = self._session.project, {one.id for one in self.chosen}
        self.list.blockSignals(True)
        self.list.clear()
        for one in project.store.snapshots() if project else ():
            item = QListWidgetItem(f"{one_line(one.name)}\n{words.moment(one.time)} · {one.labelled:,} labels")
            item.setData(Qt.ItemDataRole.UserRole, one)
            item.setToolTip(words.tooltip(one.name))
            self.list.addItem(item)
            item.setSelected(one.id in before)
        self.list.blockSignals(False)
        self._choose()

    def say(self, text: str, error: bool = False) -> None:
        """Say this of what is chosen or typed, until something else is."""
        self.said.setText(words.shown(text))
        self.said.setProperty("role", "error" if error else "muted")
        self.said.style().polish(self.said)

    # How

    def _connect(self) -> None:
        self.name.textChanged.connect(self._enable)
        self.name.returnPressed.connect(self.take.click)
        self.take.clicked.connect(self._keep_name)
        self.list.itemSelectionChanged.connect(self._choose)
        self.compare.clicked.connect(self._compare)
        self.restore.clicked.connect(self._restore)
        self.rename.clicked.connect(self._begin_renaming)
        self.delete.clicked.connect(self._delete)
        for keys, on, call in (
            ("Return", self.list, self.compare.click),
            ("F2", self.list, self.rename.click),
            ("Del", self.list, self.delete.click),
            ("Esc", self.name, self._end_renaming),
        ):
            shortcut = QShortcut(QKeySequence(keys), on, context=Qt.ShortcutContext.WidgetShortcut)
            shortcut.activated.connect(call)

    def _place(self) -> None:
        heading = QLabel("Snapshots")
        heading.setProperty("role", "title")
        self.said.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        making, doing = QHBoxLayout(), QGridLayout()
        making.addWidget(self.name, 1)
        making.addWidget(self.take)
        doing.setSpacing(S)
        for place, button in enumerate((self.compare, self.restore, self.rename, self.delete)):
            doing.addWidget(button, place // 2, place % 2)
        column = QVBoxLayout(self)
        column.setContentsMargins(L, L, L, L)
        column.setSpacing(S)
        column.addWidget(heading)
        column.addLayout(making)
        column.addWidget(self.list, 1)
        column.addWidget(self.said)
        column.addLayout(doing)

    def _enable(self) -> None:
        typed, count = self.name.text().strip(), len(self.chosen)
        others = [one.name for one in self._all() if one != self._renamed]
        self.take.setText(_RENAME if self._renamed else _TAKE)
        self.take.setEnabled(self._session.project is not None and bool(typed) and typed not in others)
        self.compare.setText("Compare the two" if count == 2 else "Compare with now")
        self.compare.setEnabled(count in (1, 2))
        for button in (self.restore, self.rename, self.delete):
            button.setEnabled(count == 1)
        if typed in others:
            self.say(_IN_USE, error=True)
        elif self.said.text() == _IN_USE:
            self.say("")

    def _choose(self) -> None:
        self.delete.setText(_DELETE)
        self.say("" if self.list.count() else _TEACH)
        if self.list.count() > 1 and len(self.chosen) < 2:
            self.say(_TWO)
        self._end_renaming()

    def _all(self) -> list[Snapshot]:
        return [self.list.item(row).data(Qt.ItemDataRole.UserRole) for row in range(self.list.count())]

    def _keep_name(self) -> None:
        typed, renamed = self.name.text().strip(), self._renamed
        if renamed is not None and typed == renamed.name:
            self._end_renaming()
        elif renamed is not None:
            if self._session.edits.rename_snapshot(renamed.id, typed):
                self.refresh()
                self.list.setFocus()
        elif self._session.edits.take_snapshot(typed):
            self.name.clear()
            self.refresh()
            self.list.setCurrentRow(0)

    def _begin_renaming(self) -> None:
        (self._renamed,) = self.chosen
        self.name.setText(self._renamed.name)
        self.name.selectAll()
        self.name.setFocus()
        self._enable()

    def _end_renaming(self) -> None:
        if self._renamed is not None:
            self._renamed = None
            self.name.clear()
        self._enable()

    def _compare(self) -> None:
        first, *second = self.chosen
        self.compare_wanted.emit(first, second[0] if second else None)

    def _restore(self) -> None:
        (one,) = self.chosen
        if not self._session.edits.restore(one.id, "history") and not self._session.edits.not_saved:
            self.say("Nothing differs: everything is as in this snapshot.")

    def _delete(self) -> None:
        (one,) = self.chosen
        if self.delete.text() == _DELETE:
            self.delete.setText(_SURE)
            self.say(_FOREVER)
        elif self._session.edits.delete_snapshot(one.id, one.name):
            self.refresh()
