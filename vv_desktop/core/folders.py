"""Walking folders of images: which files are pictures, and why the others are not."""

import collections
import contextlib
import os
import stat
from pathlib import Path

from natsort import os_sorted

from vv_desktop.core.errors import UserError
from vv_desktop.core.formats import CONVERT, SUFFIXES
from vv_desktop.core.label_csv import Problem
from vv_desktop.core.project import PROJECT_NAME

_OURS = frozenset({PROJECT_NAME, "__MACOSX"})
_SILENT = frozenset({".csv", ".txt", ".json", ".md", ".db", ".ini", ".vv"})


def walk_images(folder: Path) -> tuple[list[Path], list[Problem]]:
    """Every picture below `folder`, in the order a person would list them, and what was passed over.

    Nothing is opened. Hidden files and folders do not count; links to folders are not followed.
    """
    found: list[Path] = []
    problems: list[Problem] = []
    others: collections.Counter[str] = collections.Counter()

    def refused(error: OSError) -> None:
        problems.append(Problem(str(error.filename), f"The folder cannot be read ({error.strerror})"))

    for parent, folders, names in os.walk(folder, onerror=refused):
        inside = Path(parent)
        folders[:] = [name for name in folders if not name.startswith(".") and name not in _OURS]
        for name in list(folders):
            if (inside / name).is_symlink():
                problems.append(
                    Problem(str(inside / name), "A link to another folder is not followed; open that folder itself")
                )
        for name in names:
            suffix = os.path.splitext(name)[1].lower()
            if name.startswith(".") or name in ("Thumbs.db", "desktop.ini"):
                continue
            if suffix in CONVERT:
                problems.append(
                    Problem(str(inside / name), f"{suffix[1:].upper()} is not read here; convert it to JPEG or PNG")
                )
            elif suffix not in SUFFIXES:
                others[suffix or "no ending"] += 0 if suffix in _SILENT else 1
            elif reason := _not_a_file(inside / name, folder):
                problems.append(Problem(str(inside / name), reason))
            else:
                found.append(inside / name)
    problems.extend(
        Problem(f"{count} files ({ending})", "Not a picture in a format that is read here")
        for ending, count in others.items()
        if count
    )
    return list(os_sorted(found)), problems


def photos_in(folder: Path) -> dict[str, tuple[int, int]]:
    """Size in bytes and time of change in ns of each picture in `folder` itself, by name.

    Nothing is opened; hidden files and links do not count. Raises UserError if the folder cannot be read.
    """
    found = {}
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                suffix = os.path.splitext(entry.name)[1].lower()
                if suffix in SUFFIXES and not entry.name.startswith("."):
                    with contextlib.suppress(FileNotFoundError):  # gone since it was listed
                        if entry.is_file(follow_symlinks=False):
                            status = entry.stat(follow_symlinks=False)
                            found[entry.name] = status.st_size, status.st_mtime_ns
    except OSError as error:
        raise UserError(f"The folder cannot be read ({error.strerror}): {folder}") from error
    return found


def _not_a_file(path: Path, root: Path) -> str | None:
    """Why a name that ends like a picture is none, or None if it is a file."""
    try:
        mode = path.stat().st_mode
    except OSError as error:
        return f"The file cannot be read ({error.strerror})"
    if not stat.S_ISREG(mode):
        return "Not a file"
    if path.is_symlink() and not path.resolve().is_relative_to(root.resolve()):
        return "A link that leads out of the folder is not followed"
    return None
