"""A training as the page shows it: real jobs, a stand-in task that reports real events."""

from datetime import timedelta
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog

from vv_desktop.core.plans import CLASSIC, QUICK
from vv_desktop.core.progress import BatchEnd, PhaseBegin, Step
from vv_desktop.session import Session
from vv_desktop.ui.train.course import BAR, Course
from vv_desktop.ui.train.page import TrainPage

from .conftest import SHORT, Training, epoch, finish


def test_a_training_draws_every_epoch_and_becomes_the_run_that_is_looked_at(
    qtbot: Any, page: TrainPage, session: Session, training: Training
) -> None:
    said: list[str] = []
    session.said.connect(lambda message: said.append(message.text))
    assert page.start_training(SHORT)
    training.let(3)
    qtbot.waitUntil(lambda: len(page.charts.epochs) == 3)
    assert page.setup.progress.headline.text() == "Phase 1 · epoch 4 of 5"
    finish(qtbot, page, training)
    assert [e.epoch for e in page.charts.epochs] == [1, 2, 3, 4, 5]
    assert session.run is not None
    assert session.run.plan == SHORT == training.plans[0]
    assert session.run.history == tuple(page.charts.epochs)
    assert page.setup.result.text() == "Trained quick: 83.3 % (43.6–97.0) of 6 test images"
    assert said[-1] == page.setup.result.text()
    with qtbot.waitSignal(page.evaluate_requested):
        page.setup.evaluate.click()


def test_the_button_trains_by_the_form(qtbot: Any, page: TrainPage, training: Training) -> None:
    page.setup.chooser.cards["classic"].click()
    page.setup.form.editors["head_epochs"].write(1)
    page.setup.form.editors["fine_tune_epochs"].write(1)
    page.setup.train.click()
    finish(qtbot, page, training)
    assert training.plans == [CLASSIC.changed(head_epochs=1, fine_tune_epochs=1)]
    assert training.weights == [None]
    assert [e.phase for e in page.charts.epochs] == ["head", "fine-tune"]


def test_stop_keeps_the_best(qtbot: Any, page: TrainPage, session: Session, training: Training) -> None:
    page.start_training(SHORT)
    qtbot.waitUntil(lambda: page.course is not None and page.course.phase == "head")
    assert not page.setup.progress.stop.isEnabled()  # nothing to keep yet
    training.let(2)
    qtbot.waitUntil(lambda: page.setup.progress.stop.isEnabled() and len(page.charts.epochs) == 2)
    page.setup.progress.stop.click()
    qtbot.waitUntil(lambda: page.job is None)
    assert session.run is not None
    assert session.run.stopped
    assert len(session.run.history) == 2
    assert page.setup.result.text().startswith("Stopped, and kept the best of quick: ")


def test_cancel_keeps_nothing(qtbot: Any, page: TrainPage, session: Session, training: Training) -> None:
    page.start_training(SHORT)
    training.let(1)
    qtbot.waitUntil(lambda: len(page.charts.epochs) == 1)
    page.setup.progress.cancel.click()
    qtbot.waitUntil(lambda: page.job is None)
    assert session.runs == ()
    assert page.charts.epochs == []
    assert page.setup.train.isEnabled()


def test_a_failure_is_said_in_its_place(qtbot: Any, page: TrainPage, session: Session, training: Training) -> None:
    training.failure = "The disk is full: <img src=x>"
    page.start_training(SHORT)
    finish(qtbot, page, training)
    assert page.setup.failure.isVisible()
    assert page.setup.failure.text() == training.failure
    assert page.setup.failure.textFormat() == Qt.TextFormat.PlainText
    assert session.run is None
    training.failure = ""
    assert page.start_training(SHORT)
    finish(qtbot, page, training)
    assert not page.setup.failure.isVisible()


def test_it_starts_from_the_menu_while_the_page_is_out_of_sight(
    qtbot: Any, page: TrainPage, session: Session, training: Training
) -> None:
    assert session.project is not None
    val = [row.id for row in session.project.images.values() if row.split == "val"]
    page.hide()
    session.edits.relabel(val, None, "keyboard")
    assert not page.start_training(SHORT)
    session.edits.undo()
    assert page.start_training(SHORT)
    finish(qtbot, page, training)
    assert len(page.charts.epochs) == 5


def test_one_training_at_a_time(qtbot: Any, page: TrainPage, training: Training) -> None:
    assert page.start_training(SHORT)
    assert not page.start_training(SHORT)
    finish(qtbot, page, training)
    assert len(training.plans) == 1


def test_without_labels_it_says_why_and_will_not_start(page: TrainPage, session: Session, training: Training) -> None:
    assert session.project is not None
    val = [row.id for row in session.project.images.values() if row.split == "val"]
    assert page.setup.train.isEnabled()
    session.edits.relabel(val, None, "keyboard")
    assert not page.setup.train.isEnabled()
    assert "val split" in page.setup.reason.text()
    assert not page.start_training()
    session.edits.undo()
    assert page.setup.train.isEnabled()
    assert page.setup.summary.text().startswith("12 train · 6 val · 6 test images, 3 classes")
    session.close_project()
    assert not page.start_training()
    assert not page.setup.train.isEnabled()
    assert training.plans == []


def test_a_wrong_value_disables_the_button_and_says_why(page: TrainPage, training: Training) -> None:
    page.setup.form.editors["head_learning_rate"].box.setText("2")  # type: ignore[attr-defined]
    page.setup.form.editors["head_learning_rate"].edited.emit()
    assert page.setup.fault.isVisible()
    assert not page.setup.train.isEnabled()
    assert not page.start_training()
    page.setup.form.reset()
    assert page.setup.train.isEnabled()


def test_labels_changed_since_the_run_are_counted(
    qtbot: Any, page: TrainPage, session: Session, training: Training
) -> None:
    page.start_training(SHORT)
    finish(qtbot, page, training)
    assert session.project is not None
    assert session.run is not None
    begun = session.run.trained - timedelta(seconds=session.run.seconds)
    of = f"{begun:%d %b %H:%M}, no snapshot"
    assert page.curves.trained_on.text() == f"Trained on the labels of {of} · 0 labels changed since"
    session.edits.take_snapshot("evening")
    session.edits.relabel(list(session.project.images)[:2], "blue", "keyboard")
    assert page.curves.trained_on.text() == "Trained on the labels of snapshot evening · 2 labels changed since"
    assert page.setup.summary.text().endswith("2 labels changed since quick")


def test_another_project_opened_meanwhile_keeps_the_run_where_it_belongs(
    qtbot: Any, page: TrainPage, session: Session, training: Training
) -> None:
    page.start_training(SHORT)
    training.let(1)
    qtbot.waitUntil(lambda: len(page.charts.epochs) == 1)
    assert session.project is not None
    folder = session.project.runs_folder
    session.close_project()
    finish(qtbot, page, training)
    assert session.runs == ()
    assert [path for path in folder.iterdir() if (path / "run.json").exists()]
    assert page.charts.epochs == []


def test_weights_from_a_file_or_random(
    qtbot: Any, page: TrainPage, training: Training, monkeypatch: Any, tmp_path: Any
) -> None:
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *a, **k: ("", ""))
    page.setup.weights.choose.click()
    assert page.setup.weights.wish is None
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *a, **k: (str(tmp_path / "w.h5"), ""))
    page.setup.weights.choose.click()
    assert page.setup.weights.wish == tmp_path / "w.h5"
    page.setup.weights.random.setChecked(True)
    page.start_training(SHORT)
    finish(qtbot, page, training)
    assert training.weights == ["random"]


def test_state_survives_a_restart(page: TrainPage, session: Session, jobs: Any, qtbot: Any) -> None:
    import json

    from vv_desktop.ui import theme

    from .conftest import RESOURCES

    page.setup.chooser.cards["classic"].click()
    page.setup.form.editors["seed"].write(7)
    page.setup.form.advanced.setChecked(True)
    state = json.loads(json.dumps(page.state()))
    again = TrainPage(session, jobs, theme.DARK, RESOURCES)
    qtbot.addWidget(again)
    again.restore(state)
    assert again.setup.plan() == CLASSIC.changed(seed=7)
    assert again.setup.form.advanced.isChecked()
    again.restore({"plan": 3, "changed": [], "splitter": ["x"], "curves_splitter": None})
    assert again.setup.plan() == QUICK


def test_time_left_counts_the_epochs_that_are_left() -> None:
    course = Course(CLASSIC)
    course.hear(Step("Computing features", 1204, 3411))
    assert course.line == "Computing features 1,204 of 3,411"
    assert course.bar == round(BAR * 1204 / 3411)
    course.hear(PhaseBegin("head", 20))
    for number in range(1, 5):
        course.hear(epoch(number, seconds=30.0 + 2 * number))  # the first one paid for the features
    course.hear(BatchEnd("head", 5, 20, 50, 100, 4665.0))
    assert course.seconds_left == pytest.approx(2 * 15.5)
    assert course.pace == "at most 31 s left in this phase · 4,665 images/s"
    course.hear(PhaseBegin("fine-tune", 10))
    assert course.seconds_left is None
    course.hear(epoch(1, "fine-tune", seconds=68.0))
    assert course.pace == "at most 4 min left" or course.seconds_left == pytest.approx(9 * 30)
