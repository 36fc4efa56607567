"""What the frozen front of the backbone makes of each image, computed once with LiteRT and kept, keyed by content.

Fine-tuning from a boundary never changes what lies before it, so these are constants of the image, as the pooled
features are in phase 1.
"""

from pathlib import Path

import numpy as np
import numpy.typing as npt

from vv_desktop.core.array_cache import ArrayCache
from vv_desktop.core.arrays import Float32Array
from vv_desktop.core.errors import UserError
from vv_desktop.core.pixel_cache import Pixels
from vv_desktop.core.plans import Plan
from vv_desktop.core.progress import Note, Progress, Step
from vv_desktop.ml.features import CHUNK, Features, mirror_images
from vv_desktop.ml.litert import LiteRtNetwork
from vv_desktop.ml.weights import Weights

_DOING = "Running the frozen part of the network"


def cached_activations(
    pixels: Pixels,
    plan: Plan,
    weights: Weights,
    cache: Path,
    shared_cache: Path,
    progress: Progress,
    mirrored: bool = False,
) -> Features:
    """Activations at the plan's boundary of all readable images of `pixels`, cached or computed now and cached.

    Rows are float16, (rows, side, side, channels): 14 × 14 × 96 at block_12_add with 224 px.
    cache, shared_cache, mirrored: as in `cached_features`. Reports Step. Raises Cancelled between
    chunks, UserError where a disk refuses or the network has no such boundary.
    """
    network = LiteRtNetwork(prepared_front(plan, weights, shared_cache, progress))
    arrays = ArrayCache(cache / "activations" / front_key(plan, weights), network.output_shape, np.float16)
    try:
        readable = np.flatnonzero(pixels.places >= 0)
        keys = [pixels.digests[i] + (":mirror" if mirrored else "") for i in readable]
        cached = arrays.places(keys)
        wanted = {k: r for k, r, p in zip(keys, pixels.places[readable], cached, strict=True) if p < 0}
        missing, total = list(wanted), len(set(keys))
        done = total - len(missing)
        for start in range(0, len(missing), CHUNK):
            progress.report(Step(_DOING, done + start, total))
            chunk = missing[start : start + CHUNK]
            images = pixels.rows[[wanted[key] for key in chunk]]
            arrays.append(chunk, _halved(network.run(mirror_images(images) if mirrored else images)))
        progress.report(Step(_DOING, total, total))
        places = np.full(len(pixels.places), -1, np.int64)
        places[readable] = arrays.places(keys)
        return Features(arrays.rows(), places)
    finally:
        arrays.close()


def front_key(plan: Plan, weights: Weights) -> str:
    """Everything that activations depend on besides the picture, as a file name."""
    return f"{plan.backbone}-{plan.fine_tune_from}-{plan.image_size}-{weights.digest[:16]}"


def prepared_front(plan: Plan, weights: Weights, shared_cache: Path, progress: Progress) -> Path:
    """The front of the backbone as .tflite; converted in a child process the first time.

    Raises Cancelled, UserError if the weights are not what they seem, the network has no such
    boundary or the disk refuses.
    """
    target = shared_cache / "backbones" / f"{front_key(plan, weights)}.tflite"
    if target.is_file():
        return target
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(f"The cache folder cannot be made ({error.strerror}): {target.parent}") from error
    progress.report(Note(f"Preparing the network up to {plan.fine_tune_from} for this machine, once"))
    request = {**weights.as_dict(), "backbone": plan.backbone, "size": plan.image_size}
    request |= {"boundary": plan.fine_tune_from, "out": str(target)}
    progress.in_child("vv_desktop.ml.boundary:convert_front", request)
    return target


def _halved(values: Float32Array) -> npt.NDArray[np.float16]:
    """Float16 ends at 65,504; weights that reach it would fine-tune on infinities."""
    largest = float(np.abs(values).max(initial=0.0))
    if largest > float(np.finfo(np.float16).max):
        raise UserError(f"The network's values are too large to fine-tune from a boundary; received {largest:g}")
    return values.astype(np.float16)
