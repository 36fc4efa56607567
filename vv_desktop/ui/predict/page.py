"""The page that asks the run about new photos, and takes them into the project in one key."""

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from PySide6.QtCore import QMimeData, QUrl, Signal
from PySide6.QtGui import QGuiApplication, QImage, QResizeEvent
from PySide6.QtWidgets import QWidget

from vv_desktop import tasks
from vv_desktop.core.classes import ClassList
from vv_desktop.core.errors import UserError
from vv_desktop.core.label_csv import Problem
from vv_desktop.core.progress import Answer
from vv_desktop.jobs import Jobs
from vv_desktop.session import Message, Session
from vv_desktop.ui import theme
from vv_desktop.ui.predict import choosing
from vv_desktop.ui.predict.answering import Answering, Photo
from vv_desktop.ui.predict.asking import Asking
from vv_desktop.ui.predict.comparing import Comparing
from vv_desktop.ui.predict.dropped import PastedPhotos, read_mime
from vv_desktop.ui.predict.knowing import Knowing
from vv_desktop.ui.predict.labelling import Labelling
from vv_desktop.ui.predict.layout import PredictLayout
from vv_desktop.ui.predict.result_model import ResultsModel
from vv_desktop.ui.predict.saving import save_shown
from vv_desktop.ui.predict.taking_in import ProjectPaths
from vv_desktop.ui.predict.watching import FolderWatch
from vv_desktop.ui.predict.words import left_out, photo_count, run_line

MOST = 20_000


class PredictPage(QWidget):
    """Owns the results, what is being asked, the folder that is watched, and a temporary one for pasted photos.

    The answers are always those of the run that is looked at: when that changes, all are asked again.
    Lives on the window's thread.

    Signals:
        train_requested: there is no run yet, and one is wanted.
        image_wanted(int): show this image of the project.
    """

    train_requested = Signal()
    image_wanted = Signal(int)

    def __init__(
        self,
        session: Session,
        jobs: Jobs,
        look: theme.Theme,
        resources: Path,
        parent: QWidget | None = None,
        predict_task: Callable[..., Any] = tasks.predict,
        thumbnails_task: Callable[..., Any] = tasks.load_thumbnails,
        picture_task: Callable[..., Any] = tasks.load_picture,
    ) -> None:
        super().__init__(parent)
        self._session = session
        self._pasted = PastedPhotos()
        self._paths = ProjectPaths(session)
        self.model = ResultsModel(self)
        self.model.label_of = self._label_of
        self.asking = Asking(jobs, tasks.find_photos, predict_task, self)
        self.answering = Answering(self.model, self.asking, self)
        self.view = PredictLayout(self, self.model, jobs, look, resources, thumbnails_task, picture_task)
        self.comparing = Comparing(session, jobs, self.view.filters, self)
        self.watch = FolderWatch(jobs, parent=self)
        self.knowing = Knowing(session, jobs, self.asking, self.answering, self)
        self.labelling = Labelling(session, self.model, self.view.table, self)
        self.setFocusProxy(self.view.table)
        self._connect()
        self._open_project()

    # What the window calls

    def predict_paths(self, paths: Sequence[Path]) -> None:
        """Ask the run about photos and folders of photos."""
        if paths and self._ready():
            self.view.note("")
            self.asking.find([Path(os.path.abspath(path)) for path in paths])

    def predict_image(self, image: QImage) -> None:
        """Ask the run about a picture that is no file; it is kept in a temporary folder."""
        if not self._ready():
            return
        path = self._pasted.keep(image)
        if path is None:
            self.view.note("The pasted picture could not be kept for reading", error=True)
            return
        self.view.note("")
        self._ask([(path, True, True, None)])

    def predict_urls(self, urls: Sequence[QUrl]) -> None:
        """Ask about what was dropped as addresses; those that lead to other machines are refused with a sentence."""
        mime = QMimeData()
        mime.setUrls(urls)
        self.predict_mime(mime)

    def predict_mime(self, mime: QMimeData) -> bool:
        """Ask about what was dropped or pasted; what is not of this machine is refused with a sentence."""
        dropped = read_mime(mime)
        if dropped.paths:
            self.predict_paths(dropped.paths)
        elif dropped.picture is not None:
            self.predict_image(dropped.picture)
        if dropped.refused:
            self.view.note(dropped.refused, error=True)
        return bool(dropped.paths or dropped.picture is not None)

    def paste(self) -> None:
        """Ask about what the clipboard holds."""
        self.predict_mime(QGuiApplication.clipboard().mimeData())

    def state(self) -> dict[str, Any]:
        """What is worth keeping over a restart."""
        return {"splitter": self.view.splitter.sizes(), "below": self.view.filters.below.value()}

    def restore(self, state: dict[str, Any]) -> None:
        """Put back what `state` gave."""
        sizes, below = state.get("splitter"), state.get("below")
        if isinstance(sizes, list) and len(sizes) == 2 and all(isinstance(size, int) for size in sizes):
            self.view.splitter.setSizes(sizes)
        if isinstance(below, int):
            self.view.filters.below.setValue(below)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.view.fit()

    # Asking

    def _ready(self) -> bool:
        if self._session.project is not None and self._session.run is not None:
            return True
        self._session.said.emit(
            Message("There is no run to ask yet; train a first model, then drop the photos again", error=True)
        )
        return False

    def _take_found(self, photos: tuple[Path, ...], others: tuple[Problem, ...], given: tuple[Path, ...]) -> None:
        room = MOST - self.model.count
        beyond = max(0, len(photos) - room)
        self.view.note(left_out(len(photos), others, beyond, MOST), others=others)
        loose = set(given)
        self._ask([(path, path in loose, False, self._paths.find(path)) for path in photos[: max(0, room)]])

    def _take_watched(self, photos: tuple[Path, ...]) -> None:
        room = max(0, MOST - self.model.count)
        self._ask([(path, False, False, self._paths.find(path)) for path in photos[:room]])

    def _ask(self, photos: list[Photo]) -> None:
        if self._session.run is None or not photos:
            return
        self.answering.ask(photos)
        table = self.view.table
        if table.current is None or len(photos) == 1:
            table.look_at(self.model.row_of(photos[0][0]) or 0)
        self._show()
        if not self.view.filters.isAncestorOf(self.focusWidget() or self):
            table.setFocus()  # Enter and digits at once

    def _cancel(self) -> None:
        gone = self.answering.cancel()
        self.view.note(f"Called off; {photo_count(gone)} without an answer left the list." if gone else "Called off.")
        self._show()

    def clear(self) -> None:
        """Take all photos off the list; what is in the project stays there."""
        self.answering.clear()
        self.view.note("")
        self._show()

    def _pause(self) -> None:
        self.asking.go_on() if self.asking.paused else self.asking.pause()

    # What is shown

    def _filter(self) -> None:
        current = self.view.table.current
        self.model.show(self.view.filters.wanted)
        row = self.model.row_of(current.path) if current else None
        if self.model.rowCount():
            self.view.table.look_at(row or 0)
        self._show()

    def _compare(self) -> None:
        self.answering.compare(self.comparing.answerer)
        self.view.table.compare(self.comparing.answerer is not None)
        self._filter()

    def _toggle_watch(self) -> None:
        if self.watch.folder is not None:
            self.watch.stop()
        elif self._ready() and (folder := choosing.choose_folder_to_watch(self)) is not None:
            self.watch.watch(folder)

    def _label_of(self, image: int) -> str | None:
        row = self._session.project.images.get(image) if self._session.project else None
        return row.label if row else None

    # Following the session

    def _open_project(self) -> None:
        self.watch.stop()
        self.comparing.use(None)
        self.clear()
        self.view.open_project(self._session.project)
        self._follow_run()

    def _follow_run(self) -> None:
        run = self._session.run
        if self._session.project is None:
            self.clear()
        self.view.show_run(run_line(run) if run else "")
        if self.answering.use_run(run):
            self.view.filters.show_classes(run.classes if run else ClassList(("-",)))
        self.comparing.follow_runs()
        self._show()

    def _follow_classes(self) -> None:
        """A class has another name; the run follows by itself, and what it said is asked again under that name."""
        self.view.open_project(self._session.project)

    def _labels_moved(self) -> None:
        self.model.labels_changed(self._paths.find if self._paths.outdated else None)
        self._show_selected()

    def _follow_answer(self, who: int, answer: Answer) -> None:
        current = self.view.table.current
        if current is not None and current.path == answer.path:
            self._show_selected()

    def _show(self) -> None:
        self._show_progress()
        self._show_selected()

    def _show_progress(self) -> None:
        self.view.show_state(self._session.run is not None, self.asking)

    def _show_selected(self) -> None:
        result = self.view.table.current
        project = self._session.project
        row = project.images.get(result.image) if project and result and result.image is not None else None
        label, split = (row.label, row.split) if row else (None, None)
        self.view.detail.show_result(result, self.view.table.selected, self.model.classes[0], label, split)
        self.view.detail.show_second(self.model.second_line(result) if result else "")

    # Files

    def _save_csv(self) -> None:
        path = choosing.choose_file_to_save(self)
        if path is None:
            return
        try:
            save_shown(path, self.model)
        except UserError as error:
            self.view.note(str(error), error=True)
            return
        self._session.said.emit(Message(f"{photo_count(self.model.rowCount())} saved: {path}"))

    def _choose_model(self) -> None:
        path = choosing.choose_model(self)
        self.comparing.use_file(path) if path is not None else self.comparing.offer()

    def _connect(self) -> None:
        view, session = self.view, self._session
        self.asking.found.connect(self._take_found)
        self.asking.answered.connect(self._follow_answer)
        self.asking.failed.connect(lambda who, sentence: view.note(sentence, error=True))
        self.asking.changed.connect(self._show_progress)
        view.table.add_wanted.connect(self.labelling.add)
        view.table.digit_pressed.connect(self.labelling.label_by_digit)
        view.table.looked_at.connect(self._show_selected)
        view.detail.add_wanted.connect(self.labelling.add)
        view.detail.label_wanted.connect(self.labelling.label)
        self.labelling.done.connect(self._show)
        self.labelling.failed.connect(lambda sentence: view.note(sentence, error=True))
        view.detail.image_wanted.connect(self.image_wanted)
        self._connect_buttons()
        session.project_changed.connect(self._open_project)
        session.classes_changed.connect(self._follow_classes)
        session.run_changed.connect(self._follow_run)
        session.runs_changed.connect(self.comparing.follow_runs)
        session.images_changed.connect(self._labels_moved)

    def _connect_buttons(self) -> None:
        view = self.view
        view.filters.filtered.connect(self._filter)
        view.filters.file_wanted.connect(self._choose_model)
        self.comparing.changed.connect(self._compare)
        self.comparing.noted.connect(view.note)
        self.watch.found.connect(self._take_watched)
        self.watch.lost.connect(lambda sentence: view.note(sentence, error=True))
        self.watch.changed.connect(lambda: view.show_watched(self.watch.folder, self.watch.count))
        view.no_run.pressed.connect(self.train_requested)
        view.no_fit.pressed.connect(lambda: view.filters.kind.setCurrentIndex(0))
        view.no_photos.pressed.connect(lambda: self.predict_paths(choosing.choose_photos(self)))
        view.progress.cancel_wanted.connect(self._cancel)
        for button, action in (
            (view.photos_button, lambda: self.predict_paths(choosing.choose_photos(self))),
            (view.folder_button, lambda: self.predict_paths(choosing.choose_folder(self))),
            (view.watch_button, self._toggle_watch),
            (view.pause_button, self._pause),
            (view.paste_button, self.paste),
            (view.save_button, self._save_csv),
            (view.clear_button, self.clear),
        ):
            button.clicked.connect(lambda _=False, act=action: act())
