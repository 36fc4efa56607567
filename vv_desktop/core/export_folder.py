"""The folder an export becomes: whole or not there, and able to tell later that nothing in it was changed.

SHA256SUMS names every other file with its SHA-256, in the format of sha256sum. It is the last thing to take its
name and the first to lose it, so a folder that has it is whole.
"""

import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from vv_desktop.core.errors import UserError
from vv_desktop.core.files import TEMPORARY_PREFIX, flush_tree

SUMS = "SHA256SUMS"


@contextmanager
def staging(out: Path) -> Iterator[Path]:
    """A fresh folder on the disk of `out`, gone when the block ends. Raises UserError where nothing can be written."""
    made: list[Path] = [folder for folder in (out.parent, *out.parent.parents) if not folder.exists()]
    try:
        parent = out if out.exists() else out.parent
        parent.mkdir(parents=True, exist_ok=True)
        folder = Path(tempfile.mkdtemp(prefix=TEMPORARY_PREFIX, dir=parent))
    except OSError as error:
        raise UserError(f"Cannot write here ({error.strerror}): {out}") from error
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        for empty in made:
            try:
                empty.rmdir()
            except OSError:
                break  # something is in it: the export


def write_sums(folder: Path) -> None:
    """Write SHA256SUMS of all that is in `folder`. Raises OSError."""
    files = sorted(path for path in folder.rglob("*") if path.is_file() and path.name != SUMS)
    lines = [f"{_sha256(path)}  {path.relative_to(folder).as_posix()}\n" for path in files]
    (folder / SUMS).write_bytes("".join(lines).encode())


def read_sums(folder: Path) -> dict[str, str]:
    """SHA-256 of each file by its name in `folder`. Raises UserError if this is no whole export."""
    path = folder / SUMS
    try:
        lines = path.read_bytes().decode().splitlines()
        sums = {name: digest for digest, name in (line.split("  ", 1) for line in lines)}
    except (OSError, ValueError) as error:
        raise UserError(f"This is no whole export, as its {SUMS} cannot be read ({error}): {folder}") from error
    if "model.json" not in sums or not all(_stays_inside(name) for name in sums):
        raise UserError(f"This is no whole export, as its {SUMS} is not right: {folder}")
    return sums


def check_sums(folder: Path) -> int:
    """Raise UserError with a sentence for the first file that is missing or not as it was exported; their number."""
    sums = read_sums(folder)
    for name, digest in sums.items():
        if not (folder / name).is_file():
            raise UserError(f"A file of the export is missing: {folder / name}")
        if _sha256(folder / name) != digest:
            raise UserError(f"This is not the file that was exported; it was changed or damaged: {folder / name}")
    return len(sums)


def publish(staged: Path, out: Path) -> None:
    """Give the folder `staged` the name `out`, or its files their names in `out` if that is there. Raises UserError.

    A new folder comes in one step. In an old one each file is replaced in one step, files of an
    earlier export that this one has not are removed, and whatever else lies there stays.
    """
    try:
        flush_tree(staged)
        if not out.exists():
            os.replace(staged, out)
            return
        old = _earlier(out)
        (out / SUMS).unlink(missing_ok=True)
        names = sorted((path.name for path in staged.iterdir()), key=lambda name: (name == SUMS, name))
        for name in sorted(old - set(names)):
            _take_away(out / name, staged)
        for name in names:
            _take_away(out / name, staged)
            os.replace(staged / name, out / name)
        flush_tree(out / "golden")
    except OSError as error:
        raise UserError(f"The export could not be written ({error.strerror or error}): {out}") from error


def _earlier(out: Path) -> set[str]:
    """Names in `out` of which an earlier export says that they are its own."""
    try:
        return {PurePosixPath(name).parts[0] for name in read_sums(out)}
    except UserError:
        return set()


def _take_away(path: Path, staged: Path) -> None:
    """A folder cannot be replaced in one step, so the old one leaves with the staging folder; so do odd files."""
    if path.is_dir() and not path.is_symlink():
        os.rename(path, staged.with_name(f"old-{path.name}"))
    elif not (staged / path.name).exists():
        path.unlink(missing_ok=True)


def _stays_inside(name: str) -> bool:
    parts = PurePosixPath(name).parts
    return bool(parts) and ".." not in parts and not name.startswith("/") and "\\" not in name


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
