"""Network input of many images, decoded once: uint8 pixels kept on disk, keyed by the content of the file."""

import hashlib
import os
import sqlite3
import stat
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from vv_desktop.core.array_cache import ArrayCache, kept_keys
from vv_desktop.core.arrays import Int64Array, Uint8Array
from vv_desktop.core.dataset import Sample
from vv_desktop.core.errors import UserError
from vv_desktop.core.pixels import ImageProblem, network_input
from vv_desktop.core.progress import Progress, Step

CHUNK = 128
"""Images between two writes: 20 MB at 224 px, so a kill loses a second of work."""


@dataclass(frozen=True)
class Pixels:
    """Network input of some images.

    rows: uint8 RGB (rows, size, size, 3), memory-mapped, read-only; holds other images too.
    places: (N,) row of each image asked for, -1 where it could not be read.
    digests: (N,) BLAKE2b-128 of each file's bytes as hexadecimal, '' where it could not be read.
    problems: path and sentence of each image that could not be read.
    """

    rows: Uint8Array
    places: Int64Array
    digests: tuple[str, ...]
    problems: tuple[tuple[Path, str], ...]


def cached_pixels(samples: Sequence[Sample], size: int, cache: Path, progress: Progress) -> Pixels:
    """Network input of `samples`, size × size, from the cache or decoded now and cached.

    An image that cannot be read is a line in `problems` and is tried again the next time, as its
    file may have been replaced. Reports Step("Reading photos"). Raises Cancelled between images,
    and UserError where the disk of the cache refuses.
    """
    arrays = ArrayCache(cache / "pixels", (size, size, 3), np.uint8)
    try:
        seen = _SeenFiles(cache / "pixels")
        try:
            return _filled(samples, size, arrays, seen, progress)
        finally:
            seen.close()
    finally:
        arrays.close()


def cached_digests(samples: Sequence[Sample], size: int, cache: Path) -> tuple[str, ...]:
    """Digest of each image whose pixels are in the cache, '' of each other one. Nothing is decoded or written.

    Raises UserError where the cache cannot be read.
    """
    folder = cache / "pixels"
    if not folder.is_dir():
        return ("",) * len(samples)
    seen, kept = _SeenFiles(folder), kept_keys(folder, (size, size, 3))
    try:
        digests = [seen.digest(s.path, _state(s.path)) for s in samples]
        return tuple(digest if digest in kept else "" for digest in digests)
    finally:
        seen.close()


@dataclass(frozen=True)
class _State:
    """What tells a file apart from its successor under the same name."""

    size: int
    mtime_ns: int


@dataclass(frozen=True)
class _Reading:
    """One file read: its digest, and its pixels, or what is wrong with it."""

    path: Path
    state: _State | None
    digest: str
    pixels: Uint8Array | None
    problem: str | None


class _SeenFiles:
    """Remembers which file had which content, so that no unchanged file is read twice."""

    def __init__(self, folder: Path) -> None:
        try:
            self._index = sqlite3.connect(folder / "files.sqlite", timeout=30, isolation_level=None)
            self._index.execute(
                "CREATE TABLE IF NOT EXISTS files (path BLOB PRIMARY KEY, size INTEGER, mtime_ns INTEGER, digest TEXT)"
            )
            rows = self._index.execute("SELECT path, size, mtime_ns, digest FROM files")
            self._known = {path: (_State(size, mtime), digest) for path, size, mtime, digest in rows}
        except sqlite3.Error as error:
            raise UserError(f"The cache cannot be opened ({error}); it can be deleted: {folder}") from error

    def digest(self, path: Path, state: _State | None) -> str:
        """Digest of the file's content, '' if it was not seen in this state."""
        known, digest = self._known.get(os.fsencode(path), (None, ""))
        return digest if state is not None and state == known else ""

    def remember(self, readings: Iterable[_Reading]) -> None:
        """Keep what was learnt of files that could be read. Raises UserError."""
        good = [(r, r.state) for r in readings if r.state is not None and r.problem is None]
        rows = [(os.fsencode(r.path), state.size, state.mtime_ns, r.digest) for r, state in good]
        try:
            self._index.execute("BEGIN IMMEDIATE")
            self._index.executemany("INSERT OR REPLACE INTO files VALUES (?, ?, ?, ?)", rows)
            self._index.execute("COMMIT")
        except sqlite3.Error as error:
            raise UserError(f"The cache could not be written ({error}); it can be deleted") from error

    def close(self) -> None:
        """Let go of the file."""
        self._index.close()


def _filled(samples: Sequence[Sample], size: int, arrays: ArrayCache, seen: _SeenFiles, progress: Progress) -> Pixels:
    digests = [seen.digest(s.path, _state(s.path)) for s in samples]
    unread = np.flatnonzero(arrays.places(digests) < 0)
    done = len(samples) - len(unread)
    progress.report(Step("Reading photos", done, len(samples)))
    problems: list[tuple[Path, str]] = []
    for start in range(0, len(unread), CHUNK):
        chunk = unread[start : start + CHUNK]
        readings = list(progress.map(partial(_read, size=size), [samples[i].path for i in chunk]))
        _keep(readings, arrays, seen)
        for i, reading in zip(chunk, readings, strict=True):
            digests[i] = reading.digest
            if reading.problem:
                problems.append((reading.path, reading.problem))
        progress.report(Step("Reading photos", done + start + len(chunk), len(samples)))
    return Pixels(arrays.rows(), arrays.places(digests), tuple(digests), tuple(problems))


def _keep(readings: Sequence[_Reading], arrays: ArrayCache, seen: _SeenFiles) -> None:
    """Pixels first, then which file holds them: after a kill between the two the file is read again."""
    fresh = {r.digest: r.pixels for r in readings if r.pixels is not None}
    known = arrays.places(list(fresh))
    new = {digest: fresh[digest] for digest, place in zip(fresh, known, strict=True) if place < 0}
    if new:
        arrays.append(list(new), np.stack(list(new.values())))
    seen.remember(readings)


def _read(path: Path, size: int) -> _Reading:
    """Digest and pixels of one file. Runs on several threads at once; raises nothing."""
    before = _state(path)
    try:
        pixels = network_input(path, size)
        digest = _digest(path)
    except ImageProblem as error:
        return _Reading(path, before, "", None, str(error))
    except OSError as error:
        return _Reading(path, before, "", None, f"The file cannot be read ({error.strerror}): {path.name}")
    if _state(path) != before:
        return _Reading(path, before, "", None, f"The file changed while it was read: {path.name}")
    return _Reading(path, before, digest, pixels, None)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.blake2b(digest_size=16)).hexdigest()


def _state(path: Path) -> _State | None:
    try:
        status = path.stat()
    except (OSError, ValueError):
        return None
    return _State(status.st_size, status.st_mtime_ns) if stat.S_ISREG(status.st_mode) else None
