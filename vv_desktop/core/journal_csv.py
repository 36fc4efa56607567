"""The journal of edits as a CSV for spreadsheets: one row an edit, newest first."""

import time
from collections.abc import Iterator
from pathlib import Path

from vv_desktop.core.label_csv import write_csv
from vv_desktop.core.project import Project

HEADER = ("when", "from", "what", "image", "field", "before", "after")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def write_journal(path: Path, project: Project) -> int:
    """Every edit in force into `path`, whole or not at all; how many they are. Raises UserError."""
    rows = list(_rows(project))
    write_csv(path, HEADER, rows)
    return len(rows)


def safe(cell: str) -> str:
    """A spreadsheet takes a cell that begins like a formula for one, unless a quote stands before it."""
    return f"'{cell}" if cell.startswith(_FORMULA) else cell


def _rows(project: Project) -> Iterator[tuple[str, ...]]:
    for group in project.store.journal():
        when = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(group.time))
        for edit in group.edits:
            row = project.images.get(edit.image) if edit.field != "class" else None
            cells = (when, group.origin, group.what, row.path if row else "", edit.field, edit.before, edit.after)
            yield tuple(safe(cell or "") for cell in cells)
