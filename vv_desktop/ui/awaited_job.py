"""The one job that a widget waits for: the next one calls off the last, and so does the end of the widget."""

from PySide6.QtCore import QObject

from vv_desktop.jobs import Job


class AwaitedJob:
    """A plain object beside its owner, since it must outlive it by a moment: on the window's thread, no signals."""

    def __init__(self, owner: QObject) -> None:
        self._job: Job | None = None
        owner.destroyed.connect(self.cancel)

    @property
    def running(self) -> bool:
        """True until `done` or `cancel`."""
        return self._job is not None

    @property
    def called_off(self) -> bool:
        """True if the job that is waited for was cancelled by another than this."""
        return self._job is not None and self._job.flags.cancel.is_set()

    def replace(self, job: Job) -> None:
        """Wait for this job and no other."""
        self.cancel()
        self._job = job

    def done(self) -> None:
        """It was heard from for the last time."""
        self._job = None

    def cancel(self) -> None:
        """Nothing more is to be heard of it."""
        if self._job is not None:
            self._job.cancel()
            self._job = None
