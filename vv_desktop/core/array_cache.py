"""A cache of equal-shaped arrays on disk, keyed by text: pixels by content, features by content and network.

The arrays lie one after another in `arrays.bin`, appended and never moved; `index.sqlite` says
which key is at which place, and learns of an array only after its bytes are on the disk. So a
kill leaves unused bytes, never a wrong array. The folder can be deleted at any time.
"""

import contextlib
import mmap
import os
import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from vv_desktop.core.arrays import Int64Array
from vv_desktop.core.errors import UserError


def read_ahead(rows: npt.NDArray[Any], places: Int64Array) -> None:
    """Ask the system to bring these rows of `ArrayCache.rows()` into memory; returns at once, and changes nothing.

    For rows in random order, a batch before they are used. Without it each row that is not in memory is waited
    for, and the system reads up to megabytes around it. Does nothing for other arrays and on Windows.
    """
    file: Any = rows.base
    if not isinstance(file, mmap.mmap) or not hasattr(file, "madvise"):
        return
    for place in places.tolist():
        first = place * rows.strides[0]
        page = first - first % mmap.PAGESIZE
        file.madvise(mmap.MADV_WILLNEED, page, first + rows.strides[0] - page)


class ArrayCache:
    """Arrays of one shape and type. Not shared between threads; several processes may use one folder.

    Raises UserError where the disk refuses.
    """

    def __init__(self, folder: Path, shape: tuple[int, ...], dtype: npt.DTypeLike) -> None:
        self._shape, self._dtype = shape, np.dtype(dtype)
        self._bytes = int(np.prod(shape)) * self._dtype.itemsize
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise UserError(f"The cache folder cannot be made ({error.strerror}): {folder}") from error
        self._data = folder / f"arrays-{'x'.join(map(str, shape))}-{self._dtype.name}.bin"
        try:
            self._index = sqlite3.connect(self._data.with_suffix(".sqlite"), timeout=30, isolation_level=None)
            self._index.execute(
                "CREATE TABLE IF NOT EXISTS places (key TEXT PRIMARY KEY, place INTEGER NOT NULL) WITHOUT ROWID"
            )
        except sqlite3.Error as error:
            raise UserError(f"The cache cannot be opened ({error}); it can be deleted: {folder}") from error

    def places(self, keys: Sequence[str]) -> Int64Array:
        """Row of each key in `rows()`, (N,); −1 where it is not cached."""
        size = self._data.stat().st_size // self._bytes if self._data.exists() else 0
        # Asked one by one, in one transaction: the whole index for each chunk would be work that grows as a square.
        self._index.execute("BEGIN")
        try:
            ask = "SELECT place FROM places WHERE key = ?"
            found = [self._index.execute(ask, (key,)).fetchone() for key in keys]
        finally:
            self._index.execute("COMMIT")
        places = np.array([-1 if row is None else row[0] for row in found], dtype=np.int64)
        places[places >= size] = -1
        return places

    def append(self, keys: Sequence[str], arrays: npt.NDArray[Any]) -> None:
        """Keep `arrays` (N, *shape) under `keys`; a key that is there already gets a new place."""
        block = np.ascontiguousarray(arrays, dtype=self._dtype)
        if block.shape != (len(keys), *self._shape):
            raise ValueError(f"shape {(len(keys), *self._shape)} expected; received {block.shape}")
        try:
            self._index.execute("BEGIN IMMEDIATE")
            try:
                with self._data.open("ab") as file:
                    first = -(-file.tell() // self._bytes)
                    file.write(b"\0" * (first * self._bytes - file.tell()))
                    file.write(block.tobytes())
                    file.flush()
                    os.fsync(file.fileno())
                self._index.executemany(
                    "INSERT OR REPLACE INTO places VALUES (?, ?)", [(key, first + i) for i, key in enumerate(keys)]
                )
            finally:
                self._index.execute("COMMIT" if self._index.in_transaction else "SELECT 1")
        except OSError as error:
            raise UserError(f"The cache could not be written ({error.strerror}): {self._data}") from error
        except sqlite3.Error as error:
            raise UserError(f"The cache could not be written ({error}): {self._data}") from error

    def rows(self) -> npt.NDArray[Any]:
        """All arrays there are, memory-mapped, read-only: (rows, *shape)."""
        if not self._data.exists() or self._data.stat().st_size < self._bytes:
            return np.zeros((0, *self._shape), self._dtype)
        rows = self._data.stat().st_size // self._bytes
        return np.memmap(self._data, dtype=self._dtype, mode="r", shape=(rows, *self._shape))

    def close(self) -> None:
        """Let go of the files."""
        self._index.close()


def kept_keys(folder: Path, shape: tuple[int, ...] | None = None) -> frozenset[str]:
    """Keys of the arrays in `folder`, of one shape or of all; nothing is made where there is nothing.

    Raises UserError where the cache cannot be read.
    """
    keys: set[str] = set()
    pattern = f"arrays-{'x'.join(map(str, shape)) if shape else '*'}-*.sqlite"
    for path in sorted(folder.glob(pattern)):
        try:
            with contextlib.closing(
                sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True, timeout=30)
            ) as index:
                keys.update(key for (key,) in index.execute("SELECT key FROM places"))
        except sqlite3.Error as error:
            raise UserError(f"The cache cannot be read ({error}); it can be deleted: {folder}") from error
    return frozenset(keys)
