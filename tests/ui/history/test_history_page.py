"""The History page on a small project: what was edited, the way back, and snapshots."""

import csv
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from vv_desktop.core.bundled import resources_folder
from vv_desktop.core.classes import ClassList
from vv_desktop.core.project import Project
from vv_desktop.core.records import NewImage
from vv_desktop.jobs import Jobs
from vv_desktop.session import Session
from vv_desktop.ui import theme
from vv_desktop.ui.history.journal_model import PART
from vv_desktop.ui.history.page import HistoryPage


@pytest.fixture
def project(tmp_path: Path) -> Project:
    new = [NewImage(f"{i}.png", 1, 1, str(i), "FrontLeft", "train") for i in range(5)]
    new.append(NewImage("=cmd().png", 1, 1, "f", "Rear", "train"))
    return Project.create(tmp_path / "project", ClassList(("FrontLeft", "FrontRight", "Rear")), new)


@pytest.fixture
def page(session: Session, jobs: Jobs, qtbot: QtBot) -> HistoryPage:
    made = HistoryPage(session, jobs, theme.LIGHT, resources_folder())
    qtbot.addWidget(made)
    made.resize(1100, 700)
    made.show()
    return made


def shown(page: HistoryPage) -> list[list[str]]:
    """The cells from the second column on: the first is a time."""
    model = page.table.journal
    return [[model.index(r, c).data() for c in range(1, model.columnCount())] for r in range(model.rowCount())]


def labels(session: Session) -> list[str | None]:
    assert session.project is not None
    return [row.label for row in session.project.images.values()]


def test_the_journal_follows_edits_undo_and_what_replaces_it(page: HistoryPage, session: Session) -> None:
    assert shown(page) == []
    assert "Nothing was edited" in page.said.text()
    assert not page.export.isEnabled()
    session.edits.relabel([1, 2], "FrontRight", "keyboard")
    session.edits.relabel([3], "Rear", "mouse")
    session.edits.undo()
    assert shown(page) == [
        ["Undone: Label 2.png Rear", "1", "Mouse"],
        ["Label 2 images FrontRight", "2", "Keyboard"],
    ]
    session.edits.exclude([4], True, "twins")
    assert [row[0] for row in shown(page)] == [
        "Exclude 3.png",
        "Undone for good: Label 2.png Rear",
        "Label 2 images FrontRight",
    ]


def test_go_back_takes_an_edit_and_all_later_ones_back(page: HistoryPage, session: Session) -> None:
    before = labels(session)
    session.edits.relabel([1], "Rear", "keyboard")
    session.edits.relabel([2], "Rear", "keyboard")
    session.edits.relabel([3], "Rear", "keyboard")
    session.edits.undo()
    assert not page.back.isEnabled()
    page.table.selectRow(0)
    assert not page.back.isEnabled()  # it is undone
    page.table.selectRow(2)
    page.back.click()
    assert labels(session) == before
    assert shown(page)[0] == ["Go back to before: Label 0.png Rear", "2", "History"]
    assert page.table.chosen is not None
    assert page.table.chosen.what == "Label 0.png Rear"  # the selection stays on the same edit
    session.edits.undo()
    assert labels(session)[:3] == ["Rear", "Rear", "FrontLeft"]


def take(page: HistoryPage, name: str) -> None:
    page.snapshots.name.setText(name)
    page.snapshots.take.click()


def said_below(page: HistoryPage) -> tuple[str, str]:
    return page.changed.title.text(), page.changed.note.text()


def test_the_images_of_an_edit_open_below_and_escape_closes_them(
    page: HistoryPage, session: Session, qtbot: QtBot
) -> None:
    session.edits.relabel([2, 4, 6], "FrontRight", "keyboard")
    page.snapshots.name.setFocus()
    page.table.setFocus()  # which chooses the newest edit
    qtbot.keyClick(page.table, Qt.Key.Key_Return)
    assert page.changed.grid.model.ids == (2, 4, 6)
    assert said_below(page) == (
        "Label 3 images FrontRight: 3 images",
        "3 labels changed: FrontLeft → FrontRight 2, Rear → FrontRight 1.",
    )
    assert page.changed.grid.model.note(6) == "Rear → FrontRight"
    assert session.selection == (2,)
    qtbot.keyClick(page.changed.grid.view, Qt.Key.Key_3)
    assert labels(session)[1] == "Rear"
    assert shown(page)[0] == ["Label 1.png Rear", "1", "History"]
    assert page.changed.grid.model.ids == (2, 4, 6)  # what was opened stays
    qtbot.keyClick(page.changed.grid.view, Qt.Key.Key_Escape)
    assert page.changed.isHidden()
    assert page.focusWidget() is page.table


def test_going_back_has_a_key(page: HistoryPage, session: Session, qtbot: QtBot) -> None:
    before = labels(session)
    session.edits.relabel([1], "Rear", "keyboard")
    page.table.setFocus()
    page.table.selectRow(0)
    qtbot.keyClick(page.table, Qt.Key.Key_Backspace, Qt.KeyboardModifier.ControlModifier)
    assert labels(session) == before


def test_a_long_journal_is_read_as_far_as_it_is_needed(page: HistoryPage, session: Session, qtbot: QtBot) -> None:
    page.hide()
    for i in range(2 * PART + 5):
        session.edits.relabel([1], ("Rear", "FrontLeft")[i % 2], "keyboard")
    page.show()
    model = page.table.journal
    assert model.rowCount() == PART
    page.table.scrollToBottom()
    qtbot.waitUntil(lambda: model.rowCount() == 2 * PART)
    page.table.selectRow(PART + 1)
    chosen = page.table.chosen
    session.edits.relabel([2], "Rear", "keyboard")
    assert page.table.chosen == chosen  # the part it is in is read
    page.table.clearSelection()
    session.edits.relabel([3], "Rear", "keyboard")
    assert model.rowCount() == PART
    while model.canFetchMore():
        model.fetchMore()
    assert [group.id for group in model.groups] == list(range(2 * PART + 7, 0, -1))


def test_a_snapshot_is_compared_with_now_and_restored(page: HistoryPage, session: Session) -> None:
    pane, before = page.snapshots, labels(session)
    assert not pane.take.isEnabled()
    take(page, "before the sweep")
    assert pane.name.text() == ""
    assert "6 labels" in pane.list.item(0).text()
    pane.compare.click()
    assert pane.said.text().startswith("Nothing differs")
    assert page.changed.isHidden()
    session.edits.relabel([1, 2], "FrontRight", "keyboard")
    session.edits.relabel([3], "Rear", "keyboard")
    session.edits.resplit([(1, "test")], "split")
    pane.compare.click()
    assert said_below(page) == (
        "before the sweep → now: 3 images",
        "3 labels changed: FrontLeft → FrontRight 2, FrontLeft → Rear 1. 1 split changed.",
    )
    assert page.changed.grid.model.note(1) == "FrontLeft → FrontRight · train → test"
    session.edits.relabel([3], "FrontLeft", "keyboard")
    assert page.changed.note.text() == "2 labels changed: FrontLeft → FrontRight 2. 1 split changed."
    pane.restore.click()
    assert labels(session) == before
    assert shown(page)[0][:1] == ["Restore snapshot before the sweep"]
    assert page.changed.note.text() == "Nothing differs any more."
    session.edits.undo()
    assert labels(session)[:2] == ["FrontRight", "FrontRight"]


def test_two_snapshots_are_compared_from_the_older_to_the_newer(
    page: HistoryPage, session: Session, qtbot: QtBot
) -> None:
    pane = page.snapshots
    take(page, "first")
    session.edits.relabel([1, 2], "Rear", "keyboard")
    take(page, "second")
    session.edits.relabel([5], None, "keyboard")
    pane.list.selectAll()
    assert pane.compare.text() == "Compare the two"
    assert not pane.restore.isEnabled()
    pane.list.setFocus()
    qtbot.keyClick(pane.list, Qt.Key.Key_Return)
    assert said_below(page) == ("first → second: 2 images", "2 labels changed: FrontLeft → Rear 2.")
    assert page.changed.grid.model.ids == (1, 2)
    pane.list.setCurrentRow(1)
    pane.list.setFocus()
    for _ in range(2):
        qtbot.keyClick(pane.list, Qt.Key.Key_Delete)
    assert pane.list.count() == 1
    session.edits.undo()
    assert page.changed.isHidden()  # one of the two is gone


def test_a_snapshot_gets_another_name(page: HistoryPage, session: Session, qtbot: QtBot) -> None:
    pane = page.snapshots
    take(page, "one")
    take(page, "two")
    pane.list.setFocus()
    qtbot.keyClick(pane.list, Qt.Key.Key_F2)
    assert (pane.name.text(), pane.take.text()) == ("two", "Rename")
    pane.name.setText("one")
    assert not pane.take.isEnabled()
    assert "already" in pane.said.text()
    qtbot.keyClick(pane.name, Qt.Key.Key_Escape)
    assert (pane.name.text(), pane.take.text()) == ("", "Take snapshot")
    pane.rename.click()
    pane.name.setText("after the sweep")
    qtbot.keyClick(pane.name, Qt.Key.Key_Return)
    assert session.project is not None
    assert [one.name for one in session.project.store.snapshots()] == ["after the sweep", "one"]
    assert [one.name for one in pane.chosen] == ["after the sweep"]
    assert pane.take.text() == "Take snapshot"


def test_a_name_in_use_is_refused_where_it_is_typed(page: HistoryPage) -> None:
    take(page, "one")
    page.snapshots.name.setText(" one")
    assert not page.snapshots.take.isEnabled()
    assert page.snapshots.said.text() == "There is a snapshot of that name already."
    assert page.snapshots.said.property("role") == "error"
    page.snapshots.name.setText("one more")
    assert page.snapshots.take.isEnabled()
    assert page.snapshots.said.text() == ""


def test_a_snapshot_is_deleted_by_the_second_click_only(page: HistoryPage, session: Session) -> None:
    pane = page.snapshots
    take(page, "one")
    take(page, "two")
    pane.delete.click()
    assert pane.delete.text() == "Delete for good"
    pane.list.setCurrentRow(1)
    assert pane.delete.text() == "Delete"  # that was meant for the other one
    pane.delete.click()
    assert pane.list.count() == 2
    pane.delete.click()
    assert session.project is not None
    assert [one.name for one in session.project.store.snapshots()] == ["two"]
    assert pane.list.count() == 1


def test_H17_the_journal_as_csv_is_no_formula(page: HistoryPage, session: Session, tmp_path: Path) -> None:
    session.edits.relabel([6], "FrontRight", "keyboard")
    session.edits.relabel([1], "Rear", "keyboard")
    page.save_journal(tmp_path / "journal.csv")
    with (tmp_path / "journal.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [row["image"] for row in rows] == ["0.png", "'=cmd().png"]
    assert (rows[1]["field"], rows[1]["before"], rows[1]["after"]) == ("label", "Rear", "FrontRight")
    assert rows[1]["what"] == "Label =cmd().png FrontRight"


def test_edits_while_another_page_is_shown_are_read_when_this_one_is(page: HistoryPage, session: Session) -> None:
    page.hide()
    session.edits.relabel([1], "Rear", "keyboard")
    assert shown(page) == []
    page.show()
    assert len(shown(page)) == 1
