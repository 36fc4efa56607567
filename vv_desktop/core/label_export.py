"""The labels of a project as a CSV that can be opened again; a file that others changed meanwhile is kept beside it."""

import contextlib
import hashlib
from dataclasses import dataclass
from pathlib import Path

from vv_desktop.core.dataset import Split
from vv_desktop.core.errors import UserError
from vv_desktop.core.files import atomic_write
from vv_desktop.core.label_csv import csv_bytes
from vv_desktop.core.project import Project, stored_path

HEADER = ("filepath", "label", "split", "group")
_WRITTEN = "written label files"


@dataclass(frozen=True)
class LabelExport:
    """What was written: images, and how many of them are labelled; excluded: left out; kept: the file that was there
    and was not what this project had last written, under its new name."""

    images: int
    labelled: int
    excluded: int
    kept: Path | None


def export_labels(project: Project, out: Path, split: Split | None = None) -> LabelExport:
    """Write the labels as they are now, of one split or all, but for excluded images. Raises UserError.

    An edit is saved in the store before it can be exported, so a file that cannot be written loses none.
    """
    out = out.resolve()
    chosen = [row for row in project.images.values() if split in (None, row.split)]
    rows = [row for row in chosen if not row.excluded]
    cells = [
        (stored_path(out.parent, project.path_of(row.id)), row.label or "", row.split or "", row.group) for row in rows
    ]
    data = csv_bytes(HEADER, cells)
    kept = _keep_foreign(project, out, data)
    atomic_write(out, data)
    _remember(project, out, data)
    return LabelExport(len(rows), sum(row.label is not None for row in rows), len(chosen) - len(rows), kept)


def _keep_foreign(project: Project, out: Path, data: bytes) -> Path | None:
    """A copy of what lies at `out`, unless this project wrote it last or it holds just that."""
    try:
        there = out.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise UserError(f"What is there cannot be read, so it is not replaced ({error.strerror}): {out}") from error
    if there == data or _digest(there) == _written(project).get(_key(project, out)):
        return None
    number = 1
    while (kept := out.with_name(f"{out.stem}.kept-{number}{out.suffix}")).exists():
        number += 1
    atomic_write(kept, there)
    return kept


def _remember(project: Project, out: Path, data: bytes) -> None:
    """A store that refuses costs a needless copy next time, and no label."""
    with contextlib.suppress(UserError):
        project.store.set_value(_WRITTEN, {**_written(project), _key(project, out): _digest(data)})


def _written(project: Project) -> dict[str, str]:
    found = project.store.value(_WRITTEN)
    return found if isinstance(found, dict) else {}


def _key(project: Project, out: Path) -> str:
    return stored_path(project.folder, out)


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
