"""The journal: every edit group that was ever made, whether it is in force, undone, or undone for good."""

import sqlite3
from collections.abc import Iterable

from vv_desktop.core.errors import UserError
from vv_desktop.core.marks import Marks
from vv_desktop.core.records import Edit, EditGroup, Field, GroupSummary


class Journal:
    """Reads edit groups over the connection of the store that owns it."""

    def __init__(self, db: sqlite3.Connection, marks: Marks) -> None:
        self._db, self._marks = db, marks

    def summaries(self, limit: int, before: int | None) -> list[GroupSummary]:
        """At most `limit` groups (-1: all) in every state, newest first, that are older than group `before`."""
        rows = self._db.execute(
            """SELECT g.id, time, origin, what, count(*), count(DISTINCT iif(field = 'class', NULL, image)), state
            FROM (SELECT * FROM edit_groups WHERE ? IS NULL OR id < ? ORDER BY id DESC LIMIT ?) g
            JOIN edits ON edit_group = g.id GROUP BY g.id ORDER BY g.id DESC""",
            (before, before, limit),
        )
        return [GroupSummary(*row) for row in rows]

    def groups(self, image: int | None, limit: int) -> list[EditGroup]:
        """Groups in force, newest first; of one image: only its own edits in them. limit: -1 for all."""
        rows = self._db.execute(
            "SELECT id, time, origin, what FROM edit_groups WHERE state = 'done'"
            + ("" if image is None else " AND id IN (SELECT edit_group FROM edits WHERE image = ?)")
            + " ORDER BY id DESC LIMIT ?",
            (limit,) if image is None else (image, limit),
        ).fetchall()
        return [
            EditGroup(key, when, origin, what, tuple(self._marks.named(self.raw(key, image))))
            for key, when, origin, what in rows
        ]

    def newest(self) -> float | None:
        """When the newest group was made, in seconds since 1970."""
        time: float | None = self._db.execute("SELECT max(time) FROM edit_groups").fetchone()[0]
        return time

    def next(self, state: str, order: str) -> str | None:
        """What the first group in `state` is, in words; order: ASC for the oldest first, DESC for the newest."""
        row = self._db.execute(
            f"SELECT what FROM edit_groups WHERE state = ? ORDER BY id {order} LIMIT 1", (state,)
        ).fetchone()
        return row[0] if row else None

    def before(self, group: int) -> tuple[str, dict[tuple[int, Field], str | None]]:
        """What a group was, and each value, as stored, that it or a later one in force changed, as it was before it.

        Raises UserError if the group is not in force.
        """
        row = self._db.execute("SELECT what FROM edit_groups WHERE id = ? AND state = 'done'", (group,)).fetchone()
        if row is None:
            raise UserError(f"That edit is not in force; received {group}")
        found = self._db.execute(
            """SELECT image, field, before FROM edits JOIN edit_groups ON edit_groups.id = edit_group
            WHERE edit_group >= ? AND state = 'done' ORDER BY seq DESC""",
            (group,),
        )
        return row[0], {(image, field): before for image, field, before in found}

    def edits(self, group: int) -> tuple[Edit, ...]:
        """Edits of a group in any state, in their order, in words; none if there is no such group."""
        return tuple(self._marks.named(self.raw(group)))

    def raw(self, group: int, image: int | None = None) -> list[Edit]:
        """Edits of a group in their order, in stored values; of one image: only its own."""
        rows: Iterable[tuple[int, Field, str | None, str | None]] = self._db.execute(
            "SELECT image, field, before, after FROM edits WHERE edit_group = ?"
            + ("" if image is None else " AND image = ?")
            + " ORDER BY seq",
            (group,) if image is None else (group, image),
        )
        return [Edit(*row) for row in rows]
