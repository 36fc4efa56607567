"""The Train page: choose a plan, watch it learn, keep and compare the runs."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QSplitter, QWidget

from vv_desktop import tasks
from vv_desktop.core.errors import UserError
from vv_desktop.core.interrupted import Interrupted
from vv_desktop.core.plans import Plan
from vv_desktop.core.progress import EpochEnd, Event
from vv_desktop.core.project import Project
from vv_desktop.core.runs import Run
from vv_desktop.jobs import Job, Jobs
from vv_desktop.session import Message, Session
from vv_desktop.ui.evaluate.score_words import accuracy_with_interval, images_of
from vv_desktop.ui.theme import Theme
from vv_desktop.ui.train.card_facts import CardFacts
from vv_desktop.ui.train.course import Course
from vv_desktop.ui.train.curves_pane import CurvesPane
from vv_desktop.ui.train.expected import Expectations
from vv_desktop.ui.train.interrupted_row import InterruptedRow
from vv_desktop.ui.train.material import survey
from vv_desktop.ui.train.plan_pane import PlanPane
from vv_desktop.workers import Failure


class TrainPage(QWidget):
    """Owns the training that runs, and places the plan at the left, curves and runs at the right. Window's thread.

    Signals: evaluate_requested, the user wants to see what is wrong; classes_requested, or to give every class a
    mirrored one.
    """

    evaluate_requested = Signal()
    classes_requested = Signal()

    def __init__(
        self,
        session: Session,
        jobs: Jobs,
        theme: Theme,
        resources: Path,
        parent: QWidget | None = None,
        train_task: Callable[..., Run] = tasks.training.train,
        resume_task: Callable[..., Run] = tasks.training.resume,
        expectations: Expectations | None = None,
    ) -> None:
        super().__init__(parent)
        self._session, self._jobs = session, jobs
        self._train_task, self._resume_task = train_task, resume_task
        self.job: Job | None = None
        self.course: Course | None = None
        self._project: Project | None = None
        self.interrupted = InterruptedRow(session)
        self.setup = PlanPane(theme, self.interrupted)
        self.expected = expectations or Expectations(session, jobs)
        self.expected.setParent(self)
        self.curves = CurvesPane(session, jobs, theme)
        self._facts = CardFacts(session, self.expected, self.setup, self.curves)
        self.splitter = QSplitter(Qt.Orientation.Horizontal)
        self.splitter.setChildrenCollapsible(False)
        self._place()
        self._connect()
        self.refresh()

    # What the window may ask for

    def start_training(self, plan: Plan | None = None) -> bool:
        """Train by `plan`, or by the form; False, with the reason on the page, if it cannot start."""
        if plan is not None and self.job is None:
            self.setup.set_plan(plan)
        self.refresh()  # labels may have changed while the page was out of sight
        project = self._session.project
        if self.job is not None or project is None or not self.setup.ready:
            return False
        try:
            chosen = self.setup.plan()
        except UserError:
            return False  # the form says why
        self.expected.begin(chosen)
        self._begin(chosen, project, self._train_task, chosen, project.folder, self.setup.weights.wish)
        return True

    def continue_training(self, interrupted: Interrupted) -> None:
        """Go on with a training that was interrupted; nothing while one runs."""
        project = self._session.project
        if self.job is None and project is not None:
            self._begin(interrupted.request.plan, project, self._resume_task, interrupted, project.folder)

    def state(self) -> dict[str, object]:
        """What should be as it is now after a restart."""
        return {
            **self.setup.state(),
            "splitter": list(self.splitter.sizes()),
            "curves_splitter": list(self.curves.splitter.sizes()),
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Take what `state` gave; anything else is passed over."""
        self.setup.restore(state)
        for splitter, key in ((self.splitter, "splitter"), (self.curves.splitter, "curves_splitter")):
            sizes = state.get(key)
            if isinstance(sizes, list) and len(sizes) == 2 and all(isinstance(s, int) for s in sizes) and any(sizes):
                splitter.setSizes(sizes)

    def refresh(self) -> None:
        """Say what a training would work on now."""
        project, run = self._session.project, self._session.run
        if project is None:
            self.setup.show_problem("Open a project first: a training needs labelled images.")
        elif project.store.read_only:
            self.setup.show_problem(f"No run can be kept, since the project {project.store.read_only}.")
        else:
            self.setup.form.show_mirror(project.mirror)
            quality = self._session.quality
            unreadable = quality.unreadable if quality is not None else {}
            material = survey(project.images.values(), project.classes, unreadable)
            changed = len(self._session.changed_since_run)
            self.setup.show_material(material, material.sentence(changed, run.name if run else None))
        self.interrupted.look()
        self._facts.refresh()

    # How

    @property
    def charts(self) -> Any:
        """The curves; `charts.epochs` are the epochs that are drawn."""
        return self.curves.charts

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.refresh()

    def _place(self) -> None:
        self.splitter.addWidget(self.setup)
        self.splitter.addWidget(self.curves)
        self.splitter.setStretchFactor(1, 1)
        self.splitter.setSizes([330, 900])
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.splitter)

    def _connect(self) -> None:
        session, setup = self._session, self.setup
        session.project_changed.connect(self._project_changed)
        session.images_changed.connect(self._refresh_if_seen)
        session.run_changed.connect(self._refresh_if_seen)
        session.quality_changed.connect(self._refresh_if_seen)
        session.runs_changed.connect(self._refresh_if_seen)
        setup.train_wanted.connect(self.start_training)
        self.interrupted.continue_wanted.connect(self.continue_training)
        setup.evaluate_wanted.connect(self.evaluate_requested)
        setup.form.classes_wanted.connect(self.classes_requested)
        setup.samples_wanted.connect(self._show_samples)
        setup.edited.connect(self._plan_changed)
        session.mirror_changed.connect(self._refresh_if_seen)
        setup.progress.stop_wanted.connect(self._stop)
        setup.progress.cancel_wanted.connect(self._cancel)
        self.curves.train_wanted.connect(self.start_training)
        self.curves.said.connect(session.said)
        self.curves.runs.plan_wanted.connect(setup.set_plan)

    def _project_changed(self) -> None:
        if self.job is None:  # a training goes on for the project that it was started in
            self.setup.show_end()
        self._refresh_if_seen()

    def _refresh_if_seen(self) -> None:
        if self.isVisible():
            self.refresh()
            self._plan_changed()

    def _show_samples(self) -> None:
        if self.curves.samples.open:
            self.curves.samples.close_sheet()
        else:
            self.curves.show_samples(self.setup.plan())

    def _plan_changed(self) -> None:
        """The plan, the labels or the mirror pairs: the samples are others."""
        if self.setup.ready:
            self.curves.samples.follow(self.setup.plan())

    def _begin(self, plan: Plan, project: Project, task: Callable[..., Run], *arguments: Any) -> None:
        self.course, self._project = Course(plan), project
        before = self._jobs.of("work")
        self.setup.show_running()
        self.curves.begin(f"{plan.name}, training now")
        self.curves.charts.setFocus()  # and not the button that cancels
        self.job = self._jobs.start(
            task,
            project.dataset(),
            *arguments,
            name="Training",
            on_event=self._hear,
            on_done=self._done,
            on_failed=self._failed,
            on_cancelled=self._cancelled,
        )
        self.setup.progress.show_course(self.course)
        if before:
            self.setup.progress.say_waiting(before[-1].name)

    def _hear(self, event: Event) -> None:
        assert self.course is not None
        self.course.hear(event)
        self.expected.hear(event)
        if isinstance(event, EpochEnd):
            self.curves.charts.add(event)
        self.setup.progress.show_course(self.course)

    def _stop(self) -> None:
        if self.job is not None:
            self.job.stop()
            self.setup.progress.say_ending()

    def _cancel(self) -> None:
        if self.job is not None:
            self.job.cancel()
            self.setup.progress.say_ending()
            self.setup.progress.cancel.setEnabled(False)

    def _done(self, run: Run) -> None:
        self._end(run)
        if self._session.project is not self._project:
            self._session.said.emit(Message(f"Trained {run.name}; it is kept in {run.folder}"))
            self.setup.show_end()
            self.curves.show_chosen()
            return
        self._session.runs_moved(run.id)
        self.curves.show_chosen()
        line = self._result(run)
        self.setup.show_end(line)
        self._session.said.emit(Message(line))

    def _result(self, run: Run) -> str:
        evaluation = self._session.run_evaluation
        words = "Stopped, and kept the best of" if run.stopped else "Trained"
        if evaluation is None:
            return f"{words} {run.name}"
        of = images_of(len(evaluation.images), self._session.split)
        return f"{words} {run.name}: {accuracy_with_interval(evaluation)} of {of}"

    def _failed(self, failure: Failure) -> None:
        self._end()
        self.setup.show_end(failure=failure.sentence)
        self.curves.show_chosen()

    def _cancelled(self) -> None:
        self._end()
        self.setup.show_end()
        self.curves.show_chosen()
        self._session.said.emit(Message("Training cancelled; nothing of it was kept"))

    def _end(self, run: Run | None = None) -> None:
        self.job = None
        self.expected.end(run)
        self.refresh()
