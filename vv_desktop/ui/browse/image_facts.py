"""What is known of an image, in words for the inspector."""

from collections import Counter
from collections.abc import Iterable, Sequence

from vv_desktop.core.records import Edit, EditGroup, ImageRow
from vv_desktop.tasks.data import Picture
from vv_desktop.ui import words


def picture_line(picture: Picture) -> str:
    """Pixels, format and bytes: "1,024 × 768 · JPEG · 132 kB"."""
    return f"{picture.width:,} × {picture.height:,} · {picture.format} · {words.file_size(picture.bytes)}"


def changed_line(row: ImageRow, picture: Picture) -> str:
    """That the file is no longer the one that was added; empty while it is. A copy of it has another time, not size."""
    if row.size in (-1, picture.bytes):  # there was none when it was added, or it is the same
        return ""
    before, now = words.file_size(row.size), words.file_size(picture.bytes)
    sizes = f" ({before} then)" if before != now else ""
    label = "; is the label still right?" if row.label is not None else ""
    return f"The file changed since it was added{sizes}{label}"


def history_lines(groups: Sequence[EditGroup]) -> list[str]:
    """One line an edit, newest first: "FrontLeft → FrontRight · 14:02 · keyboard"."""
    lines = []
    for group in groups:
        for edit in reversed(group.edits):
            lines.append(words.shown(f"{_change(edit)} · {words.moment(group.time)} · {group.origin}"))
    return lines


def _change(edit: Edit) -> str:
    if edit.field == "excluded":
        return "excluded" if edit.after else "taken in again"
    if edit.field == "review":
        verdicts = {"kept": "kept as labelled", "unsure": "not sure"}
        return verdicts.get(edit.after or "", "not reviewed any more")
    none = {"label": "no label", "split": "no split"}.get(edit.field, "the group it came with")
    return f"{edit.before or none} → {edit.after or none}"


def label_summary(rows: Iterable[ImageRow], most: int = 8) -> str:
    """Labels of several images with their counts, the most frequent first, one a line."""
    counts = Counter([row.label for row in rows]).most_common()
    lines = [f"{count:,} {words.shown(name or 'unlabelled')}" for name, count in counts[:most]]
    return "\n".join([*lines, f"and {len(counts) - most} more labels"] if len(counts) > most else lines)
