"""How far a photo is from a run's training photos, by the frozen network's features. Needs no TensorFlow."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from vv_desktop.core.arrays import Float32Array, Int64Array, Uint8Array
from vv_desktop.core.dataset import UNLABELLED, Dataset
from vv_desktop.core.errors import UserError
from vv_desktop.core.known import MOST, Known, load_known
from vv_desktop.core.pixel_cache import Pixels, cached_pixels
from vv_desktop.core.progress import Note, Progress
from vv_desktop.core.runs import Run, labels_when_trained
from vv_desktop.ml.augmentation import PLAIN
from vv_desktop.ml.features import Features, backbone_key, cached_features
from vv_desktop.ml.litert import LiteRtNetwork
from vv_desktop.ml.projection import unit
from vv_desktop.ml.weights import found_locally

if TYPE_CHECKING:  # what a training needs, an answer does not
    from vv_desktop.ml.material import Material

NEAREST = 5
"""The distance is the one to the fifth nearest training photo: a single odd one does not make its like known."""
SHARE = 0.99
"""Share of the photos of the project that are nearer than the threshold."""
CHUNK = 32
"""Photos whose features, or distances to all others, are in memory at a time."""
FEWEST = 8
"""Training photos without which nothing can be said."""


class Likeness:
    """Tells photos that are unlike the training photos of one run. Not shared between threads."""

    def __init__(self, known: Known, network: LiteRtNetwork) -> None:
        """Raises UserError if the features are not those of the network."""
        self._rows, self._threshold = known.rows.astype(np.float32), known.threshold
        self._network = network
        if self._rows.shape[1] != network.output_shape[-1]:
            received = f"{self._rows.shape[1]} and {network.output_shape[-1]}"
            raise UserError(f"The network and what is known of the photos do not belong together; received {received}")

    @property
    def size(self) -> int:
        """Side of the pictures it takes, in pixels."""
        return self._network.size

    def distance(self, pixels: Uint8Array) -> float:
        """How far one picture, (1, size, size, 3), is from the training photos; above 1 it is unlike them."""
        row = _pooled(self._network.run(pixels))[0]
        near = np.einsum("nc,c->n", self._rows, row)  # 0.3 ms; BLAS wakes threads for it, 8 ms where others work too
        return float(_beyond(near, own=False) / self._threshold)


def open_likeness(run: Run, shared_cache: Path, progress: Progress) -> Likeness | None:
    """What tells photos that are unlike a run's; None, and a Note why, where that is not known. Converts nothing."""
    try:
        known = load_known(run.folder)
        network = shared_cache / "backbones" / f"{known.backbone if known else ''}.tflite"
        if known is not None and network.is_file():
            return Likeness(known, LiteRtNetwork(network))
        progress.report(Note("It is not known what the run's training photos look like"))
    except UserError as error:
        progress.report(Note(str(error)))
    return None


def known_in_training(material: "Material", cache: Path, shared_cache: Path, progress: Progress) -> Known:
    """From the features that a training has; plans that need none get them for the photos that are kept.

    Raises Cancelled, UserError as `cached_features`.
    """
    train, val = (_drawn(material.usable.splits[split]) for split in ("train", "val"))
    key = backbone_key(material.plan, material.weights)
    if material.features is not None:
        return known_of(material.features[PLAIN], train, val, key)
    pixels = material.pixels
    chosen = np.concatenate([train, val])
    places = np.full_like(pixels.places, -1)
    places[chosen] = pixels.places[chosen]
    few = Pixels(pixels.rows, places, pixels.digests, pixels.problems)
    views = cached_features(few, material.plan, material.weights, cache, shared_cache, progress)
    return known_of(views[PLAIN], train, val, key)


def learn_known(run: Run, dataset: Dataset, cache: Path, shared_cache: Path, progress: Progress) -> Known:
    """The same for a run that was trained before, by its training photos that are still there, in today's splits.

    It need not have been trained from the same weights: these only look. Nothing is downloaded. Raises Cancelled,
    UserError for fewer than 8 training photos, or weights that are not on this machine.
    """
    then = labels_when_trained(run)
    kept = [s for s in dataset.samples if s.image in then and s.label != UNLABELLED]
    train, val = (_drawn(np.flatnonzero([s.split == split for s in kept])) for split in ("train", "val"))
    if len(train) < FEWEST:
        raise UserError(f"At least {FEWEST} photos of the training have to be there; received {len(train)}")
    weights = found_locally(run.plan.seed, progress, run.plan.backbone)
    if weights is None:
        raise UserError(f"The pretrained weights are not on this machine; received {run.plan.backbone}")
    samples = [kept[i] for i in (*train, *val)]
    pixels = cached_pixels(samples, run.plan.image_size, cache, progress)
    features = cached_features(pixels, run.plan, weights, cache, shared_cache, progress)[PLAIN]
    there = features.places >= 0
    first = np.arange(len(samples)) < len(train)
    return known_of(
        features, np.flatnonzero(there & first), np.flatnonzero(there & ~first), backbone_key(run.plan, weights)
    )


def known_of(features: Features, train: Int64Array, val: Int64Array, backbone: str) -> Known:
    """From features of images in split train, which are kept, and val, by their places in `features`.

    The threshold is from the photos of val, and of train each without itself: val alone is often few. Raises
    UserError for fewer than 8 of train.
    """
    if len(train) < FEWEST:
        raise UserError(f"At least {FEWEST} photos of the training have to be there; received {len(train)}")
    rows = _of(features, train)
    distances = np.concatenate([_distances(rows, _of(features, val), own=False), _distances(rows, rows, own=True)])
    threshold = float(np.quantile(distances, SHARE))
    return Known(rows.astype(np.float16), max(threshold, 1e-6), backbone)


def _drawn(places: npt.ArrayLike) -> Int64Array:
    """At most MOST of them, evenly."""
    found = np.asarray(places, np.int64)
    return found[np.linspace(0, len(found) - 1, min(MOST, len(found))).astype(np.int64)]


def _of(features: Features, images: Int64Array) -> Float32Array:
    places = features.places[images]
    return np.concatenate(
        [_pooled(np.asarray(features.rows[places[at : at + CHUNK]], np.float32)) for at in range(0, len(places), CHUNK)]
        or [np.empty((0, features.rows.shape[-1]), np.float32)]
    )


def _pooled(rows: npt.NDArray[Any]) -> Float32Array:
    """(N, channels) of length 1; what lies in cells is averaged, as 64 components of all cells tell less."""
    return unit(rows.reshape(len(rows), -1, rows.shape[-1]).mean(axis=1).astype(np.float32))


def _distances(rows: Float32Array, others: Float32Array, own: bool) -> Float32Array:
    """(M,) cosine distance of each of `others` (M, channels) to its fifth nearest row; own: they are these rows."""
    parts = [_beyond(others[at : at + CHUNK] @ rows.T, own) for at in range(0, len(others), CHUNK)]
    return np.concatenate(parts or [np.empty(0, np.float32)])


def _beyond(near: Float32Array, own: bool) -> Float32Array:
    """(...) distance of the fifth nearest, where `near` (..., N) has the cosines; own: but for the photo itself."""
    place = min(NEAREST + own, near.shape[-1])
    return np.asarray(1 - np.partition(near, -place, axis=-1)[..., -place], np.float32)
