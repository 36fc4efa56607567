"""The page that asks the run about new photos, and takes them into the project in one key."""

import contextlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from PySide6.QtCore import QMimeData, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QWidget

from vv_desktop import tasks
from vv_desktop.core.classes import ClassList
from vv_desktop.core.errors import UserError
from vv_desktop.core.progress import Answer
from vv_desktop.jobs import Jobs
from vv_desktop.session import Message, Session
from vv_desktop.ui import theme
from vv_desktop.ui.predict import choosing
from vv_desktop.ui.predict.answering import Answering, Photo
from vv_desktop.ui.predict.asking import FEW, Asking
from vv_desktop.ui.predict.comparing import Comparing
from vv_desktop.ui.predict.intake import Intake
from vv_desktop.ui.predict.knowing import Knowing
from vv_desktop.ui.predict.labelling import Labelling
from vv_desktop.ui.predict.layout import PredictLayout
from vv_desktop.ui.predict.result_model import ResultsModel
from vv_desktop.ui.predict.saving import save_shown
from vv_desktop.ui.predict.words import photo_count, run_line


class PredictPage(QWidget):
    """Owns the list of photos with their answers, and what fills it.

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
        predict_task: Callable[..., Any] = tasks.answers.predict,
        thumbnails_task: Callable[..., Any] = tasks.data.load_thumbnails,
        picture_task: Callable[..., Any] = tasks.data.load_picture,
    ) -> None:
        super().__init__(parent)
        self._session = session
        self._folder: Path | None = None
        self.model = ResultsModel(self)
        self.model.reading.label_of = self._label_of
        self.asking = Asking(jobs, tasks.data.find_photos, predict_task, self)
        self.answering = Answering(self.model, self.asking, self)
        self.view = PredictLayout(self, self.model, session, jobs, look, resources, thumbnails_task, picture_task)
        self.comparing = Comparing(session, jobs, self.view.filters, self)
        self.intake = Intake(session, jobs, self.asking, self.model, self)
        self.watch = self.intake.watch
        self.knowing = Knowing(session, jobs, self.asking, self.answering, self)
        self.labelling = Labelling(session, self.model, self.view.table, self)
        self.entry = self.view.table
        self._connect()
        self._open_project()

    # What the window calls

    def predict_paths(self, paths: Sequence[Path]) -> None:
        """Ask the run about photos and folders of photos."""
        self.intake.take_paths(paths)

    def predict_mime(self, mime: QMimeData) -> bool:
        """Ask about what was dropped or pasted; False if there was nothing in it that can be asked about."""
        return self.intake.take_mime(mime)

    def paste(self) -> None:
        """Ask about what the clipboard holds."""
        self.intake.paste()

    def state(self) -> dict[str, Any]:
        """What is worth keeping over a restart."""
        return {"splitter": self.view.splitter.sizes()}

    def restore(self, state: dict[str, Any]) -> None:
        """Put back what `state` gave."""
        sizes = state.get("splitter")
        if isinstance(sizes, list) and len(sizes) == 2 and all(isinstance(size, int) for size in sizes):
            self.view.splitter.setSizes(sizes)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.view.fit()

    # Asking

    def _ask(self, photos: list[Photo], by_hand: bool) -> None:
        """Put photos on the list; those that come by themselves take neither selection nor keys from who labels."""
        table, filters = self.view.table, self.view.filters
        if by_hand and len(photos) <= FEW:
            filters.kind.setCurrentIndex(0)  # they would not be seen at once
        self.answering.ask(photos)
        if table.current is None or (by_hand and len(photos) == 1):
            table.look_at(self.model.row_of(photos[0][0]) or 0)
        self._show()
        if by_hand:
            table.setFocus()  # Enter and digits at once

    def _cancel(self) -> None:
        with self._looking():
            gone = self.answering.cancel()
        self.view.note(f"Called off; {photo_count(gone)} without an answer left the list." if gone else "Called off.")

    def clear(self) -> None:
        """Take all photos off the list; what is in the project stays there."""
        self.answering.clear()
        self.view.note("")
        self._show()

    def _open_camera(self) -> None:
        self.view.note("")
        self.view.camera.open()

    def _pause(self) -> None:
        self.asking.go_on() if self.asking.paused else self.asking.pause()

    # What is shown

    @contextlib.contextmanager
    def _looking(self) -> Iterator[None]:
        """Look at the same photo after the list was made anew, or at the first if it went."""
        current = self.view.table.current
        yield
        row = self.model.row_of(current.path) if current else None
        if self.model.rowCount():
            self.view.table.look_at(row or 0)
        self._show()

    def _filter(self) -> None:
        with self._looking():
            self.model.show(self.view.filters.wanted)

    def _compare(self) -> None:
        self.answering.compare(self.comparing.answerer)
        self.view.table.compare(self.comparing.answerer is not None)
        self._filter()

    def _label_of(self, image: int) -> str | None:
        row = self._session.project.images.get(image) if self._session.project else None
        return row.label if row else None

    # Following the session

    def _open_project(self) -> None:
        folder = self._session.project.folder if self._session.project else None
        self.view.camera.hide()
        if folder is None or folder != self._folder:  # the same one read again loses no answer
            self.watch.stop()
            self.comparing.use(None)
            self.clear()
        self._folder = folder
        self.view.open_project(self._session.project)
        self._follow_run()
        self._follow_threshold()

    def _follow_run(self) -> None:
        run = self._session.run
        if self._session.project is None:
            self.clear()
        self.view.show_run(run_line(run) if run else "")
        if self.answering.use_run(run):
            self.view.filters.show_classes(run.classes if run else ClassList(("-",)))
        self.comparing.follow_runs()
        self._show()

    def _follow_threshold(self) -> None:
        project = self._session.project
        if project is not None:
            self.model.reading.threshold = project.threshold
            self.view.filters.show_threshold(project.threshold)
            self._filter()

    def _follow_classes(self) -> None:
        """A class has another name; the run follows by itself, and what it said is asked again under that name."""
        self.view.open_project(self._session.project)

    def _labels_moved(self) -> None:
        self.model.labels_changed(self.intake.paths.find if self.intake.paths.outdated else None)
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
        self.view.detail.show_result(result, self.view.table.selected, self.model.reading.classes[0], label, split)
        self.view.detail.show_second(self.model.reading.second_line(result) if result else "")

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

    def _connect(self) -> None:
        view, session = self.view, self._session
        self.intake.taken.connect(self._ask)
        self.intake.noted.connect(view.note)
        self.asking.answered.connect(self._follow_answer)
        self.asking.failed.connect(lambda who, sentence: view.note(sentence, error=True))
        self.asking.changed.connect(self._show_progress)
        view.table.add_wanted.connect(self.labelling.add)
        view.table.digit_pressed.connect(self.labelling.label_by_digit)
        view.table.looked_at.connect(self._show_selected)
        view.detail.add_wanted.connect(self.labelling.add)
        view.detail.label_wanted.connect(self.labelling.label)
        self.labelling.done.connect(self.answering.ask_lost)
        self.labelling.done.connect(self._show)
        self.labelling.failed.connect(lambda sentence: view.note(sentence, error=True))
        view.detail.image_wanted.connect(self.image_wanted)
        self._connect_buttons()
        session.project_changed.connect(self._open_project)
        session.classes_changed.connect(self._follow_classes)
        session.run_changed.connect(self._follow_run)
        session.runs_changed.connect(self.comparing.follow_runs)
        session.images_changed.connect(self._labels_moved)
        session.threshold_changed.connect(self._follow_threshold)
        view.filters.threshold_chosen.connect(session.edits.set_threshold)

    def _connect_buttons(self) -> None:
        view = self.view
        view.filters.filtered.connect(self._filter)
        view.filters.file_wanted.connect(lambda: self.comparing.use_file(choosing.choose_model(self)))
        self.comparing.changed.connect(self._compare)
        self.comparing.noted.connect(view.note)
        self.watch.changed.connect(lambda: view.show_watched(self.watch.folder, self.watch.count))
        view.no_run.pressed.connect(self.train_requested)
        view.no_fit.pressed.connect(lambda: view.filters.kind.setCurrentIndex(0))
        view.no_photos.pressed.connect(lambda: self.predict_paths(choosing.choose_photos(self)))
        view.progress.cancel_wanted.connect(self._cancel)
        view.camera.photo_taken.connect(lambda picture: self.intake.take_picture(picture, "camera"))
        view.camera.failed.connect(lambda sentence: view.note(sentence, error=True))
        for button, action in (
            (view.photos_button, lambda: self.predict_paths(choosing.choose_photos(self))),
            (view.folder_button, lambda: self.predict_paths(choosing.choose_folder(self))),
            (view.watch_button, lambda: self.intake.toggle_watch(lambda: choosing.choose_folder_to_watch(self))),
            (view.pause_button, self._pause),
            (view.camera_button, self._open_camera),
            (view.paste_button, self.paste),
            (view.save_button, self._save_csv),
            (view.clear_button, self.clear),
        ):
            button.clicked.connect(lambda _=False, act=action: act())
