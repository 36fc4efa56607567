"""What the page looked like, as plain JSON values, and back again whatever was in them."""

from collections.abc import Mapping

from vv_desktop.ui.browse.filters import SORTS, SPLIT_CHOICES, Filter


def to_values(wanted: Filter) -> dict[str, object]:
    """A filter as JSON keeps it."""
    return {
        "text": wanted.text,
        "classes": sorted(wanted.classes),
        "unlabelled": wanted.unlabelled,
        "changed": wanted.changed,
        "excluded": wanted.excluded,
        "split": wanted.split,
        "sort": wanted.sort,
    }


def from_values(values: Mapping[str, object]) -> Filter:
    """The filter that was kept; what is missing or makes no sense is as at the first start."""
    text, classes = values.get("text"), values.get("classes")
    split, sort = values.get("split"), values.get("sort")
    return Filter(
        text=text if isinstance(text, str) else "",
        classes=frozenset(name for name in classes if isinstance(name, str))
        if isinstance(classes, list)
        else frozenset(),
        unlabelled=values.get("unlabelled") is True,
        changed=values.get("changed") is True,
        excluded=values.get("excluded") is True,
        split=split if split in SPLIT_CHOICES else "all",
        sort=sort if sort in SORTS else "path",
    )
