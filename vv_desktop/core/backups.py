"""Backups of the label store inside the project: made by themselves, verified, and put back on demand.

One is made when a project is let go of after edits, and before its format is brought up. Only a backup in which every
row has its checksum is kept, or told of.
"""

from __future__ import annotations

import contextlib
import logging
import sqlite3
import time
from dataclasses import dataclass
from pathlib import Path

from vv_desktop.core.errors import DamagedStore, UserError
from vv_desktop.core.files import TEMPORARY_PREFIX, atomic_path
from vv_desktop.core.store_file import connect, look_into
from vv_desktop.core.store_schema import verify

FOLDER = "backups"
KEPT = 7
"""How many backups there are at most; the oldest goes first."""
ENDING = ".vv"
PARTS = ("", "-wal", "-shm")
"""What SQLite's one file may have beside it."""
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Backup:
    """A backup that is whole. made: seconds since 1970. labelled: images with a label. edits: steps in its journal."""

    path: Path
    made: float
    labelled: int
    edits: int


def make_backup(db: sqlite3.Connection, project: Path) -> Path:
    """Copy the open store of the project in folder `project`, and verify the copy. Raises UserError."""
    folder = project / FOLDER
    target = folder / f"{time.strftime('%Y-%m-%d-%H%M%S')}-{steps(db):06d}{ENDING}"
    try:
        folder.mkdir(exist_ok=True)
    except OSError as error:
        raise UserError(f"The folder of the backups cannot be made ({error.strerror}): {folder}") from error
    with atomic_path(target) as temporary:
        try:
            with contextlib.closing(sqlite3.connect(temporary)) as copy:
                db.backup(copy)
                copy.execute("PRAGMA journal_mode = DELETE")  # one file, whatever the store's own mode
            with contextlib.closing(look_into(temporary)) as copy:
                verify(copy, target)
        except sqlite3.Error as error:
            raise UserError(f"The backup could not be written ({error}): {target}") from error
    others = [path for path in _files(project) if path != target]  # the clock may have been set back
    for old in sorted(others, reverse=True)[KEPT - 1 :]:
        old.unlink(missing_ok=True)
    return target


def backup_after_edits(db: sqlite3.Connection, project: Path) -> None:
    """Make a backup unless the newest one holds the newest edit already; a disk that refuses is logged, not raised."""
    try:
        newest = max(_files(project), default=None)
        if steps(db) and (newest is None or not newest.stem.endswith(f"-{steps(db):06d}")):
            make_backup(db, project)
    except (UserError, sqlite3.Error, OSError):
        log.warning("no backup was made", exc_info=True)


def backups(project: Path) -> tuple[Backup, ...]:
    """Those of the project in folder `project` that can be put back, newest first."""
    found = []
    for path in sorted(_files(project), reverse=True):
        try:
            with contextlib.closing(look_into(path)) as db:
                verify(db, path)
                labelled = db.execute("SELECT count(*) FROM marks WHERE field = 'label'").fetchone()[0]
                found.append(Backup(path, path.stat().st_mtime, labelled, steps(db)))
        except (UserError, sqlite3.Error, OSError):
            log.warning("a backup is damaged: %s", path)
    return tuple(found)


def edits_in(store: Path) -> int | None:
    """How many steps the journal of a store has, which may be damaged; None if that cannot be told."""
    try:
        with contextlib.closing(look_into(store)) as db:
            return steps(db)
    except (UserError, sqlite3.Error):
        return None


def restore_backup(store: Path, backup: Path) -> Path:
    """Put a backup in the place of a store that nobody has open; what was there is kept aside. The folder of that.

    Raises UserError; then the store is as it was.
    """
    aside = store.parent / f"set-aside-{time.strftime('%Y-%m-%d-%H%M%S')}"
    with contextlib.suppress(DamagedStore):
        connect(store).close()  # takes in what is left in the -wal if it can, and refuses what somebody has open
    try:
        aside.mkdir()
        for part in PARTS:
            one = store.with_name(store.name + part)
            if one.exists():
                with atomic_path(aside / one.name) as temporary:
                    temporary.write_bytes(one.read_bytes())
        with atomic_path(store) as temporary:
            temporary.write_bytes(backup.read_bytes())
            for part in PARTS[1:]:  # of the old store: they must be gone before the new one has the name
                store.with_name(store.name + part).unlink(missing_ok=True)
    except OSError as error:
        raise UserError(f"The backup could not be put back ({error.strerror}): {backup}") from error
    return aside


def steps(db: sqlite3.Connection) -> int:
    """How many steps the journal has seen."""
    newest = db.execute("SELECT max(id) FROM edit_groups").fetchone()[0]
    return int(newest or 0)


def _files(project: Path) -> list[Path]:
    """Those that are in the folder of backups, but for one that is being written, or was when the machine stopped."""
    found = project.joinpath(FOLDER).glob(f"*{ENDING}")
    return [path for path in found if not path.name.startswith(TEMPORARY_PREFIX)]
