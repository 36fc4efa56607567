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
    by_split: dict[str | None, list[str]] = {}
    for digest, sample in zip(digests, dataset.samples, strict=True):
        by_split.setdefault(sample.split if sample.label != UNLABELLED else None, []).append(digest)
    mirrored = [f"{digest}:mirror" for digest in by_split.get("train", ()) if digest and plan.mirror and dataset.mirror]
    tuned = [*by_split.get("train", ()), *by_split.get("val", ()), *mirrored]
    headed = tuned if plan.fine_tune_epochs else [*digests, *mirrored]
    features, front = backbone_key(plan, weights), front_key(plan, weights)
    return Cached(
        pixels=pixels,
        features=_kept(cache / "features" / features, headed),
        activations=_kept(cache / "activations" / front, tuned),
        backbone=(shared_cache / "backbones" / f"{features}.tflite").is_file(),
        front=(shared_cache / "backbones" / f"{front}.tflite").is_file(),
        started=started,
    )


def _weights(plan: Plan, chosen: Path | Literal["random"] | None, progress: Progress) -> Weights | None:
    """None where the training would download them, or say what is wrong with them."""
    try:
        return found_locally(plan.seed, progress) if chosen is None else find_weights(chosen, plan.seed, progress)
    except UserError:
        return None


def _kept(folder: Path, keys: list[str]) -> int:
    kept = kept_keys(folder)
    return sum(key in kept for key in keys)
