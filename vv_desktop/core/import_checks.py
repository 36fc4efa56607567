"""What is odd about an import and has to be said before the project is made."""

import dataclasses
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from natsort import natsorted

from vv_desktop.core.classes import ClassList, fits_labels_txt
from vv_desktop.core.import_plan import Found
from vv_desktop.core.label_csv import Problem


def outside(images: Sequence[Found], root: Path) -> list[Problem]:
    """Files that do not lie below `root`, whatever links say: listed once, as a yes to the import is one to them."""
    real_root = root.resolve()
    parents = {folder: folder.resolve() for folder in {image.path.parent for image in images}}
    found = []
    for image in images:
        real = image.path.resolve() if image.path.is_symlink() else parents[image.path.parent] / image.path.name
        if not real.is_relative_to(real_root):
            found.append(str(real.parent))
    if not found:
        return []
    folders = natsorted(set(found))
    where = ", ".join(folders[:3]) + (f" and {len(folders) - 3} more folders" if len(folders) > 3 else "")
    return [Problem(where, f"{len(found):,} files that do not lie in {root} are read where they are")]


def with_class_names(images: Sequence[Found]) -> tuple[list[Found], list[Problem]]:
    """A label that labels.txt cannot hold would move the classes behind it: it is named and left out."""
    odd = Counter(i.wanted for i in images if i.wanted and not fits_labels_txt(i.wanted))
    return (
        [dataclasses.replace(i, wanted="") if i.wanted in odd else i for i in images],
        [
            Problem(
                f"{count} images", f"A class name is one line that does not begin like a comment; received {name!r}"
            )
            for name, count in odd.items()
        ],
    )


def case_twins(classes: ClassList) -> list[Problem]:
    """Names that differ in capitals only are two classes, which is hardly what was meant."""
    alike: dict[str, list[str]] = {}
    for name in classes:
        alike.setdefault(name.casefold(), []).append(name)
    return [
        Problem("Classes", f"{' and '.join(names)} differ in capitals only, and stay two classes")
        for names in alike.values()
        if len(names) > 1
    ]
