"""The line at the bottom: what is saved, what was just done (with Undo in it), and what is running."""

import time
from pathlib import Path

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QPushButton, QSizePolicy, QToolButton, QWidget

from vv_desktop.core.progress import BatchEnd, Step
from vv_desktop.jobs import Job, Jobs
from vv_desktop.session import Message, Session
from vv_desktop.ui.theme import XS, L, M, S, Theme, icon

MESSAGE_SECONDS = 8


class StatusBar(QWidget):
    """Owns the line. Lives on the window's thread.

    Signals:
        undo_wanted: the Undo in the message was pressed.
    """

    undo_wanted = Signal()

    def __init__(
        self, session: Session, jobs: Jobs, theme: Theme, resources: Path, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._session, self._jobs, self._theme = session, jobs, theme
        self._job: Job | None = None
        self._since = 0.0
        self._saved = _label("Saved state")
        self._saved.setProperty("role", "muted")
        self._message = _label("Message")
        self._message.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._undo = QPushButton("Undo")
        self._undo.setProperty("role", "flat")
        self._undo.setAccessibleName("Undo the last edit")
        self._undo.clicked.connect(self.undo_wanted)
        self.again = QPushButton("Try again")
        self.again.setProperty("role", "flat")
        self.again.setAccessibleName("Try again to save the edits that wait")
        self.again.clicked.connect(lambda: session.edits.try_again(read_again=True))
        self.again.hide()
        self._running = _label("Running work")
        self._bar = QProgressBar()
        self._bar.setFixedWidth(120)
        self._bar.setTextVisible(False)
        self._bar.setAccessibleName("Progress of the running work")
        self._cancel = QToolButton()
        self._cancel.setProperty("role", "flat")
        self._cancel.setIcon(icon(resources, "close", theme.muted, 16))
        self._cancel.setAccessibleName("Cancel the running work")
        self._cancel.setToolTip("Cancel")
        self._cancel.clicked.connect(self._cancel_job)
        self._timer = QTimer(self, interval=MESSAGE_SECONDS * 1000, singleShot=True)
        self._timer.timeout.connect(self._quiet)
        self._clock = QTimer(self, interval=1000)
        self._clock.timeout.connect(self._show_job)
        self._lay_out()
        self._listen()

    def _lay_out(self) -> None:
        row = QHBoxLayout(self)
        row.setContentsMargins(L, XS, M, XS)
        for widget in (self._saved, self.again, self._message, self._undo, self._running, self._bar, self._cancel):
            row.addWidget(widget)
        row.setStretchFactor(self._message, 1)
        row.setSpacing(S)
        self.setMinimumHeight(32)
        self._quiet()
        self._show_job()
        self._show_saved()

    def _listen(self) -> None:
        session = self._session
        session.said.connect(self.say)
        for signal in (session.project_changed, session.images_changed, session.run_changed):
            signal.connect(self._show_saved)
        self._jobs.changed.connect(self._show_job)

    def say(self, message: Message) -> None:
        """Show a line for a few seconds; an error stays until the next."""
        self._show_saved()
        self._message.setText(message.text)
        self._message.setToolTip("")
        self._message.setProperty("role", "error" if message.error else "")
        self._message.style().polish(self._message)
        self._undo.setVisible(message.undo)
        if message.error:
            self._timer.stop()
        else:
            self._timer.start()

    def _quiet(self) -> None:
        self._message.clear()
        self._undo.hide()

    def _show_saved(self) -> None:
        project = self._session.project
        if project is None:
            self.again.hide()
            self._saved.setText("No project")
            return
        saved = project.store.last_saved
        parts = [f"saved ✓ {time.strftime('%H:%M', time.localtime(saved))}" if saved else "saved ✓"]
        if project.store.read_only:
            parts = ["read-only"]
        waiting = len(self._session.edits.waiting)
        if waiting:
            parts = [f"{waiting} edits are not saved ✕" if waiting > 1 else "1 edit is not saved ✕"]
        self.again.setVisible(waiting > 0)
        self._saved.setProperty("role", "error" if self._session.edits.not_saved else "muted")
        self._saved.style().polish(self._saved)
        count = len(project.images)
        parts.append(f"{count:,} image{'s' if count != 1 else ''}")
        if self._session.run is not None:
            parts.append(f"{len(self._session.changed_since_run):,} changed since the run")
        self._saved.setText("  ·  ".join(parts))

    def _show_job(self) -> None:
        shown = [job for job in self._jobs.running if not job.quiet]
        job = shown[0] if shown else None
        if job is not self._job:
            self._job, self._since = job, time.monotonic()
        for widget in (self._running, self._bar, self._cancel):
            widget.setVisible(job is not None)
        if job is None:
            self._clock.stop()
            return
        self._clock.start()
        done, total, text = _how_far(job)
        more = f" (+{len(shown) - 1})" if len(shown) > 1 else ""
        elapsed = int(time.monotonic() - self._since)
        self._running.setText(f"{text}{more}  {elapsed // 60:02d}:{elapsed % 60:02d}")
        self._bar.setRange(0, total)
        self._bar.setValue(done)
        self._cancel.setEnabled(not job.flags.cancel.is_set())

    def _cancel_job(self) -> None:
        if self._job is not None:
            self._job.cancel()
            self._running.setText("Cancelling…")
            self._cancel.setEnabled(False)


def _how_far(job: Job) -> tuple[int, int, str]:
    """Done, of how many (0 for unknown), and in words."""
    match job.last:
        case Step(name, done, total):
            return done, total, name
        case BatchEnd() as at:
            return (at.epoch - 1) * at.batches + at.batch, at.epochs * at.batches, job.name
    return 0, 0, job.name


def _label(name: str) -> QLabel:
    label = QLabel()
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setAccessibleName(name)
    return label
