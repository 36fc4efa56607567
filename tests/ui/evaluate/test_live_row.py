"""The live head on the Evaluate page: whose answers are shown, what it waits for, and why it cannot."""

import json
import threading
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import Qt

from vv_desktop.core.live import LiveHead
from vv_desktop.core.progress import Progress
from vv_desktop.core.records import NewImage
from vv_desktop.core.runs import Predictions, delete_run
from vv_desktop.jobs import Jobs
from vv_desktop.session import Session
from vv_desktop.ui.evaluate.page import EvaluatePage
from vv_desktop.ui.export.words import run_score
from vv_desktop.ui.live_head import LiveUpdates

from .conftest import CLASSES


def head_that_says(session: Session, answers: dict[int, int]) -> LiveHead:
    """A live head that is right but for the images in `answers`."""
    assert session.project is not None
    images = np.array(sorted(session.project.images))
    names = list(CLASSES)
    rows = np.full((len(images), 3), 0.1, np.float32)
    for row, image in zip(rows, images.tolist(), strict=True):
        label = session.project.images[image].label
        row[answers.get(image, names.index(label) if label else 0)] = 0.8
    return LiveHead(session.project.classes, Predictions(images, rows), "", (), (), "", 1.0, 2, 0.0)


def test_the_live_head_answers_in_the_runs_place_and_gives_it_back(page: EvaluatePage, session: Session) -> None:
    run, matrix, headline = session.run, session.evaluation.confusion.tolist(), page.head.headline.text()  # type: ignore[union-attr]
    answers = [session.probabilities(image) for image in (1, 2, 3)]
    session.show_live(head_that_says(session, {2: 2}))
    assert page.head.headline.text() == "Live head: 94.4 % (74.2–99.0) of 18 val images are right"
    assert page.matrix.figure().table[2] == (CLASSES[1], 0, 5, 1)
    assert page.matrix.stem == "confusion live head val"
    assert page.images.ids == (2,), "the mistakes are those of who answers"
    assert session.probabilities(2) == pytest.approx((0.1, 0.1, 0.8))
    assert session.run is run
    assert session.run_evaluation.confusion.tolist() == matrix  # type: ignore[union-attr]
    assert run_score(session, run).startswith("83.3 % "), "a run is exported with its own score"  # type: ignore[arg-type]
    session.look_at(session.runs[1])
    assert page.head.headline.text().startswith("Live head: 94.4 % "), "whatever run is looked at"
    session.look_at(run)
    session.show_live(None)
    assert session.evaluation.confusion.tolist() == matrix  # type: ignore[union-attr]
    assert [session.probabilities(image) for image in (1, 2, 3)] == answers
    assert page.head.headline.text() == headline


def test_an_update_leaves_the_open_list_and_offers_what_it_changed(
    page: EvaluatePage, session: Session, live: LiveUpdates, qtbot: Any
) -> None:
    live.mode, live.head = "demand", head_that_says(session, {2: 2})
    live._asked = session.project.dataset()  # type: ignore[union-attr]
    session.show_live(live.head)
    page.open_cell(1, 2)
    live._done(head_that_says(session, {3: 0, 6: 1}))
    assert page.images.ids == (2,)
    assert page.live.moved.text() == "3 answers changed"
    qtbot.mouseClick(page.live.moved, Qt.MouseButton.LeftButton)
    assert set(page.images.ids) == {2, 3, 6}
    assert page.images.title.text() == "Answers changed by the live head: 3 images"
    page.images.back.click()
    assert set(page.images.ids) == {3, 6}, "back to the mistakes"
    session.edits.relabel([1, 4], CLASSES[1], "keyboard")
    assert page.live.words.text().endswith(" s · 2 images changed since")
    session.edits.undo()
    assert page.live.words.text().endswith(" s · nothing changed since")


def test_it_waits_for_a_training_and_says_so(page: EvaluatePage, live: LiveUpdates, jobs: Jobs, qtbot: Any) -> None:
    end = threading.Event()

    def train(progress: Progress) -> None:
        end.wait(20)

    jobs.start(train, name="Training")
    page.live.choices["on"].click()
    assert page.live.words.text() == "Waits for: Training… · the run is shown until then"
    live.update_now()
    live.update_now()
    assert [job.name for job in jobs.of("work")] == ["Training"], "wishes do not pile up"
    page.live.choices["off"].click()
    assert page.live.words.text() == "The run is shown"
    page.live.choices["on"].click()
    end.set()
    qtbot.waitUntil(lambda: live.job is not None, timeout=20_000)
    live.choose("off")


def test_why_it_cannot_is_said_and_put_right_by_a_label(
    page: EvaluatePage, session: Session, live: LiveUpdates, qtbot: Any
) -> None:
    assert session.project is not None
    val = [row.id for row in session.project.images.values() if row.split == "val"]
    session.edits.resplit([(image, None) for image in val], "split")
    live.choose("on")
    qtbot.waitUntil(lambda: live.job is None, timeout=20_000)
    assert page.live.problem.isVisible()
    assert page.live.problem.text().startswith("Without validation images nobody can tell")
    assert page.live.words.text() == "Not updated yet · the run is shown until then"
    assert session.live is None
    seen: list[tuple[bool, bool]] = []  # it may begin and end between two looks
    live.changed.connect(lambda: seen.append((live.job is not None, page.live.problem.isVisible())))
    session.edits.relabel(val, None, "keyboard")
    qtbot.waitUntil(lambda: (True, False) in seen and live.job is None, timeout=20_000)
    assert page.live.problem.isVisible()
    live.choose("off")
    assert not page.live.problem.isVisible()


def test_without_a_run_it_works_alone(page: EvaluatePage, session: Session, live: LiveUpdates, qtbot: Any) -> None:
    for run in session.runs:
        delete_run(run)
    session.runs_moved()
    assert page.start_live.isVisible()
    page.start_live.click()
    live._call_off()  # what it would learn is not the point here
    assert page.head.headline.text() == "The live head has no answers yet"
    assert page.head.again.text() == "Train a first model"
    session.show_live(head_that_says(session, {}))
    assert session.split == "val"
    assert page.head.headline.text().startswith("Live head: 100.0 % ")
    session.edits.add_images([NewImage("new.jpg", 1, 1, "new", "red", "val")])
    assert page.head.left_out.text().startswith("1 val image is left out: ")
    live.choose("off")
    assert page.first.isVisible()


def test_its_choice_survives_a_restart_and_begins_when_someone_looks(
    page: EvaluatePage, session: Session, jobs: Jobs, live: LiveUpdates, qtbot: Any
) -> None:
    live.mode = "on"
    again = LiveUpdates(session, jobs)
    again.restore(json.loads(json.dumps(live.state())))
    assert again.mode == "on"
    again.restore({"mode": "always"})
    assert again.mode == "on"
    live.resume()
    assert live.job is not None
    live.choose("off")
    assert live.state() == {"mode": "off"}


def test_another_project_has_another_live_head(page: EvaluatePage, session: Session, live: LiveUpdates) -> None:
    live.mode, live.head = "on", head_that_says(session, {})
    session.show_live(live.head)
    session.close_project()
    assert session.live is live.head is None
    assert live.mode == "on", "the choice is of the app"
