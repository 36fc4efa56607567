"""What the label store holds, as plain records."""

import zlib
from dataclasses import dataclass
from typing import Any, Literal

from vv_desktop.core.dataset import Split

Origin = Literal[
    "keyboard", "mouse", "import", "matrix", "predict", "command line", "split", "suspects", "twins", "map", "history"
]
Field = Literal["label", "split", "group", "excluded", "review", "class"]
"""What an edit changes of an image; `class`: the name of a class, whose id stands in the image's place."""
Verdict = Literal["kept", "unsure"]
State = Literal["done", "undone", "abandoned"]


@dataclass(frozen=True)
class Review:
    """What somebody who looked at a suspect said: its label stays, or they are not sure.

    It holds as long as the image has this label and this is what is suggested in its place (None: nothing was).
    """

    verdict: Verdict
    label: str
    suggestion: str | None


@dataclass(frozen=True)
class ImageRow:
    """One image as it is stored. `path` is relative to the project's folder, with forward slashes, or absolute.

    excluded: neither learnt from nor scored, though it keeps its label and split.
    """

    id: int
    path: str
    size: int
    mtime_ns: int
    group: str
    label: str | None
    split: Split | None
    excluded: bool = False
    review: Review | None = None

    @property
    def used(self) -> bool:
        """Whether the image is learnt from or scored, if its split is: it is labelled, and not excluded."""
        return self.label is not None and not self.excluded


@dataclass(frozen=True)
class NewImage:
    """An image to be stored; fields as in `ImageRow`."""

    path: str
    size: int
    mtime_ns: int
    group: str
    label: str | None = None
    split: Split | None = None


@dataclass(frozen=True)
class Edit:
    """One value of one image that changed; `before` and `after` are as `ImageRow` has them in words, None for none."""

    image: int
    field: Field
    before: str | None
    after: str | None


@dataclass(frozen=True)
class EditGroup:
    """What one undo takes back. `time` in seconds since 1970, for reading only: the order is that of `id`."""

    id: int
    time: float
    origin: Origin
    what: str
    edits: tuple[Edit, ...]


@dataclass(frozen=True)
class GroupSummary:
    """An edit group without its edits: how many they are, and of how many images (0: a class got another name).

    state: done, in force; undone, to be done again; abandoned, undone before something else was done.
    """

    id: int
    time: float
    origin: Origin
    what: str
    edits: int
    images: int
    state: State


def text_bytes(text: str) -> bytes:
    """Names that are no Unicode keep their bytes."""
    return text.encode("utf-8", "surrogateescape")


def checksum(*values: Any) -> int:
    """CRC-32 over the values of a row: SQLite has no checksum of its own."""
    return zlib.crc32(text_bytes("\x1f".join("\0" if v is None else str(v) for v in values)))
