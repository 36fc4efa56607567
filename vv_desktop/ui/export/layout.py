"""What the export page is made of, and which part of it is shown."""

from pathlib import Path

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import (
    QAbstractItemView,
    QCheckBox,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QPushButton,
    QScrollArea,
    QStackedWidget,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from vv_desktop.core.export_formats import why_not
from vv_desktop.ui import theme, words
from vv_desktop.ui.elided_label import ElidedLabel
from vv_desktop.ui.empty_state import EmptyState
from vv_desktop.ui.export.changed_answers import ChangedAnswers
from vv_desktop.ui.export.formats import FORMATS
from vv_desktop.ui.export.gates import FORMATS as GATED
from vv_desktop.ui.export.gates import GatePanel
from vv_desktop.ui.export.results_model import ExportedModel
from vv_desktop.ui.start.progress_line import ProgressLine

WIDTH, ROW = 880, 32
COMPANIONS = (
    "Labels, a description, golden pictures with check.py, README.md and report.html come with them. "
    "Every file takes plain 0–255 RGB; nothing has to be normalised."
)


class ExportLayout:
    """The widgets of the export page. Lives on the window's thread; no signals of its own."""

    def __init__(
        self,
        page: QWidget,
        model: ExportedModel,
        gates: GatePanel,
        changed: ChangedAnswers,
        look: theme.Theme,
        resources: Path,
    ) -> None:
        self._model, self._gates, self._changed = model, gates, changed
        self.no_run = EmptyState(
            "There is nothing to export yet",
            "A trained model becomes a file of a few megabytes that runs on a phone.",
            "Train a first model",
        )
        self._run = ElidedLabel(mode=Qt.TextElideMode.ElideRight)
        self._score = QLabel(textFormat=Qt.TextFormat.PlainText)
        self._score.setProperty("role", "muted")
        self._folder = ElidedLabel()
        self.boxes = {item.key: QCheckBox(item.name) for item in FORMATS}
        self._missing = {item.key: why_not(item.key) for item in FORMATS}
        for item in FORMATS:
            self.boxes[item.key].setChecked(self._missing[item.key] is None)
            self.boxes[item.key].setEnabled(self._missing[item.key] is None)
            self.boxes[item.key].setToolTip(self._missing[item.key] or item.words)
        self.change_button = QPushButton("Change…")
        self.change_button.setAccessibleName("Change the folder to export to")
        self.export_button = QPushButton(theme.icon(resources, "export-box", look.on_accent), "Export")
        self.export_button.setProperty("role", "primary")
        self.export_button.setIconSize(QSize(18, 18))
        self.open_button = QPushButton(theme.icon(resources, "open-folder", look.text), "Open folder")
        self.gates_button = QPushButton("Gates")
        self.gates_button.setCheckable(True)
        self.gates_button.setProperty("role", "chip")
        self.gates_button.setToolTip("What each file has to reach before it is written without asking again")
        self.gates_button.toggled.connect(gates.setVisible)
        self._asked = {name: QLabel() for name in GATED}
        gates.changed.connect(self._show_asked)
        self.progress = ProgressLine()
        self._done = QLabel(wordWrap=True, textFormat=Qt.TextFormat.PlainText)
        self._reasons = QLabel(wordWrap=True, textFormat=Qt.TextFormat.PlainText)
        self._reasons.setProperty("role", "error")
        self.accept_button = QPushButton("Export all the same")
        self.table = self._results_table()
        self._lay_out(page)
        self.show_results("")

    def show_run(self, name: str | None, score: str) -> None:
        """The run that is exported, or that there is none."""
        self._stack.setCurrentWidget(self._body if name is not None else self.no_run)
        self._run.show_text(name or "")
        self._score.setText(score)

    def show_folder(self, folder: str) -> None:
        """Where the files go."""
        self._folder.show_text(folder)

    def show_busy(self, busy: bool, missing: str) -> None:
        """Nothing can be chosen while it runs, and nothing be exported while something is missing."""
        for key, box in self.boxes.items():
            box.setEnabled(not busy and self._missing[key] is None)
        self.change_button.setEnabled(not busy)
        self._gates.setEnabled(not busy)
        self.export_button.setEnabled(not missing and not busy)
        self.export_button.setToolTip(words.tooltip(missing))

    def show_results(self, sentence: str, accept: bool = False) -> None:
        """The table of what was checked under this sentence; none hides both. accept: nothing was written yet."""
        self._done.setText(words.shown(sentence))
        for widget in (self._done, self.table):
            widget.setVisible(bool(sentence))
        self.open_button.setVisible(bool(sentence) and not accept)
        self.accept_button.setVisible(accept)
        self.show_reasons("")
        header = self.table.horizontalHeader().sizeHint().height()
        self.table.setFixedHeight(header + ROW * self._model.rowCount() + 2 * self.table.frameWidth())

    def show_reasons(self, sentences: str) -> None:
        """What is below its gate, in red; nothing hides it."""
        self._reasons.setText(words.shown(sentences))
        self._reasons.setVisible(bool(sentences))

    def scroll_to_results(self) -> None:
        """On a low screen the table lies below the fold: put it at the top, with what is below it."""
        self._body.verticalScrollBar().setValue(self._done.y() - theme.S)

    def _show_asked(self) -> None:
        for name, label in self._asked.items():
            label.setText(self._gates.words(name))

    def _results_table(self) -> QTableView:
        table = QTableView(showGrid=False, wordWrap=False)
        table.setAccessibleName("Exported files")
        table.setModel(self._model)
        table.setStyleSheet(f"QTableView::item {{ padding: 0 {theme.S}px; }}")
        table.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        table.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        table.setTabKeyNavigation(False)
        table.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        table.verticalHeader().hide()
        table.verticalHeader().setDefaultSectionSize(ROW)
        table.horizontalHeader().setHighlightSections(False)
        table.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        table.horizontalHeader().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        return table

    def _lay_out(self, page: QWidget) -> None:
        inner = QWidget()
        inner.setMaximumWidth(WIDTH)
        column = QVBoxLayout(inner)
        column.setContentsMargins(0, 0, theme.M, 0)
        column.setSpacing(theme.M)
        column.addLayout(self._run_line())
        column.addWidget(self._format_panel())
        column.addWidget(self._gates)
        column.addLayout(self._folder_line())
        column.addWidget(self.progress)
        column.addLayout(self._results_line())
        column.addWidget(self.table)
        column.addWidget(self._reasons)
        column.addWidget(self.accept_button, 0, Qt.AlignmentFlag.AlignLeft)
        column.addWidget(self._changed)
        column.addStretch(1)
        self._body = QScrollArea(widgetResizable=True)
        self._body.setFrameShape(QFrame.Shape.NoFrame)
        self._body.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._body.setStyleSheet("QScrollArea { background: transparent; border: none; }")
        self._body.setWidget(inner)
        self._stack = QStackedWidget()
        self._stack.addWidget(self.no_run)
        self._stack.addWidget(self._body)
        title = QLabel("Export")
        title.setProperty("role", "title")
        whole = QVBoxLayout(page)
        whole.setContentsMargins(theme.XL, theme.L, theme.XL, theme.L)
        whole.setSpacing(theme.M)
        whole.addWidget(title)
        whole.addWidget(self._stack, 1)

    def _results_line(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.addWidget(self._done, 1)
        row.addWidget(self.open_button)
        return row

    def _run_line(self) -> QVBoxLayout:
        column = QVBoxLayout()
        column.setSpacing(0)
        column.addWidget(self._run)
        column.addWidget(self._score)
        return column

    def _format_panel(self) -> QFrame:
        panel = QFrame()
        panel.setProperty("role", "panel")
        grid = QGridLayout(panel)
        grid.setContentsMargins(theme.L, theme.M, theme.L, theme.M)
        grid.setHorizontalSpacing(theme.L)
        grid.setVerticalSpacing(theme.M)
        grid.setColumnStretch(2, 1)
        for row, item in enumerate(FORMATS):
            file, explained = QLabel(item.file), QLabel(self._missing[item.key] or item.words, wordWrap=True)
            file.setProperty("role", "small")
            explained.setProperty("role", "muted")
            grid.addWidget(self.boxes[item.key], row, 0)
            grid.addWidget(file, row, 1)
            grid.addWidget(explained, row, 2)
            if item.key in self._asked:
                self._asked[item.key].setProperty("role", "small")
                grid.addWidget(self._asked[item.key], row, 3)
        note = QLabel(COMPANIONS, wordWrap=True)
        note.setProperty("role", "small")
        grid.addWidget(note, len(FORMATS), 0, 1, 3)
        grid.addWidget(self.gates_button, len(FORMATS), 3, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self._show_asked()
        return panel

    def _folder_line(self) -> QHBoxLayout:
        caption = QLabel("Into")
        caption.setProperty("role", "muted")
        row = QHBoxLayout()
        row.setSpacing(theme.S)
        row.addWidget(caption)
        row.addWidget(self._folder, 1)
        row.addWidget(self.change_button)
        row.addSpacing(theme.S)
        row.addWidget(self.export_button)
        return row
