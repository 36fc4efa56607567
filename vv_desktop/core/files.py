"""Writing files so that they are whole or not there, and names that sort as people expect."""

import contextlib
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from vv_desktop.core.errors import UserError

TEMPORARY_PREFIX = ".vv-tmp-"
_STARTED = time.time()


@contextlib.contextmanager
def atomic_path(target: Path) -> Iterator[Path]:
    """A fresh name in the folder of `target`; what was written there replaces `target` when the block ends well.

    The file is flushed to the disk before it takes the name, and the folder after, so that a
    power cut leaves the old file or the new one, whole. On an error the old one stays.
    Raises UserError if the disk refuses.
    """
    try:
        handle, name = tempfile.mkstemp(prefix=TEMPORARY_PREFIX, suffix=target.suffix, dir=target.parent)
        os.close(handle)
    except OSError as error:
        raise UserError(f"Cannot write here ({error.strerror}): {target}") from error
    temporary = Path(name)
    try:
        try:
            yield temporary
            _flush(temporary)
            _inherit_mode(temporary, target)
            os.replace(temporary, target)
            _flush_folder(target.parent)
        except OSError as error:
            reason = error.strerror or str(error)
            if isinstance(error, PermissionError) and target.exists():  # Windows says no more of a file that is open
                reason += "; if another program has it open, close it there and try again"
            raise UserError(f"The file could not be written ({reason}); the old one is untouched: {target}") from error
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink()


def atomic_write(target: Path, data: bytes) -> None:
    """`data` as the whole content of `target`, by way of `atomic_path`."""
    with atomic_path(target) as temporary:
        temporary.write_bytes(data)


def remove_unfinished(project: Path) -> None:
    """What an earlier process, which died, left of `atomic_path` in the folder of a project that this one holds."""
    for pattern in ("", "backups/", "runs/*/"):
        for left in project.glob(f"{pattern}{TEMPORARY_PREFIX}*"):
            with contextlib.suppress(OSError):
                if left.stat().st_mtime < _STARTED:  # a training may be writing while the store is read again
                    shutil.rmtree(left) if left.is_dir() else left.unlink()


def can_write(folder: Path) -> bool:
    """Whether files can be made in a folder that is there; Windows tells only when the first one is made."""
    return os.access(folder, os.W_OK, effective_ids=os.access in os.supports_effective_ids)


def flush_tree(folder: Path) -> None:
    """Every file and folder in `folder`, and itself, flushed to the disk. Raises OSError."""
    for parent, _, names in os.walk(folder, topdown=False):
        for name in names:
            _flush(Path(parent) / name)
        _flush_folder(Path(parent))


def _flush(path: Path) -> None:
    handle = os.open(path, os.O_RDWR)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _flush_folder(folder: Path) -> None:
    if os.name == "nt":  # a folder cannot be opened there, and its entries are journalled
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _inherit_mode(temporary: Path, target: Path) -> None:
    """mkstemp makes files that only their owner can read; a new file should be as open as any other."""
    try:
        mode = target.stat().st_mode & 0o777
    except OSError:
        mask = os.umask(0)
        os.umask(mask)
        mode = 0o666 & ~mask
    os.chmod(temporary, mode)
