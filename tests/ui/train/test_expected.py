"""What a training is expected to take: measured once, on the cards, and put right by what trainings take."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from vv_desktop.core.plans import CLASSIC, QUICK
from vv_desktop.core.runs import Run
from vv_desktop.core.speeds import load_speeds
from vv_desktop.jobs import Jobs
from vv_desktop.session import Session
from vv_desktop.ui import theme
from vv_desktop.ui.train.card_facts import best_so_far
from vv_desktop.ui.train.expected import Expectations, counted
from vv_desktop.ui.train.page import TrainPage

from .conftest import RESOURCES, Measuring, Training


def known(qtbot: Any, page: TrainPage, plan: str = "quick") -> str:
    """What the card of a plan says once it is known."""
    card = page.setup.chooser.cards[plan]
    qtbot.waitUntil(lambda: card.time.text() != "" and not page.expected.measuring)
    return card.time.text()


def test_the_cards_say_how_long_and_where_the_time_goes(qtbot: Any, page: TrainPage, measuring: Measuring) -> None:
    assert known(qtbot, page).startswith("about ")
    assert known(qtbot, page, "classic").startswith("about ")
    assert len(measuring.photos) == 1
    assert all(path.is_file() for path in measuring.photos[0])
    tip = page.setup.chooser.cards["classic"].toolTip()
    assert "Phase 2: " in tip
    assert ", once" in tip
    assert page.setup.source.text() == "Times measured 22 Nov 09:00"
    assert "about " in page.curves.invitation.text()


def test_a_measure_of_a_busy_machine_says_so(qtbot: Any, page: TrainPage, measuring: Measuring) -> None:
    known(qtbot, page)
    measuring.busy = True
    page.setup.measure.click()
    qtbot.waitUntil(lambda: page.setup.source.text() == "Times measured 22 Nov 09:00 while the machine was busy")


def test_it_follows_the_form(qtbot: Any, page: TrainPage) -> None:
    before, classic = known(qtbot, page), known(qtbot, page, "classic")
    page.setup.form.editors["head_epochs"].write(1000)
    assert page.setup.chooser.cards["quick"].time.text() != before
    assert known(qtbot, page, "classic") == classic
    page.setup.form.editors["image_size"].write(448)
    expected = page.expected.of("quick")
    assert expected is not None


def test_it_is_measured_once_a_machine_and_again_on_demand(
    qtbot: Any, page: TrainPage, session: Session, jobs: Jobs, measuring: Measuring, tmp_path: Path
) -> None:
    known(qtbot, page)
    again = Expectations(session, jobs, measure_task=measuring, kept=tmp_path / "speeds.json")
    other = TrainPage(session, jobs, theme.LIGHT, RESOURCES, expectations=again)
    qtbot.addWidget(other)
    other.refresh()
    known(qtbot, other)
    assert len(measuring.photos) == 1
    before = page.expected.speeds
    page.setup.measure.click()
    assert not page.setup.measure.isEnabled()
    assert page.setup.source.text() == "Measuring this machine…"
    qtbot.waitUntil(lambda: page.setup.measure.isEnabled())
    assert len(measuring.photos) == 2
    assert load_speeds(tmp_path / "speeds.json") == page.expected.speeds != before


def test_a_measure_of_a_busy_machine_is_made_again_by_the_next_window(
    qtbot: Any, page: TrainPage, session: Session, jobs: Jobs, measuring: Measuring, tmp_path: Path
) -> None:
    known(qtbot, page)
    measuring.busy = True
    page.setup.measure.click()
    qtbot.waitUntil(lambda: "while the machine was busy" in page.setup.source.text())
    measured = len(measuring.photos)
    measuring.busy = False
    again = Expectations(session, jobs, measure_task=measuring, kept=tmp_path / "speeds.json")
    other = TrainPage(session, jobs, theme.LIGHT, RESOURCES, expectations=again)
    qtbot.addWidget(other)
    other.refresh()
    qtbot.waitUntil(lambda: len(measuring.photos) == measured + 1 and not again.measuring)
    assert "busy" not in other.setup.source.text()


def test_a_training_puts_the_figures_right(qtbot: Any, page: TrainPage, training: Training, tmp_path: Path) -> None:
    known(qtbot, page)
    qtbot.waitUntil(lambda: page.expected.settled)
    measured = page.expected.speeds
    training.let()
    page.setup.train.click()
    qtbot.waitUntil(lambda: page.job is None)
    assert measured is not None
    speeds = load_speeds(tmp_path / "speeds.json")
    assert speeds is not None
    assert speeds.trainings == 1
    assert speeds.head != measured.head
    assert speeds.fine_tune == measured.fine_tune, "it had no phase 2"
    assert page.setup.source.text().endswith("corrected by 1 training")
    row = {r.name: r for r in known_duration(qtbot, page).rows}["Phase 1"]
    assert row.seconds == pytest.approx(30 * 0.5)  # the stand-in's epochs take half a second


def known_duration(qtbot: Any, page: TrainPage) -> Any:
    qtbot.waitUntil(lambda: page.expected.of("quick") is not None)
    return page.expected.of("quick")


def test_a_failed_or_cancelled_training_changes_nothing(qtbot: Any, page: TrainPage, training: Training) -> None:
    known(qtbot, page)
    before = page.expected.speeds
    training.failure = "The disk is full; received 0 bytes"
    training.let()
    page.setup.train.click()
    qtbot.waitUntil(lambda: page.job is None)
    page.setup.train.click()
    page.setup.progress.cancel.click()
    qtbot.waitUntil(lambda: page.job is None)
    assert page.expected.speeds == before


def test_a_machine_that_cannot_be_measured_is_not_measured_for_ever(
    qtbot: Any, session: Session, jobs: Jobs, tmp_path: Path
) -> None:
    tried = []

    def fails(photos: Any, progress: Any) -> Any:
        tried.append(photos)
        raise MemoryError

    expected = Expectations(session, jobs, measure_task=fails, kept=tmp_path / "speeds.json")
    page = TrainPage(session, jobs, theme.LIGHT, RESOURCES, expectations=expected)
    qtbot.addWidget(page)
    page.refresh()
    qtbot.waitUntil(lambda: bool(tried) and not expected.measuring)
    page.refresh()
    assert len(tried) == 1
    assert page.setup.source.text() == "This machine was not measured yet"
    assert page.setup.chooser.cards["quick"].time.text() == ""
    assert page.setup.train.isEnabled()


def test_damaged_figures_are_measured_anew(qtbot: Any, session: Session, jobs: Jobs, tmp_path: Path) -> None:
    (tmp_path / "speeds.json").write_text(json.dumps({"reading": "fast"}))
    measuring = Measuring()
    expected = Expectations(session, jobs, measure_task=measuring, kept=tmp_path / "speeds.json")
    page = TrainPage(session, jobs, theme.LIGHT, RESOURCES, expectations=expected)
    qtbot.addWidget(page)
    page.refresh()
    known(qtbot, page)
    assert len(measuring.photos) == 1


def test_a_card_says_how_good_its_plan_was_so_far(page: TrainPage, session: Session, kept: Callable[..., Run]) -> None:
    kept(epochs=2)
    best = kept(epochs=4)
    kept(plan=CLASSIC, epochs=1)
    session.runs_moved(best.id)
    cards = page.setup.chooser.cards
    assert cards["quick"].best.text() == "Best 56.7 % ± 31.2 of 6 val images"
    assert "Best 56.7 %" in cards["quick"].accessibleDescription()
    assert cards["classic"].best.text().startswith("Best 51.7 %")
    assert best_so_far([]) == ""
    assert QUICK.name == best.plan.name


def test_excluded_images_take_no_time(session: Session) -> None:
    project = session.project
    assert project is not None
    before, train = counted(project), [row.id for row in project.images.values() if row.split == "train" and row.used]
    session.edits.exclude(train[:2], True, "keyboard")
    after = counted(project)
    assert (after.train, after.val) == (before.train - 2, before.val)
