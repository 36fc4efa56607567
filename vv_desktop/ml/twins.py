"""Finding twins: equal files by content hash, look-alikes by frozen features, confirmed by a perceptual hash."""

import time
from collections import defaultdict
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np

from vv_desktop.core.arrays import Float32Array, Int64Array
from vv_desktop.core.dataset import Dataset
from vv_desktop.core.pixel_cache import Pixels, cached_pixels
from vv_desktop.core.plans import QUICK, Plan
from vv_desktop.core.progress import Progress, Step
from vv_desktop.core.twins import Twins, ground_of
from vv_desktop.ml.augmentation import PLAIN, Variant
from vv_desktop.ml.features import cached_features
from vv_desktop.ml.projection import principal, unit
from vv_desktop.ml.weights import find_weights

if TYPE_CHECKING:  # SciPy comes with it
    from imagehash import ImageHash

NEAR = ((0.70, 2), (0.90, 12), (0.95, 64))
"""A pair is near if for one of these its features' cosine is at least so large and its hashes differ in at most so many
of 64 bits: a smaller copy changes features and no hash, a crop moves every bit of a hash. docs/adr/0013-twins.md."""
DIMENSIONS = 128
"""Principal components that are kept."""
CHUNK = 1024
"""Images compared with all others at a time."""
MIRRORED = Variant(mirrored=True)


def find_twins(
    dataset: Dataset,
    cache: Path,
    shared_cache: Path,
    weights: Path | Literal["random"] | None,
    progress: Progress,
    plan: Plan = QUICK,
) -> Twins:
    """Pairs of readable images of `dataset` that show the same picture or nearly so, mirror images included.

    cache, shared_cache, weights: as in `training.train`. plan: says which backbone looks, and at what size.
    Reports Step. Raises Cancelled, UserError for weights that are not to be had or a disk that refuses.
    """
    begun, ground = time.perf_counter(), ground_of(dataset.samples)
    pixels = cached_pixels(dataset.samples, plan.image_size, cache, progress)
    readable = np.flatnonzero(pixels.places >= 0)
    if len(readable) < 2:
        return _record({}, {}, dataset, len(readable), ground, begun)
    found = find_weights(weights, plan.seed, progress, plan.backbone)
    ways = (PLAIN, MIRRORED)
    views = cached_features(pixels, plan, found, cache, shared_cache, progress, ways)

    def step(done: int) -> None:
        progress.check()
        progress.report(Step("Comparing images", done, 4 * len(readable)))

    projected, _ = principal([views[way] for way in ways], readable, DIMENSIONS, step)
    plain, mirrored = (unit(side) for side in projected)
    exact = _exact(pixels, readable)
    hashes = _Hashes(pixels)
    near: dict[tuple[int, int], tuple[float, int, bool]] = {}
    for first, second, similarity, flipped in _alike(plain, mirrored, progress):
        a, b = int(readable[first]), int(readable[second])
        if (a, b) in exact or near.get((a, b), (0.0,))[0] >= similarity:
            continue
        bits = hashes.of(a, False) - hashes.of(b, flipped)
        if any(similarity >= cosine and bits <= most for cosine, most in NEAR):
            near[a, b] = (similarity, bits, flipped)
    return _record(exact, near, dataset, len(readable), ground, begun)


def _record(
    exact: dict[tuple[int, int], None],
    near: dict[tuple[int, int], tuple[float, int, bool]],
    dataset: Dataset,
    looked_at: int,
    ground: str,
    begun: float,
) -> Twins:
    rows = [(1.0, 0, False, True, *pair) for pair in exact] + [(*facts, False, *pair) for pair, facts in near.items()]
    rows.sort(key=lambda row: (not row[3], -row[0], row[4], row[5]))
    ids = [sorted((dataset.samples[row[4]].image, dataset.samples[row[5]].image)) for row in rows]
    return Twins(
        images=np.array(ids, np.int64).reshape(-1, 2),
        similarity=np.array([row[0] for row in rows], np.float32),
        bits=np.array([row[1] for row in rows], np.int64),
        mirrored=np.array([row[2] for row in rows], bool),
        exact=np.array([row[3] for row in rows], bool),
        looked_at=looked_at,
        seconds=time.perf_counter() - begun,
        ground=ground,
    )


def _exact(pixels: Pixels, readable: Int64Array) -> dict[tuple[int, int], None]:
    """Places of images whose files are equal byte for byte, as a set that keeps its order."""
    by_digest: dict[str, list[int]] = defaultdict(list)
    for place in readable.tolist():
        by_digest[pixels.digests[place]].append(place)
    return {pair: None for places in by_digest.values() for pair in combinations(places, 2)}


def _alike(plain: Float32Array, mirrored: Float32Array, progress: Progress) -> Iterator[tuple[int, int, float, bool]]:
    """Places first < second whose cosine is large enough, with it, and whether the second one is mirrored."""
    for flipped, other in ((False, plain), (True, mirrored)):
        for start in range(0, len(plain), CHUNK):
            progress.check()
            progress.report(Step("Comparing images", (2 + flipped) * len(plain) + start, 4 * len(plain)))
            cosines = plain[start : start + CHUNK] @ other[start:].T  # each pair once
            for row, column in np.argwhere(np.triu(cosines >= NEAR[0][0], 1)).tolist():
                yield start + row, start + column, min(1.0, float(cosines[row, column])), flipped


class _Hashes:
    """Perceptual hashes of cached pixels, each computed when it is first asked for."""

    def __init__(self, pixels: Pixels) -> None:
        self._pixels = pixels
        self._known: dict[tuple[int, bool], ImageHash] = {}

    def of(self, place: int, mirrored: bool) -> "ImageHash":
        """64 bits of the lowest frequencies of the grey picture (imagehash.phash)."""
        if (place, mirrored) not in self._known:
            import imagehash
            from PIL import Image

            picture = self._pixels.rows[self._pixels.places[place]]
            shown = np.ascontiguousarray(picture[:, ::-1] if mirrored else picture)
            self._known[place, mirrored] = imagehash.phash(Image.fromarray(shown))
        return self._known[place, mirrored]
