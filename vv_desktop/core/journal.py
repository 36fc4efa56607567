"""The journal: every edit group that was ever made, whether it is in force, undone, or undone for good."""

import contextlib
import itertools
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
        if image is not None:
            return self._of_image(image, limit)
        rows = self._db.execute(
            "SELECT id, time, origin, what FROM edit_groups WHERE state = 'done' ORDER BY id DESC LIMIT ?", (limit,)
        ).fetchall()
        return [EditGroup(key, when, origin, what, self.edits(key)) for key, when, origin, what in rows]

    def _of_image(self, image: int, limit: int) -> list[EditGroup]:
        """By its own index, and no further than asked for: there may be thousands."""
        found = self._db.execute(
            """SELECT edit_group, time, origin, what, image, field, before, after FROM edits
            JOIN edit_groups g ON g.id = edit_group
            WHERE image = ? AND field <> 'class' AND state = 'done' ORDER BY seq DESC""",
            (image,),
        )
        with contextlib.closing(found):
            groups = itertools.groupby(found, key=lambda row: row[:4])
            chosen = groups if limit < 0 else itertools.islice(groups, limit)
            return [
                EditGroup(key, when, origin, what, tuple(self._marks.named([Edit(*row[4:]) for row in rows][::-1])))
                for (key, when, origin, what), rows in chosen
            ]

    def newest(self) -> float | None:
        """When the newest group was made, in seconds since 1970."""
        row = self._db.execute("SELECT time FROM edit_groups ORDER BY id DESC LIMIT 1").fetchone()
        return row[0] if row else None

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

    def raw(self, group: int) -> list[Edit]:
        """Edits of a group in their order, in stored values."""
        rows: Iterable[tuple[int, Field, str | None, str | None]] = self._db.execute(
            "SELECT image, field, before, after FROM edits WHERE edit_group = ? ORDER BY seq", (group,)
        )
        return [Edit(*row) for row in rows]
