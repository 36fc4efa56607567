"""Snapshots: the labels, splits, groups and exclusions of all images at one moment, under a name."""

import sqlite3
import time
from collections.abc import Mapping
from dataclasses import dataclass

from vv_desktop.core.errors import UserError
from vv_desktop.core.records import Edit, Field, checksum

KEPT: tuple[Field, ...] = ("label", "split", "group", "excluded")
"""What a snapshot holds of an image."""
_FIELDS = ", ".join(f"'{field}'" for field in KEPT)


@dataclass(frozen=True)
class Snapshot:
    """A snapshot that is kept. time: seconds since 1970. images: how many had a label."""

    id: int
    name: str
    time: float
    labelled: int


class SnapshotTables:
    """Reads and writes snapshots within the transactions of the store that owns the connection."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db

    def all(self) -> tuple[Snapshot, ...]:
        """Every snapshot, newest first."""
        rows = self._db.execute(
            """SELECT id, name, time, (SELECT count(*) FROM snapshot_marks
            WHERE snapshot = snapshots.id AND field = 'label') FROM snapshots ORDER BY id DESC"""
        )
        return tuple(Snapshot(*row) for row in rows)

    def take(self, name: str) -> int:
        """Keep the marks as they are now under a name; its id. Raises UserError for a name that is taken or empty."""
        self._check(name)
        now = time.time()
        key = self._db.execute(
            "INSERT INTO snapshots (name, time, crc) VALUES (?, ?, ?)", (name, now, checksum(name, now))
        ).lastrowid
        assert key is not None
        rows = self._db.execute(f"SELECT image, field, value FROM marks WHERE field IN ({_FIELDS})").fetchall()
        self._db.executemany(
            "INSERT INTO snapshot_marks VALUES (?, ?, ?, ?, ?)", [(key, *row, checksum(key, *row)) for row in rows]
        )
        return key

    def rename(self, key: int, name: str) -> None:
        """Give a snapshot a name, its own too. Raises UserError for one that another has, or an empty one."""
        self._check(name, key)
        (when,) = self._db.execute("SELECT time FROM snapshots WHERE id = ?", (key,)).fetchone()
        self._db.execute("UPDATE snapshots SET name = ?, crc = ? WHERE id = ?", (name, checksum(name, when), key))

    def delete(self, key: int) -> None:
        """Forget a snapshot."""
        self._db.execute("DELETE FROM snapshots WHERE id = ?", (key,))

    def values(self, key: int) -> dict[tuple[int, Field], str]:
        """Stored value of each image and field in a snapshot. Raises UserError if there is no such snapshot."""
        if self._db.execute("SELECT 1 FROM snapshots WHERE id = ?", (key,)).fetchone() is None:
            raise UserError(f"There is no such snapshot; received {key}")
        rows = self._db.execute("SELECT image, field, value FROM snapshot_marks WHERE snapshot = ?", (key,))
        return {(image, field): value for image, field, value in rows}

    def of(self, labels: Mapping[int, str | None]) -> Snapshot | None:
        """The newest one whose labels, in stored values, are exactly these; None if there is none."""
        for one in self.all():
            if one.labelled == len(labels):
                values = self.values(one.id)
                if {image: value for (image, field), value in values.items() if field == "label"} == labels:
                    return one
        return None

    def differences(self, key: int, since: int | None = None) -> list[Edit]:
        """Edits, in stored values, that lead to a snapshot from what is there now, or from snapshot `since`."""
        then, now = self.values(key), self._now() if since is None else self.values(since)
        return [
            Edit(image, field, now.get((image, field)), then.get((image, field)))
            for image, field in sorted({*now, *then})
            if now.get((image, field)) != then.get((image, field))
        ]

    def _now(self) -> dict[tuple[int, Field], str]:
        rows = self._db.execute(f"SELECT image, field, value FROM marks WHERE field IN ({_FIELDS})")
        return {(image, field): value for image, field, value in rows}

    def _check(self, name: str, key: int | None = None) -> None:
        if not name.strip():
            raise UserError(f"A snapshot needs a name; received {name!r}")
        if (
            self._db.execute("SELECT 1 FROM snapshots WHERE name = ? AND id IS NOT ?", (name, key)).fetchone()
            is not None
        ):
            raise UserError(f"There is a snapshot of that name already; received {name!r}")
