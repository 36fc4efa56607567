"""A folder that is watched: photos that come into it are told once they have been written whole."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from PySide6.QtCore import QFileSystemWatcher, QObject, QTimer, Signal

from vv_desktop import tasks
from vv_desktop.jobs import Job, Jobs
from vv_desktop.workers import Failure

SOON, LATER = 300, 5000
"""Milliseconds to the next look at a file that may still be written; and at all, as network drives tell nothing."""


class FolderWatch(QObject):
    """Owns the watcher of one folder, what it knows of the files in it, and the job that looks. On the window's thread.

    What is there at first is known and not told; a file is told when two looks found it with the same size and time,
    and again when it is written anew. Folders inside are not watched.

    Signals:
        found(tuple[Path]): photos that came.
        lost(str): the folder cannot be watched any more, and why.
        changed: it watches another folder, or none.
    """

    found = Signal(object)
    lost = Signal(str)
    changed = Signal()

    def __init__(
        self, jobs: Jobs, task: Callable[..., Any] = tasks.data.look_into_folder, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._jobs, self._task = jobs, task
        self.folder: Path | None = None
        self.count = 0
        """How many photos came since it watches."""
        self._known: dict[str, tuple[int, int]] | None = None
        self._growing: dict[str, tuple[int, int]] = {}
        self._watcher: QFileSystemWatcher | None = None
        self._job: Job | None = None
        self._again = False
        self._timer = QTimer(self, singleShot=True)
        self._timer.timeout.connect(self._look)

    def watch(self, folder: Path) -> None:
        """Watch this folder, and no other."""
        self.stop()
        self.folder = folder
        self._watcher = QFileSystemWatcher([str(folder)], self)
        self._watcher.directoryChanged.connect(self._look)
        self._look()
        self.changed.emit()

    def stop(self) -> None:
        """Watch nothing."""
        if self.folder is None:
            return
        if self._job is not None:
            self._job.cancel()
        if self._watcher is not None:
            self._watcher.deleteLater()
        self._timer.stop()
        self.folder = self._job = self._known = self._watcher = None
        self._growing, self._again, self.count = {}, False, 0
        self.changed.emit()

    def _look(self) -> None:
        if self._job is not None:
            self._again = True
            return
        self._again = False
        self._job = self._jobs.start(
            self._task, self.folder, name="Looking into a folder", lane="pixels", quiet=True,
            on_done=self._compare, on_failed=self._lose,
        )  # fmt: skip

    def _compare(self, files: dict[str, tuple[int, int]]) -> None:
        self._job = None
        folder, known = self.folder, self._known
        if folder is None:
            return
        if known is None:
            known = self._known = dict(files)
        fresh = {name: state for name, state in files.items() if known.get(name) != state and state[0]}
        whole = {name: state for name, state in fresh.items() if self._growing.get(name) == state}
        self._growing = {name: state for name, state in fresh.items() if name not in whole}
        self._known = {name: state for name, state in known.items() if name in files} | whole
        self._timer.start(0 if self._again else SOON if self._growing else LATER)
        if whole:
            self.count += len(whole)
            self.found.emit(tuple(folder / name for name in whole))
            self.changed.emit()

    def _lose(self, failure: Failure) -> None:
        self._job = None
        self.stop()
        self.lost.emit(failure.sentence)
