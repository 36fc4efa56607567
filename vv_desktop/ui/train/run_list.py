"""The runs that are kept, as a table: choose one, compare two, rename, delete, open the folder."""

from typing import Any

from PySide6.QtCore import (
    QAbstractTableModel,
    QItemSelectionModel,
    QModelIndex,
    QPersistentModelIndex,
    Qt,
    QUrl,
    Signal,
)
from PySide6.QtGui import QAction, QDesktopServices, QKeySequence
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QMenu, QMessageBox, QTableView, QWidget

from vv_desktop.core.errors import UserError
from vv_desktop.core.runs import Run, averages_with, delete_run, rename_run
from vv_desktop.session import Message, Session
from vv_desktop.ui.evaluate.score_words import percent
from vv_desktop.ui.train.words import duration

COLUMNS = ("Run", "Plan", "Trained", "Val", "Test", "Time")
TIPS = (
    "",
    "The plan it was trained with.",
    "",
    "Accuracy of the best epoch on the val images.",
    "Accuracy on the test images, with the labels of that time.",
    "How long the training took.",
)
Index = QModelIndex | QPersistentModelIndex
NO_PARENT = QModelIndex()


def best_val(run: Run) -> float:
    """Accuracy of the epoch that was kept, or of an average; nan if there is none."""
    if run.members:
        return run.scores.get("val", {}).get("accuracy", float("nan"))
    return run.best.val_accuracy if any(e.best for e in run.history) else float("nan")


class RunModel(QAbstractTableModel):
    """The runs of the session, newest first. Window's thread. The first column can be edited: a run's name.

    Signals: renamed(Run, str), the wish for another name.
    """

    renamed = Signal(object, str)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.runs: tuple[Run, ...] = ()

    def show(self, runs: tuple[Run, ...]) -> None:
        """Replace all rows."""
        self.beginResetModel()
        self.runs = runs
        self.endResetModel()

    def rowCount(self, parent: Index = NO_PARENT) -> int:
        return 0 if parent.isValid() else len(self.runs)

    def columnCount(self, parent: Index = NO_PARENT) -> int:
        return len(COLUMNS)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = 0) -> Any:
        if orientation != Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.TextAlignmentRole:
            side = Qt.AlignmentFlag.AlignRight if section > 2 else Qt.AlignmentFlag.AlignLeft
            return int(side | Qt.AlignmentFlag.AlignVCenter)
        if role == Qt.ItemDataRole.DisplayRole:
            return COLUMNS[section]
        return TIPS[section] or None if role == Qt.ItemDataRole.ToolTipRole else None

    def data(self, index: Index, role: int = 0) -> Any:
        run = self.runs[index.row()]
        if role == Qt.ItemDataRole.EditRole:
            return run.name
        if role == Qt.ItemDataRole.DisplayRole:
            return self._text(run, index.column())
        if role == Qt.ItemDataRole.TextAlignmentRole and index.column() > 2:
            return int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        return None

    def flags(self, index: Index) -> Qt.ItemFlag:
        flags = Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemIsEnabled
        return flags | Qt.ItemFlag.ItemIsEditable if index.column() == 0 else flags

    def setData(self, index: Index, value: Any, role: int = 0) -> bool:
        if str(value) != self.runs[index.row()].name:
            self.renamed.emit(self.runs[index.row()], str(value))
        return True

    @staticmethod
    def _text(run: Run, column: int) -> str:
        test = run.scores.get("test", {}).get("accuracy", float("nan"))
        return (
            run.name,
            run.plan.name,
            f"{run.trained:%Y-%m-%d %H:%M}",
            percent(best_val(run)),
            percent(test),
            "" if run.members else duration(run.seconds) + (" · stopped" if run.stopped else ""),
        )[column]


class RunList(QTableView):
    """Shows the runs; choosing one makes the session look at it. Window's thread; owns no run.

    Signals: shown(Run, Run | None): these are chosen, the second for comparison; plan_wanted(Plan): to train by again;
    average_wanted(tuple[Run, ...]): of these runs.
    """

    shown = Signal(object, object)
    plan_wanted = Signal(object)
    average_wanted = Signal(object)

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._following = False
        self._model = RunModel(self)
        self._model.renamed.connect(self._rename)
        self.setModel(self._model)
        self.setAccessibleName("Runs")
        self._dress()
        self._add_actions()
        self.selectionModel().selectionChanged.connect(self._chosen)
        session.runs_changed.connect(self._fill)
        session.run_changed.connect(self._follow)
        self._fill()

    def chosen_runs(self) -> tuple[Run, ...]:
        """The runs that are selected, newest first."""
        rows = sorted(index.row() for index in self.selectionModel().selectedRows())
        return tuple(self._model.runs[row] for row in rows)

    # How it looks

    def _dress(self) -> None:
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.EditKeyPressed)
        self.setStyleSheet("QTableView::item { padding: 0 8px; }")
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(28)
        header = self.horizontalHeader()
        header.setHighlightSections(False)
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        self.setMinimumHeight(80)

    def _add_actions(self) -> None:
        self.plan_action = self._action("Use this plan again", None, self._use_plan)
        self.average_action = self._action("Average these", None, lambda: self.average_wanted.emit(self.chosen_runs()))
        self.average_action.setEnabled(False)
        self.rename_action = self._action("Rename", QKeySequence(Qt.Key.Key_F2), self._begin_rename)
        self.folder_action = self._action("Open folder", None, self._open_folder)
        self.delete_action = self._action("Delete…", QKeySequence(Qt.Key.Key_Delete), self._delete)

    def _action(self, text: str, key: QKeySequence | None, call: Any) -> QAction:
        action = QAction(text, self)
        if key is not None:
            action.setShortcut(key)
            action.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
        action.triggered.connect(call)
        self.addAction(action)
        return action

    def contextMenuEvent(self, event: Any) -> None:
        if not self.chosen_runs():
            return
        menu = QMenu(self)
        menu.addActions(self.actions())
        menu.exec(event.globalPos())
        menu.deleteLater()

    # Choosing

    def _fill(self) -> None:
        self._following = True
        self._model.show(self._session.runs)
        self._following = False
        self._follow()

    def _follow(self) -> None:
        """Select what the session looks at; a comparison that is being shown stays."""
        run = self._session.run
        row = next((i for i, r in enumerate(self._model.runs) if run is not None and r.id == run.id), None)
        if row is None or row in {index.row() for index in self.selectionModel().selectedRows()}:
            return
        self._following = True
        flags = QItemSelectionModel.SelectionFlag.ClearAndSelect | QItemSelectionModel.SelectionFlag.Rows
        self.selectionModel().setCurrentIndex(self._model.index(row, 0), flags)
        self._following = False
        self._announce()

    def _chosen(self) -> None:
        chosen = self.chosen_runs()
        self._allow(chosen)
        if self._following or not chosen:
            return
        looked = self._session.run
        if len(chosen) == 1 and (looked is None or looked.id != chosen[0].id):
            self._session.look_at(chosen[0])
        self._announce()

    def _announce(self) -> None:
        chosen, looked = self.chosen_runs(), self._session.run
        if not chosen:
            return
        main = next((r for r in chosen if looked is not None and r.id == looked.id), chosen[0])
        newest = self.currentIndex().row()
        others = [r for r in chosen if r is not main]
        other = next((r for r in others if self._model.runs.index(r) == newest), others[0] if others else None)
        self.shown.emit(main, other)

    # Changing

    def _allow(self, chosen: tuple[Run, ...]) -> None:
        """What can be done with these runs."""
        self.average_action.setEnabled(len(chosen) > 1 and not any(run.members for run in chosen))
        self.plan_action.setEnabled(bool(chosen) and not chosen[0].members)

    def _use_plan(self) -> None:
        for run in self.chosen_runs()[:1]:
            self.plan_wanted.emit(run.plan)

    def _begin_rename(self) -> None:
        if self.currentIndex().isValid():
            self.edit(self._model.index(self.currentIndex().row(), 0))

    def _rename(self, run: Run, name: str) -> None:
        if self._can_change():
            self._try(lambda: rename_run(run, name))
        self._session.runs_moved()

    def _open_folder(self) -> None:
        for run in self.chosen_runs()[:1]:
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(run.folder)))

    def _delete(self) -> None:
        runs = self.chosen_runs()
        if not runs or not self._can_change() or not self._sure(runs):
            return
        for run in runs:
            self._try(lambda run=run: delete_run(run))
        self._session.runs_moved()

    def _sure(self, runs: tuple[Run, ...]) -> bool:
        what = f"the run {runs[0].name}" if len(runs) == 1 else f"{len(runs)} runs"
        box = QMessageBox(self)
        box.setTextFormat(Qt.TextFormat.PlainText)
        box.setWindowTitle("Delete")
        box.setText(f"Delete {what}?")
        text = "The model, its curves and its predictions are removed from the disk. This cannot be undone."
        box.setInformativeText(f"{text}{self._depending(runs)}")
        delete = box.addButton("Delete", QMessageBox.ButtonRole.DestructiveRole)
        delete.setProperty("role", "danger")
        cancel = box.addButton(QMessageBox.StandardButton.Cancel)
        box.setDefaultButton(cancel)
        box.setEscapeButton(cancel)
        box.exec()
        answer = box.clickedButton() is delete
        box.deleteLater()
        return answer

    def _depending(self, runs: tuple[Run, ...]) -> str:
        """What the averages that stay lose with these runs."""
        found = {one.name for run in runs for one in averages_with(run, self._session.runs) if one not in runs}
        names = ", ".join(sorted(found))
        return f"\n\n{names} is the average of it: its scores stay, but it cannot be asked any more." if found else ""

    def _can_change(self) -> bool:
        return self._session.project is not None and self._try(self._session.project.store.check_writable)

    def _try(self, change: Any) -> bool:
        try:
            change()
        except UserError as error:
            self._session.said.emit(Message(str(error), error=True))
            return False
        return True
