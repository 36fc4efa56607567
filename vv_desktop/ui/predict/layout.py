"""What the predict page is made of, and which part of it is shown."""

from collections.abc import Callable, Sequence
from html import escape
from pathlib import Path
from typing import Any

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QSplitter, QStackedWidget, QVBoxLayout, QWidget

from vv_desktop.core.label_csv import Problem
from vv_desktop.core.project import Project
from vv_desktop.jobs import Jobs
from vv_desktop.session import Session
from vv_desktop.ui import theme, words
from vv_desktop.ui.elided_label import ElidedLabel
from vv_desktop.ui.empty_state import EmptyState
from vv_desktop.ui.predict.asking import Asking
from vv_desktop.ui.predict.camera import CameraPanel, can_use_cameras
from vv_desktop.ui.predict.detail import ResultDetail
from vv_desktop.ui.predict.filter_row import FilterRow
from vv_desktop.ui.predict.result_delegate import ResultDelegate
from vv_desktop.ui.predict.result_model import ResultsModel
from vv_desktop.ui.predict.result_table import ResultTable
from vv_desktop.ui.predict.thumbnails import PhotoThumbnails
from vv_desktop.ui.predict.words import how_far, watched
from vv_desktop.ui.start.progress_line import ProgressLine

MOST, WIDE = 20, 880
NO_RUN = "Once a model is trained, drop photos anywhere in this window and it says what they show."
NO_FIT = "Photos come here as soon as an answer fits what is chosen above."
NO_PHOTOS = "Or paste one with Ctrl+V. The run says what they show, also while another one is training."


class PredictLayout:
    """The widgets of the predict page. Lives on the window's thread; no signals of its own."""

    def __init__(
        self,
        page: QWidget,
        model: ResultsModel,
        session: Session,
        jobs: Jobs,
        look: theme.Theme,
        resources: Path,
        thumbnails_task: Callable[..., Any],
        picture_task: Callable[..., Any],
    ) -> None:
        self._theme, self._resources, self._model, self._page = look, resources, model, page
        self._has_run = False
        self._pictures: dict[QPushButton, QIcon] = {}
        self.thumbnails = PhotoThumbnails(jobs, thumbnails_task, page)
        self.table = ResultTable(model)
        self.table.setItemDelegate(ResultDelegate(look, self.thumbnails, self.table))
        self.thumbnails.arrived.connect(lambda _: self.table.viewport().update())
        self.detail = ResultDetail(session, jobs, look, self.thumbnails, picture_task)
        self.progress = ProgressLine()
        self.pause_button = QPushButton("Pause")
        self.filters = FilterRow()
        self.camera = CameraPanel()
        self._watching = ElidedLabel()
        self._watching.setProperty("role", "muted")
        self._watching.hide()
        self._note = QLabel(wordWrap=True, textFormat=Qt.TextFormat.PlainText)
        self._note.hide()
        self._run = ElidedLabel(mode=Qt.TextElideMode.ElideRight)
        self._run.setProperty("role", "small")
        self.no_run = EmptyState("There is no run to ask yet", NO_RUN, "Train a first model")
        self.no_fit = EmptyState("No photo fits", NO_FIT, "Show all photos")
        self.no_photos = EmptyState("Drop photos anywhere in this window", NO_PHOTOS, "Choose photos…")
        self._lay_out(page)

    def open_project(self, project: Project | None) -> None:
        """Small pictures and classes of another project."""
        self.thumbnails.use_cache(project.cache_folder if project else None)
        if project is not None:
            self.detail.show_classes(project.classes)
            self._model.reading.palette = project.classes

    def show_run(self, line: str) -> None:
        """Which run answers."""
        self._run.show_text(line)

    def note(self, sentence: str, error: bool = False, others: Sequence[Problem] = ()) -> None:
        """A sentence above the list, with what was left out as its tooltip; none hides it."""
        self._note.setText(words.shown(sentence))
        self._note.setProperty("role", "error" if error else "muted")
        self._note.style().polish(self._note)
        lines = [f"{escape(words.shown(p.path))}: {escape(words.shown(p.reason))}" for p in others[:MOST]]
        lines += ["…"] if len(others) > MOST else []
        self._note.setToolTip(f"<span>{'<br>'.join(lines)}</span>" if lines else "")
        self._note.setVisible(bool(sentence))

    @property
    def noted(self) -> str:
        """The sentence above the list."""
        return "" if self._note.isHidden() else self._note.text()

    @property
    def watching(self) -> str:
        """The line that says which folder is watched."""
        return "" if self._watching.isHidden() else self._watching.text()

    def show_state(self, has_run: bool, asking: Asking) -> None:
        """Show the list, or what to do to get one; and how far the asking is."""
        model, photos = self._model, self._model.count
        listed = self.splitter if model.rowCount() else self.no_fit
        shown = listed if photos else self.no_photos
        self._stack.setCurrentWidget(shown if has_run else self.no_run)
        self._has_run = has_run
        for button in (self.folder_button, self.watch_button):
            button.setVisible(has_run)
        self.camera_button.setVisible(has_run and can_use_cameras())
        self.fit()
        for widget in (self.photos_button, self.save_button, self.clear_button, self.filters):
            widget.setVisible(has_run and photos > 0)
        self.save_button.setEnabled(model.rowCount() > 0 and not asking.busy)
        self.filters.show_counts(model.rowCount(), photos, model.agreement.compared, model.agreement.differing)
        self.pause_button.setVisible(asking.waiting > 0)
        self.pause_button.setText("Resume" if asking.paused else "Pause")
        if asking.busy:
            said = how_far(asking.waiting, asking.speed, asking.paused)
            self.progress.show_progress(said, asking.done, asking.total)
        else:
            self.progress.idle()

    def fit(self) -> None:
        """Let what the keyboard does too, and pictures on buttons, go where there is no room for them."""
        wide = self._page.width() >= WIDE
        self.paste_button.setVisible(self._has_run and wide)
        for button, picture in self._pictures.items():
            button.setIcon(picture if wide else QIcon())

    def show_watched(self, folder: Path | None, count: int) -> None:
        """Which folder is watched, and how many photos came."""
        self._watching.show_text(watched(folder, count))
        self._watching.setVisible(folder is not None)
        self.watch_button.setText("Stop watching" if folder else "Watch folder…")

    def _lay_out(self, page: QWidget) -> None:
        self.splitter = QSplitter(Qt.Orientation.Horizontal, childrenCollapsible=False)
        self.splitter.addWidget(self.table)
        self.splitter.addWidget(self.detail)
        self.splitter.setStretchFactor(0, 3)
        self.splitter.setStretchFactor(1, 2)
        self.splitter.setSizes([600, 400])
        self._stack = QStackedWidget()
        for widget in (self.no_run, self.no_photos, self.no_fit, self.splitter):
            self._stack.addWidget(widget)
        column = QVBoxLayout(page)
        column.setContentsMargins(theme.XL, theme.L, theme.XL, theme.L)
        column.setSpacing(theme.M)
        head = QVBoxLayout()
        head.setSpacing(theme.XS)
        head.addLayout(self._header())
        head.addWidget(self._run)
        column.addLayout(head)
        line = QHBoxLayout()
        line.setSpacing(theme.S)
        line.addWidget(self.progress, 1)
        line.addWidget(self.pause_button)
        column.addLayout(line)
        column.addWidget(self._watching)
        column.addWidget(self._note)
        column.addWidget(self.camera)
        column.addWidget(self.filters)
        column.addWidget(self._stack, 1)

    def _header(self) -> QHBoxLayout:
        title = QLabel("Predict")
        title.setProperty("role", "title")
        self.photos_button = self._button("Choose photos…", "photos", "Ask about photos; dropping them does the same")
        self.folder_button = self._button(
            "Choose folder…", "open-folder", "Ask about every photo in a folder and below"
        )
        self.watch_button = self._button(
            "Watch folder…", None, "Ask about each new photo in a folder as soon as it is there"
        )
        self.camera_button = self._button("Camera…", None, "Take photos with a camera, and ask about them")
        self.paste_button = self._button("Paste", "paste", "Ask about the copied picture or files")
        self.save_button = self._button(
            "Save as CSV…", "save-csv", "What the list shows: file, answer, and each class's probability"
        )
        self.clear_button = self._button(
            "Clear", None, "Take all photos off this list; what is in the project stays there"
        )
        row = QHBoxLayout()
        row.setSpacing(theme.S)
        row.addWidget(title)
        row.addStretch(1)
        for button in (
            *(self.photos_button, self.folder_button, self.watch_button, self.camera_button, self.paste_button),
            *(self.save_button, self.clear_button),
        ):
            row.addWidget(button)
        return row

    def _button(self, text: str, icon: str | None, tip: str) -> QPushButton:
        button = QPushButton(text)
        button.setToolTip(tip)
        if icon is not None:
            self._pictures[button] = theme.icon(self._resources, icon, self._theme.text)
            button.setIconSize(QSize(18, 18))
        return button
