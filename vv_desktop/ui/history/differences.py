"""What restoring a snapshot would change, as a sentence."""

from collections import Counter
from collections.abc import Sequence

from vv_desktop.core.records import Edit, Field
from vv_desktop.ui import words

_NOUNS: dict[Field, tuple[str, str]] = {
    "label": ("label", "labels"),
    "split": ("split", "splits"),
    "group": ("group", "groups"),
    "excluded": ("exclusion", "exclusions"),
}
_MOST = 4


def sentence(edits: Sequence[Edit]) -> str:
    """ "12 labels, 3 splits differ. Restoring makes FrontLeft → FrontRight 5, …"; the commonest first."""
    if not edits:
        return "Nothing differs: everything is as in this snapshot."
    counts = Counter(edit.field for edit in edits)
    parts = [f"{counts[field]:,} {_NOUNS[field][counts[field] != 1]}" for field in _NOUNS if counts[field]]
    said = f"{', '.join(parts)} {'differs' if len(edits) == 1 else 'differ'} from now."
    moves = Counter((e.before or "none", e.after or "none") for e in edits if e.field == "label").most_common()
    if not moves:
        return said
    named = [f"{words.shown(before)} → {words.shown(after)} {count:,}" for (before, after), count in moves[:_MOST]]
    rest = ", …" if len(moves) > _MOST else ""
    return f"{said} Restoring makes {', '.join(named)}{rest}."
