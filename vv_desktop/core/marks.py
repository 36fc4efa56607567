"""Marks: values of images, and names of classes, as the tables have them: by class id, so a renamed class stays one."""

import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from vv_desktop.core.classes import ClassList
from vv_desktop.core.errors import UserError
from vv_desktop.core.records import Edit, Field, ImageRow, NewImage, Review, checksum, text_bytes

Change = tuple[int, Field, str | Review | None]
"""Image id (for a class: its id), what changes of it, and to what: class name, split, group, `YES`, or nothing."""
YES = "yes"
"""The value of a mark that is there or is not."""


class Marks:
    """Reads and writes marks and class names within the transactions of the store that owns the connection."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db

    def class_names(self) -> dict[str, str]:
        """Name of each class by its id as text."""
        return {str(key): name for key, name in self._db.execute("SELECT id, name FROM classes")}

    def classes(self) -> ClassList:
        """The classes in their order, and the names they had: undone renames too, as a run may know them."""
        names = tuple(name for (name,) in self._db.execute("SELECT name FROM classes ORDER BY position"))
        former = self._db.execute(
            """SELECT DISTINCT before, name FROM edits JOIN classes ON classes.id = image WHERE field = 'class'
            UNION SELECT DISTINCT after, name FROM edits JOIN classes ON classes.id = image WHERE field = 'class'"""
        )
        return ClassList(names, tuple(sorted((old, name) for old, name in former if old != name)))

    def raw(self, image: int, field: Field) -> str | None:
        """The value as it is stored."""
        query = "SELECT value FROM marks WHERE image = ? AND field = ?"
        arguments: tuple[object, ...] = (image, field)
        if field == "class":
            query, arguments = "SELECT name FROM classes WHERE id = ?", (image,)
        row = self._db.execute(query, arguments).fetchone()
        return row[0] if row else None

    def image_rows(self, ids: Sequence[int] | None) -> list[ImageRow]:
        """All images in the order of their ids, or only those asked for."""
        where = "" if ids is None else f"WHERE images.id IN ({','.join(map(str, map(int, ids)))})"
        rows = self._db.execute(
            f"""SELECT images.id, path, size, mtime_ns, coalesce(g.value, grp), c.name, s.value, x.value IS NOT NULL,
            r.value FROM images
            LEFT JOIN marks l ON l.image = images.id AND l.field = 'label'
            LEFT JOIN classes c ON c.id = CAST(l.value AS INTEGER)
            LEFT JOIN marks s ON s.image = images.id AND s.field = 'split'
            LEFT JOIN marks g ON g.image = images.id AND g.field = 'group'
            LEFT JOIN marks x ON x.image = images.id AND x.field = 'excluded'
            LEFT JOIN marks r ON r.image = images.id AND r.field = 'review' {where} ORDER BY images.id"""
        )
        names = self.class_names()
        return [_image_row(row, names) for row in rows]

    def differences(self, changes: Sequence[Change]) -> Iterator[Edit]:
        """Edits, in stored values, of what is not so already. Raises UserError for a class that is not there."""
        ids = {name: key for key, name in self.class_names().items()}
        latest = {(image, field): value for image, field, value in changes}
        for (image, field), value in latest.items():
            before, after = self.raw(image, field), _stored(field, value, ids)
            if before != after:
                yield Edit(image, field, before, after)

    def add_image(self, image: NewImage, known: Mapping[str, str]) -> int:
        """Store an image with its split and label; 1, or 0 if its path is there. known: class name to stored value.

        Raises UserError for a class that is not among them.
        """
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
        self.apply(marks)
        return 1

    def apply(self, edits: Iterable[Edit]) -> None:
        """Make the edits, which hold stored values."""
        renamed: dict[int, str] = {}
        for e in edits:
            if e.field == "class":
                renamed[e.image] = e.after or ""
            elif e.after is None:
                self._db.execute("DELETE FROM marks WHERE image = ? AND field = ?", (e.image, e.field))
            else:
                self._db.execute(
                    "INSERT OR REPLACE INTO marks VALUES (?, ?, ?, ?)",
                    (e.image, e.field, e.after, checksum(e.image, e.field, e.after)),
                )
        for key in renamed:  # two classes may change names with each other
            self._db.execute("UPDATE classes SET name = ? WHERE id = ?", (f"\0{key}", key))
        for key, name in renamed.items():
            (position,) = self._db.execute("SELECT position FROM classes WHERE id = ?", (key,)).fetchone()
            self._db.execute("UPDATE classes SET name = ?, crc = ? WHERE id = ?", (name, checksum(name, position), key))

    def named(self, edits: Iterable[Edit]) -> Iterator[Edit]:
        """The edits in words: class names for ids."""
        names = self.class_names()
        for e in edits:
            yield Edit(e.image, e.field, _worded(e.field, e.before, names), _worded(e.field, e.after, names))


def _image_row(row: tuple[Any, ...], names: dict[str, str]) -> ImageRow:
    key, path, size, mtime_ns, group, label, split, excluded, review = row
    return ImageRow(key, path, size, mtime_ns, group, label, split, bool(excluded), _read_review(review, names))


def _read_review(stored: str | None, names: dict[str, str]) -> Review | None:
    """A review from its stored form; None where a class it speaks of is gone."""
    if stored is None:
        return None
    verdict, label, suggestion = stored.split(":")
    if label not in names or (suggestion and suggestion not in names):
        return None
    return Review("kept" if verdict == "kept" else "unsure", names[label], names[suggestion] if suggestion else None)


def _stored(field: Field, value: str | Review | None, ids: dict[str, str]) -> str | None:
    def class_id(name: str) -> str:
        if name not in ids:
            raise UserError(f"There is no class of that name in this project; received {name!r}")
        return ids[name]

    if isinstance(value, Review):
        suggestion = class_id(value.suggestion) if value.suggestion is not None else ""
        return f"{value.verdict}:{class_id(value.label)}:{suggestion}"
    return class_id(value) if field == "label" and value is not None else value


def _worded(field: Field, stored: str | None, names: dict[str, str]) -> str | None:
    if stored is None:
        return None
    if field == "label":
        return names.get(stored)
    return stored.partition(":")[0] if field == "review" else stored
