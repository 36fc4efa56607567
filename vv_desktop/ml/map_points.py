"""Drawing the map: cached features on their principal components, spread over the plane by t-SNE."""

from pathlib import Path
from typing import Any, Literal

import numpy as np

from vv_desktop.core.arrays import Float32Array, Int64Array
from vv_desktop.core.dataset import Dataset
from vv_desktop.core.errors import UserError
from vv_desktop.core.map_points import MapPoints, MapRows, Moved
from vv_desktop.core.pixel_cache import cached_pixels
from vv_desktop.core.plans import QUICK, Plan
from vv_desktop.core.progress import Progress, Step
from vv_desktop.ml.augmentation import PLAIN
from vv_desktop.ml.features import cached_features
from vv_desktop.ml.projection import principal
from vv_desktop.ml.weights import find_weights

DIMENSIONS = 50
"""Principal components that t-SNE sees, as its authors used (van der Maaten and Hinton 2008)."""
PERPLEXITY = 30
FEWEST = 8
"""Images without which there is nothing to spread."""
EXAGGERATED, STEPS, EVERY = 250, 500, 10
"""Steps with clusters pulled together, steps after that, and how many lie between two views of the points."""
CHUNK = 1024
"""Images compared with all others at a time."""


def map_rows(
    dataset: Dataset,
    cache: Path,
    shared_cache: Path,
    weights: Path | Literal["random"] | None,
    progress: Progress,
    plan: Plan = QUICK,
) -> MapRows:
    """Features of every readable image, labelled or not, on their first principal components, strongest first.

    cache, shared_cache, weights: as in `training.train`. Reports Step. Raises Cancelled; UserError for fewer than 8
    images that can be read, or weights that are not to be had.
    """
    pixels = cached_pixels(dataset.samples, plan.image_size, cache, progress)
    places = np.flatnonzero(pixels.places >= 0)
    if len(places) < FEWEST:
        raise UserError(f"A map needs at least {FEWEST} images that can be read; received {len(places)}")
    found = find_weights(weights, plan.seed, progress, plan.backbone)
    view = cached_features(pixels, plan, found, cache, shared_cache, progress, (PLAIN,))[PLAIN]

    def step(done: int) -> None:
        progress.check()
        progress.report(Step("Projecting the features", done, len(places)))

    (rows,), _ = principal([view], places, DIMENSIONS, step)
    images = np.array([dataset.samples[i].image for i in places], np.int64)
    strongest_first = rows[:, ::-1]
    if strongest_first.shape[1] < 2:  # the same picture over and over has hardly an axis
        strongest_first = np.pad(strongest_first, ((0, 0), (0, 2 - strongest_first.shape[1])))
    return MapRows(images, np.ascontiguousarray(strongest_first, np.float32))


def first_view(rows: MapRows) -> MapPoints:
    """The two strongest components: there at once, and where t-SNE begins."""
    return MapPoints(rows.images, rows.rows[:, :2], settled=False)


def spread(rows: MapRows, progress: Progress, threads: int) -> MapPoints:
    """Places of the images by t-SNE (openTSNE), always the same for the same rows, however many threads there are.

    Reports Step while it looks for neighbours, Moved on the way. Raises Cancelled.
    """
    from openTSNE import TSNE
    from openTSNE.affinity import PerplexityBasedNN
    from openTSNE.nearest_neighbors import PrecomputedNeighbors

    done = 0

    def hear(_: int, __: float, embedding: Any) -> None:
        nonlocal done
        done += EVERY  # openTSNE counts both parts from one
        progress.check()
        progress.report(Moved(_points(rows, embedding), done, EXAGGERATED + STEPS))

    start = rows.rows[:, :2] / max(float(rows.rows[:, 0].std()), 1e-9) * 1e-4  # as openTSNE scales its own
    perplexity = min(PERPLEXITY, (len(rows.images) - 1) / 3)
    # openTSNE's own are approximate from 1,000 rows on, differ with the number of threads, and hear of no cancel.
    found = PrecomputedNeighbors(*neighbours(rows.rows, int(3 * perplexity), progress))
    alike = PerplexityBasedNN(perplexity=perplexity, knn_index=found, n_jobs=threads)
    embedding = TSNE(
        early_exaggeration_iter=EXAGGERATED,
        n_iter=STEPS,
        random_state=0,
        n_jobs=threads,
        callbacks=hear,
        callbacks_every_iters=EVERY,
    ).fit(affinities=alike, initialization=np.asarray(start, np.float64))
    return MapPoints(rows.images, np.asarray(embedding, np.float32), settled=True)


def neighbours(rows: Float32Array, count: int, progress: Progress) -> tuple[Int64Array, Float32Array]:
    """(N, count) places of the nearest other rows of (N, D) and how far they are, nearest first. Exact, flat in memory.

    Reports Step. Raises Cancelled.
    """
    lengths = np.sum(rows**2, axis=1)
    places, distances = np.zeros((len(rows), count), np.int64), np.zeros((len(rows), count), np.float32)
    for start in range(0, len(rows), CHUNK):
        progress.report(Step("Looking for neighbours", start, len(rows)))
        here = slice(start, start + CHUNK)
        squares = lengths[here, None] + lengths - 2 * rows[here] @ rows.T
        squares[np.arange(len(squares)), np.arange(start, start + len(squares))] = np.inf  # none is its own
        nearest = np.argpartition(squares, count - 1, axis=1)[:, :count]
        values = np.take_along_axis(squares, nearest, axis=1)
        order = values.argsort(axis=1, kind="stable")
        places[here] = np.take_along_axis(nearest, order, axis=1)
        distances[here] = np.sqrt(np.maximum(np.take_along_axis(values, order, axis=1), 0.0))
    return places, distances


def _points(rows: MapRows, embedding: Any) -> MapPoints:
    return MapPoints(rows.images, np.array(embedding, np.float32), settled=False)
