"""The Suspects page: one key a suspect, marks that stay, undo that comes back, a grid of many."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from vv_desktop.core.bundled import resources_folder
from vv_desktop.core.project import Project
from vv_desktop.core.records import Review
from vv_desktop.core.suspects import Suspects, save_suspects
from vv_desktop.jobs import Jobs
from vv_desktop.session import Session
from vv_desktop.ui import theme
from vv_desktop.ui.suspects.page import SuspectsPage
from vv_desktop.ui.suspects.ranking import Ranking

COUNT = 6


@pytest.fixture
def project(untrained_copy: Path) -> Project:
    return Project.open(untrained_copy)


def ranking_of(project: Project) -> Suspects:
    """The first six images are suspects in the order of their ids; the class after the label is suggested."""
    dataset = project.dataset()
    classes, ids = len(dataset.classes), [s.image for s in dataset.samples]
    labels = np.array([s.label for s in dataset.samples], np.int64)
    probabilities = np.full((len(ids), classes), 0.01, np.float32)
    probabilities[np.arange(len(ids)), (labels + 1) % classes] = 0.9
    neighbours = np.full((len(ids), classes, 3), -1, np.int64)
    for label in range(classes):
        members = np.array(ids)[labels == label][:3]
        neighbours[:, label, : len(members)] = members
    quality = np.linspace(0, 1, len(ids), dtype=np.float32)
    no = np.zeros(len(ids), bool)
    queue = np.arange(COUNT)
    return Suspects(
        dataset.classes, np.array(ids), labels, probabilities, quality, no, queue, neighbours, dataset.digest, 1.0
    )


def open_page(session: Session, jobs: Jobs, qtbot: QtBot) -> SuspectsPage:
    page = SuspectsPage(session, jobs, theme.LIGHT, resources_folder(), Ranking(session, jobs, lambda: None))
    qtbot.addWidget(page)
    page.resize(1100, 700)
    with qtbot.waitExposed(page):
        page.show()
    return page


@pytest.fixture
def page(session: Session, jobs: Jobs, project: Project, qtbot: QtBot) -> SuspectsPage:
    """The page on a ranking that is there already."""
    found = open_page(session, jobs, qtbot)
    session.show_suspects(ranking_of(project))
    return found


@pytest.fixture
def press(page: SuspectsPage, qtbot: QtBot) -> Callable[[Qt.Key], None]:
    return lambda key: qtbot.keyClick(page.focus, key)


def ids(project: Project) -> list[int]:
    return list(project.images)[:COUNT]


def suggested(project: Project, image: int) -> str:
    names = project.classes.names
    return names[(names.index(project.images[image].label or "") + 1) % len(names)]


def test_enter_takes_the_suggestion_and_goes_on(
    page: SuspectsPage, project: Project, press: Callable[[Qt.Key], None]
) -> None:
    first, second, *_ = ids(project)
    wanted = suggested(project, first)
    press(Qt.Key.Key_Return)
    assert project.images[first].label == wanted
    assert page.walk.current == second
    assert project.store.journal()[0].origin == "suspects"
    assert (page.walk.tally.looked_at, page.walk.tally.total, page.walk.tally.fixed) == (1, COUNT, 1)


def test_a_digit_gives_another_class(page: SuspectsPage, project: Project, press: Callable[[Qt.Key], None]) -> None:
    press(Qt.Key.Key_7)
    assert project.images[ids(project)[0]].label == project.classes.names[6]


def test_what_was_said_holds_after_a_restart(
    page: SuspectsPage, session: Session, project: Project, jobs: Jobs, press: Callable[[Qt.Key], None], qtbot: QtBot
) -> None:
    first, second, third, *rest = ids(project)
    save_suspects(ranking_of(project), project.folder / "cache" / "suspects.npz")
    label, suggestion = project.images[first].label, suggested(project, first)
    press(Qt.Key.Key_Space)
    press(Qt.Key.Key_B)
    press(Qt.Key.Key_Return)
    assert label is not None
    assert project.images[first].review == Review("kept", label, suggestion)
    session.close_project()
    session.open(Project.open(project.folder))
    again = open_page(session, jobs, qtbot)
    qtbot.waitUntil(lambda: session.suspects is not None)
    assert again.walk.remaining == (*rest, second)
    assert again.walk.current == rest[0]
    assert third not in again.walk.remaining


def test_kept_comes_again_when_something_else_is_suggested(
    page: SuspectsPage, session: Session, project: Project, press: Callable[[Qt.Key], None]
) -> None:
    first = ids(project)[0]
    press(Qt.Key.Key_Space)
    assert first not in page.walk.remaining
    other = ranking_of(project)
    other.probabilities[0] = np.roll(other.probabilities[0], 1)
    session.show_suspects(other)
    assert page.walk.remaining[0] == first


def test_undo_comes_back_to_the_image(
    page: SuspectsPage, session: Session, project: Project, press: Callable[[Qt.Key], None]
) -> None:
    first = ids(project)[0]
    before = project.images[first].label
    press(Qt.Key.Key_Return)
    press(Qt.Key.Key_Space)
    session.edits.undo()
    session.edits.undo()
    assert project.images[first].label == before
    assert page.walk.current == first
    assert page.walk.tally.looked_at == 0


def test_many_are_accepted_as_one_step(page: SuspectsPage, session: Session, project: Project, qtbot: QtBot) -> None:
    wanted = {image: suggested(project, image) for image in ids(project)[:4]}
    before = {image: project.images[image].label for image in wanted}
    page.head.grid.click()
    session.select(list(wanted))
    assert page.bulk.isVisible()
    qtbot.mouseClick(page.bulk.accept, Qt.MouseButton.LeftButton)
    assert {image: project.images[image].label for image in wanted} == wanted
    assert len(page.walk.remaining) == COUNT - 4
    session.edits.undo()
    assert {image: project.images[image].label for image in wanted} == before


def test_a_test_image_has_a_banner(page: SuspectsPage, session: Session, project: Project) -> None:
    first, second = ids(project)[:2]
    session.edits.resplit([(first, "test"), (second, "train")], "split")
    assert page.focus.banner.isVisible()
    page.walk.step(1)
    assert not page.focus.banner.isVisible()


def test_filters_narrow_the_queue(page: SuspectsPage, session: Session, project: Project) -> None:
    first = ids(project)[0]
    session.edits.resplit([(image, "train") for image in ids(project)] + [(first, "val")], "split")
    page.walk.filter_by(None, ["val"])
    assert page.walk.remaining == (first,)


def test_a_refused_edit_stays_where_it_is(
    page: SuspectsPage, project: Project, press: Callable[[Qt.Key], None]
) -> None:
    first = ids(project)[0]
    before = project.images[first].label
    project.store._db.execute("PRAGMA query_only = ON")
    press(Qt.Key.Key_Return)
    assert (page.walk.current, project.images[first].label) == (first, before)


def test_without_a_ranking_one_button_makes_one(session: Session, jobs: Jobs, project: Project, qtbot: QtBot) -> None:
    page = open_page(session, jobs, qtbot)
    assert page.invitation.isVisible()
    qtbot.mouseClick(page.invitation.button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: session.suspects is not None, timeout=60_000)
    assert session.suspects is not None
    assert len(session.suspects.images) == len(project.images)
