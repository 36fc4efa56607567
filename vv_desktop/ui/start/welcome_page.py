"""What is seen while nothing is open: what the app does, and the ways in."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import (
    QFileDialog,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from vv_desktop import tasks
from vv_desktop.core.project import STORE_NAME
from vv_desktop.jobs import Jobs
from vv_desktop.session import Session
from vv_desktop.ui import theme
from vv_desktop.ui.start.progress_line import ProgressLine
from vv_desktop.ui.start.recent_list import RecentList

WIDTH = 640
LINES = (
    ("Open and label", "a folder of photos; digits label them, every edit is saved at once."),
    ("Train and look", "at what the classifier gets wrong, fix the labels, train again."),
    ("Prove and ship", "a model that fits on a phone and answers there as it does here."),
)


class WelcomePage(QWidget):
    """The ways in, the recent projects, and the progress of what is being opened. Lives on the window's thread.

    Signals:
        open_sources(list[Path]): a folder or CSV files were chosen.
        open_project(Path): a project's folder was chosen.
        demo_requested: the demo is wanted.
        recent_removed(str): take this folder off the list of recent projects.
        cancel_wanted: call off what is being opened.
    """

    open_sources = Signal(list)
    open_project = Signal(object)
    demo_requested = Signal()
    recent_removed = Signal(str)
    cancel_wanted = Signal()

    def __init__(
        self,
        session: Session,
        jobs: Jobs,
        look: theme.Theme,
        resources: Path,
        parent: QWidget | None = None,
        missing_task: Callable[..., Any] = tasks.data.find_missing_folders,
    ) -> None:
        super().__init__(parent)
        self._jobs, self._theme, self._resources, self._missing_task = jobs, look, resources, missing_task
        self.progress = ProgressLine()
        self.progress.cancel_wanted.connect(self.cancel_wanted)
        self.recent = RecentList()
        self.recent.opened.connect(lambda folder: self.open_project.emit(Path(folder)))
        self.recent.removed.connect(self.recent_removed)
        self._lay_out()

    def show_recent(self, projects: Sequence[Sequence[str]]) -> None:
        """Show (name, folder) or (name, folder, when) of the projects that were open lately, newest first."""
        self.recent.show_projects(projects)
        folders = [row.folder for row in self.recent.rows]
        if folders:  # not asked here and now: a folder on a sleeping network drive takes half a minute to answer
            self._jobs.start(
                self._missing_task,
                folders,
                name="Looking for projects",
                lane="pixels",
                quiet=True,
                on_done=self.recent.show_missing,
            )

    def show_progress(self, text: str, done: int, total: int) -> None:
        """Something is being opened."""
        self._ways.setEnabled(False)
        self.recent.setEnabled(False)
        self.progress.show_progress(text, done, total)

    def show_error(self, sentence: str) -> None:
        """It could not be opened."""
        self.idle()
        self.progress.show_error(sentence)

    def idle(self) -> None:
        """Nothing is being opened."""
        self._ways.setEnabled(True)
        self.recent.setEnabled(True)
        self.progress.idle()

    def _lay_out(self) -> None:
        inner = QWidget()
        inner.setMaximumWidth(WIDTH)
        column = QVBoxLayout(inner)
        column.setContentsMargins(theme.XL, theme.XL, theme.XL, theme.XL)
        column.setSpacing(theme.L)
        title = QLabel("From a folder of photos to a classifier on a phone")
        title.setProperty("role", "title")
        title.setWordWrap(True)
        column.addStretch(1)
        column.addWidget(title)
        column.addLayout(self._lines())
        column.addSpacing(theme.S)
        self._ways = self._buttons()
        column.addWidget(self._ways)
        column.addWidget(self.progress)
        column.addWidget(self.recent)
        column.addStretch(2)
        outer = QWidget()
        row = QHBoxLayout(outer)
        row.setContentsMargins(0, 0, 0, 0)
        row.addStretch(1)
        row.addWidget(inner, 1000)
        row.addStretch(1)
        scroll = QScrollArea(widgetResizable=True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setWidget(outer)
        scroll.setStyleSheet("QScrollArea { background: transparent; border: none; }")
        page = QVBoxLayout(self)
        page.setContentsMargins(0, 0, 0, 0)
        page.addWidget(scroll)

    def _lines(self) -> QGridLayout:
        grid = QGridLayout()
        grid.setHorizontalSpacing(theme.M)
        grid.setVerticalSpacing(theme.S)
        grid.setColumnStretch(2, 1)
        for place, (what, how) in enumerate(LINES):
            number, verb, rest = QLabel(str(place + 1)), QLabel(what), QLabel(how, wordWrap=True)
            number.setProperty("role", "muted")
            rest.setProperty("role", "muted")
            for i, label in enumerate((number, verb, rest)):
                grid.addWidget(label, place, i, Qt.AlignmentFlag.AlignTop)
        return grid

    def _buttons(self) -> QFrame:
        """The drop zone: the main window takes drops anywhere, this says so and holds the buttons."""
        zone = QFrame()
        zone.setObjectName("drop-zone")
        zone.setStyleSheet(f"#drop-zone {{ border: 1px dashed {self._theme.muted}; border-radius: {theme.RADIUS}px; }}")
        column = QVBoxLayout(zone)
        column.setContentsMargins(theme.L, theme.L, theme.L, theme.L)
        column.setSpacing(theme.M)
        hint = QLabel("Drop a folder of photos or a CSV anywhere in this window, or")
        hint.setProperty("role", "muted")
        hint.setWordWrap(True)
        hint.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        row = QHBoxLayout()
        row.setSpacing(theme.S)
        self.folder_button = self._button("Open folder…", "open-folder", self._choose_folder, primary=True)
        self.csv_button = self._button("Open CSV…", "open-csv", self._choose_csv)
        self.demo_button = self._button("Try the demo", "demo", self.demo_requested.emit)
        self.folder_button.setToolTip("A folder of photos, of folders named like classes, or a project")
        self.csv_button.setToolTip(
            "One CSV or several with the columns filepath and label; train.csv and val.csv set the split"
        )
        self.demo_button.setToolTip("About 300 toy vehicles, drawn on this machine; some labels are wrong on purpose")
        row.addStretch(1)
        for button in (self.folder_button, self.csv_button, self.demo_button):
            row.addWidget(button)
        row.addStretch(1)
        column.addWidget(hint)
        column.addLayout(row)
        return zone

    def _button(self, text: str, icon: str, clicked: Callable[[], None], primary: bool = False) -> QPushButton:
        colour = self._theme.on_accent if primary else self._theme.text
        button = QPushButton(theme.icon(self._resources, icon, colour), text)
        button.setIconSize(QSize(18, 18))
        if primary:
            button.setProperty("role", "primary")
        button.clicked.connect(lambda: clicked())
        return button

    def _choose_folder(self) -> None:
        chosen = QFileDialog.getExistingDirectory(self, "Open a folder of photos or a project")
        if not chosen:
            return
        folder = Path(chosen)
        if (folder / STORE_NAME).is_file():
            self.open_project.emit(folder)
        else:
            self.open_sources.emit([folder])

    def _choose_csv(self) -> None:
        chosen, _ = QFileDialog.getOpenFileNames(self, "Open CSV files", "", "CSV files (*.csv);;All files (*)")
        if chosen:
            self.open_sources.emit([Path(name) for name in chosen])
