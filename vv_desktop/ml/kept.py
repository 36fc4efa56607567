"""What a training would find in the caches, so that its time can be told before it begins. Computes nothing."""

import sys
from pathlib import Path
from typing import Literal

from vv_desktop.core.array_cache import kept_keys
from vv_desktop.core.dataset import UNLABELLED, Dataset
from vv_desktop.core.duration import Cached
from vv_desktop.core.errors import UserError
from vv_desktop.core.pixel_cache import cached_digests
from vv_desktop.core.plans import Plan
from vv_desktop.core.progress import Progress
from vv_desktop.ml.activations import front_key
from vv_desktop.ml.features import backbone_key
from vv_desktop.ml.material import looks
from vv_desktop.ml.weights import Weights, find_weights, found_locally


def what_is_kept(
    dataset: Dataset,
    plan: Plan,
    chosen: Path | Literal["random"] | None,
    cache: Path,
    shared_cache: Path,
    progress: Progress,
) -> Cached:
    """What need not be computed for a training by `plan`. Arguments as in `ml.training.train`; nothing is downloaded.

    Raises Cancelled, UserError where a cache cannot be read.
    """
    digests = cached_digests(dataset.samples, plan.image_size, cache)
    pixels, started = sum(bool(digest) for digest in digests), "tensorflow" in sys.modules
    weights = _weights(plan, chosen, progress)
    if weights is None:
        return Cached(pixels=pixels, started=started)
    features, front = backbone_key(plan, weights), front_key(plan, weights)

    def kept(folder: Path, everything: bool) -> int:
        known = kept_keys(folder)
        return sum(
            way.key(digest, plan) in known
            for splits, ways in looks(plan, dataset.mirror is not None, everything)
            for digest, sample in zip(digests, dataset.samples, strict=True)
            if digest and (splits is None or (sample.split in splits and sample.label != UNLABELLED))
            for way in ways
        )

    return Cached(
        pixels=pixels,
        features=kept(cache / "features" / features, not plan.fine_tune_epochs),
        activations=kept(cache / "activations" / front, True),
        backbone=(shared_cache / "backbones" / f"{features}.tflite").is_file(),
        front=(shared_cache / "backbones" / f"{front}.tflite").is_file(),
        started=started,
    )


def _weights(plan: Plan, chosen: Path | Literal["random"] | None, progress: Progress) -> Weights | None:
    """None where the training would download them, or say what is wrong with them."""
    try:
        if chosen is None:
            return found_locally(plan.seed, progress, plan.backbone)
        return find_weights(chosen, plan.seed, progress, plan.backbone)
    except UserError:
        return None
