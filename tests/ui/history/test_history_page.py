"""The History page on a small project: what was edited, the way back, and snapshots."""

import csv
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from vv_desktop.core.bundled import resources_folder
from vv_desktop.core.classes import ClassList
from vv_desktop.core.project import Project
from vv_desktop.core.records import NewImage
from vv_desktop.jobs import Jobs
from vv_desktop.session import Message, Session
from vv_desktop.ui import theme
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
    model = page.model
    return [[model.index(r, c).data() for c in range(1, model.columnCount())] for r in range(model.rowCount())]


def labels(session: Session) -> list[str | None]:
    assert session.project is not None
    return [row.label for row in session.project.images.values()]


def test_the_journal_follows_edits_undo_and_what_replaces_it(page: HistoryPage, session: Session) -> None:
    assert shown(page) == []
    assert "Nothing was edited" in page.said.text()
    assert not page.export.isEnabled()
    session.relabel([1, 2], "FrontRight", "keyboard")
    session.relabel([3], "Rear", "mouse")
    session.undo()
    assert shown(page) == [
        ["Label 2.png Rear", "1", "Mouse", "Undone"],
        ["Label 2 images FrontRight", "2", "Keyboard", "In force"],
    ]
    session.exclude([4], True, "twins")
    assert [row[3] for row in shown(page)] == ["In force", "Undone for good", "In force"]


def test_go_back_takes_an_edit_and_all_later_ones_back(page: HistoryPage, session: Session) -> None:
    before = labels(session)
    session.relabel([1], "Rear", "keyboard")
    session.relabel([2], "Rear", "keyboard")
    session.relabel([3], "Rear", "keyboard")
    session.undo()
    assert not page.back.isEnabled()
    page.table.selectRow(0)
    assert not page.back.isEnabled()  # it is undone
    page.table.selectRow(2)
    page.back.click()
    assert labels(session) == before
    assert shown(page)[0] == ["Go back to before: Label 0.png Rear", "2", "History", "In force"]
    assert page.chosen is not None
    assert page.chosen.what == "Label 0.png Rear"  # the selection stays on the same edit
    session.undo()
    assert labels(session)[:3] == ["Rear", "Rear", "FrontLeft"]


def test_a_snapshot_is_compared_and_restored(page: HistoryPage, session: Session) -> None:
    pane, before = page.snapshots, labels(session)
    assert not pane.take.isEnabled()
    pane.name.setText("before the sweep")
    pane.take.click()
    assert pane.name.text() == ""
    assert "6 labels" in pane.list.item(0).text()
    pane.compare.click()
    assert pane.said.text().startswith("Nothing differs")
    session.relabel([1, 2], "FrontRight", "keyboard")
    session.relabel([3], "Rear", "keyboard")
    session.resplit([(1, "test")], "split")
    pane.compare.click()
    assert pane.said.text() == (
        "3 labels, 1 split differ from now. Restoring makes FrontRight → FrontLeft 2, Rear → FrontLeft 1."
    )
    pane.restore.click()
    assert labels(session) == before
    assert shown(page)[0][:1] == ["Restore snapshot before the sweep"]


def test_a_name_in_use_is_refused_where_the_window_says_it(page: HistoryPage, session: Session) -> None:
    said: list[Message] = []
    session.said.connect(said.append)
    for _ in range(2):
        page.snapshots.name.setText("one")
        page.snapshots.take.click()
    assert said[-1].error
    assert page.snapshots.name.text() == "one"  # to be changed
    assert page.snapshots.list.count() == 1


def test_a_snapshot_is_deleted_by_the_second_click_only(page: HistoryPage, session: Session) -> None:
    pane = page.snapshots
    for name in ("one", "two"):
        pane.name.setText(name)
        pane.take.click()
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


def test_the_journal_as_csv_is_no_formula(page: HistoryPage, session: Session, tmp_path: Path) -> None:
    session.relabel([6], "FrontRight", "keyboard")
    session.relabel([1], "Rear", "keyboard")
    page.save_journal(tmp_path / "journal.csv")
    with (tmp_path / "journal.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [row["image"] for row in rows] == ["0.png", "'=cmd().png"]
    assert (rows[1]["field"], rows[1]["before"], rows[1]["after"]) == ("label", "Rear", "FrontRight")
    assert rows[1]["what"] == "Label =cmd().png FrontRight"


def test_edits_while_another_page_is_shown_are_read_when_this_one_is(page: HistoryPage, session: Session) -> None:
    page.hide()
    session.relabel([1], "Rear", "keyboard")
    assert shown(page) == []
    page.show()
    assert len(shown(page)) == 1
