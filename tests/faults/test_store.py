"""The label store against a disk, a clock and other programs that are not what one expects (faults A)."""

import contextlib
import os
import sqlite3
import time
from pathlib import Path

import pytest

from tests.core.test_store import labels, new_store
from tests.killing import kill_while_editing
from vv_desktop.core.errors import DamagedStore, UserError
from vv_desktop.core.store import Store
from vv_desktop.core.store_schema import SCHEMA


def test_A9_each_commit_waits_for_the_disk(tmp_path: Path) -> None:
    """What a test cannot see without a power cut: FULL makes SQLite call fsync at every COMMIT of the journal."""
    store = new_store(tmp_path)
    assert store._db.execute("PRAGMA synchronous").fetchone() == (2,)
    assert store._db.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    store.close()


def test_A13_a_changed_row_is_noticed(tmp_path: Path) -> None:
    store = new_store(tmp_path)
    store.edit([(1, "label", "Front")], "keyboard", "a")
    store.close()
    path = tmp_path / "project.vv"
    for statement in (
        "UPDATE marks SET value = '2' WHERE field = 'label'",
        "UPDATE edits SET after = '3'",
        "UPDATE images SET path = 'x'",
    ):
        copy = tmp_path / "copy.vv"
        copy.write_bytes(path.read_bytes())
        with sqlite3.connect(copy) as db:
            db.execute(
                statement
                + (" AND image = 1" if "marks" in statement else " WHERE id = 1" if "images" in statement else "")
            )
        db.close()
        with pytest.raises(UserError, match="damaged"):
            Store.open(copy)


@pytest.mark.parametrize("content", [b"", b"not a database, only text" * 100, b"\0" * 8192])
def test_A13_a_file_that_is_no_project_is_refused_and_kept(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "project.vv"
    path.write_bytes(content)
    with pytest.raises(UserError, match=r"project\.vv$"):
        Store.open(path)


def test_A17_newer_project_is_refused(tmp_path: Path) -> None:
    new_store(tmp_path).close()
    with sqlite3.connect(tmp_path / "project.vv") as db:
        db.execute(f"PRAGMA user_version = {SCHEMA + 1}")
    db.close()
    with pytest.raises(UserError, match=f"newer version of the app \\(format {SCHEMA + 1}\\)"):
        Store.open(tmp_path / "project.vv")


def test_A1_A2_A4_kill_during_edits_loses_nothing_that_was_acknowledged(tmp_path: Path) -> None:
    """Fewer than the 10,000 of `python -m tests.soak kills`."""
    tally = kill_while_editing(tmp_path, 12, seed=int.from_bytes(os.urandom(2), "big"))
    assert tally.kills == 12
    assert tally.acknowledged > 0
    assert tally.lost == 0


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE edit_groups SET what = 'Babel'",
        "UPDATE edit_groups SET time = time + 1",
        "UPDATE edit_groups SET origin = 'mouse'",
        "UPDATE meta SET value = '0.1' WHERE key = 'threshold'",
    ],
)
def test_A13_the_words_of_a_step_and_the_settings_have_checksums_too(tmp_path: Path, statement: str) -> None:
    """A flipped bit was silent there before format 3: 45 of 1,000 by `python -m tests.soak flips`."""
    store = new_store(tmp_path)
    store.edit([(1, "label", "Front")], "keyboard", "Label")
    store.set_value("threshold", 0.7)
    store.close()
    with contextlib.closing(sqlite3.connect(tmp_path / "project.vv")) as db:
        db.executescript(statement)
    with pytest.raises(DamagedStore, match=f"1 rows of {statement.split()[1]}"):
        Store.open(tmp_path / "project.vv")


def test_A16_the_order_of_edits_is_not_the_clock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = new_store(tmp_path)
    store.edit([(2, "label", "Rear")], "keyboard", "first")
    monkeypatch.setattr(time, "time", lambda: 1000.0)
    store.edit([(2, "label", "Front")], "keyboard", "second")
    assert [group.what for group in store.journal(limit=2)] == ["second", "first"]
    store.close()
    store = Store.open(tmp_path / "project.vv")
    assert store.next_undo() == "second"
    store.undo()
    assert labels(store)[1] == "Rear"
    store.close()
