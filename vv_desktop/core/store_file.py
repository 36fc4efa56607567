"""The file under the label store: one durable connection, and a note of who holds it."""

import contextlib
import json
import os
import sqlite3
import time
from dataclasses import dataclass
from pathlib import Path

from vv_desktop.core.errors import DamagedStore, NotWritable, UserError
from vv_desktop.core.files import can_write

_UNWRITABLE = "is in a place that cannot be written to"


@dataclass(frozen=True)
class Holder:
    """Who has the project open."""

    pid: int
    since: float


def holder(path: Path) -> Holder | None:
    """Who signed the lock note beside the store `path`, if it can be read."""
    try:
        note = json.loads(path.with_name("project.lock").read_text())
        return Holder(int(note["pid"]), float(note["since"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def connect(path: Path) -> sqlite3.Connection:
    """Open the database for one writer, durably; the lock is taken at once.

    Raises NotWritable if somebody else has it or nothing can be written there, UserError, DamagedStore.
    """
    if path.parent.is_dir() and not can_write(path.parent):  # SQLite goes on where there is a -wal already
        raise NotWritable(_UNWRITABLE, path.parent)
    db: sqlite3.Connection | None = None
    try:
        db = sqlite3.connect(path, timeout=0.5, isolation_level=None, check_same_thread=False)
        db.text_factory = _text
        db.execute("PRAGMA locking_mode = EXCLUSIVE")
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA synchronous = FULL")
        db.execute("PRAGMA foreign_keys = ON")
        db.execute("BEGIN IMMEDIATE")  # takes the exclusive lock now rather than at the first edit
        db.execute("COMMIT")
    except sqlite3.OperationalError as error:
        _let_go(db)
        if "locked" in str(error):
            who = holder(path)
            if who is not None and who.pid == os.getpid():
                raise UserError(f"The project is open in this app already: {path.parent}") from error
            by = f" by process {who.pid} since {_moment(who.since)}" if who else ""
            raise NotWritable(f"is open in another window{by}", path.parent) from error
        if error.sqlite_errorcode & 0xFF in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM):
            raise NotWritable(_UNWRITABLE, path.parent) from error
        raise UserError(f"The project cannot be opened ({error}): {path}") from error
    except (sqlite3.DatabaseError, UnicodeDecodeError) as error:  # its message quotes the damaged bytes
        _let_go(db)
        raise DamagedStore(f"The project's database is damaged ({error}): {path}") from error
    return db


def identity(path: Path) -> tuple[int, int] | None:
    """What tells a file from another one under the same name; None if it is gone."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino


def wal_of(path: Path) -> Path:
    """Where SQLite keeps what is not yet in the database."""
    return path.with_name(f"{path.name}-wal")


def set_foreign_wal_aside(path: Path, database: tuple[int, int] | None, wal_file: tuple[int, int] | None) -> None:
    """Rename the -wal that was beside `database` if another one has its name by now, into which SQLite would take it.

    Both as `identity` had them when they were opened.
    """
    wal = wal_of(path)
    if identity(path) not in (None, database) and wal_file is not None and identity(wal) == wal_file:
        with contextlib.suppress(OSError):
            wal.rename(path.with_name(f"set-aside-{time.strftime('%Y-%m-%d-%H%M%S')}{wal.suffix}"))


def _moment(then: float) -> str:
    today = time.strftime("%Y-%m-%d", time.localtime(then)) == time.strftime("%Y-%m-%d")
    return time.strftime("%H:%M" if today else "%Y-%m-%d %H:%M", time.localtime(then))


def _let_go(db: sqlite3.Connection | None) -> None:
    """Its lock would outlive the error otherwise."""
    if db is not None:
        db.close()


def look_into(path: Path) -> sqlite3.Connection:
    """Open a database that nobody writes, to read it. Raises sqlite3.Error."""
    db = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)
    db.text_factory = _text
    return db


def in_memory(path: Path) -> sqlite3.Connection:
    """What a database that nobody else has open holds, its -wal too, in memory. Raises sqlite3.Error."""
    db = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
    with contextlib.closing(sqlite3.connect(path)) as file:
        file.execute("PRAGMA journal_mode = DELETE")  # takes the -wal in; memory can have none
        file.backup(db)
    db.text_factory = _text
    return db


def _text(data: bytes) -> str:
    return data.decode("utf-8", "surrogateescape")


def sign(path: Path) -> None:
    """Say who holds the store, for the next one who tries. A stale note is harmless: the lock decides."""
    with contextlib.suppress(OSError):
        path.with_name("project.lock").write_text(json.dumps({"pid": os.getpid(), "since": time.time()}))
