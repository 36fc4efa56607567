"""What edits changed, in words: all of them as a sentence, and those of each image as a note."""

from collections import Counter
from collections.abc import Sequence

from vv_desktop.core.records import Edit, Field
from vv_desktop.ui import words

_NOUNS: dict[Field, tuple[str, str]] = {
    "label": ("label", "labels"),
    "split": ("split", "splits"),
    "group": ("group", "groups"),
    "excluded": ("exclusion", "exclusions"),
    "review": ("answer to a suspect", "answers to suspects"),
}
_MOST = 4
_ANSWERS = {"kept": "label kept", "unsure": "not sure", None: "answer taken back"}


def sentence(edits: Sequence[Edit]) -> str:
    """ "3 labels changed: FrontLeft → Rear 2, Rear → no label 1. 1 split changed."; the commonest move first."""
    counts = Counter(edit.field for edit in edits)
    parts = []
    for field, (one, many) in _NOUNS.items():
        if counts[field]:
            said = f"{counts[field]:,} {one if counts[field] == 1 else many} changed"
            parts.append(f"{said}: {_moves(edits)}." if field == "label" else f"{said}.")
    return " ".join(parts)


def notes(edits: Sequence[Edit]) -> dict[int, str]:
    """What changed of each image: "FrontLeft → Rear · train → val"."""
    found: dict[int, list[str]] = {}
    for edit in edits:
        if edit.field != "class":
            found.setdefault(edit.image, []).append(_note(edit))
    return {image: " · ".join(said) for image, said in found.items()}


def _moves(edits: Sequence[Edit]) -> str:
    moves = Counter(_arrow(edit, "no label") for edit in edits if edit.field == "label").most_common()
    named = [f"{arrow} {count:,}" for arrow, count in moves[:_MOST]]
    rest = sum(count for _, count in moves[_MOST:])
    return ", ".join([*named, f"others {rest:,}"] if rest else named)


def _note(edit: Edit) -> str:
    if edit.field == "label":
        return _arrow(edit, "no label")
    if edit.field == "split":
        return _arrow(edit, "no split")
    if edit.field == "group":
        return f"group {words.shown(edit.after)}" if edit.after is not None else "group it came with"
    if edit.field == "excluded":
        return "excluded" if edit.after else "taken in again"
    return _ANSWERS.get(edit.after, "")


def _arrow(edit: Edit, none: str) -> str:
    return f"{words.shown(edit.before or none)} → {words.shown(edit.after or none)}"
