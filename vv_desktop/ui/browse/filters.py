"""Which images are shown and in what order: plain functions of the rows, fast enough for every key press."""

import itertools
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal, get_args

from vv_desktop.core.classes import ClassList
from vv_desktop.core.quality import FAULTS, Fault
from vv_desktop.core.records import ImageRow

SplitChoice = Literal["all", "train", "val", "test", "none"]
Sort = Literal["path", "label", "confidence", "group", "quality"]
QualityChoice = Literal["all", "any", Fault]
SPLIT_CHOICES: tuple[SplitChoice, ...] = get_args(SplitChoice)
SORTS: tuple[Sort, ...] = get_args(Sort)
QUALITY_CHOICES: tuple[QualityChoice, ...] = ("all", "any", *FAULTS)
_DIGITS = re.compile(r"\d+")


@dataclass(frozen=True)
class Filter:
    """What the user wants to see. Classes and `unlabelled` add up; everything else narrows.

    quality: what is wrong with the picture itself, `any` of it, or `all` pictures.
    """

    text: str = ""
    classes: frozenset[str] = frozenset()
    unlabelled: bool = False
    changed: bool = False
    split: SplitChoice = "all"
    sort: Sort = "path"
    excluded: bool = False
    quality: QualityChoice = "all"

    @property
    def narrows(self) -> bool:
        """True if some images may be left out."""
        marks = self.unlabelled or self.changed or self.excluded
        return bool(self.text.split() or self.classes or marks or self.split != "all" or self.quality != "all")


@dataclass(frozen=True)
class Facts:
    """What a filter looks at besides the index: rows by id, class order, changed ids, confidence by id.

    faults: what is wrong with the pictures with which something is, by id; standing: see `Quality.standing`, by id.
    """

    images: Mapping[int, ImageRow]
    classes: ClassList
    changed: frozenset[int]
    confidence: Mapping[int, float]
    faults: Mapping[int, tuple[Fault, ...]] = field(default_factory=dict)
    standing: Mapping[int, float] = field(default_factory=dict)


class ImageIndex:
    """Search text and natural order of a project's images, worked out when it is opened and when groups change.

    Everything but paths, groups and ids is read from the rows.
    """

    def __init__(self, images: Mapping[int, ImageRow]) -> None:
        start = _common_folder(images.values())
        self._text = {row.id: f"{row.path[start:]}\n{row.group}".casefold() for row in images.values()}
        self._order = sorted(images, key=lambda image: natural(images[image].path[start:]))
        self._texts = [self._text[image] for image in self._order]
        self._groups = {row.id: row.group for row in images.values()}
        self._group_place: dict[int, int] = {}

    def knows(self, row: ImageRow) -> bool:
        """Whether the image is in it, with the group that it has now."""
        return self._groups.get(row.id) == row.group

    def find(self, wanted: Filter, facts: Facts, among: Sequence[int] | None = None) -> list[int]:
        """Ids of the images that match, in the wanted order; `among` looks at these only."""
        images = facts.images
        ids = self._named(wanted, facts, among)
        if wanted.classes or wanted.unlabelled:
            labels: set[str | None] = {*wanted.classes, *((None,) if wanted.unlabelled else ())}
            ids = [image for image in ids if images[image].label in labels]
        if wanted.split != "all":
            split = None if wanted.split == "none" else wanted.split
            ids = [image for image in ids if images[image].split == split]
        if wanted.excluded:
            ids = [image for image in ids if images[image].excluded]
        if wanted.changed:
            ids = [image for image in ids if image in facts.changed]
        if wanted.quality == "any":
            ids = [image for image in ids if image in facts.faults]
        elif wanted.quality != "all":
            ids = [image for image in ids if wanted.quality in facts.faults.get(image, ())]
        return self._in_order(ids, wanted.sort, facts)

    def count_labels(self, wanted: Filter, facts: Facts) -> Counter[str | None]:
        """How many images there are by label (None: unlabelled) if no class was chosen and the rest of it holds."""
        any_class = replace(wanted, classes=frozenset(), unlabelled=False, sort="path")
        return Counter([facts.images[image].label for image in self.find(any_class, facts)])

    def _named(self, wanted: Filter, facts: Facts, among: Sequence[int] | None) -> list[int]:
        """Those whose path, group or label holds every word, in natural order of paths unless `among` is given."""
        ids = self._order if among is None else list(among)
        texts = self._texts if among is None else [self._text[image] for image in ids]
        for word in wanted.text.casefold().split():
            named = {name for name in facts.classes.names if word in name.casefold()}
            pairs = zip(ids, texts, strict=True)
            if named:
                ids = [image for image, text in pairs if word in text or facts.images[image].label in named]
            else:
                ids = [image for image, text in pairs if word in text]
            texts = [self._text[image] for image in ids]
        return ids

    def _in_order(self, ids: list[int], sort: Sort, facts: Facts) -> list[int]:
        """`ids`, which come in natural order of their paths, sorted; that order decides between equals."""
        if sort == "label":
            by_label: dict[str | None, list[int]] = {name: [] for name in (*facts.classes.names, None)}
            for image in ids:
                by_label[facts.images[image].label].append(image)
            return [image for images in by_label.values() for image in images]
        least_first = {"confidence": facts.confidence, "quality": facts.standing}.get(sort)
        if least_first:
            known = [image for image in ids if image in least_first]
            rest = [image for image in ids if image not in least_first]
            return sorted(known, key=least_first.__getitem__) + rest
        if sort == "group":
            return sorted(ids, key=self._group_places(facts.images).__getitem__)
        return list(ids)

    def _group_places(self, images: Mapping[int, ImageRow]) -> Mapping[int, int]:
        """By image id, where its group stands; worked out when it is first needed."""
        if not self._group_place:
            groups = sorted({row.group for row in images.values()}, key=natural)
            place = {group: at for at, group in enumerate(groups)}
            self._group_place = {row.id: place[row.group] for row in images.values()}
        return self._group_place


def natural(text: str) -> str:
    """A key that sorts "img2" before "img10" and does not tell capitals from small letters."""
    return _DIGITS.sub(lambda digits: digits[0].zfill(20), text.casefold())


def _common_folder(rows: Iterable[ImageRow]) -> int:
    """How many characters of folder all paths begin with: searching for them would find everything."""
    paths = [row.path for row in rows]
    if not paths:
        return 0
    first, last = min(paths), max(paths)
    same = sum(1 for _ in itertools.takewhile(lambda pair: pair[0] == pair[1], zip(first, last, strict=False)))
    return first[:same].rfind("/") + 1
