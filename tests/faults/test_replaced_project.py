"""The project's file is another one under the open window: a drive was changed, or something put back an older copy."""

import os
import shutil
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication

from vv_desktop.core.classes import ClassList
from vv_desktop.core.project import Project
from vv_desktop.core.records import NewImage
from vv_desktop.core.store import Store
from vv_desktop.session import Message, Session

NAMES = ("Front", "Rear")


def make(folder: Path, label: str) -> Path:
    rows = [NewImage(f"../{i}.jpg", 1, 2, "g", label, "train") for i in range(3)]
    Project.create(folder, ClassList(NAMES), rows).close()
    return folder / "project.vv"


def labels(path: Path) -> list[str | None]:
    store = Store.open(path)
    found = [row.label for row in store.images()]
    store.close()
    return found


@pytest.fixture
def session(qapp: QApplication, tmp_path: Path) -> Session:
    made = Session()
    make(tmp_path / "mine", "Front")
    made.open(Project.open(tmp_path / "mine"))
    assert made.edits.relabel([1], "Rear", "keyboard")
    return made


def test_B17_nothing_is_written_into_another_project(session: Session, tmp_path: Path) -> None:
    said: list[Message] = []
    session.said.connect(said.append)
    store = tmp_path / "mine" / "project.vv"
    other = make(tmp_path / "other", "Front")
    whole = other.read_bytes()
    os.replace(other, store)
    assert not session.edits.relabel([2], "Rear", "keyboard")
    assert said[-1].text == (
        f"The edit waits to be saved. Not saved, since the project's file is gone or another one: {store}"
    )
    assert session.edits.not_saved
    assert session.project is not None
    assert session.project.images[2].label == "Front"
    assert store.read_bytes() == whole
    session.edits.try_again(read_again=True)
    assert said[-1].text == f"Another project lies there now, so nothing was written: {store}"
    assert session.project is None
    assert labels(store) == ["Front"] * 3


def test_B17_a_file_that_is_gone_takes_no_edit(session: Session, tmp_path: Path) -> None:
    store = tmp_path / "mine" / "project.vv"
    store.rename(tmp_path / "elsewhere.vv")
    assert not session.edits.relabel([2], "Rear", "keyboard")
    assert session.edits.not_saved
    assert not store.exists()
    session.close_project()


def test_B17_an_edit_that_waits_goes_into_a_copy_of_the_same_project(session: Session, tmp_path: Path) -> None:
    """Such as an older state that a synchronised folder put back: what it has is shown, and what waits is added."""
    assert session.project is not None
    folder, before = tmp_path / "mine", tmp_path / "before"
    session.project.close()
    shutil.copytree(folder, before)
    session.open(Project.open(folder))
    assert session.edits.relabel([3], "Rear", "keyboard")
    os.replace(before / "project.vv", folder / "project.vv")
    assert not session.edits.relabel([2], "Rear", "keyboard")
    assert session.edits.try_again(read_again=True)
    assert session.project is not None
    shown = [row.label for row in session.project.images.values()]
    session.close_project()
    assert shown == labels(folder / "project.vv") == ["Rear", "Rear", "Front"]


def test_B17_a_project_of_before_there_were_ids_gets_one(tmp_path: Path) -> None:
    path = make(tmp_path, "Front")
    store = Store.open(path)
    store._db.execute("DELETE FROM meta WHERE key = 'id'")
    store.close()
    first, again = Store.open(path), None
    name = first.id
    first.close()
    again = Store.open(path)
    assert name is not None
    assert again.id == name
    again.close()
