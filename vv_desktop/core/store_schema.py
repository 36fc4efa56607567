"""The tables of the label store: how they are made, brought up from an older format, and checked."""

import sqlite3
from pathlib import Path

from vv_desktop.core.classes import ClassList
from vv_desktop.core.errors import DamagedStore, UserError
from vv_desktop.core.records import checksum

SCHEMA = 3
_TABLES = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE classes (
    id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, position INTEGER NOT NULL, crc INTEGER NOT NULL);
CREATE TABLE images (
    id INTEGER PRIMARY KEY, path TEXT NOT NULL UNIQUE, size INTEGER NOT NULL, mtime_ns INTEGER NOT NULL,
    grp TEXT NOT NULL, crc INTEGER NOT NULL);
CREATE TABLE marks (
    image INTEGER NOT NULL REFERENCES images(id), field TEXT NOT NULL, value TEXT NOT NULL, crc INTEGER NOT NULL,
    PRIMARY KEY (image, field)) WITHOUT ROWID;
CREATE TABLE edit_groups (
    id INTEGER PRIMARY KEY AUTOINCREMENT, time REAL NOT NULL, origin TEXT NOT NULL, what TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('done', 'undone', 'abandoned')));
CREATE TABLE edits (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, edit_group INTEGER NOT NULL REFERENCES edit_groups(id),
    image INTEGER NOT NULL, field TEXT NOT NULL, before TEXT, after TEXT, crc INTEGER NOT NULL);
CREATE INDEX edits_by_group ON edits(edit_group);
CREATE INDEX edits_by_image ON edits(image);
"""
_SINCE_2 = """
CREATE TABLE snapshots (
    id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE, time REAL NOT NULL, crc INTEGER NOT NULL);
CREATE TABLE snapshot_marks (
    snapshot INTEGER NOT NULL REFERENCES snapshots(id) ON DELETE CASCADE, image INTEGER NOT NULL, field TEXT NOT NULL,
    value TEXT NOT NULL, crc INTEGER NOT NULL, PRIMARY KEY (snapshot, image, field)) WITHOUT ROWID;
"""
_SINCE_3 = """
ALTER TABLE meta ADD COLUMN crc INTEGER NOT NULL DEFAULT 0;
ALTER TABLE edit_groups ADD COLUMN crc INTEGER NOT NULL DEFAULT 0;
"""
_CHECKS = {
    "classes": "SELECT crc, name, position FROM classes",
    "images": "SELECT crc, path, size, mtime_ns, grp FROM images",
    "marks": "SELECT crc, image, field, value FROM marks",
    "edits": "SELECT crc, edit_group, image, field, before, after FROM edits",
    "snapshots": "SELECT crc, name, time FROM snapshots",
    "snapshot_marks": "SELECT crc, snapshot, image, field, value FROM snapshot_marks",
    "meta": "SELECT crc, key, value FROM meta",
    "edit_groups": "SELECT crc, time, origin, what FROM edit_groups",
}
_FORMATS = {"snapshots": 2, "snapshot_marks": 2, "meta": 3, "edit_groups": 3}
"""The format from which on the rows of a table have a checksum, where it is not the first."""


def make_tables(db: sqlite3.Connection, classes: ClassList) -> None:
    """All tables of the newest format with these classes, within the caller's transaction."""
    _run(db, _TABLES + _SINCE_2 + _SINCE_3)
    db.execute(f"PRAGMA user_version = {SCHEMA}")
    db.executemany(
        "INSERT INTO classes (name, position, crc) VALUES (?, ?, ?)",
        [(name, i, checksum(name, i)) for i, name in enumerate(classes.names)],
    )


def format_of(db: sqlite3.Connection) -> int:
    """The version of the tables; 0 if there are none of ours."""
    return int(db.execute("PRAGMA user_version").fetchone()[0])


def bring_up(db: sqlite3.Connection, path: Path) -> None:
    """Bring an older store to the newest format, whole or not at all. Raises UserError for what is none of ours."""
    version = format_of(db)
    if version > SCHEMA:
        raise UserError(f"The project was made by a newer version of the app (format {version}): {path}")
    if version < 1:
        raise UserError(f"The file is no project of this app: {path}")
    if version == SCHEMA:
        return
    db.execute("BEGIN IMMEDIATE")
    try:
        if version < 2:
            _run(db, _SINCE_2)
        _run(db, _SINCE_3)
        _fill_checksums(db)
        db.execute(f"PRAGMA user_version = {SCHEMA}")
        db.execute("COMMIT")
    except sqlite3.Error as error:
        if db.in_transaction:
            db.execute("ROLLBACK")
        raise UserError(f"The project cannot be brought to the newest format ({error}): {path}") from error


def _fill_checksums(db: sqlite3.Connection) -> None:
    """Those of the rows that had none before format 3."""
    settings = db.execute("SELECT key, value FROM meta").fetchall()
    db.executemany("UPDATE meta SET crc = ? WHERE key = ?", [(checksum(*row), row[0]) for row in settings])
    groups = db.execute("SELECT id, time, origin, what FROM edit_groups").fetchall()
    db.executemany("UPDATE edit_groups SET crc = ? WHERE id = ?", [(checksum(*row[1:]), row[0]) for row in groups])


def verify(db: sqlite3.Connection, path: Path) -> None:
    """The file's own order, then every row's checksum. Raises DamagedStore naming what is damaged first."""
    found = db.execute("PRAGMA integrity_check(1)").fetchone()[0]
    if found != "ok":
        raise DamagedStore(f"The project's database is damaged ({' '.join(found.split())[:80]}): {path}")
    version = format_of(db)
    for table, query in _CHECKS.items():
        if version < _FORMATS.get(table, 1):
            continue
        wrong = sum(1 for row in db.execute(query) if row[0] != checksum(*row[1:]))
        if wrong:
            raise DamagedStore(f"The project's database is damaged ({wrong} rows of {table}): {path}")


def _run(db: sqlite3.Connection, statements: str) -> None:
    """One by one, as `executescript` would commit first."""
    for statement in statements.split(";"):
        db.execute(statement)
