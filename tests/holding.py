"""Files and folders that the system lets nobody change, for tests of what is said then."""

import contextlib
import os
import resource
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest


@contextlib.contextmanager
def held(path: Path) -> Iterator[str]:
    """Nobody may replace this file, or write in this folder; what is said of a file then.

    So it is on Windows while Excel has the file open. Permissions stop no administrator, so there it is the flag of
    files that cannot be changed.
    """
    if os.geteuid() == 0:
        if subprocess.run(["chattr", "+i", path], capture_output=True).returncode:
            pytest.skip("this file system has no files that cannot be changed")
        try:
            yield "close it there and try again"
        finally:
            subprocess.run(["chattr", "-i", path], check=True)
    else:
        folder = path if path.is_dir() else path.parent
        folder.chmod(0o555)
        try:
            yield "Cannot write here"
        finally:
            folder.chmod(0o755)


@contextlib.contextmanager
def full_disk(largest: int) -> Iterator[None]:
    """No file may grow beyond `largest` bytes: the error comes from the system, in the middle of writing."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (largest, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
