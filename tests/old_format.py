"""Makes a closed store what an older version of the app would have left."""

import contextlib
import sqlite3
from pathlib import Path


def make_old(store: Path, version: int) -> None:
    """Bring its tables back to format 1 or 2."""
    statements = "ALTER TABLE meta DROP COLUMN crc; ALTER TABLE edit_groups DROP COLUMN crc;"
    if version < 2:
        statements += "DROP TABLE snapshot_marks; DROP TABLE snapshots;"
    with contextlib.closing(sqlite3.connect(store)) as db:
        db.executescript(f"{statements} PRAGMA user_version = {version};")
