"""The review of an import: what was found, what was not, and where the project will be kept, before it is made."""

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFileDialog,
    QFrame,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QPushButton,
    QSizePolicy,
    QTableView,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from vv_desktop.core.errors import UserError
from vv_desktop.core.import_plan import ImportPlan
from vv_desktop.core.label_csv import write_csv
from vv_desktop.jobs import Jobs
from vv_desktop.session import Message, Session
from vv_desktop.ui import theme
from vv_desktop.ui.elided_label import ElidedLabel
from vv_desktop.ui.start.import_tables import CountsModel, ProblemsModel
from vv_desktop.ui.start.import_words import headline, sources_line, splits_lines
from vv_desktop.ui.start.progress_line import ProgressLine
from vv_desktop.ui.start.unknown_labels import UnknownLabels

COUNTS_WIDTH, NUMBER_WIDTH = 640, 72


class ImportPage(QWidget):
    """Shows an import plan, asks what unknown labels mean and where the project goes. Lives on the window's thread.

    Signals:
        accepted(ImportPlan, Path): make this project, there.
        rejected: go back; nothing was written.
        cancel_wanted: call off the making of the project.
    """

    accepted = Signal(object, object)
    rejected = Signal()
    cancel_wanted = Signal()

    def __init__(
        self, session: Session, jobs: Jobs, look: theme.Theme, resources: Path, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._session = session
        self._read: ImportPlan | None = None
        self._plan: ImportPlan | None = None
        self._folder = Path()
        self._counts, self._problems = CountsModel(look), ProblemsModel()
        self.title, self._sources = QLabel(textFormat=Qt.TextFormat.PlainText, wordWrap=True), ElidedLabel()
        self.title.setProperty("role", "title")
        self._sources.setProperty("role", "muted")
        self.notes = QLabel(textFormat=Qt.TextFormat.PlainText, wordWrap=True)
        self.counts_table = _table(self._counts, "Images of each class in each split")
        self.problems_table = _table(self._problems, "What could not be used")
        self.unknown = UnknownLabels()
        self.unknown.changed.connect(self._choose)
        self.progress = ProgressLine()
        self.progress.cancel_wanted.connect(self.cancel_wanted)
        self._lay_out()
        self.setFocusProxy(self.create_button)

    @property
    def plan(self) -> ImportPlan | None:
        """What would become a project with the choices as they are."""
        return self._plan

    def show_plan(self, plan: ImportPlan, folder: Path) -> None:
        """Review `plan`; its project would be kept in `folder`."""
        self._read = self._plan = plan
        self._folder = folder
        self._sources.show_text(sources_line(plan))
        told = (*plan.notes, *plan.problems)
        self._problems.show_problems(told)
        self.problems_table.resizeColumnToContents(0)
        self.problems_table.setColumnWidth(0, min(self.problems_table.columnWidth(0), 280))
        self.unknown.show_labels(plan.unknown_labels, plan.classes.names)
        self._tabs.clear()
        if plan.unknown_labels:
            self._tabs.addTab(self._unknown_tab, f"Labels that are no class ({len(plan.unknown_labels):,})")
        if told:
            self._tabs.addTab(self._problems_tab, f"Problems ({len(told):,})")
        self._tabs.setVisible(self._tabs.count() > 0)
        self.idle()
        self._show_plan()
        self.create_button.setFocus()

    def show_progress(self, text: str, done: int, total: int) -> None:
        """The project is being made."""
        self._set_busy(True)
        self.progress.show_progress(text, done, total)

    def show_error(self, sentence: str) -> None:
        """The project could not be made."""
        self._set_busy(False)
        self.progress.show_error(sentence)

    def idle(self) -> None:
        """Nothing is being made."""
        self._set_busy(False)
        self.progress.idle()

    def _show_plan(self) -> None:
        assert self._plan is not None
        self.title.setText(headline(self._plan))
        self.notes.setText("\n".join(splits_lines(self._plan)))
        self._counts.show_plan(self._plan)
        self.counts_table.horizontalHeader().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        self._where.show_text(str(self._folder))

    def _choose(self) -> None:
        assert self._read is not None
        try:
            self._plan = self._read.resolved(self.unknown.choices())
        except UserError as error:
            self.progress.show_error(str(error))
            return
        self.progress.idle()
        self._show_plan()

    def _accept(self) -> None:
        if self._plan is not None:
            self.accepted.emit(self._plan, self._folder)

    def _change_folder(self) -> None:
        chosen = QFileDialog.getExistingDirectory(self, "Keep the project in", str(self._folder.parent))
        if chosen:
            self._folder = Path(chosen)
            self._where.show_text(chosen)
            self.progress.idle()

    def _save_problems(self) -> None:
        name, _ = QFileDialog.getSaveFileName(self, "Save the list of problems", "problems.csv", "CSV files (*.csv)")
        if not name:
            return
        try:
            write_csv(Path(name), ("path", "reason"), [(p.path, p.reason) for p in self._problems.problems])
        except UserError as error:
            self.progress.show_error(str(error))
            return
        self._session.said.emit(Message(f"{len(self._problems.problems):,} problems saved: {name}"))

    def _set_busy(self, busy: bool) -> None:
        for widget in (self._body, self.create_button, self.back_button, self.change_button):
            widget.setEnabled(not busy)

    def _lay_out(self) -> None:
        page = QVBoxLayout(self)
        page.setContentsMargins(theme.XL, theme.L, theme.XL, theme.L)
        page.setSpacing(theme.M)
        page.addWidget(self.title)
        page.addWidget(self._sources)
        page.addWidget(self.notes)
        self._tabs = QTabWidget(documentMode=True)
        self._problems_tab, self._unknown_tab = self._lay_out_problems(), self._lay_out_unknown()
        left = QVBoxLayout()
        left.addWidget(self.counts_table)
        left.addStretch(1)
        self._body = QWidget()
        row = QHBoxLayout(self._body)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.XL)
        row.addLayout(left, 1)
        row.addWidget(self._tabs, 1)
        row.addStretch(0)
        page.addWidget(self._body, 1)
        page.addWidget(self.progress)
        page.addLayout(self._bottom())

    def _lay_out_problems(self) -> QWidget:
        self.save_button = QPushButton("Save list as CSV…")
        self.save_button.clicked.connect(lambda: self._save_problems())
        sentence = "What could not be read or matched, what is odd, and why. Nothing else was left out."
        return _tab(sentence, self.problems_table, self.save_button)

    def _lay_out_unknown(self) -> QWidget:
        return _tab("No class is called like this. The images stay in the project either way.", self.unknown)

    def _bottom(self) -> QHBoxLayout:
        caption = QLabel("The project is kept in")
        caption.setProperty("role", "muted")
        self._where = ElidedLabel()
        self.change_button = _button("Change…", self._change_folder)
        self.change_button.setAccessibleName("Change the project's folder")
        self.back_button = _button("Back", self.rejected.emit)
        self.create_button = _button("Create project", self._accept)
        self.create_button.setProperty("role", "primary")
        self.create_button.setAutoDefault(True)
        row = QHBoxLayout()
        row.setSpacing(theme.S)
        row.addWidget(caption)
        row.addWidget(self._where, 1)
        row.addWidget(self.change_button)
        row.addSpacing(theme.L)
        row.addWidget(self.back_button)
        row.addWidget(self.create_button)
        return row


def _button(text: str, clicked: Callable[[], None]) -> QPushButton:
    button = QPushButton(text)
    button.clicked.connect(lambda: clicked())
    return button


def _tab(sentence: str, inner: QWidget, below: QWidget | None = None) -> QFrame:
    frame = QFrame()
    column = QVBoxLayout(frame)
    column.setContentsMargins(0, theme.M, 0, 0)
    column.setSpacing(theme.S)
    words = QLabel(sentence, wordWrap=True)
    words.setProperty("role", "muted")
    column.addWidget(words)
    column.addWidget(inner, 1)
    if below is not None:
        column.addWidget(below, 0, Qt.AlignmentFlag.AlignLeft)
    return frame


def _table(model: CountsModel | ProblemsModel, name: str) -> QTableView:
    table = QTableView(showGrid=False, wordWrap=False)
    table.setAccessibleName(name)
    table.setModel(model)
    table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
    table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
    table.setTextElideMode(Qt.TextElideMode.ElideMiddle)
    table.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
    table.setTabKeyNavigation(False)
    table.horizontalHeader().setHighlightSections(False)
    table.verticalHeader().hide()
    table.setStyleSheet(f"QTableView::item {{ padding: 0 {theme.S}px; }}")
    table.verticalHeader().setDefaultSectionSize(28)
    table.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
    if isinstance(model, CountsModel):
        table.setMaximumWidth(COUNTS_WIDTH)
        table.setSizeAdjustPolicy(QAbstractItemView.SizeAdjustPolicy.AdjustToContents)
        table.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Maximum)
        table.horizontalHeader().setDefaultSectionSize(NUMBER_WIDTH)
    else:
        table.horizontalHeader().setStretchLastSection(True)
    return table
