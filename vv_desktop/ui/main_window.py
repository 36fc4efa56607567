"""The window: where pages and menus are. What they do is theirs."""

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QByteArray, Signal
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import (
    QApplication,
    QFileDialog,
    QHBoxLayout,
    QMainWindow,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from vv_desktop.core.backups import Backup
from vv_desktop.core.import_plan import ImportPlan
from vv_desktop.core.user_folders import home_or_here
from vv_desktop.jobs import Jobs
from vv_desktop.session import Message, Session
from vv_desktop.ui.asking import ask
from vv_desktop.ui.backups_dialog import BackupsDialog
from vv_desktop.ui.classes_dialog import ClassesDialog
from vv_desktop.ui.crash_notice import CrashNotice
from vv_desktop.ui.diagnostics import copy_diagnostics
from vv_desktop.ui.live_head import LiveUpdates
from vv_desktop.ui.menus import fill_menus
from vv_desktop.ui.navigation import Navigation
from vv_desktop.ui.opening import Opening
from vv_desktop.ui.pages import NAMES, Pages
from vv_desktop.ui.predict.dropped import local_paths
from vv_desktop.ui.read_only_notice import ReadOnlyNotice
from vv_desktop.ui.settings import Settings
from vv_desktop.ui.shortcuts import ShortcutSheet
from vv_desktop.ui.start.import_page import ImportPage
from vv_desktop.ui.start.welcome_page import WelcomePage
from vv_desktop.ui.status_bar import StatusBar
from vv_desktop.ui.theme import Theme

FRAME = 40
"""Pixels that the desktop's own frame around a window may need."""


class MainWindow(QMainWindow):
    """Owns the pages and the opening. Lives on the window's thread.

    Signals:
        theme_wanted(str): "system", "light" or "dark" was chosen.
    """

    theme_wanted = Signal(str)

    def __init__(
        self,
        session: Session,
        jobs: Jobs,
        live: LiveUpdates,
        theme: Theme,
        resources: Path,
        settings: Settings,
        ask: Callable[[QWidget, str, str, str], bool] = ask,
    ) -> None:
        super().__init__()
        self.session, self.jobs, self.live, self.settings, self._ask = session, jobs, live, settings, ask
        self._theme = theme
        self.opening = Opening(session, jobs, self)
        self.welcome = WelcomePage(session, jobs, theme, resources)
        self.review = ImportPage(session, jobs, theme, resources)
        self.navigation = Navigation(theme, resources)
        self.stack = QStackedWidget()
        self.pages = Pages(session, jobs, live, theme, resources, settings, self.stack)
        live.weights = self.pages.wished_weights
        self.status = StatusBar(session, jobs, theme, resources)
        self.crash, self.read_only = CrashNotice(), ReadOnlyNotice(session, self.opening)
        self.setAcceptDrops(True)
        self._lay_out()
        self.actions_by_name = fill_menus(self)
        self._connect()
        self._restore()
        self._project_changed()

    def _lay_out(self) -> None:
        self.stack.addWidget(self.welcome)
        self.stack.addWidget(self.review)
        middle = QHBoxLayout()
        middle.setContentsMargins(0, 0, 0, 0)
        middle.setSpacing(0)
        middle.addWidget(self.navigation)
        middle.addWidget(self.stack, 1)
        whole = QWidget()
        column = QVBoxLayout(whole)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.crash)
        column.addWidget(self.read_only)
        column.addLayout(middle, 1)
        column.addWidget(self.status)
        self.setCentralWidget(whole)
        self.setMinimumSize(900, 600)

    def _connect(self) -> None:
        self.navigation.chosen.connect(self.show_page)
        self.session.project_changed.connect(self._project_changed)
        self.session.heat_changed.connect(self._heat_changed)
        self.status.undo_wanted.connect(self.session.edits.undo)
        self.welcome.open_sources.connect(self.opening.open_paths)
        self.welcome.open_project.connect(lambda folder: self.opening.open_paths([folder]))
        self.welcome.demo_requested.connect(self.open_demo)
        self.review.accepted.connect(self.opening.create)
        self.review.rejected.connect(self._project_changed)
        for page in (self.welcome, self.review):
            page.cancel_wanted.connect(self.opening.cancel)
            self.opening.progressed.connect(page.show_progress)
        self.welcome.recent_removed.connect(self._forget_recent)
        self.opening.planned.connect(self._review)
        self.opening.failed.connect(self._opening_failed)
        self.opening.opened.connect(self._opened)
        self.opening.backups_found.connect(self._offer_backups)
        self.pages.open_wanted.connect(self.open_folder)
        self.pages.image_wanted.connect(self.show_image)
        self.pages.page_wanted.connect(self.show_page)
        self.pages.classes_wanted.connect(self.show_classes)

    def show_page(self, name: str) -> None:
        """Bring a page of the open project to the front."""
        if self.session.project is not None and name in NAMES:
            page = self.pages.named(name)
            self.stack.setCurrentWidget(page)
            self.navigation.show_chosen(name)
            getattr(page, "entry", page).setFocus()  # no focus proxy: Tab would not reach what comes before it

    # Opening

    def open_folder(self) -> None:
        """Ask for a folder, then open it."""
        if folder := QFileDialog.getExistingDirectory(self, "Open a folder of images, or a project"):
            self.opening.open_paths([Path(folder)])

    def open_csv(self) -> None:
        """Ask for CSV files, then open them."""
        names, _ = QFileDialog.getOpenFileNames(self, "Open CSV files", filter="Label CSV (*.csv);;Project (*.vv)")
        if names:
            self.opening.open_paths([Path(name) for name in names])

    def open_demo(self) -> None:
        """Open the demo project, drawing it first if need be."""
        self.opening.open_demo(Path(self.settings.values.get("demo") or home_or_here() / "vv-demo"))

    def close_project(self) -> None:
        """Back to the welcome page."""
        if busy := self._busy():
            self.session.said.emit(Message(f"{busy} is under way; let it end or cancel it first", error=True))
        elif self._saved("Close"):
            self.session.close_project()

    def _saved(self, verb: str) -> bool:
        """False if edits wait for the disk and the user would rather not lose them."""
        edits = self.session.edits
        if edits.try_again():
            return True
        text = f"The disk still refuses what was edited last ({len(edits.waiting)} edits). It is lost then."
        if self._ask(self, verb, text, verb):
            edits.forget_waiting()
        return not edits.waiting

    def _busy(self) -> str:
        """What is under way that the user knows of and would not want to lose; empty if nothing is."""
        return next((job.name for job in self.jobs.of("work") if not job.quiet and job is not self.live.job), "")

    def train_now(self) -> None:
        """Start a training with the plan that is chosen."""
        self.show_page("train")
        self.pages.train.start_training()

    def show_keys(self) -> None:
        """Every key on one sheet."""
        ShortcutSheet(self).show()

    def copy_diagnostics(self) -> None:
        """What this machine has and what went wrong on it, to the clipboard."""
        copy_diagnostics(self.session, self.jobs)

    def show_classes(self) -> None:
        """The classes of the project and their mirror pairs, beside the window."""
        dialog = self.findChild(ClassesDialog) or ClassesDialog(self.session, self._theme, self)
        dialog.show()
        dialog.activateWindow()

    def paste(self) -> None:
        """Predict what is in the clipboard: a picture, or photos as files."""
        self.show_page("predict")
        self.pages.predict.paste()

    def show_image(self, image: int) -> None:
        """Show one image of the project where it can be labelled."""
        self.show_page("browse")
        self.session.select((image,))

    def _forget_recent(self, folder: str) -> None:
        self.settings.forget(folder)
        self.welcome.show_recent(self.settings.recent)

    def _review(self, plan: ImportPlan, folder: Path) -> None:
        self.review.show_plan(plan, folder)
        self._idle()
        self.stack.setCurrentWidget(self.review)
        self.navigation.setVisible(False)

    def _opening_failed(self, sentence: str) -> None:
        self._idle()
        if sentence:
            self.welcome.show_error(sentence)
            self.review.show_error(sentence)
            self.session.said.emit(Message(sentence, error=True))

    def _offer_backups(self, folder: Path, found: Sequence[Backup], edits: int | None, why: str) -> None:
        self._opening_failed(why)  # nothing, if they were only asked for
        dialog = BackupsDialog(folder, found, edits, why, self)
        dialog.restore_wanted.connect(self.opening.restore)
        dialog.show()

    def _opened(self) -> None:
        self._idle()
        if self.session.project is not None:
            self.settings.opened(self.session.project.name, str(self.session.project.folder))
            self.crash.count_edits(self.session.project.store)
            self._project_changed()

    def _idle(self) -> None:
        self.welcome.idle()
        self.review.idle()

    def _project_changed(self) -> None:
        project = self.session.project
        self.navigation.setVisible(project is not None)
        self.setWindowTitle("vv_desktop" if project is None else f"{project.name} – vv_desktop")
        self.actions_by_name.enable_for(project is not None)
        if project is None:
            self.welcome.show_recent(self.settings.recent)
            self.stack.setCurrentWidget(self.welcome)
        else:
            self.show_page(self.pages.current or self.settings.part("window").get("page", "browse"))

    def _heat_changed(self) -> None:
        self.actions_by_name["heat"].setChecked(self.session.heat)

    # What Qt calls

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if event.mimeData().hasUrls() or event.mimeData().hasImage():
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        event.acceptProposedAction()
        if self.session.project is not None:
            self.show_page("predict")
            self.pages.predict.predict_mime(event.mimeData())
            return
        paths, elsewhere = local_paths(event.mimeData().urls())
        if paths:
            self.opening.open_paths(paths)
        elif elsewhere:
            self._opening_failed(f"Only files of this machine are read; save it here first: {elsewhere[0]}")

    def closeEvent(self, event: QCloseEvent) -> None:
        busy, training = self._busy(), self.pages.train.job in self.jobs.running
        lost = "What it has done so far is lost" if not training else "It can be continued after its last checkpoint"
        stays = busy and not self._ask(self, "Quit", f"{busy} is under way. {lost}.", "Quit")
        if stays or not self._saved("Quit"):
            event.ignore()
            return
        self.keep_state()
        event.accept()
        QApplication.quit()

    def only_here(self) -> str:
        """What is in this window and neither in the project nor in the settings, in words; empty if nothing is."""
        if self.stack.currentWidget() is self.review:
            return "an import is being looked through"
        return "there are answers on the Predict page" if self.pages.has_answers else ""

    def keep_state(self) -> None:
        """Remember where everything is."""
        values = self.settings.values
        values["window"] = {
            "geometry": bytes(self.saveGeometry().toBase64().data()).decode(),
            "page": self.pages.current or "browse",
        }
        values["live"] = self.live.state()
        values.update(self.pages.states())
        self.settings.save()

    def _restore(self) -> None:
        geometry = self.settings.part("window").get("geometry")
        if not geometry or not self.restoreGeometry(QByteArray.fromBase64(str(geometry).encode())):
            room = self.screen().availableSize()
            self.resize(min(1280, room.width()), min(800, room.height() - FRAME))
