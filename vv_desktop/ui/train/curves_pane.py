"""The right half of the Train page: the curves and the runs below, the invitation to train a first one, or samples."""

from datetime import timedelta

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QSplitter, QStackedLayout, QVBoxLayout, QWidget

from vv_desktop.core.plans import Plan
from vv_desktop.core.runs import Run
from vv_desktop.jobs import Jobs
from vv_desktop.session import Session
from vv_desktop.ui import words
from vv_desktop.ui.elided_label import ElidedLabel
from vv_desktop.ui.theme import XL, L, M, S, Theme
from vv_desktop.ui.train.average_row import AverageRow
from vv_desktop.ui.train.charts import Charts
from vv_desktop.ui.train.run_list import RunList
from vv_desktop.ui.train.sample_sheet import SampleSheet
from vv_desktop.ui.train.words import counted


class CurvesPane(QWidget):
    """Owns what the charts show: the training that runs, else the runs that are chosen. Window's thread.

    Signals: train_wanted; said(Message).
    """

    train_wanted = Signal()
    said = Signal(object)

    def __init__(self, session: Session, jobs: Jobs, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._live = False
        self.charts = Charts(theme)
        self.runs = RunList(session)
        self.average = AverageRow(session, jobs, self.runs)
        self.samples = SampleSheet(session, jobs, theme)
        self.splitter = QSplitter(Qt.Orientation.Vertical)
        self.splitter.setChildrenCollapsible(False)
        self._stack = QStackedLayout(self)
        self._stack.addWidget(self._invitation())
        self._stack.addWidget(self._place())
        self._stack.addWidget(self.samples)
        self.charts.said.connect(self.said)
        self.runs.shown.connect(self._show)
        self.samples.closed.connect(self._switch)
        session.runs_changed.connect(self._switch)
        session.project_changed.connect(self._project_changed)
        session.run_changed.connect(self._tell_labels)
        session.images_changed.connect(self._tell_labels)
        self.show_chosen()

    def show_samples(self, plan: Plan) -> None:
        """Show what a training by this plan would see, in place of the curves."""
        self.samples.show_plan(plan)
        self._switch()
        self.samples.others.setFocus()

    def begin(self, name: str) -> None:
        """A training starts: its curves are drawn from now on."""
        self._live = True
        self.samples.close_sheet()
        self.charts.show_run(name, ())
        self._switch()

    def show_chosen(self) -> None:
        """No training runs: show the run that is looked at."""
        self._live = False
        run = self._session.run
        self.charts.show_run(_title(run) if run else "", run.history if run else ())
        if self._session.project is not None:
            self.charts.folder = self._session.project.folder
        self._switch()

    def offer_training(self, possible: bool, takes: str = "") -> None:
        """The invitation works only where a training can start. takes: how long, "about 40 s"; empty if unknown."""
        self.first.setEnabled(possible)
        time = f" takes {takes} on this machine" if takes else " is a click away"
        self.invitation.setText(f"No run yet. A first model by the plan that is chosen{time}.")

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._tell_labels()

    def _tell_labels(self) -> None:
        if self.isVisible():
            self.trained_on.show_text(labels_line(self._session))

    def _project_changed(self) -> None:
        if not self._live:  # a training of the project before may still run
            self.show_chosen()

    def _show(self, run: Run, other: Run | None) -> None:
        if self._live:  # the training that runs stays; the chosen one is held against it
            self.charts.compare(run.name, run.history)
            return
        self.charts.show_run(_title(run), run.history)
        self.charts.compare(other.name if other else "", other.history if other else ())

    def _switch(self) -> None:
        self._stack.setCurrentIndex(2 if self.samples.open else 1 if self._live or self._session.runs else 0)

    def _place(self) -> QWidget:
        below = QWidget()
        column = QVBoxLayout(below)
        column.setContentsMargins(0, M, 0, 0)
        column.setSpacing(S)
        hint = QLabel("Ctrl-click a second one to compare or average · F2 renames")
        self.trained_on = ElidedLabel(mode=Qt.TextElideMode.ElideRight)
        for label in (hint, self.trained_on):
            label.setProperty("role", "small")
        row = QHBoxLayout()
        row.setSpacing(M)
        row.addWidget(self.trained_on, 1)
        row.addWidget(hint)
        column.addWidget(self.average)
        column.addWidget(self.runs, 1)
        column.addLayout(row)
        self.splitter.addWidget(self.charts)
        self.splitter.addWidget(below)
        self.splitter.setStretchFactor(0, 3)
        self.splitter.setStretchFactor(1, 1)
        self.splitter.setSizes([520, 220])
        page = QWidget()
        outer = QVBoxLayout(page)
        outer.setContentsMargins(L, L, L, L)
        outer.addWidget(self.splitter)
        return page

    def _invitation(self) -> QWidget:
        self.invitation = QLabel(wordWrap=True)
        self.invitation.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.invitation.setProperty("role", "muted")
        self.first = QPushButton("Train a first model")
        self.first.setProperty("role", "primary")
        self.first.clicked.connect(lambda: self.train_wanted.emit())
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(XL, L, XL, L)
        column.setSpacing(M)
        column.addStretch()
        column.addWidget(self.invitation)
        column.addWidget(self.first, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addStretch()
        return page


def _title(run: Run) -> str:
    return f"{run.name}: the mean of {len(run.members)} runs has no curves" if run.members else run.name


def labels_line(session: Session) -> str:
    """Which labels the run that is looked at was trained on, and how many images have another one now."""
    project, run = session.project, session.run
    if project is None or run is None or not session.labels_then:
        return ""
    snapshot = project.store.snapshot_of(session.labels_then)
    begun = run.trained - timedelta(seconds=run.seconds)
    which = f"snapshot {words.shown(snapshot.name)}" if snapshot else f"{begun:%d %b %H:%M}, no snapshot"
    return f"Trained on the labels of {which} · {counted(len(session.changed_since_run), 'label')} changed since"
