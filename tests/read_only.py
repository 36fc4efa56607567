"""A folder that nothing can be written into, for root too, whom permissions do not stop otherwise."""

import contextlib
import ctypes
import os
from collections.abc import Iterator
from pathlib import Path

_VERSION_3 = 0x20080522
_OVERRIDES = 0b110
"""CAP_DAC_OVERRIDE and CAP_DAC_READ_SEARCH: root's right to pass over permissions."""


@contextlib.contextmanager
def read_only(folder: Path) -> Iterator[None]:
    """`folder` and all folders in it as chmod 555; files keep their mode. Threads begun inside obey as well."""
    folders = [folder, *(path for path in folder.rglob("*") if path.is_dir())]
    for one in folders:
        one.chmod(0o555)
    try:
        with ordinary_rights():
            yield
    finally:
        for one in folders:
            one.chmod(0o755)


@contextlib.contextmanager
def ordinary_rights() -> Iterator[None]:
    """Permissions hold for root as well."""
    if os.geteuid() != 0:
        yield
        return
    libc = ctypes.CDLL(None, use_errno=True)
    header = (ctypes.c_uint32 * 2)(_VERSION_3, 0)
    sets = (ctypes.c_uint32 * 6)()  # effective, permitted, inheritable, twice
    assert libc.capget(header, sets) == 0, os.strerror(ctypes.get_errno())
    before = sets[0]
    sets[0] = before & ~_OVERRIDES
    assert libc.capset(header, sets) == 0, os.strerror(ctypes.get_errno())
    try:
        yield
    finally:
        sets[0] = before
        assert libc.capset(header, sets) == 0, os.strerror(ctypes.get_errno())
