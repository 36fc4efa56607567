"""What the page looked like, as plain JSON values, and back again whatever was in them."""

from collections.abc import Mapping

from vv_desktop.ui.browse.filters import QUALITY_CHOICES, SORTS, SPLIT_CHOICES, Filter


def to_values(wanted: Filter) -> dict[str, object]:
    """A filter as JSON keeps it."""
    return {
        "text": wanted.text,
        "classes": sorted(wanted.classes),
        "unlabelled": wanted.unlabelled,
        "changed": wanted.changed,
        "excluded": wanted.excluded,
        "quality": wanted.quality,
        "split": wanted.split,
        "sort": wanted.sort,
    }


def from_values(values: Mapping[str, object]) -> Filter:
    """The filter that was kept; what is missing or makes no sense is as at the first start."""
    text, classes = values.get("text"), values.get("classes")
    split, sort, quality = values.get("split"), values.get("sort"), values.get("quality")
    return Filter(
        text=text if isinstance(text, str) else "",
        classes=frozenset(name for name in classes if isinstance(name, str))
        if isinstance(classes, list)
        else frozenset(),
        unlabelled=values.get("unlabelled") is True,
        changed=values.get("changed") is True,
        excluded=values.get("excluded") is True,
        quality=quality if quality in QUALITY_CHOICES else "all",
        split=split if split in SPLIT_CHOICES else "all",
        sort=sort if sort in SORTS else "path",
    )


def two_sizes(value: object) -> list[int]:
    """What a splitter of two was kept as; empty if it makes no sense."""
    sizes = value if isinstance(value, list) and len(value) == 2 else []
    return sizes if all(isinstance(size, int) and size >= 0 for size in sizes) and any(sizes) else []
