"""The Suspects page: where keys, buttons, filters and undo lead, and where the keyboard is then."""

from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from tests.ui.suspects.conftest import CLASSES, make_suspects
from vv_desktop.core.project import Project
from vv_desktop.core.records import Review
from vv_desktop.core.suspects import Suspects
from vv_desktop.jobs import Jobs
from vv_desktop.session import Session
from vv_desktop.ui.suspects.page import SuspectsPage

RED, GREEN, BLUE = CLASSES


@pytest.fixture
def ranked(page: SuspectsPage, session: Session, suspects: Suspects) -> SuspectsPage:
    """The page with the ranking on it."""
    session.show_suspects(suspects)
    return page


def press(qtbot: QtBot, key: Any) -> None:
    """To wherever the keyboard is."""
    at = QApplication.focusWidget()
    assert at is not None
    qtbot.keyClick(at, key)


def label(session: Session, image: int) -> str | None:
    assert session.project is not None
    return session.project.images[image].label


def review(session: Session, image: int) -> Review | None:
    assert session.project is not None
    return session.project.images[image].review


def test_without_a_ranking_it_says_what_to_do(page: SuspectsPage) -> None:
    assert page.whole.currentWidget() is page.invitation
    assert page.invitation.button.text() == "Find suspects"
    assert QApplication.focusWidget() is page.invitation.button


def test_the_button_makes_a_ranking_that_can_be_called_off(page: SuspectsPage, jobs: Jobs, qtbot: QtBot) -> None:
    page.invitation.button.click()
    assert [job.name for job in jobs.of("work")] == ["Finding suspects"]
    assert page.line.isVisible()
    assert not page.invitation.button.isEnabled()
    page.line.cancel_wanted.emit()
    assert page.line.isHidden()
    assert page.invitation.button.isEnabled()
    qtbot.waitUntil(lambda: not jobs.running, timeout=20_000)
    assert page.whole.currentWidget() is page.invitation
    assert not page.line.error


def test_the_keyboard_is_on_the_first_suspect(ranked: SuspectsPage) -> None:
    assert QApplication.focusWidget() is ranked.focus
    assert ranked.walk.current == 1
    assert ranked.focus.picture.image == 1
    assert ranked.head.progress.text() == "0 of 5, 0 fixed"
    assert ranked.focus.answers.accept.accessibleName() == f"Accept {GREEN}"
    assert ranked.focus.labelled.images == (4, 7)
    assert ranked.focus.suggested.images == (2, 5, 8)
    assert "90 %" in ranked.focus.suggested.accessibleName()


def test_each_key_answers_and_goes_on(ranked: SuspectsPage, session: Session, qtbot: QtBot) -> None:
    press(qtbot, Qt.Key.Key_Return)
    assert label(session, 1) == GREEN
    assert ranked.walk.current == 4
    press(qtbot, Qt.Key.Key_3)
    assert label(session, 4) == BLUE
    assert ranked.walk.current == 5
    press(qtbot, Qt.Key.Key_Space)
    assert review(session, 5) == Review("kept", GREEN, BLUE)
    assert label(session, 5) == GREEN
    press(qtbot, Qt.Key.Key_B)
    assert review(session, 8) == Review("unsure", GREEN, BLUE)
    assert ranked.walk.current == 9
    assert ranked.head.progress.text() == "4 of 5, 2 fixed"
    press(qtbot, Qt.Key.Key_3)  # the label that it has: kept
    assert review(session, 9) == Review("kept", BLUE, RED)
    assert ranked.walk.current == 8  # nobody was sure of it: it comes again, with its mark
    assert "not sure" in ranked.focus.note.text()
    press(qtbot, Qt.Key.Key_B)
    assert ranked.parts.currentWidget() is ranked.over
    assert session.project is not None
    assert {group.origin for group in session.project.store.journal()} == {"suspects"}


def test_a_neighbour_that_was_fixed_is_no_example_any_more(ranked: SuspectsPage, qtbot: QtBot) -> None:
    press(qtbot, Qt.Key.Key_Return)
    assert ranked.walk.current == 4
    assert ranked.focus.labelled.images == (7,)


def test_arrows_go_without_an_answer(ranked: SuspectsPage, session: Session, qtbot: QtBot) -> None:
    press(qtbot, Qt.Key.Key_Right)
    press(qtbot, Qt.Key.Key_Return)
    assert ranked.walk.current == 5
    press(qtbot, Qt.Key.Key_Left)
    assert ranked.walk.current == 4
    assert ranked.focus.note.text() == "Fixed: it is green & <b>bold now."
    press(qtbot, Qt.Key.Key_1)  # after all
    assert label(session, 4) == RED
    assert ranked.walk.current == 5
    press(qtbot, Qt.Key.Key_Left)
    press(qtbot, Qt.Key.Key_Left)
    press(qtbot, Qt.Key.Key_Left)
    assert ranked.walk.current == 1
    assert label(session, 1) == RED


def test_undo_goes_back_to_the_image(ranked: SuspectsPage, session: Session, qtbot: QtBot) -> None:
    for key in (Qt.Key.Key_Return, Qt.Key.Key_Space, Qt.Key.Key_B):
        press(qtbot, key)
    for image in (5, 4, 1):
        session.edits.undo()
        assert ranked.walk.current == image
        assert ranked.focus.picture.image == image
        assert label(session, image) in (RED, GREEN)
        assert review(session, image) is None
    assert ranked.head.progress.text() == "0 of 5, 0 fixed"
    assert label(session, 1) == RED


def test_undo_goes_back_also_from_the_end_and_out_of_a_filter(
    ranked: SuspectsPage, session: Session, qtbot: QtBot
) -> None:
    for _ in range(5):
        press(qtbot, Qt.Key.Key_Return)
    assert ranked.parts.currentWidget() is ranked.over
    assert "5 fixed" in ranked.over.words.text()
    ranked.walk.filter_by((0, 1))
    assert ranked.parts.currentWidget() is ranked.over
    assert ranked.over.button.text() == "Show all"
    session.edits.undo()
    assert ranked.walk.current == 9
    assert ranked.parts.currentWidget() is ranked.focus
    assert ranked.walk.pair is None
    assert QApplication.focusWidget() is ranked.focus


def test_a_held_key_answers_once(ranked: SuspectsPage, qtbot: QtBot) -> None:
    held = QKeyEvent(
        QKeyEvent.Type.KeyPress, Qt.Key.Key_Return, Qt.KeyboardModifier.NoModifier, autorep=True, text="\r"
    )
    QApplication.sendEvent(ranked.focus, held)
    assert ranked.walk.current == 1


def test_buttons_do_the_same_and_leave_the_keyboard(ranked: SuspectsPage, session: Session, qtbot: QtBot) -> None:
    answers = ranked.focus.answers
    for button, image in ((answers.accept, 4), (answers.keep, 5), (answers.unsure, 8), (answers.back, 4)):
        qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
        assert ranked.walk.current == image
        assert QApplication.focusWidget() is ranked.focus
    qtbot.mouseClick(answers.on, Qt.MouseButton.LeftButton)
    assert ranked.walk.current == 8  # 5 is at the end now, since nobody was sure of it
    qtbot.mouseClick(answers.undo, Qt.MouseButton.LeftButton)
    assert ranked.walk.current == 5
    assert review(session, 5) is None


def test_marks_stay_over_a_restart(ranked: SuspectsPage, session: Session, jobs: Jobs, qtbot: QtBot) -> None:
    for key in (Qt.Key.Key_Return, Qt.Key.Key_Space, Qt.Key.Key_B):
        press(qtbot, key)
    folder = session.project.folder  # type: ignore[union-attr]
    session.close_project()
    assert ranked.whole.currentWidget() is ranked.invitation
    session.open(Project.open(folder))
    session.show_suspects(make_suspects())
    assert ranked.head.progress.text() == "3 of 5, 1 fixed"
    assert [one.image for one in ranked.walk.path] == [8, 9, 5]
    session.edits.relabel([4], BLUE, "keyboard")
    session.edits.relabel([4], RED, "keyboard")  # the label that was kept, with the same suggestion: it still holds
    assert 4 not in ranked.walk.remaining


def test_filters_by_pair_and_split(ranked: SuspectsPage, session: Session, qtbot: QtBot) -> None:
    pairs, splits = ranked.head.pairs, ranked.head.splits
    assert [pairs.itemText(i) for i in range(pairs.count())] == [
        "All pairs", f"{RED} → {GREEN}  2", f"{GREEN} → {BLUE}  2", f"{BLUE} → {RED}  1",
    ]  # fmt: skip
    assert [splits.itemText(i) for i in range(splits.count())] == ["All splits", "train  3", "test  2"]
    pairs.setCurrentIndex(2)
    pairs.activated.emit(2)
    assert ranked.walk.remaining == (5, 8)
    assert ranked.walk.current == 5
    assert ranked.head.progress.text() == "0 of 2, 0 fixed"
    assert QApplication.focusWidget() is ranked.focus
    splits.setCurrentIndex(2)
    splits.activated.emit(2)
    assert ranked.walk.remaining == (8,)
    assert ranked.walk.current == 8
    press(qtbot, Qt.Key.Key_Return)
    assert ranked.parts.currentWidget() is ranked.over
    ranked.over.button.click()
    assert ranked.walk.remaining == (1, 4, 5, 9)
    assert pairs.currentIndex() == 0


def test_many_are_accepted_as_one_step(ranked: SuspectsPage, session: Session, qtbot: QtBot) -> None:
    ranked.head.grid.click()
    grid = ranked.bulk.grid
    assert ranked.parts.currentWidget() is ranked.bulk
    assert grid.model.ids == (1, 4, 5, 8, 9)
    assert grid.selected() == (1,)  # that was looked at
    session.select(())
    assert not ranked.bulk.accept.isEnabled()
    session.select((1, 5, 9))
    assert grid.selected() == (1, 5, 9)
    assert ranked.bulk.accept.text() == "Accept suggestions of 3 selected"
    ranked.bulk.accept.click()
    assert [label(session, i) for i in (1, 5, 9)] == [GREEN, BLUE, RED]
    assert grid.model.ids == (4, 8)
    assert ranked.head.progress.text() == "3 of 5, 3 fixed"
    session.edits.undo()
    assert [label(session, i) for i in (1, 5, 9)] == [RED, GREEN, BLUE]
    assert grid.model.ids == (1, 4, 5, 8, 9)
    assert set(grid.selected()) == {1, 5, 9}
    ranked.bulk.keep.click()
    assert review(session, 9) == Review("kept", BLUE, RED)
    assert grid.model.ids == (4, 8)
    session.edits.undo()
    assert review(session, 1) is None
    assert review(session, 9) is None


def test_the_grid_says_what_is_suggested_and_what_nobody_was_sure_of(ranked: SuspectsPage, qtbot: QtBot) -> None:
    press(qtbot, Qt.Key.Key_B)
    ranked.head.grid.click()
    model = ranked.bulk.grid.model
    said = model.data(model.index(0, 0), Qt.ItemDataRole.AccessibleTextRole)
    assert said is not None
    assert f"→ {GREEN} 90 %" in said
    assert "suspect" in said
    last = model.data(model.index(4, 0), Qt.ItemDataRole.AccessibleTextRole)
    assert last is not None
    assert "not sure" in last
    assert "not sure" not in said


def test_it_is_as_it_was_after_a_restart(ranked: SuspectsPage) -> None:
    ranked.head.grid.click()
    kept = ranked.state()
    ranked.head.one.click()
    ranked.restore(kept)
    assert ranked.head.grid.isChecked()
    assert ranked.parts.currentWidget() is ranked.bulk
    ranked.restore({"grid": 3, "side": "large"})
    assert ranked.head.one.isChecked()


def test_a_suspect_chosen_on_another_page_is_looked_at(ranked: SuspectsPage, session: Session, qtbot: QtBot) -> None:
    ranked.hide()
    session.select((8,))
    ranked.show()
    assert ranked.walk.current == 8
    session.edits.exclude([8], True, "keyboard")
    assert ranked.walk.current == 1
    assert 8 not in ranked.walk.remaining


def test_the_next_pictures_are_there_before_they_are_wanted(ranked: SuspectsPage, jobs: Jobs, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: not jobs.running, timeout=20_000)
    for image in (4, 5, 8):
        picture = ranked.focus.ahead.picture(image)
        assert picture is not None
        assert picture.width() == 48
    assert ranked.focus.ahead.picture(9) is None
