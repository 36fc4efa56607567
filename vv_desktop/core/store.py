"""The label store: one SQLite file that holds every image, label and edit of a project.

An edit is saved when COMMIT has returned and not before (WAL, synchronous=FULL). One
connection, one writer: the lock is exclusive, so a second window learns who holds the project.
Undo and redo walk over the journal and so survive a restart. Every row carries a checksum.
"""

import contextlib
import json
import sqlite3
import time
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from vv_desktop.core.backups import backup_after_edits, make_backup, steps
from vv_desktop.core.classes import ClassList
from vv_desktop.core.errors import DamagedStore, NotSaved, UserError
from vv_desktop.core.files import remove_unfinished
from vv_desktop.core.journal import Journal
from vv_desktop.core.marks import Change, Marks
from vv_desktop.core.records import (
    Edit,
    EditGroup,
    GroupSummary,
    ImageRow,
    NewImage,
    Origin,
    checksum,
)
from vv_desktop.core.snapshots import Snapshot, SnapshotTables
from vv_desktop.core.store_file import connect, identity, set_foreign_wal_aside, sign, wal_of
from vv_desktop.core.store_schema import SCHEMA, bring_up, format_of, make_tables, verify


class Store:
    """The open store. Used by one thread at a time: a task may open it and hand it to the window.

    Every method that writes raises NotSaved if the disk refuses; then nothing was changed. doubtful: the disk could not
    say whether it keeps what was written; nothing is written any more until the file was read again by `open`.
    read_only: why nothing is written at all, as `NotWritable.why`; empty if it can be. opened: seconds since 1970.
    """

    def __init__(self, path: Path, connection: sqlite3.Connection, read_only: str = "") -> None:
        self.path, self.read_only, self.opened, self.doubtful = path, read_only, time.time(), False
        self._db, self._file, self._wal = connection, identity(path), identity(wal_of(path))
        self._marks = Marks(connection)
        self._journal = Journal(connection, self._marks)
        self._snapshots = SnapshotTables(connection)

    @staticmethod
    def create(path: Path, classes: ClassList) -> "Store":
        """A new store with these classes. Raises UserError if one is there already or the disk refuses."""
        if path.exists():
            raise UserError(f"There is a project here already: {path.parent}")
        store = Store(path, connect(path))
        with store._transaction("made"):
            make_tables(store._db, classes)
        store._name()
        sign(path)
        return store

    @staticmethod
    def open(path: Path) -> "Store":
        """The store in `path`, checked. Raises UserError: missing, held by someone else or newer; DamagedStore."""
        if not path.is_file():
            raise UserError(f"There is no project here: {path.parent}")
        store = Store(path, connect(path))
        try:
            if 0 < format_of(store._db) < SCHEMA:
                make_backup(store._db, path.parent)
            bring_up(store._db, path)
            verify(store._db, path)
        except (sqlite3.DatabaseError, UnicodeDecodeError) as error:
            store._db.close()
            raise DamagedStore(f"The project's database is damaged ({error}): {path}") from error
        except UserError:
            store._db.close()
            raise
        store._name()
        sign(path)
        remove_unfinished(path.parent)
        return store

    def close(self) -> None:
        """Make a backup if there were edits, write everything back into the one file and let go of it."""
        if not self.doubtful and not self.read_only:
            backup_after_edits(self._db, self.path.parent)
        set_foreign_wal_aside(self.path, self._file, self._wal)
        self._db.close()

    # What is there

    @property
    def classes(self) -> ClassList:
        """The project's classes in their order."""
        return self._marks.classes()

    def images(self, ids: Sequence[int] | None = None) -> list[ImageRow]:
        """All images in the order of their ids, or only those asked for."""
        return self._marks.image_rows(ids)

    def journal(self, image: int | None = None, limit: int = -1) -> list[EditGroup]:
        """Edit groups that are in force, newest first; of one image: only its own edits in them."""
        return self._journal.groups(image, limit)

    def groups(self, limit: int = -1, before: int | None = None) -> list[GroupSummary]:
        """At most `limit` edit groups in every state, newest first, older than group `before`; edits are counted."""
        return self._journal.summaries(limit, before)

    def edits(self, group: int) -> tuple[Edit, ...]:
        """The edits of a group in any state, in words."""
        return self._journal.edits(group)

    def value(self, key: str, default: Any = None) -> Any:
        """A setting of the project, as JSON keeps it."""
        row = self._db.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
        return default if row is None else json.loads(row[0])

    @property
    def id(self) -> str | None:
        """What tells this project from every other one, but for its copies."""
        return self.value("id")  # type: ignore[no-any-return]

    @property
    def steps(self) -> int:
        """How many edits there were, those that were taken back among them."""
        return steps(self._db)

    @property
    def last_saved(self) -> float | None:
        """When the newest edit was saved, in seconds since 1970."""
        return self._journal.newest()

    def next_undo(self) -> str | None:
        """What the next undo takes back, in words."""
        return self._journal.next("done", "DESC")

    def next_redo(self) -> str | None:
        """What the next redo does again, in words."""
        return self._journal.next("undone", "ASC")

    # What changes it

    def check_writable(self) -> None:
        """Raises UserError if it is only looked at."""
        if self.read_only:
            raise UserError(f"Nothing was changed, as the project is read-only: {self.path.parent}")

    def set_value(self, key: str, value: Any) -> None:
        """Keep a setting of the project."""
        with self._transaction("setting saved"):
            text = json.dumps(value)
            self._db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?, ?)", (key, text, checksum(key, text)))

    def add_images(self, images: Iterable[NewImage]) -> int:
        """Store images; a path that is there already keeps its row. Returns how many are new."""
        with self._transaction("images added"):
            known = {name: str(key) for key, name in self._db.execute("SELECT id, name FROM classes")}
            return sum(self._marks.add_image(image, known) for image in images)

    def edit(self, changes: Sequence[Change], origin: Origin, what: str) -> EditGroup | None:
        """Change values of images as one undo step; None if nothing differs from what is there.

        Once this returns, it is saved. Raises UserError for a class that is not there.
        """
        return self._record(list(self._marks.differences(changes)), origin, what)

    def rename_class(self, old: str, new: str, origin: Origin) -> EditGroup | None:
        """Give a class another name, as one undo step. Raises UserError if there is no `old` or a `new` already."""
        ids = {name: int(key) for key, name in self._marks.class_names().items()}
        if old not in ids:
            raise UserError(f"There is no class of that name in this project; received {old!r}")
        ClassList(tuple(new if name == old else name for name in self.classes.names))
        return self._record(
            list(self._marks.differences([(ids[old], "class", new)])), origin, f"Rename class {old} to {new}"
        )

    def back_to(self, group: int, origin: Origin) -> EditGroup | None:
        """What edit group `group` and all later ones that are in force changed, taken back as one new step.

        None if nothing differs. Raises UserError if the group is not in force.
        """
        what, then = self._journal.before(group)
        edits = [Edit(image, field, self._marks.raw(image, field), value) for (image, field), value in then.items()]
        return self._record([e for e in edits if e.before != e.after], origin, f"Go back to before: {what}")

    def undo(self) -> EditGroup | None:
        """Take back the newest edit group that is in force; None if there is none."""
        return self._step("done", "undone", "DESC")

    def redo(self) -> EditGroup | None:
        """Do the oldest taken-back edit group again; None if there is none."""
        return self._step("undone", "done", "ASC")

    # Snapshots

    def snapshots(self) -> tuple[Snapshot, ...]:
        """Every snapshot, newest first."""
        return self._snapshots.all()

    def take_snapshot(self, name: str) -> int:
        """Keep labels, splits, groups and exclusions as they are now; its id. Raises UserError for a name in use."""
        with self._transaction("snapshot saved"):
            return self._snapshots.take(name)

    def rename_snapshot(self, snapshot: int, name: str) -> None:
        """Give it a name. Raises UserError for one that another has."""
        with self._transaction("snapshot saved"):
            self._snapshots.rename(snapshot, name)

    def delete_snapshot(self, snapshot: int) -> None:
        """Forget it."""
        with self._transaction("snapshot deleted"):
            self._snapshots.delete(snapshot)

    def snapshot_of(self, labels: Mapping[int, str]) -> Snapshot | None:
        """The newest snapshot whose labels are exactly these, by image id and class name; None if there is none."""
        ids = {name: key for key, name in self._marks.class_names().items()}  # as values are stored
        return self._snapshots.of({image: ids.get(name) for image, name in labels.items()})

    def snapshot_differences(self, snapshot: int, since: int | None = None) -> tuple[Edit, ...]:
        """What leads to it from what is there now, or from snapshot `since`. Raises UserError if one is not there."""
        return tuple(self._marks.named(self._snapshots.differences(snapshot, since)))

    def restore(self, snapshot: int, origin: Origin) -> EditGroup | None:
        """Make everything as the snapshot has it, as one undo step; None if it is so already. Raises UserError."""
        names = {one.id: one.name for one in self._snapshots.all()}
        edits = self._snapshots.differences(snapshot)
        return self._record(edits, origin, f"Restore snapshot {names[snapshot]}")

    # How

    def _name(self) -> None:
        """Give it an id unless it has one; a disk that refuses is met again at the first edit."""
        if self.id is None:
            with contextlib.suppress(NotSaved):
                self.set_value("id", uuid.uuid4().hex)

    def _record(self, edits: Sequence[Edit], origin: Origin, what: str) -> EditGroup | None:
        """Write edits, which hold stored values, into the journal and make them."""
        if not edits:
            return None
        now = time.time()
        with self._transaction("edit saved"):
            self._db.execute("UPDATE edit_groups SET state = 'abandoned' WHERE state = 'undone'")
            group = self._db.execute(
                "INSERT INTO edit_groups (time, origin, what, state, crc) VALUES (?, ?, ?, 'done', ?)",
                (now, origin, what, checksum(now, origin, what)),
            ).lastrowid
            assert group is not None
            rows = [(group, e.image, e.field, e.before, e.after) for e in edits]
            self._db.executemany(
                "INSERT INTO edits (edit_group, image, field, before, after, crc) VALUES (?, ?, ?, ?, ?, ?)",
                [(*row, checksum(*row)) for row in rows],
            )
            self._marks.apply(edits)
        return EditGroup(group, now, origin, what, tuple(self._marks.named(edits)))

    def _step(self, state: str, becomes: str, order: str) -> EditGroup | None:
        row = self._db.execute(
            f"SELECT id, time, origin, what FROM edit_groups WHERE state = ? ORDER BY id {order} LIMIT 1", (state,)
        ).fetchone()
        if row is None:
            return None
        key, when, origin, what = row
        edits = self._journal.raw(key)
        if becomes == "undone":
            edits = [Edit(e.image, e.field, e.after, e.before) for e in reversed(edits)]
        with self._transaction("edit saved"):
            self._marks.apply(edits)
            self._db.execute("UPDATE edit_groups SET state = ? WHERE id = ?", (becomes, key))
        return EditGroup(key, when, origin, what, tuple(self._marks.named(edits)))

    @contextlib.contextmanager
    def _transaction(self, promised: str) -> Iterator[None]:
        """All of it or nothing; once the block is left without an error, it is on the disk."""
        self.check_writable()
        if identity(self.path) != self._file:  # SQLite would go on writing into the one that nobody finds any more
            self.doubtful = True
            raise NotSaved(f"Not saved, since the project's file is gone or another one: {self.path}")
        if self.doubtful:
            raise NotSaved(f"Not saved, since the disk failed before; the project must be read again: {self.path}")
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
            # After a failed fsync nobody knows what the disk holds: what was written may be gone though the next
            # fsync succeeds. Only reading it anew tells.
            self.doubtful = "FSYNC" in str(getattr(error, "sqlite_errorname", ""))
            text = f"Not saved ({error}); no {promised.split()[0]} was changed on the disk: {self.path}"
            raise NotSaved(text) from error
