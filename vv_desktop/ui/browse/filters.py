"""Which images are shown and in what order: plain functions of the rows, fast enough for every key press."""

import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal, get_args

from vv_desktop.core.classes import ClassList
from vv_desktop.core.store import ImageRow

SplitChoice = Literal["all", "train", "val", "test", "none"]
Sort = Literal["path", "label", "confidence", "group"]
SPLIT_CHOICES: tuple[SplitChoice, ...] = get_args(SplitChoice)
SORTS: tuple[Sort, ...] = get_args(Sort)
_DIGITS = re.compile(r"\d+")


@dataclass(frozen=True)
class Filter:
    """What the user wants to see. Classes and `unlabelled` add up; everything else narrows."""

    text: str = ""
    classes: frozenset[str] = frozenset()
    unlabelled: bool = False
    changed: bool = False
    split: SplitChoice = "all"
    sort: Sort = "path"

    @property
    def narrows(self) -> bool:
        """True if some images may be left out."""
        return bool(self.text.split() or self.classes or self.unlabelled or self.changed or self.split != "all")


@dataclass(frozen=True)
class Facts:
    """What a filter looks at besides the index: rows by id, class order, changed ids, confidence by id."""

    images: Mapping[int, ImageRow]
    classes: ClassList
    changed: frozenset[int]
    confidence: Mapping[int, float]


class ImageIndex:
    """Search text and natural order of a project's images, worked out once when it is opened.

    Paths, groups and ids never change while a project is open; labels and splits are read from the rows.
    """

    def __init__(self, images: Mapping[int, ImageRow]) -> None:
        start = _common_folder(images.values())
        self._text = {row.id: f"{row.path[start:]}\n{row.group}".casefold() for row in images.values()}
        self._order = sorted(images, key=lambda image: natural(images[image].path[start:]))

    def __contains__(self, image: int) -> bool:
        return image in self._text

    def __len__(self) -> int:
        return len(self._text)

    def find(self, wanted: Filter, facts: Facts, among: Iterable[int] | None = None) -> list[int]:
        """Ids of the images that match, in the wanted order; `among` looks at these only."""
        images = facts.images
        ids: list[int] = self._order if among is None else list(among)
        if wanted.classes or wanted.unlabelled:
            labels: set[str | None] = {*wanted.classes, *((None,) if wanted.unlabelled else ())}
            ids = [image for image in ids if images[image].label in labels]
        if wanted.split != "all":
            split = None if wanted.split == "none" else wanted.split
            ids = [image for image in ids if images[image].split == split]
        if wanted.changed:
            ids = [image for image in ids if image in facts.changed]
        for word in wanted.text.casefold().split():
            named = {name for name in facts.classes.names if word in name.casefold()}
            ids = [image for image in ids if word in self._text[image] or images[image].label in named]
        return _in_order(ids, wanted.sort, facts)


def natural(text: str) -> str:
    """A key that sorts "img2" before "img10" and does not tell capitals from small letters."""
    return _DIGITS.sub(lambda digits: digits[0].zfill(20), text.casefold())


def _in_order(ids: list[int], sort: Sort, facts: Facts) -> list[int]:
    """`ids`, which come in natural order of their paths, sorted; that order decides between equals."""
    images = facts.images
    if sort == "label":
        place: dict[str | None, int] = {name: i for i, name in enumerate(facts.classes.names)}
        return sorted(ids, key=lambda image: place.get(images[image].label, len(place)))
    if sort == "confidence" and facts.confidence:
        return sorted(ids, key=lambda image: facts.confidence.get(image, 2.0))
    if sort == "group":
        groups = {images[image].group for image in ids}
        keys = {group: natural(group) for group in groups}
        return sorted(ids, key=lambda image: keys[images[image].group])
    return list(ids)


def _common_folder(rows: Iterable[ImageRow]) -> int:
    """How many characters of folder all paths begin with: searching for them would find everything."""
    paths = [row.path for row in rows]
    if not paths:
        return 0
    return os.path.commonprefix([min(paths), max(paths)]).rfind("/") + 1
