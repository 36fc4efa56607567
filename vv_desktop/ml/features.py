"""Pooled features of the frozen backbone, computed once with LiteRT and kept, keyed by content and network."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from vv_desktop.core.array_cache import ArrayCache
from vv_desktop.core.arrays import Float32Array, Int64Array
from vv_desktop.core.errors import UserError
from vv_desktop.core.pixel_cache import Pixels
from vv_desktop.core.plans import Plan
from vv_desktop.core.progress import Note, Progress, Step
from vv_desktop.ml.augmentation import PLAIN, Variant, mirror_images, seen
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


Views = dict[Variant, Features]
"""What the frozen part of the network makes of images, by the way they are seen; all of it in one cache."""


def cached_features(
    pixels: Pixels,
    plan: Plan,
    weights: Weights,
    cache: Path,
    shared_cache: Path,
    progress: Progress,
    ways: Sequence[Variant] = (PLAIN,),
) -> Views:
    """Features of all readable images of `pixels`, from the cache or computed now and cached.

    cache: folder for the features; shared_cache: folder for the converted backbone, made once a machine.
    ways: how the images are seen, each kept beside the others under keys of its own; all of one changed copy.
    Reports Step("Computing features"). Raises Cancelled between chunks, UserError where a disk refuses.
    """
    network = LiteRtNetwork(prepared_backbone(plan, weights, shared_cache, progress))
    dtype = np.dtype(np.float32 if plan.pooling == "average" else np.float16)
    folder = cache / "features" / backbone_key(plan, weights)
    return computed(network, folder, dtype, pixels, plan, ways, "Computing features", progress)


def computed(
    network: LiteRtNetwork,
    folder: Path,
    dtype: np.dtype[Any],
    pixels: Pixels,
    plan: Plan,
    ways: Sequence[Variant],
    doing: str,
    progress: Progress,
) -> Views:
    """What `network` makes of each readable image of `pixels`, seen in `ways`, cached in `folder` as `dtype`.

    Reports Step(doing). Raises Cancelled between chunks, UserError where a disk refuses or a value
    is beyond the type.
    """
    arrays = ArrayCache(folder, network.output_shape, dtype)
    try:
        readable = np.flatnonzero(pixels.places >= 0)
        digests = [pixels.digests[i] for i in readable]
        rows = dict(zip(digests, pixels.places[readable], strict=True))
        keys = {way: [way.key(digest, plan) for digest in digests] for way in ways}
        cached = np.stack([arrays.places(keys[way]) for way in ways])
        missing = list(dict.fromkeys(digests[i] for i in np.flatnonzero((cached < 0).any(axis=0))))
        total, done = len(rows) * len(ways), (len(rows) - len(missing)) * len(ways)
        progress.report(Step(doing, done, total))
        for start in range(0, len(missing), CHUNK):
            chunk = missing[start : start + CHUNK]
            images = seen(pixels.rows[[rows[digest] for digest in chunk]], chunk, ways[0].copy, plan)
            for way in ways:
                shown = mirror_images(images) if way.mirrored else images
                arrays.append([way.key(digest, plan) for digest in chunk], _as_type(network.run(shown), dtype))
            progress.report(Step(doing, done + (start + len(chunk)) * len(ways), total))
        found = {}
        for way in ways:
            places = np.full(len(pixels.places), -1, np.int64)
            places[readable] = arrays.places(keys[way])
            found[way] = Features(arrays.rows(), places)
        return found
    finally:
        arrays.close()


def backbone_key(plan: Plan, weights: Weights) -> str:
    """Everything that features depend on besides the picture, as a file name."""
    return f"{plan.backbone}-{plan.pooling}-{plan.image_size}-{weights.digest[:16]}"


def _as_type(values: Float32Array, dtype: np.dtype[Any]) -> npt.NDArray[Any]:
    """Float16 ends at 65,504; weights that reach it would train on infinities."""
    largest = float(np.abs(values).max(initial=0.0))
    if largest > float(np.finfo(dtype).max):
        raise UserError(f"The network's values are too large to be kept for a training; received {largest:g}")
    return values.astype(dtype)


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
