"""How photos come to the page: chosen, dropped, pasted, or into the folder that is watched."""

import os
from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QMimeData, QObject, Signal
from PySide6.QtGui import QGuiApplication, QImage

from vv_desktop.core.label_csv import Problem
from vv_desktop.jobs import Jobs
from vv_desktop.session import Message, Session
from vv_desktop.ui.predict.answering import Photo
from vv_desktop.ui.predict.asking import Asking
from vv_desktop.ui.predict.dropped import PastedPhotos, read_mime
from vv_desktop.ui.predict.result_model import ResultsModel
from vv_desktop.ui.predict.taking_in import ProjectPaths
from vv_desktop.ui.predict.watching import FolderWatch
from vv_desktop.ui.predict.words import left_out

MOST = 20_000
"""So many photos the list takes."""


class Intake(QObject):
    """Owns a temporary folder for pasted photos and the folder that is watched. Lives on the window's thread.

    Signals:
        taken(list[Photo], bool): photos to ask about; True if they were given by hand.
        noted(str, bool, tuple[Problem]): a sentence, whether it is an error, and what was left out; none clears it.
    """

    taken = Signal(object, bool)
    noted = Signal(str, bool, object)

    def __init__(
        self, session: Session, jobs: Jobs, asking: Asking, model: ResultsModel, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._session, self._asking, self._model = session, asking, model
        self._pasted = PastedPhotos()
        self.paths = ProjectPaths(session)
        self.watch = FolderWatch(jobs, parent=self)
        self.watch.found.connect(lambda photos: self._take(photos, by_hand=False))
        self.watch.lost.connect(lambda sentence: self.noted.emit(sentence, True, ()))
        asking.found.connect(self._take_found)

    def take_paths(self, paths: Sequence[Path]) -> None:
        """Photos and folders of photos."""
        if paths and self.ready():
            self.noted.emit("", False, ())
            self._asking.find([Path(os.path.abspath(path)) for path in paths])

    def take_mime(self, mime: QMimeData) -> bool:
        """What was dropped or pasted; what is not of this machine is refused with a sentence."""
        dropped = read_mime(mime)
        if dropped.paths:
            self.take_paths(dropped.paths)
        elif dropped.picture is not None:
            self.take_picture(dropped.picture)
        if dropped.refused:
            self.noted.emit(dropped.refused, True, ())
        return bool(dropped.paths or dropped.picture is not None)

    def take_picture(self, image: QImage, origin: str = "pasted") -> None:
        """A picture that is no file, from the clipboard or a camera; it is kept in the temporary folder."""
        if not self.ready():
            return
        path = self._pasted.keep(image, origin)
        if path is None:
            self.noted.emit("The picture could not be kept for reading", True, ())
            return
        self.noted.emit("", False, ())
        self.taken.emit([(path, True, True, None)], True)

    def paste(self) -> None:
        """What the clipboard holds."""
        self.take_mime(QGuiApplication.clipboard().mimeData() or QMimeData())  # Qt has none for an empty clipboard

    def toggle_watch(self, choose: Callable[[], Path | None]) -> None:
        """Watch a folder that is chosen now, or none any more."""
        if self.watch.folder is not None:
            self.watch.stop()
        elif self.ready() and (folder := choose()) is not None:
            self.watch.watch(folder)

    def ready(self) -> bool:
        """Is there a run to ask? If not, the session says so."""
        if self._session.project is not None and self._session.run is not None:
            return True
        self._session.said.emit(
            Message("There is no run to ask yet; train a first model, then drop the photos again", error=True)
        )
        return False

    def _take_found(self, photos: tuple[Path, ...], others: tuple[Problem, ...], given: tuple[Path, ...]) -> None:
        beyond = max(0, len(photos) - (MOST - self._model.count))
        self.noted.emit(left_out(len(photos), others, beyond, MOST), False, others)
        self._take(photos, by_hand=True, loose=frozenset(given))

    def _take(self, photos: Sequence[Path], by_hand: bool, loose: frozenset[Path] = frozenset()) -> None:
        room = max(0, MOST - self._model.count)
        found: list[Photo] = [(path, path in loose, False, self.paths.find(path)) for path in photos[:room]]
        if found and self._session.run is not None:
            self.taken.emit(found, by_hand)
