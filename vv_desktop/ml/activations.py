"""What the frozen front of the backbone makes of each image, computed once with LiteRT and kept, keyed by content.

Fine-tuning from a boundary never changes what lies before it, so these are constants of the image, as the pooled
features are in phase 1.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from vv_desktop.core.errors import UserError
from vv_desktop.core.pixel_cache import Pixels
from vv_desktop.core.plans import Plan
from vv_desktop.core.progress import Note, Progress
from vv_desktop.ml.augmentation import PLAIN, Variant
from vv_desktop.ml.features import Views, computed
from vv_desktop.ml.litert import LiteRtNetwork
from vv_desktop.ml.weights import Weights


def cached_activations(
    pixels: Pixels,
    plan: Plan,
    weights: Weights,
    cache: Path,
    shared_cache: Path,
    progress: Progress,
    ways: Sequence[Variant] = (PLAIN,),
) -> Views:
    """Activations at the plan's boundary of all readable images of `pixels`, cached or computed now and cached.

    Rows are float16, (rows, side, side, channels): 14 × 14 × 96 at block_12_add with 224 px.
    cache, shared_cache, ways: as in `cached_features`. Reports Step. Raises Cancelled between
    chunks, UserError where a disk refuses or the network has no such boundary.
    """
    network = LiteRtNetwork(prepared_front(plan, weights, shared_cache, progress))
    folder = cache / "activations" / front_key(plan, weights)
    doing = "Running the frozen part of the network"
    return computed(network, folder, np.dtype(np.float16), pixels, plan, ways, doing, progress)


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
