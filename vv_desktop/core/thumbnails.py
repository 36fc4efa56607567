"""Thumbnails: small pictures of any image file, kept as JPEG files that can be deleted at any time."""

import contextlib
import hashlib
import os
import tempfile
from pathlib import Path

import numpy as np
from PIL import Image

from vv_desktop.core import pixels
from vv_desktop.core.arrays import Uint8Array
from vv_desktop.core.thumbnail_sizes import kept_side


def thumbnail(path: Path, side: int, cache: Path) -> tuple[Uint8Array | None, str | None]:
    """The picture (h, w, 3) RGB with its longer side `side` at most, never enlarged; or why there is none.

    A cache that cannot be read or written only costs time. A file that changed gets a new thumbnail,
    since its size and time are part of the name.
    """
    kept = kept_side(side)
    file = _cache_file(path, kept, cache)
    small = _read(file)
    if small is None:
        try:
            small = pixels.scaled(pixels.decode(path, at_least=kept), kept)
        except pixels.ImageProblem as problem:
            return None, str(problem)
        _write(small, file)
    return np.asarray(pixels.scaled(small, side), dtype=np.uint8), None


def _cache_file(path: Path, side: int, cache: Path) -> Path | None:
    try:
        status = path.stat()
    except (OSError, ValueError):
        return None
    key = f"{path}\0{status.st_size}\0{status.st_mtime_ns}".encode("utf-8", "surrogateescape")
    digest = hashlib.blake2b(key, digest_size=16).hexdigest()
    return cache / "thumbnails" / str(side) / digest[:2] / f"{digest}.jpg"


def _read(file: Path | None) -> Image.Image | None:
    if file is None:
        return None
    try:
        return pixels.decode(file)
    except pixels.ImageProblem:
        return None


def _write(image: Image.Image, file: Path | None) -> None:
    """Whole or not at all, but without waiting for the disk: what is lost is made again."""
    if file is None:
        return
    with contextlib.suppress(OSError):
        file.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=".vv-tmp-", suffix=".jpg", dir=file.parent)
        try:
            with os.fdopen(handle, "wb") as stream:
                image.save(stream, "JPEG", quality=88)
            os.replace(name, file)
        except OSError:
            Path(name).unlink(missing_ok=True)
