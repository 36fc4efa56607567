"""The sample sheet: what the network is going to see, with the labels it will be taught, before it is trained."""

from collections.abc import Callable

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from vv_desktop import tasks
from vv_desktop.core.plans import Plan
from vv_desktop.core.project import Project
from vv_desktop.core.samples import TrainingSample
from vv_desktop.jobs import Jobs
from vv_desktop.session import Session
from vv_desktop.ui.awaited_job import AwaitedJob
from vv_desktop.ui.theme import L, M, S, Theme
from vv_desktop.ui.train.sample_grid import SIGNS, SampleGrid
from vv_desktop.workers import Failure

PAUSE = 300
"""Milliseconds without a change in the plan before the same samples are made by the new one."""


class SampleSheet(QWidget):
    """Owns the samples that are shown and the job that draws them. Window's thread.

    Signals: closed, the user wants to see the curves again.
    """

    closed = Signal()

    def __init__(
        self,
        session: Session,
        jobs: Jobs,
        theme: Theme,
        parent: QWidget | None = None,
        draw_task: Callable[..., tuple[TrainingSample, ...]] = tasks.training.draw_samples,
    ) -> None:
        super().__init__(parent)
        self._session, self._jobs, self._draw_task = session, jobs, draw_task
        self._job = AwaitedJob(self)
        self._project: Project | None = None
        self._plan: Plan | None = None
        self.seed = 0
        self.open = False
        self.grid = SampleGrid(theme)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(PAUSE)
        self._timer.timeout.connect(self._draw)
        self._build()
        session.project_changed.connect(self.close_sheet)

    @property
    def drawing(self) -> bool:
        """Samples are on their way."""
        return self._job.running or self._timer.isActive()

    def show_plan(self, plan: Plan) -> None:
        """Show samples of a training by this plan."""
        self.open, self._plan = True, plan
        self._draw()

    def follow(self, plan: Plan) -> None:
        """The plan or the labels changed: if the sheet is open, make the same samples anew in a moment."""
        if self.open:
            self._plan = plan
            self._timer.start()

    def draw_others(self) -> None:
        """Another 24."""
        self.seed += 1
        self._draw()

    def close_sheet(self) -> None:
        """Nothing is shown any more; what is being drawn is called off."""
        if self.open:
            self.open = False
            self._timer.stop()
            self._job.cancel()
            self.grid.clear()
            self.closed.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.close_sheet()
        else:
            super().keyPressEvent(event)

    # How

    def _draw(self) -> None:
        project = self._session.project
        if project is None or self._plan is None:
            return
        self._project = project
        self.line.setText("Drawing samples…")
        self._job.replace(
            self._jobs.start(
                self._draw_task,
                project.dataset(),
                self._plan,
                project.folder,
                self.seed,
                name="Drawing samples",
                quiet=True,
                on_done=self._show,
                on_failed=self._failed,
            )
        )

    def _show(self, samples: tuple[TrainingSample, ...]) -> None:
        self._job.done()
        project = self._session.project
        if project is None or project is not self._project or self._plan is None:
            return
        self.grid.show_samples(
            samples, project.classes, lambda i: project.path_of(i).name if i in project.images else ""
        )
        size = self._plan.image_size
        marks = dict.fromkeys(mark for sample in samples for mark in sample.marks)
        legend = "".join(f" · {SIGNS[mark]}\N{NO-BREAK SPACE}{mark}" for mark in marks)
        self.line.setText(f"As the network gets them, {size} × {size} px, with the label each counts for{legend}")

    def _failed(self, failure: Failure) -> None:
        self._job.done()
        self.line.setText(failure.sentence)

    def _build(self) -> None:
        title = QLabel("Training samples")
        title.setStyleSheet("font-weight: 600;")
        self.line = QLabel(wordWrap=True)
        self.line.setTextFormat(Qt.TextFormat.PlainText)
        self.line.setProperty("role", "muted")
        self.others = QPushButton("Draw others")
        self.others.setToolTip("Show other samples, drawn at random from the training set.")
        self.others.clicked.connect(self.draw_others)
        self.back = QPushButton("Close")
        self.back.setToolTip("Back to the curves and runs (Esc)")
        self.back.setAccessibleName("Close the samples")
        self.back.clicked.connect(self.close_sheet)
        head = QHBoxLayout()
        head.setSpacing(S)
        head.addWidget(title)
        head.addStretch()
        head.addWidget(self.others)
        head.addWidget(self.back)
        column = QVBoxLayout(self)
        column.setContentsMargins(L, L, L, L)
        column.setSpacing(M)
        column.addLayout(head)
        column.addWidget(self.line)
        column.addWidget(self.grid, 1)
