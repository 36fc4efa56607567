"""How fast batches are read at random from a cache that is not in memory, as if it were larger than that."""

import mmap
import os
import time
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from vv_desktop.ml.material import Examples

BATCHES, SIZE, KEPT = 60, 64, 6
"""Every `KEPT` batches the system forgets what it has read around them."""


def reading(path: Path, shape: tuple[int, ...]) -> None:
    """Print rows/s and bytes read of random batches from a file of float16 rows: row by row, and as the loop reads."""
    size = int(np.prod(shape)) * 2
    rows = np.memmap(path, np.float16, "r", shape=(path.stat().st_size // size, *shape))
    random = np.random.default_rng(0)
    for name, ahead in (("waiting for each", False), ("asking a batch ahead", True)):
        seconds, count, before = 0.0, 0, _bytes_read()
        for _ in range(BATCHES // KEPT):
            places = random.integers(0, len(rows), KEPT * SIZE)
            _forget(rows, path)
            begun = time.perf_counter()
            for start in range(0, len(places), SIZE) if not ahead else ():
                count += len(rows[places[start : start + SIZE]])
            if ahead:
                labels = np.zeros(len(places), np.int64)
                examples = Examples(rows, places, labels, labels.astype(np.float32))
                count += sum(len(batch[0]) for batch in examples.batches(np.arange(len(places)), SIZE))
            seconds += time.perf_counter() - begun
        read = (_bytes_read() - before) / count / 1000
        print(f"rows of {size / 1000:.0f} KB that are not in memory, {name}: {count / seconds:,.0f} rows/s, ", end="")
        print(f"{read:,.0f} KB read a row")


def _forget(rows: npt.NDArray[Any], path: Path) -> None:
    """Only this file: what others have in memory stays."""
    assert isinstance(rows.base, mmap.mmap)
    rows.base.madvise(mmap.MADV_DONTNEED)
    with path.open("rb") as file:
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def _bytes_read() -> int:
    """By this process, from the disk."""
    lines = Path("/proc/self/io").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("read_bytes"))
