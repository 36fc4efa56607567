"""With whom the run is compared: another run of the project, or a model file."""

from pathlib import Path

from PySide6.QtCore import QObject, Signal

from vv_desktop import tasks
from vv_desktop.core.answerers import Answerer
from vv_desktop.core.classes import ClassList
from vv_desktop.jobs import Job, Jobs
from vv_desktop.session import Session
from vv_desktop.ui.predict.filter_row import FilterRow
from vv_desktop.workers import Failure


class Comparing(QObject):
    """Owns the one that the run is compared with, and the job that reads a model file's classes.

    Lives on the window's thread.

    Signals:
        changed: it is another one, or none.
        noted(str, bool): something to say about it; True for an error.
    """

    changed = Signal()
    noted = Signal(str, bool)

    def __init__(self, session: Session, jobs: Jobs, row: FilterRow, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session, self._jobs, self._row = session, jobs, row
        self._files: list[Answerer] = []
        self._job: Job | None = None
        self.answerer: Answerer | None = None
        row.compared.connect(self.use)

    def use(self, answerer: Answerer | None) -> None:
        """Compare with this one, or with none."""
        before, self.answerer = self.answerer, answerer
        self.offer()
        if (before and before.place) != (answerer and answerer.place):
            self.changed.emit()

    def use_file(self, path: Path | None) -> None:
        """Compare with a model file, once it is known which classes it tells apart; None: no file was chosen."""
        if path is None:
            self.offer()
            return
        if self._job is not None:
            self._job.cancel()
        self._job = self._jobs.start(
            tasks.answers.describe_model, path, name="Reading a model's classes", lane="pixels", quiet=True,
            on_done=lambda found: self._take_file(path, *found), on_failed=self._fail,
        )  # fmt: skip

    def offer(self) -> None:
        """Offer all runs but the one that answers already, and the model files that were used."""
        asked = self._session.run
        runs = [Answerer.of_run(run) for run in self._session.runs if asked is None or run.folder != asked.folder]
        self._row.show_answerers([*runs, *self._files], self.answerer)

    def follow_runs(self) -> None:
        """The runs changed: one that is gone, or that answers now itself, is compared with no more."""
        other = self.answerer
        if other is not None and not isinstance(other.model, Path):
            asked = self._session.run
            there = [run.folder for run in self._session.runs if asked is None or run.folder != asked.folder]
            if other.place not in there:
                self.use(None)
                return
        self.offer()

    def _take_file(self, path: Path, classes: ClassList, assumed: str | None) -> None:
        self._job = None
        answerer = Answerer(path.name, classes, path)
        self._files = [*(a for a in self._files if a.place != path), answerer]
        strangers = set(classes.names) ^ set(self._session.run.classes.names if self._session.run else classes.names)
        if strangers:
            self.noted.emit(f"Not both tell these classes apart: {', '.join(sorted(strangers))}", False)
        elif assumed:
            self.noted.emit(assumed, False)
        self.use(answerer)

    def _fail(self, failure: Failure) -> None:
        self._job = None
        self.offer()
        self.noted.emit(failure.sentence, True)
