"""Backups of the label store: made by themselves, whole or not at all, and put back without losing what was there."""

import shutil
import sqlite3
from pathlib import Path

import pytest

from tests.old_format import make_old
from vv_desktop.core import backups as module
from vv_desktop.core import store_schema
from vv_desktop.core.backups import KEPT, backups, edits_in, make_backup, restore_backup
from vv_desktop.core.classes import ClassList
from vv_desktop.core.errors import DamagedStore, UserError
from vv_desktop.core.project import Project
from vv_desktop.core.records import NewImage
from vv_desktop.core.store import Store


def project_of(folder: Path, images: int = 40) -> Project:
    new = [NewImage(f"{i}.jpg", 1, 1, "g", None, "train") for i in range(images)]
    return Project.create(folder / "p", ClassList(("Front", "Rear")), new)


def labels(folder: Path) -> list[str | None]:
    project = Project.open(folder)
    found = [row.label for row in project.images.values()]
    project.close()
    return found


def test_one_is_made_after_edits_and_none_without(tmp_path: Path) -> None:
    project = project_of(tmp_path)
    project.close()
    assert backups(project.folder) == ()
    project = Project.open(project.folder)
    project.relabel([1, 2], "Front", "keyboard")
    project.close()
    (only,) = backups(project.folder)
    assert (only.labelled, only.edits) == (2, 1)
    Project.open(project.folder).close()
    assert len(backups(project.folder)) == 1


def test_the_oldest_go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    project = project_of(tmp_path)
    for number in range(KEPT + 3):
        project.relabel([number + 1], "Front", "keyboard")
        monkeypatch.setattr(module.time, "strftime", lambda form, n=number: f"2026-11-25-1700{n:02d}")
        make_backup(project.store._db, project.folder)
    assert [one.edits for one in backups(project.folder)] == list(range(KEPT + 3, 3, -1))
    project.close()


def test_one_that_is_being_written_is_none_yet(tmp_path: Path) -> None:
    """Whoever looked into it would hold up its writer, and call half of it damaged."""
    project = project_of(tmp_path)
    project.relabel([1], "Front", "keyboard")
    whole = make_backup(project.store._db, project.folder)
    being_written = whole.with_name(".vv-tmp-1.vv")
    shutil.copy(whole, being_written)
    assert [one.path for one in backups(project.folder)] == [whole]
    project.close()


def test_A16_a_backup_made_after_the_clock_was_set_back_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = project_of(tmp_path)
    for number in range(KEPT + 1):
        project.relabel([number + 1], "Front", "keyboard")
        then = f"2026-11-25-1700{number:02d}" if number < KEPT else "1970-01-01-000000"
        monkeypatch.setattr(module.time, "strftime", lambda form, then=then: then)
        make_backup(project.store._db, project.folder)
    found = [one.edits for one in backups(project.folder)]
    assert KEPT + 1 in found, "the newest edits"
    assert len(found) == KEPT
    project.close()


def test_A13_a_damaged_store_is_put_aside_and_the_last_good_backup_back(tmp_path: Path) -> None:
    project = project_of(tmp_path)
    project.relabel([1, 2], "Front", "keyboard")
    project.close()
    project = Project.open(project.folder)
    project.relabel([3], "Rear", "keyboard")
    project.store._db.close()  # as a crash would: without another backup
    store = project.folder / "project.vv"
    data = bytearray(store.read_bytes())
    place = data.index(b"Rear", data.index(b"labelRear") if b"labelRear" in data else 0)
    data[place : place + 4] = b"Raer"
    store.write_bytes(data)
    with pytest.raises(DamagedStore, match=f"{store}$"):
        Project.open(project.folder)
    assert edits_in(store) == 2
    (backup,) = backups(project.folder)
    assert backup.edits == 1, "one edit less than the store had"
    aside = restore_backup(store, backup.path)
    assert (aside / "project.vv").read_bytes() == bytes(data), "what was there is kept"
    assert labels(project.folder)[:3] == ["Front", "Front", None]


@pytest.mark.parametrize("damage", ["empty", "short", "text"])
def test_A13_what_is_no_database_any_more_can_be_put_right(tmp_path: Path, damage: str) -> None:
    project = project_of(tmp_path)
    project.relabel([1], "Front", "keyboard")
    project.close()
    store = project.folder / "project.vv"
    data = store.read_bytes()
    store.write_bytes({"empty": b"", "short": data[: len(data) // 2], "text": b"hello" * 1000}[damage])
    with pytest.raises(UserError):
        Project.open(project.folder)
    restore_backup(store, backups(project.folder)[0].path)
    assert labels(project.folder)[0] == "Front"


def test_a_damaged_backup_is_not_offered(tmp_path: Path) -> None:
    project = project_of(tmp_path)
    project.relabel([1], "Front", "keyboard")
    project.close()
    (backup,) = backups(project.folder)
    data = backup.path.read_bytes()
    backup.path.write_bytes(data[:5000])
    assert backups(project.folder) == ()


def test_a_project_that_is_open_is_left_alone(tmp_path: Path) -> None:
    project = project_of(tmp_path)
    project.relabel([1], "Front", "keyboard")
    backup = make_backup(project.store._db, project.folder)
    with pytest.raises(UserError, match="open in this app already"):
        restore_backup(project.folder / "project.vv", backup)
    assert not list(project.folder.glob("set-aside-*"))
    project.close()


def test_A14_without_its_wal_the_store_opens_as_it_was_at_the_last_checkpoint(tmp_path: Path) -> None:
    project = project_of(tmp_path)
    project.relabel([1], "Front", "keyboard")
    project.close()
    project = Project.open(project.folder)
    project.relabel([2], "Rear", "keyboard")
    copy = tmp_path / "copy"
    copy.mkdir()
    shutil.copy(project.folder / "project.vv", copy)
    assert (project.folder / "project.vv-wal").stat().st_size > 0
    assert labels(copy)[:2] == ["Front", None]
    shutil.copy(project.folder / "project.vv", copy)
    shutil.copy(project.folder / "project.vv-wal", copy)
    assert labels(copy)[:2] == ["Front", "Rear"]
    project.close()


def test_A18_a_failed_upgrade_leaves_the_old_format_and_a_backup(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = project_of(tmp_path)
    project.relabel([1], "Front", "keyboard")
    project.close()
    shutil.rmtree(project.folder / "backups")
    store = project.folder / "project.vv"
    make_old(store, 1)
    for name, number in (("_SINCE_2", 0), ("_SINCE_2", 1), ("_SINCE_3", 0), ("_SINCE_3", 1)):
        statements = [one for one in getattr(store_schema, name).split(";") if one.strip()]
        spoilt = ";".join([*statements[: number + 1], "no such statement", *statements[number + 1 :]])
        with monkeypatch.context() as patch:
            patch.setattr(store_schema, name, spoilt)
            with pytest.raises(UserError, match="cannot be brought to the newest format"):
                Store.open(store)
        with sqlite3.connect(store) as db:
            assert db.execute("PRAGMA user_version").fetchone() == (1,)
            tables = {name for (name,) in db.execute("SELECT name FROM sqlite_master")}
            assert "snapshots" not in tables
        db.close()
    assert [one.edits for one in backups(project.folder)][:1] == [1]
    assert labels(project.folder)[0] == "Front", "and the upgrade itself works"
