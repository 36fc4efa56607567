"""A process that dies anywhere while it writes a table."""

import os
from pathlib import Path

from tests.soak.crash_points import kill_at_every_line
from vv_desktop.core.classes import ClassList
from vv_desktop.core.files import TEMPORARY_PREFIX
from vv_desktop.core.store import Store


def test_A3_a_kill_at_any_line_leaves_the_old_table_or_the_new_one(tmp_path: Path) -> None:
    """Before each system call: `python -m tests.soak syscalls`, which needs strace."""
    seen = kill_at_every_line(tmp_path)
    assert seen["bad"] == 0
    assert seen["old"] > 10
    assert seen["new"] > 2, "the folder is flushed after the file has its name"


def test_A3_what_a_dead_process_left_is_cleared_away_at_the_next_start(tmp_path: Path) -> None:
    Store.create(tmp_path / "project.vv", ClassList(("Front", "Rear"))).close()
    run = tmp_path / "runs" / "2026-11-25-quick"
    run.mkdir(parents=True)
    (tmp_path / "backups").mkdir(exist_ok=True)
    left = [folder / f"{TEMPORARY_PREFIX}x.keras" for folder in (tmp_path, tmp_path / "backups", run)]
    for path in (*left, run / "model.keras", tmp_path / "labels.csv"):
        path.write_text("half")
        os.utime(path, (1e9, 1e9))
    fresh = run / f"{TEMPORARY_PREFIX}fresh.keras"
    fresh.write_text("a training of this process writes it just now")
    Store.open(tmp_path / "project.vv").close()
    assert [path for path in left if path.exists()] == []
    assert fresh.exists()
    assert (run / "model.keras").exists()
    assert (tmp_path / "labels.csv").exists()
