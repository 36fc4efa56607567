"""An interrupted training on the Train page: said in one line, continued or discarded, and never in the History."""

import dataclasses
import json
import os
import zipfile
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt

from vv_desktop.core.interrupted import CHECKPOINT, STATE, Interrupted, held, interrupted_trainings
from vv_desktop.core.plans import BEST, Plan
from vv_desktop.core.progress import BatchEnd, PhaseBegin, Progress
from vv_desktop.core.project import Project
from vv_desktop.core.runs import Run
from vv_desktop.core.training_request import TrainingRequest
from vv_desktop.jobs import Jobs
from vv_desktop.session import Session
from vv_desktop.ui import theme
from vv_desktop.ui.train.expected import Expectations
from vv_desktop.ui.train.page import TrainPage

from .conftest import RESOURCES, Measuring, Training, epoch, keep_run

EPOCHS = tuple(epoch(number, "fine-tune") for number in range(1, 8))


def interrupt(project: Project, name: str = "2026-11-22T14-02-00-best", plan: Plan = BEST) -> Path:
    """A folder as a killed process leaves it, seven epochs into phase 2; its arrays are of no interest here."""
    folder = project.runs_folder / name
    folder.mkdir(parents=True)
    request = TrainingRequest.of(project.dataset(), plan, None)
    history = [dataclasses.asdict(one) for one in EPOCHS]
    state = {"schema": 1, "request": dataclasses.asdict(request), "phase": "fine-tune", "history": history}
    with zipfile.ZipFile(folder / CHECKPOINT, "w") as file:
        file.writestr(STATE, json.dumps(state))
    when = datetime(2026, 11, 22, 14, 2).timestamp()
    os.utime(folder / CHECKPOINT, (when, when))
    return folder


@dataclasses.dataclass
class Resuming:
    """The rest of such a training: what was done is said again, then epoch after epoch as the test lets it."""

    training: Training
    asked: list[Interrupted] = dataclasses.field(default_factory=list)

    def __call__(self, dataset: Any, interrupted: Interrupted, project: Path, progress: Progress) -> Run:
        self.asked.append(interrupted)
        progress.report(PhaseBegin("fine-tune", 12))
        for one in EPOCHS:
            progress.report(one)
        progress.report(BatchEnd("fine-tune", 8, 12, 1, 4, 50.0))
        while not self.training.gates.acquire(timeout=0.02):
            progress.check()
        (interrupted.folder / CHECKPOINT).unlink()
        return keep_run(dataset, project, interrupted.request.plan, (*EPOCHS, epoch(8, "fine-tune")))


@pytest.fixture
def resuming(training: Training) -> Resuming:
    return Resuming(training)


@pytest.fixture
def page(
    qtbot: Any,
    session: Session,
    jobs: Jobs,
    training: Training,
    resuming: Resuming,
    measuring: Measuring,
    tmp_path: Path,
) -> TrainPage:
    expected = Expectations(session, jobs, measure_task=measuring, kept=tmp_path / "speeds.json")
    page = TrainPage(session, jobs, theme.LIGHT, RESOURCES, None, training, resuming, expected)
    qtbot.addWidget(page)
    page.resize(1000, 640)
    page.show()
    qtbot.waitExposed(page)
    return page


def test_E5_a_line_says_where_it_stood_and_continue_goes_on(
    qtbot: Any, page: TrainPage, session: Session, resuming: Resuming, training: Training
) -> None:
    row = page.interrupted
    assert session.project is not None
    assert not row.isVisible()
    folder = interrupt(session.project)
    page.refresh()
    assert row.words.text() == "A training was interrupted after epoch 7 of 12 of phase 2 (plan best, 22 Nov 14:02)"
    assert row.words.textFormat() == Qt.TextFormat.PlainText
    assert not row.reason.isVisible()
    session.runs_moved()
    assert session.runs == (), "it is no run"
    row.go_on.click()
    qtbot.waitUntil(lambda: len(page.charts.epochs) == 7 and page.course is not None and page.course.batch is not None)
    assert not row.isVisible()
    assert page.setup.progress.headline.text() == "Phase 2 · epoch 8 of 12"
    training.let(1)
    qtbot.waitUntil(lambda: page.job is None)
    assert [one.folder for one in resuming.asked] == [folder]
    assert session.run is not None
    assert len(session.run.history) == 8
    assert not row.isVisible()


def test_E5_other_labels_are_said_at_once_and_undone_it_can_be_continued(page: TrainPage, session: Session) -> None:
    row = page.interrupted
    assert session.project is not None
    interrupt(session.project)
    page.refresh()
    session.edits.relabel([next(iter(session.project.images))], "blue", "keyboard")
    assert not row.go_on.isEnabled()
    assert row.reason.text().startswith("It cannot be continued. Labels or splits changed since")
    session.edits.undo()
    assert row.go_on.isEnabled()
    assert not row.reason.isVisible()


def test_A12_none_is_offered_where_nothing_can_be_written(page: TrainPage, session: Session) -> None:
    assert session.project is not None
    interrupt(session.project)
    page.refresh()
    assert page.interrupted.isVisible()
    session.project.store.read_only = "is open in another window"
    page.refresh()
    assert not page.interrupted.isVisible()
    assert not page.setup.ready


def test_discard_asks_where_it_is_and_then_the_one_before_is_offered(page: TrainPage, session: Session) -> None:
    row = page.interrupted
    assert session.project is not None
    first = interrupt(session.project, "2026-11-22T09-00-00-older", BEST.changed(name="older"))
    os.utime(first / CHECKPOINT, (0, 0))
    newest = interrupt(session.project)
    page.refresh()
    row.discard.click()
    assert newest.exists()
    assert row.discard.text() == "Discard for good"
    row.discard.click()
    assert not newest.exists()
    assert "plan older" in row.words.text()
    assert row.discard.text() == "Discard"
    for _ in range(2):
        row.discard.click()
    assert not first.exists()
    assert not row.isVisible()


def test_a_training_that_another_process_runs_is_not_interrupted(page: TrainPage, session: Session) -> None:
    assert session.project is not None
    folder = interrupt(session.project)
    with held(folder):
        page.refresh()
        assert not page.interrupted.isVisible()
        assert interrupted_trainings(session.project.runs_folder) == ()
    page.refresh()
    assert page.interrupted.isVisible()


def test_a_checkpoint_that_cannot_be_read_is_nobodys_trouble(page: TrainPage, session: Session) -> None:
    assert session.project is not None
    folder = interrupt(session.project)
    whole = (folder / CHECKPOINT).read_bytes()
    for damaged in (b"", whole[:50], whole.replace(b'"phase"', b'"phrase"')):
        (folder / CHECKPOINT).write_bytes(damaged)
        page.refresh()
        assert not page.interrupted.isVisible()
