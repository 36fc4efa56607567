"""The file under the label store: one durable connection, and a note of who holds it."""

import contextlib
import json
import os
import sqlite3
import time
from dataclasses import dataclass
from pathlib import Path

from vv_desktop.core.errors import DamagedStore, UserError


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
    """Open the database for one writer, durably; the lock is taken at once. Raises UserError, DamagedStore."""
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
            by = f" by process {who.pid} since {time.strftime('%H:%M', time.localtime(who.since))}" if who else ""
            raise UserError(f"The project is open in another window{by}: {path.parent}") from error
        raise UserError(f"The project cannot be opened ({error}): {path}") from error
    except (sqlite3.DatabaseError, UnicodeDecodeError) as error:  # its message quotes the damaged bytes
        _let_go(db)
        raise DamagedStore(f"The project's database is damaged ({error}): {path}") from error
    return db


def _let_go(db: sqlite3.Connection | None) -> None:
    """Its lock would outlive the error otherwise."""
    if db is not None:
        db.close()


def look_into(path: Path) -> sqlite3.Connection:
    """Open a database that nobody writes, to read it. Raises sqlite3.Error."""
    db = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)
    db.text_factory = _text
    return db


def _text(data: bytes) -> str:
    return data.decode("utf-8", "surrogateescape")


def sign(path: Path) -> None:
    """Say who holds the store, for the next one who tries. A stale note is harmless: the lock decides."""
    with contextlib.suppress(OSError):
        path.with_name("project.lock").write_text(json.dumps({"pid": os.getpid(), "since": time.time()}))
