"""Looking at a store that cannot be written: what it holds at one moment, in memory, whoever else writes it."""

import contextlib
import shutil
import sqlite3
import tempfile
import time
from pathlib import Path

from vv_desktop.core.errors import DamagedStore, NotWritable, UserError
from vv_desktop.core.store import Store
from vv_desktop.core.store_file import in_memory, wal_of
from vv_desktop.core.store_schema import bring_up, verify

ATTEMPTS, PAUSE = 5, 0.2
"""How often a store is copied that is written meanwhile, and the seconds between."""
_SALTS = slice(16, 24)
"""In the head of a -wal: other ones each time that SQLite begins it anew."""


def open_or_look(path: Path) -> Store:
    """The store in `path`, to write, or else as it is now, to look at. Raises UserError, DamagedStore.

    Not if this process itself has it open: POSIX drops its lock as soon as it closes any other handle of the file.
    """
    try:
        return Store.open(path)
    except NotWritable as error:
        return look(path, error.why)


def look(path: Path, why: str) -> Store:
    """The store in `path` as it is now, every row checked. why: as of `NotWritable`. Raises UserError, DamagedStore.

    The files are copied and the copy is opened, since SQLite can take in a -wal only where it can write, and reads
    nothing that another process holds alone.
    """
    damage: UserError
    for attempt in range(ATTEMPTS):
        time.sleep(PAUSE if attempt else 0)
        try:
            db = _copy(path)
        except OSError as error:
            raise UserError(f"The project cannot be read ({error.strerror}): {path}") from error
        except (sqlite3.DatabaseError, UnicodeDecodeError) as error:
            damage = DamagedStore(f"The project's database is damaged ({error}): {path}")
            continue
        except _Torn:
            damage = UserError(f"The project is written all the time; look again later: {path}")
            continue
        try:
            bring_up(db, path)
            verify(db, path)
        except DamagedStore as error:
            db.close()
            damage = error
        except UserError:
            db.close()
            raise
        else:
            return Store(path, db, why)
    raise damage


class _Torn(Exception):
    """It was written so that the parts of the copy are of different moments."""


def _copy(path: Path) -> sqlite3.Connection:
    """Raises _Torn, OSError, sqlite3.Error.

    The database first, then the -wal. What was written into the database while it was copied is in the -wal as well,
    which is only ever added to until it is begun anew; then its salts are others.
    """
    wal = wal_of(path)
    with tempfile.TemporaryDirectory(prefix="vv-look-") as folder:
        copy = Path(folder) / "copy.vv"
        before = _moment(path, wal)
        shutil.copyfile(path, copy)
        with contextlib.suppress(FileNotFoundError):
            shutil.copyfile(wal, copy.with_name("copy.vv-wal"))
        if _moment(path, wal) != before:
            raise _Torn
        return in_memory(copy)


def _moment(path: Path, wal: Path) -> object:
    """Changes when pages may have come into the database that its -wal does not have."""
    with contextlib.suppress(FileNotFoundError), wal.open("rb") as file:
        if salts := file.read(_SALTS.stop)[_SALTS]:
            return salts
    status = path.stat()
    return status.st_size, status.st_mtime_ns
