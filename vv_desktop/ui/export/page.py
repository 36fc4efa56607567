"""The page that writes the run out as files, and shows that each file answers as the model does."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from PySide6.QtCore import QTimer, QUrl, Signal
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QFileDialog, QWidget

from vv_desktop import tasks
from vv_desktop.core.export_formats import why_not
from vv_desktop.core.progress import Event, Note, Step
from vv_desktop.jobs import Job, Jobs
from vv_desktop.session import Message, Session
from vv_desktop.ui import theme
from vv_desktop.ui.export.changed_answers import ChangedAnswers
from vv_desktop.ui.export.formats import BY_KEY, FORMATS
from vv_desktop.ui.export.gates import GatePanel
from vv_desktop.ui.export.layout import ExportLayout
from vv_desktop.ui.export.results_model import ExportedModel
from vv_desktop.ui.export.words import gate_sentences, run_score
from vv_desktop.ui.words import images as image_count
from vv_desktop.workers import Failure

ELSEWHERE = "Choose a folder outside of the project, which is read-only"


class ExportPage(QWidget):
    """Owns the choice of formats and folder, and the job that exports. Lives on the window's thread.

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
        export_task: Callable[..., Any] = tasks.answers.export,
    ) -> None:
        super().__init__(parent)
        self._session, self._jobs, self._export_task = session, jobs, export_task
        self._job: Job | None = None
        self._chosen: Path | None = None
        self._written: Path | None = None
        self._run_id = ""
        self.model = ExportedModel(look, self)
        self.gates = GatePanel()
        self.changed = ChangedAnswers(session, jobs, look, resources)
        self.changed.image_wanted.connect(self.image_wanted)
        self.view = ExportLayout(self, self.model, self.gates, self.changed, look, resources)
        self.view.no_run.pressed.connect(self.train_requested)
        self.view.export_button.clicked.connect(lambda: self.export())
        self.view.accept_button.clicked.connect(lambda: self.export(accept_failed_gate=True))
        self.view.change_button.clicked.connect(lambda: self._change_folder())
        self.view.open_button.clicked.connect(lambda: self._open_folder())
        self.view.progress.cancel_wanted.connect(self._cancel)
        for box in self.view.boxes.values():
            box.toggled.connect(lambda _: self._choose())
        self.gates.changed.connect(self._choose)
        session.project_changed.connect(self._open_project)
        session.run_changed.connect(self._follow_run)
        session.evaluation_changed.connect(self._show)
        jobs.changed.connect(self._show_waiting)
        self.entry = self.view.export_button
        self._follow_run()

    @property
    def formats(self) -> tuple[str, ...]:
        """The formats that are chosen, in the order they are written."""
        return tuple(item.key for item in FORMATS if self.view.boxes[item.key].isChecked())

    @property
    def folder(self) -> Path | None:
        """Where the files go: where the user said, else exports/RUN in the project; None if that is read-only."""
        if self._chosen is not None:
            return self._chosen
        project, run = self._session.project, self._session.run
        writable = project is not None and not project.store.read_only
        return project.folder / "exports" / run.id if project and run and writable else None

    def export(self, accept_failed_gate: bool = False) -> None:
        """Write the chosen formats; where a file is below its gate, only once that was accepted."""
        project, run, folder = self._session.project, self._session.run, self.folder
        if project is None or run is None or folder is None or self._job is not None or self._missing():
            return
        self._show_files(())
        self.view.show_results("")
        self._written = folder
        self._job = self._jobs.start(
            self._export_task, run, project.dataset(), folder, self.formats, project.folder, accept_failed_gate,
            self.gates.changes,
            name="Exporting", on_event=self._hear, on_done=self._finish,
            on_failed=self._fail, on_cancelled=self._forget,
        )  # fmt: skip
        self.view.progress.show_progress("Exporting", 0, 0)
        self._show()
        self._show_waiting()

    def state(self) -> dict[str, Any]:
        """What is worth keeping over a restart."""
        return {"formats": list(self.formats), "gates": self.gates.state()}

    def restore(self, state: dict[str, Any]) -> None:
        """Put back what `state` gave."""
        formats = state.get("formats")
        if isinstance(formats, list):
            for key, box in self.view.boxes.items():
                box.setChecked(key in formats and why_not(key) is None)
        self.gates.restore(state.get("gates"))

    # While it runs

    def _hear(self, event: Event) -> None:
        if isinstance(event, Step):
            self.view.progress.show_progress(event.name, event.done, event.total)
        elif isinstance(event, Note):
            self.view.progress.show_progress(event.text, 0, 0)

    def _show_waiting(self) -> None:
        """While it stands in line, say behind what."""
        ahead = self._jobs.of("work")
        if self._job is None or self._job.last is not None or not ahead:
            return
        text = "Exporting" if ahead[0] is self._job else f"Starts when this has ended: {ahead[0].name}"
        self.view.progress.show_progress(text, 0, 0)

    def _cancel(self) -> None:
        if self._job is not None:
            self._job.cancel()
            self.view.progress.show_progress("Calling it off", 0, 0, cancellable=False)

    def _finish(self, exported: Any) -> None:
        self._job = None
        self._show_files(exported.files)
        checked = max((file.proof.images for file in exported.files), default=0)
        self.view.progress.idle()
        if exported.written:
            held = f"Written, loaded again and held against the model on {image_count(checked)}:"
            self.view.show_results(f"{exported.caution}.\n{held}" if exported.caution else held)
            self._session.said.emit(Message(f"{len(exported.files)} files exported: {self._written}"))
        else:
            self.view.show_results("Nothing was written yet, as a file is below its gate:", accept=True)
        self.view.show_reasons(gate_sentences(exported.files))
        QTimer.singleShot(0, self, self.view.scroll_to_results)
        self._show()

    def _fail(self, failure: Failure) -> None:
        self._job = None
        self.view.progress.show_error(failure.sentence)
        self._show()

    def _forget(self) -> None:
        self._job = None
        self.view.progress.idle()
        self._show()

    # Following the session

    def _open_project(self) -> None:
        if self._job is not None:
            self._job.cancel()
        self._chosen = None
        self._forget_results()
        self._show()

    def _follow_run(self) -> None:
        run = self._session.run
        if self._job is None and (run.id if run else "") != self._run_id:
            self._forget_results()
        self._run_id = run.id if run else ""
        self._show()

    def _show_files(self, files: Sequence[Any]) -> None:
        self.model.show_files(files)
        self.changed.show_files([(BY_KEY[file.format].short, file.proof.changed) for file in files])

    def _choose(self) -> None:
        """A second yes is to what was checked, not to other formats, gates or another folder."""
        if self._job is None and not self.view.accept_button.isHidden():
            self._forget_results()
        self._show()

    def _forget_results(self) -> None:
        self._show_files(())
        self.view.show_results("")
        if self._job is None:
            self.view.progress.idle()

    def _show(self) -> None:
        run, folder = self._session.run, self.folder
        self.view.show_run(run.name if run else None, run_score(self._session, run) if run else "")
        self.view.show_folder(str(folder) if folder else ELSEWHERE if run else "")
        self.view.show_busy(self._job is not None, self._missing())

    def _missing(self) -> str:
        """What has to be chosen before anything can be exported."""
        if self.folder is None:
            return ELSEWHERE
        return "" if self.formats else "Choose at least one format"

    # Files

    def _change_folder(self) -> None:
        start = self.folder
        name = QFileDialog.getExistingDirectory(self, "Export to", str(start.parent if start else ""))
        if name:
            self._chosen = Path(name)
            self._choose()

    def _open_folder(self) -> None:
        if self._written is not None:
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(self._written)))
