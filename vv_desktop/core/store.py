"""The label store: one SQLite file that holds every image, label and edit of a project.

An edit is saved when COMMIT has returned and not before (WAL, synchronous=FULL). One
connection, one writer: the lock is exclusive, so a second window learns who holds the project.
Undo and redo walk over the journal of edits and so survive a restart. SQLite has no checksum
over its pages; every row carries its own, verified when the store is opened.
"""

import json
import sqlite3
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from vv_desktop.core.classes import ClassList
from vv_desktop.core.errors import UserError
from vv_desktop.core.records import Edit, EditGroup, Field, ImageRow, NewImage, Origin, checksum, text_bytes
from vv_desktop.core.store_file import connect, sign

SCHEMA = 1
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


class Store:
    """The open store. Used by one thread at a time: a task may open it and hand it to the window.

    Every method that writes raises UserError if the disk refuses; then nothing was changed.
    """

    def __init__(self, path: Path, connection: sqlite3.Connection) -> None:
        self.path = path
        self._db = connection

    @staticmethod
    def create(path: Path, classes: ClassList) -> "Store":
        """A new store with these classes. Raises UserError if one is there already or the disk refuses."""
        if path.exists():
            raise UserError(f"There is a project here already: {path.parent}")
        store = Store(path, connect(path))
        with store._transaction("made"):
            for statement in _TABLES.split(";"):
                store._db.execute(statement)
            store._db.execute(f"PRAGMA user_version = {SCHEMA}")
            store._write_classes(classes)
        sign(path)
        return store

    @staticmethod
    def open(path: Path) -> "Store":
        """The store in `path`, checked. Raises UserError: missing, held by someone else, newer, or damaged."""
        if not path.is_file():
            raise UserError(f"There is no project here: {path.parent}")
        store = Store(path, connect(path))
        try:
            version = store._db.execute("PRAGMA user_version").fetchone()[0]
            if version > SCHEMA:
                raise UserError(f"The project was made by a newer version of the app (format {version}): {path}")
            if version < SCHEMA:
                raise UserError(f"The file is no project of this app: {path}")
            store._verify()
        except sqlite3.DatabaseError as error:
            store.close()
            raise UserError(f"The project's database is damaged ({error}): {path}") from error
        except UserError:
            store.close()
            raise
        sign(path)
        return store

    def close(self) -> None:
        """Write everything back into the one file and let go of it."""
        self._db.close()

    # What is there

    @property
    def classes(self) -> ClassList:
        """The project's classes in their order."""
        return ClassList(tuple(name for (name,) in self._db.execute("SELECT name FROM classes ORDER BY position")))

    def images(self, ids: Sequence[int] | None = None) -> list[ImageRow]:
        """All images in the order of their ids, or only those asked for."""
        where = "" if ids is None else f"WHERE images.id IN ({','.join(map(str, map(int, ids)))})"
        rows = self._db.execute(
            f"""SELECT images.id, path, size, mtime_ns, grp, c.name, s.value FROM images
            LEFT JOIN marks l ON l.image = images.id AND l.field = 'label'
            LEFT JOIN classes c ON c.id = CAST(l.value AS INTEGER)
            LEFT JOIN marks s ON s.image = images.id AND s.field = 'split' {where} ORDER BY images.id"""
        )
        return [ImageRow(*row) for row in rows]

    def journal(self, image: int | None = None, limit: int = -1) -> list[EditGroup]:
        """Edit groups that are in force, newest first; of one image: only its own edits in them."""
        groups = self._db.execute(
            "SELECT id, time, origin, what FROM edit_groups WHERE state = 'done'"
            + ("" if image is None else " AND id IN (SELECT edit_group FROM edits WHERE image = ?)")
            + " ORDER BY id DESC LIMIT ?",
            (limit,) if image is None else (image, limit),
        ).fetchall()
        return [_group(row, self._edits(row[0], image)) for row in groups]

    def value(self, key: str, default: Any = None) -> Any:
        """A setting of the project, as JSON keeps it."""
        row = self._db.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
        return default if row is None else json.loads(row[0])

    @property
    def last_saved(self) -> float | None:
        """When the newest edit was saved, in seconds since 1970."""
        row = self._db.execute("SELECT max(time) FROM edit_groups").fetchone()
        return row[0] if row else None

    def next_undo(self) -> str | None:
        """What the next undo takes back, in words."""
        row = self._db.execute("SELECT what FROM edit_groups WHERE state = 'done' ORDER BY id DESC LIMIT 1").fetchone()
        return row[0] if row else None

    def next_redo(self) -> str | None:
        """What the next redo does again, in words."""
        row = self._db.execute("SELECT what FROM edit_groups WHERE state = 'undone' ORDER BY id LIMIT 1").fetchone()
        return row[0] if row else None

    # What changes it

    def set_value(self, key: str, value: Any) -> None:
        """Keep a setting of the project."""
        with self._transaction("setting saved"):
            self._db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (key, json.dumps(value)))

    def add_images(self, images: Iterable[NewImage]) -> int:
        """Store images; a path that is there already keeps its row. Returns how many are new."""
        with self._transaction("images added"):
            known = {name: str(key) for key, name in self._db.execute("SELECT id, name FROM classes")}
            return sum(self._add_image(image, known) for image in images)

    def edit(self, changes: Sequence[tuple[int, Field, str | None]], origin: Origin, what: str) -> EditGroup | None:
        """Change values of images as one undo step; None if nothing differs from what is there.

        changes: (image id, field, class name or split or None). Once this returns, it is saved.
        """
        edits = list(self._differences(changes))
        if not edits:
            return None
        now = time.time()
        with self._transaction("edit saved"):
            self._db.execute("UPDATE edit_groups SET state = 'abandoned' WHERE state = 'undone'")
            group = self._db.execute(
                "INSERT INTO edit_groups (time, origin, what, state) VALUES (?, ?, ?, 'done')", (now, origin, what)
            ).lastrowid
            assert group is not None
            self._db.executemany(
                "INSERT INTO edits (edit_group, image, field, before, after, crc) VALUES (?, ?, ?, ?, ?, ?)",
                [
                    (group, e.image, e.field, e.before, e.after, checksum(group, e.image, e.field, e.before, e.after))
                    for e in edits
                ],
            )
            self._apply(edits)
        return EditGroup(group, now, origin, what, tuple(self._named(edits)))

    def undo(self) -> EditGroup | None:
        """Take back the newest edit group that is in force; None if there is none."""
        return self._step("done", "undone", "DESC")

    def redo(self) -> EditGroup | None:
        """Do the oldest taken-back edit group again; None if there is none."""
        return self._step("undone", "done", "ASC")

    # How

    def _step(self, state: str, becomes: str, order: str) -> EditGroup | None:
        row = self._db.execute(
            f"SELECT id, time, origin, what FROM edit_groups WHERE state = ? ORDER BY id {order} LIMIT 1", (state,)
        ).fetchone()
        if row is None:
            return None
        edits = [Edit(*e) for e in self._raw_edits(row[0], None)]
        if becomes == "undone":
            edits = [Edit(e.image, e.field, e.after, e.before) for e in reversed(edits)]
        with self._transaction("edit saved"):
            self._apply(edits)
            self._db.execute("UPDATE edit_groups SET state = ? WHERE id = ?", (becomes, row[0]))
        return _group(row, self._named(edits))

    def _apply(self, edits: Iterable[Edit]) -> None:
        """Edits here carry class ids, as the journal does, so that a renamed class keeps its history."""
        for e in edits:
            if e.after is None:
                self._db.execute("DELETE FROM marks WHERE image = ? AND field = ?", (e.image, e.field))
            else:
                self._db.execute(
                    "INSERT OR REPLACE INTO marks VALUES (?, ?, ?, ?)",
                    (e.image, e.field, e.after, checksum(e.image, e.field, e.after)),
                )

    def _differences(self, changes: Sequence[tuple[int, Field, str | None]]) -> Iterator[Edit]:
        ids = {name: str(key) for key, name in self._db.execute("SELECT id, name FROM classes")}
        latest = {(image, field): value for image, field, value in changes}
        for (image, field), value in latest.items():
            after = value
            if field == "label" and value is not None:
                if value not in ids:
                    raise UserError(f"There is no class of that name in this project; received {value!r}")
                after = ids[value]
            row = self._db.execute("SELECT value FROM marks WHERE image = ? AND field = ?", (image, field)).fetchone()
            before = row[0] if row else None
            if before != after:
                yield Edit(image, field, before, after)

    def _raw_edits(self, group: int, image: int | None) -> list[tuple[int, Field, str | None, str | None]]:
        return self._db.execute(
            "SELECT image, field, before, after FROM edits WHERE edit_group = ?"
            + ("" if image is None else " AND image = ?")
            + " ORDER BY seq",
            (group,) if image is None else (group, image),
        ).fetchall()

    def _edits(self, group: int, image: int | None) -> Iterator[Edit]:
        return self._named(Edit(*e) for e in self._raw_edits(group, image))

    def _named(self, edits: Iterable[Edit]) -> Iterator[Edit]:
        names = {str(key): name for key, name in self._db.execute("SELECT id, name FROM classes")}
        for e in edits:
            if e.field == "label":
                yield Edit(e.image, e.field, e.before and names.get(e.before), e.after and names.get(e.after))
            else:
                yield e

    def _add_image(self, image: NewImage, known: dict[str, str]) -> int:
        crc = checksum(image.path, image.size, image.mtime_ns, image.group)
        row = self._db.execute(
            "INSERT OR IGNORE INTO images (path, size, mtime_ns, grp, crc)"
            " VALUES (CAST(? AS TEXT), ?, ?, CAST(? AS TEXT), ?)",
            (text_bytes(image.path), image.size, image.mtime_ns, text_bytes(image.group), crc),
        )
        if row.rowcount != 1:
            return 0
        marks = [Edit(row.lastrowid or 0, "split", None, image.split)] if image.split else []
        if image.label is not None:
            if image.label not in known:
                raise UserError(f"There is no class of that name in this project; received {image.label!r}")
            marks.append(Edit(row.lastrowid or 0, "label", None, known[image.label]))
        self._apply(marks)
        return 1

    def _write_classes(self, classes: ClassList) -> None:
        self._db.executemany(
            "INSERT INTO classes (name, position, crc) VALUES (?, ?, ?)",
            [(name, i, checksum(name, i)) for i, name in enumerate(classes.names)],
        )

    @contextmanager
    def _transaction(self, promised: str) -> Iterator[None]:
        """All of it or nothing; once the block is left without an error, it is on the disk."""
        try:
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self._db.execute("ROLLBACK")
                raise
            self._db.execute("COMMIT")
        except sqlite3.Error as error:
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")
            raise UserError(
                f"Not saved ({error}); no {promised.split()[0]} was changed on the disk: {self.path}"
            ) from error

    def _verify(self) -> None:
        """Every row's checksum. Raises UserError naming the first table that is damaged."""
        checks = {
            "classes": "SELECT crc, name, position FROM classes",
            "images": "SELECT crc, path, size, mtime_ns, grp FROM images",
            "marks": "SELECT crc, image, field, value FROM marks",
            "edits": "SELECT crc, edit_group, image, field, before, after FROM edits",
        }
        for table, query in checks.items():
            wrong = sum(1 for row in self._db.execute(query) if row[0] != checksum(*row[1:]))
            if wrong:
                raise UserError(f"The project's database is damaged ({wrong} rows of {table}): {self.path}")


def _group(row: tuple[int, float, Origin, str], edits: Iterable[Edit]) -> EditGroup:
    return EditGroup(*row, tuple(edits))
