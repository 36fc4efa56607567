"""From what a person has (a folder, CSV files, a project, or nothing but curiosity) to the open project."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Signal

from vv_desktop import tasks
from vv_desktop.core.errors import DamagedStore
from vv_desktop.core.import_plan import ImportPlan
from vv_desktop.core.progress import Step
from vv_desktop.core.project import STORE_NAME, Project, default_project_folder, is_project
from vv_desktop.jobs import Job, Jobs
from vv_desktop.session import Message, Session
from vv_desktop.workers import Failure


class Opening(QObject):
    """Owns the one opening that is under way. Lives on the window's thread.

    Signals:
        progressed(str, int, int): what is being done, how much of how much.
        planned(ImportPlan, Path): a source was read; a project of it would be kept in that folder.
        failed(str): a sentence.
        opened: the session has the project.
        backups_found(Path, tuple[Backup, ...], int | None, str): those of the project in that folder, how many edits
            its store has, and why they are asked for if it cannot be opened.
    """

    progressed = Signal(str, int, int)
    planned = Signal(object, object)
    failed = Signal(str)
    opened = Signal()
    backups_found = Signal(object, object, object, str)

    def __init__(self, session: Session, jobs: Jobs, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session, self._jobs = session, jobs
        self._job: Job | None = None

    @property
    def busy(self) -> bool:
        """True while something is being read or made."""
        return self._job is not None

    def open_paths(self, paths: Sequence[Path]) -> None:
        """Open a project, or read a folder or CSV files to make one."""
        if self._refused():
            return
        if len(paths) == 1 and is_project(paths[0]):
            self._open_project(paths[0])
            return
        kept = default_project_folder(paths)
        if len(paths) == 1 and paths[0].is_dir() and is_project(kept):
            self._open_project(kept)
            return
        self._start(
            tasks.data.read_sources, tuple(paths), None, name="Reading", done=lambda plan: self._read(plan, kept)
        )

    def create(self, plan: ImportPlan, folder: Path) -> None:
        """Make the project that was planned, and open it."""
        if not self._refused():
            self._start(tasks.data.create_project, plan, folder, name="Creating the project", done=self._open_project)

    def open_demo(self, folder: Path) -> None:
        """Draw the demo project below `folder` unless it is there, and open it."""
        if not self._refused():
            self._start(tasks.data.make_demo, folder, name="Making the demo", done=self._open_project)

    def open_again(self) -> None:
        """Open the project that is only looked at to write it, if that can be by now; or else look at it anew."""
        project = self._session.project
        if project is not None and not self._refused():
            self._start(tasks.data.open_project, project.folder, name="Opening", done=self._take_again)

    def look_for_backups(self) -> None:
        """Find the backups of the open project."""
        project = self._session.project
        if project is not None and project.store.read_only:
            self._session.say(f"No backup can be put back, since the project {project.store.read_only}", error=True)
        elif project is not None and not self._refused():
            self._look_for_backups(project.folder, "", project.store.steps)

    def restore(self, folder: Path, backup: Path) -> None:
        """Put a backup back into the project in `folder`, which is closed for it, and open it again."""
        if self._refused():
            return
        current = self._session.project
        if current is not None and current.folder == folder.resolve():
            self._session.close_project()

        def put_back(aside: Path) -> None:
            self._session.said.emit(Message(f"The backup is back; what was there is in {aside.name}"))
            self._open_project(folder)

        self._start(tasks.data.restore_backup, folder, backup, name="Putting the backup back", done=put_back)

    def cancel(self) -> None:
        """Call off what is under way."""
        if self._job is not None:
            self._job.cancel()

    def _refused(self) -> bool:
        busy = next((job.name for job in self._jobs.of("work") if not job.flags.cancel.is_set()), "")
        if self._job is not None:
            self._session.said.emit(Message("Something is being opened already; cancel it first", error=True))
        elif busy:
            self._session.said.emit(Message(f"{busy} is under way; let it end or cancel it first", error=True))
        else:
            return not self._session.edits.try_again()  # it says itself what waits for the disk
        return True

    def _not_opened(self, failure: Failure, folder: Path) -> None:
        if isinstance(failure.error, DamagedStore):
            self._look_for_backups(folder.parent if folder.name == STORE_NAME else folder, failure.sentence)
        else:
            self._fail(failure)

    def _look_for_backups(self, folder: Path, why: str, edits: int | None = None) -> None:
        self._start(
            tasks.data.find_backups, folder, name="Looking for backups",
            done=lambda found: self.backups_found.emit(folder, found[0], found[1] if edits is None else edits, why),
        )  # fmt: skip

    def _start(self, task: Any, *arguments: Any, name: str, done: Any, failed: Any = None) -> None:
        self._job = self._jobs.start(
            task,
            *arguments,
            name=name,
            lane="pixels",
            on_event=self._heard,
            on_done=lambda value: self._ended(lambda: done(value)),
            on_failed=lambda failure: self._ended(lambda: (failed or self._fail)(failure)),
            on_cancelled=lambda: self._ended(lambda: self.failed.emit("")),
        )

    def _ended(self, then: Any) -> None:
        self._job = None
        then()

    def _heard(self, event: object) -> None:
        if isinstance(event, Step):
            self.progressed.emit(event.name, event.done, event.total)

    def _read(self, plan: ImportPlan, folder: Path) -> None:
        self.planned.emit(plan, folder)

    def _fail(self, failure: Failure) -> None:
        self.failed.emit(failure.sentence)

    def _open_project(self, folder: Path) -> None:
        current = self._session.project
        if current is not None and current.folder == folder.resolve():
            self.opened.emit()
            return
        self._start(
            tasks.data.open_project,
            folder,
            name="Opening",
            done=self._take,
            failed=lambda failure: self._not_opened(failure, folder),
        )

    def _take_again(self, project: Project) -> None:
        """As `_take`, and everything in the window stays as it is."""
        self._session.reopen(project)
        still = project.store.read_only
        self._session.say(f"Read anew; the project still {still}" if still else "The project can be written again")

    def _take(self, project: Project) -> None:
        self._session.open(project)
        self.opened.emit()
