"""The line over the runs: makes an average of those that are chosen, and says what the one looked at brought."""

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QWidget

from vv_desktop import tasks
from vv_desktop.core.runs import Run
from vv_desktop.jobs import Job, Jobs
from vv_desktop.session import Session
from vv_desktop.ui import words
from vv_desktop.ui.elided_label import ElidedLabel
from vv_desktop.ui.theme import M
from vv_desktop.ui.train.run_list import RunList
from vv_desktop.workers import Failure

if TYPE_CHECKING:
    from vv_desktop.core.averages import Gain

TIP = (
    "Keep the mean of what the chosen runs answer as a run of its own: often a little better, "
    "and as many times the work for each photo"
)


class AverageRow(QWidget):
    """Owns the jobs that average runs and measure what that brought. Window's thread; no signals."""

    def __init__(self, session: Session, jobs: Jobs, runs: RunList, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session, self._jobs = session, jobs
        self._measuring: Job | None = None
        self._making: Job | None = None
        title = QLabel("Runs")
        title.setStyleSheet("font-weight: 600;")
        self.line = ElidedLabel(mode=Qt.TextElideMode.ElideRight)
        self.line.setProperty("role", "muted")
        self.button = QPushButton("Average these")
        self.button.setProperty("role", "flat")
        self.button.setToolTip(TIP)
        self.button.clicked.connect(runs.average_action.trigger)
        self.setMinimumHeight(self.button.sizeHint().height())  # the list must not jump at the second click
        self.button.hide()
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(M)
        row.addWidget(title)
        row.addWidget(self.line, 1)
        row.addWidget(self.button)
        runs.average_action.changed.connect(lambda: self.button.setVisible(runs.average_action.isEnabled()))
        runs.average_wanted.connect(self.average)
        session.run_changed.connect(self.refresh)
        session.images_changed.connect(self.refresh)

    def average(self, runs: tuple[Run, ...]) -> None:
        """Average these runs and look at what comes of it."""
        project = self._session.project
        if project is None or self._making is not None:
            return
        if project.store.read_only:
            self._say(f"No average can be kept, since the project {project.store.read_only}", "error")
            return

        def end(run: Run | None, sentence: str = "") -> None:
            self._making = None
            if run is not None and self._session.project is project:
                self._session.runs_moved(run.id)
            elif sentence:
                self._say(sentence, "error")

        self._making = self._jobs.start(
            tasks.training.average_runs, runs, project.dataset(), None, name="Averaging runs", lane="pixels",
            on_done=end, on_failed=lambda failure: end(None, failure.sentence), on_cancelled=lambda: end(None),
        )  # fmt: skip

    def refresh(self) -> None:
        """Say what the average that is looked at brought, by the labels as they are now; nothing of other runs."""
        run, project = self._session.run, self._session.project
        if self._measuring is not None:
            self._measuring.cancel()
            self._measuring = None
        if run is None or project is None or not run.members:
            self._say("")
            return
        if self.isVisible():
            self._measuring = self._jobs.start(
                tasks.training.find_gain, run, project.dataset(), name="Comparing an average with its runs",
                lane="pixels", quiet=True, on_done=self._show_gain, on_failed=self._fail,
            )  # fmt: skip

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.refresh()

    def _show_gain(self, gain: "Gain | None") -> None:
        self._measuring = None
        self._say(gain.sentence if gain is not None else "No labelled test or val image has an answer")

    def _fail(self, failure: Failure) -> None:
        self._measuring = None
        self._say(failure.sentence, "error")

    def _say(self, sentence: str, role: str = "muted") -> None:
        self.line.setProperty("role", role)
        self.line.style().polish(self.line)
        self.line.show_text(words.shown(sentence))
