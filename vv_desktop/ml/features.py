"""Pooled features of the frozen backbone, computed once with LiteRT and kept, keyed by content and network."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from vv_desktop.core.array_cache import ArrayCache
from vv_desktop.core.arrays import Int64Array, Uint8Array
from vv_desktop.core.errors import UserError
from vv_desktop.core.pixel_cache import Pixels
from vv_desktop.core.plans import Plan
from vv_desktop.core.progress import Note, Progress, Step
from vv_desktop.ml.litert import LiteRtNetwork
from vv_desktop.ml.weights import Weights

CHUNK = 64
"""Images between two writes and two looks at cancel: about 0.2 s."""


@dataclass(frozen=True)
class Features:
    """Pooled features of some images.

    rows: (rows, channels) float32 for average pooling, (rows, cells, cells, channels) float16 for 3x3;
        memory-mapped, read-only; holds other images too.
    places: (N,) row of each image asked for, -1 where its pixels could not be read.
    """

    rows: npt.NDArray[Any]
    places: Int64Array


def cached_features(
    pixels: Pixels,
    plan: Plan,
    weights: Weights,
    cache: Path,
    shared_cache: Path,
    progress: Progress,
    mirrored: bool = False,
) -> Features:
    """Features of all readable images of `pixels`, from the cache or computed now and cached.

    cache: folder for the features; shared_cache: folder for the converted backbone, made once a machine.
    mirrored: of the pictures flipped along their width instead, kept beside the others under keys of their own.
    Reports Step("Computing features"). Raises Cancelled between chunks, UserError where a disk refuses.
    """
    network = LiteRtNetwork(prepared_backbone(plan, weights, shared_cache, progress))
    dtype = np.float32 if plan.pooling == "average" else np.float16
    arrays = ArrayCache(cache / "features" / backbone_key(plan, weights), network.output_shape, dtype)
    try:
        readable = np.flatnonzero(pixels.places >= 0)
        keys = [pixels.digests[i] + (":mirror" if mirrored else "") for i in readable]
        look = (lambda rows: mirror_images(pixels.rows[rows])) if mirrored else (lambda rows: pixels.rows[rows])
        _fill(arrays, keys, pixels.places[readable], look, network, progress)
        places = np.full(len(pixels.places), -1, np.int64)
        places[readable] = arrays.places(keys)
        return Features(arrays.rows(), places)
    finally:
        arrays.close()


def mirror_images(images: Uint8Array) -> Uint8Array:
    """Images (N, height, width, 3) with left and right swapped."""
    return images[:, :, ::-1]


def backbone_key(plan: Plan, weights: Weights) -> str:
    """Everything that features depend on besides the picture, as a file name."""
    return f"{plan.backbone}-{plan.pooling}-{plan.image_size}-{weights.digest[:16]}"


def _fill(
    arrays: ArrayCache,
    keys: list[str],
    rows: Int64Array,
    look: Callable[[list[int]], Uint8Array],
    network: LiteRtNetwork,
    progress: Progress,
) -> None:
    wanted = {key: row for key, row, place in zip(keys, rows, arrays.places(keys), strict=True) if place < 0}
    missing, total = list(wanted), len(set(keys))
    done = total - len(missing)
    progress.report(Step("Computing features", done, total))
    for start in range(0, len(missing), CHUNK):
        progress.check()
        chunk = missing[start : start + CHUNK]
        arrays.append(chunk, network.run(look([int(wanted[key]) for key in chunk])))
        progress.report(Step("Computing features", done + start + len(chunk), total))


def prepared_backbone(
    plan: Plan,
    weights: Weights,
    shared_cache: Path,
    progress: Progress,
    meanwhile: Callable[[], None] = lambda: None,
) -> Path:
    """The backbone as .tflite; converted in a child process the first time, and `meanwhile` is called then.

    Raises Cancelled, UserError if the weights are not what they seem or the disk refuses.
    """
    target = shared_cache / "backbones" / f"{backbone_key(plan, weights)}.tflite"
    if target.is_file():
        return target
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(f"The cache folder cannot be made ({error.strerror}): {target.parent}") from error
    progress.report(Note("Preparing the pretrained network for this machine, once"))
    request = {**weights.as_dict(), "backbone": plan.backbone, "size": plan.image_size}
    request |= {"pooling": plan.pooling, "out": str(target)}
    convert = partial(progress.in_child, "vv_desktop.ml.conversion:convert_backbone", request)
    # Where `map` has threads, the second call begins with the first and goes on while this thread works.
    calls: tuple[Callable[[], object], ...] = (lambda: None, convert)
    answers = progress.map(lambda call: call(), calls)
    next(answers)
    meanwhile()
    next(answers)
    return target
