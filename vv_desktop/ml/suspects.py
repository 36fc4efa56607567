"""Finding suspects: out-of-fold predictions on frozen features, and cleanlab's score of each label by them."""

import time
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Literal

import numpy as np

from vv_desktop.core.arrays import BoolArray, Float32Array, Int64Array
from vv_desktop.core.dataset import UNLABELLED, Dataset, Sample
from vv_desktop.core.errors import UserError
from vv_desktop.core.pixel_cache import cached_pixels
from vv_desktop.core.plans import QUICK, Plan
from vv_desktop.core.progress import Progress, Step
from vv_desktop.core.suspects import NEAREST, Suspects
from vv_desktop.ml.augmentation import PLAIN, Variant
from vv_desktop.ml.features import cached_features
from vv_desktop.ml.projection import principal, unit
from vv_desktop.ml.weights import find_weights

FOLDS = 5
DIMENSIONS, SPREAD = 256, 10.0
"""Principal components that are looked at, and the root mean square length of a row of them."""
STRENGTH, ROUNDS = 0.01, 60
"""Of the logistic regression: how little its weights are held back, and its iterations."""
NEIGHBOURS, SHARPNESS = 30, 8.0
"""Of the vote of neighbours: how many there are, and how much more the nearer ones count: exp(SHARPNESS · cosine)."""
CHUNK = 1024
"""Images compared with all others at a time."""
Sides = list[Float32Array]
"""Projected features (N, D), as images are and, where classes have mirrored ones, mirrored."""


def find_suspects(
    dataset: Dataset,
    cache: Path,
    shared_cache: Path,
    weights: Path | Literal["random"] | None,
    progress: Progress,
    plan: Plan = QUICK,
) -> Suspects:
    """Rank the labelled images of all splits by how badly their label fits what the other groups say of them.

    cache, shared_cache, weights: as in `training.train`. plan: says which backbone looks, and at what size.
    Reports Step. Raises Cancelled; UserError for labels that cannot be ranked, weights that are not to be had or a disk
    that refuses.
    """
    begun = time.perf_counter()
    pixels = cached_pixels(dataset.samples, plan.image_size, cache, progress)
    places = np.array([i for i, s in enumerate(dataset.samples) if _counts(s) and pixels.places[i] >= 0], np.int64)
    ranked = [dataset.samples[i] for i in places]
    labels = np.array([s.label for s in ranked], np.int64)
    if len(np.unique(labels)) < 2 or np.bincount(labels).max() < FOLDS:
        raise UserError(
            f"Suspects are found among at least two classes, one with {FOLDS} labelled images or more; "
            f"received {len(labels)} labelled images of {len(np.unique(labels))} classes"
        )
    found = find_weights(weights, plan.seed, progress, plan.backbone)
    ways = (PLAIN,) if dataset.mirror is None else (PLAIN, Variant(mirrored=True))
    views = cached_features(pixels, plan, found, cache, shared_cache, progress, ways)
    count, total = len(ranked), (len(ways) + 2) * len(ranked)

    def step(done: int) -> None:
        progress.check()
        progress.report(Step("Looking for suspects", done, total))

    sides = _evened(*principal([views[way] for way in ways], places, DIMENSIONS, step))
    groups = [s.group for s in ranked]
    each = _out_of_fold(sides, labels, groups, dataset, lambda share: step(total - 2 * count + int(share * count)))
    probabilities: Float32Array = np.stack(each).mean(axis=0)
    quality, wrong = _ranking(labels, probabilities)
    differs = each[0].argmax(axis=1) != each[-1].argmax(axis=1)
    images = np.array([s.image for s in ranked], np.int64)
    neighbours = _neighbours(
        unit(sides[0]), labels, images, len(dataset.classes), lambda done: step(total - count + done)
    )
    queue = _joined(wrong, quality, differs)
    seconds = time.perf_counter() - begun
    facts = (images, labels, probabilities, quality, differs, queue, neighbours)
    return Suspects(dataset.classes, *facts, dataset.digest, seconds)


def _counts(sample: Sample) -> bool:
    """Labelled and in a split; an excluded image is in none."""
    return sample.label != UNLABELLED and sample.split is not None


def _evened(sides: Sides, deviations: Float32Array) -> Sides:
    """The components, strong ones held back by the root of their spread, and rows `SPREAD` long on average."""
    evened = [side / np.sqrt(deviations) for side in sides]
    scale = SPREAD / np.sqrt(np.mean(np.sum(evened[0] ** 2, axis=1)))
    return [(side * scale).astype(np.float32) for side in evened]


def folds(labels: Int64Array, groups: list[str]) -> Iterator[tuple[Int64Array, Int64Array]]:
    """Places to learn from and to answer, `FOLDS` times, groups whole; image by image where there are fewer groups."""
    from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold

    whole = len(set(groups)) >= FOLDS
    how = (StratifiedGroupKFold if whole else StratifiedKFold)(FOLDS, shuffle=True, random_state=0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # "least populated class has fewer members than folds"
        yield from how.split(labels, labels, groups if whole else None)


def _out_of_fold(
    sides: Sides, labels: Int64Array, groups: list[str], dataset: Dataset, step: Callable[[float], None]
) -> Sides:
    """Probabilities (N, classes) of the images as they are and, if there are two sides, of the mirrored ones, with
    left and right swapped back. Each is of a regression and a vote of neighbours that did not see the image's group."""
    partners = list(dataset.mirror or range(len(dataset.classes)))
    answers = [np.zeros((len(labels), len(dataset.classes)), np.float32) for _ in sides]
    for number, (learnt, asked) in enumerate(folds(labels, groups)):
        step(number / FOLDS)
        rows = np.concatenate([side[learnt] for side in sides])
        known = np.concatenate([labels[learnt], np.array(partners)[labels[learnt]]][: len(sides)])
        for mirrored, side in enumerate(sides):
            both = (
                _regression(rows, known, side[asked], len(partners)) + _vote(rows, known, side[asked], len(partners))
            ) / 2
            answers[mirrored][asked] = both[:, partners] if mirrored else both
    return answers


def _regression(rows: Float32Array, labels: Int64Array, asked: Float32Array, classes: int) -> Float32Array:
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression

    answers = np.zeros((len(asked), classes), np.float32)
    if len(np.unique(labels)) == 1:
        answers[:, labels[0]] = 1.0
        return answers
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # what is left to gain moves no ranking
        model = LogisticRegression(C=STRENGTH, max_iter=ROUNDS).fit(rows, labels)
    answers[:, model.classes_] = model.predict_proba(asked)
    return answers


def _vote(rows: Float32Array, labels: Int64Array, asked: Float32Array, classes: int) -> Float32Array:
    known = unit(rows)
    count = min(NEIGHBOURS, len(known))
    answers = np.zeros((len(asked), classes), np.float32)
    for start in range(0, len(asked), CHUNK):
        cosines = unit(asked[start : start + CHUNK]) @ known.T
        nearest = np.argpartition(-cosines, count - 1, axis=1)[:, :count]
        weights = np.exp(SHARPNESS * np.take_along_axis(cosines, nearest, axis=1))
        for label in range(classes):
            answers[start : start + CHUNK, label] = (weights * (labels[nearest] == label)).sum(axis=1)
    return answers / answers.sum(axis=1, keepdims=True)


def _ranking(labels: Int64Array, probabilities: Float32Array) -> tuple[Float32Array, Int64Array]:
    """Label quality (N,) by normalised margin, and places whose label confident learning holds for wrong.

    Source: Northcutt, Jiang and Chuang (2021), Confident learning, in cleanlab.
    """
    from cleanlab.filter import find_label_issues
    from cleanlab.rank import get_label_quality_scores

    exact = probabilities.astype(np.float64)
    exact /= exact.sum(axis=1, keepdims=True)
    quality = get_label_quality_scores(labels, exact, method="normalized_margin")
    wrong = find_label_issues(labels, exact, filter_by="prune_by_noise_rate", n_jobs=1)
    return quality.astype(np.float32), np.flatnonzero(wrong).astype(np.int64)


def _joined(queue: Int64Array, quality: Float32Array, differs: BoolArray) -> Int64Array:
    """The queue, worst first, with images that are answered otherwise in the mirror and whose label is not the answer
    (a margin below zero, which is a quality below a half)."""
    both = np.union1d(queue, np.flatnonzero(differs & (quality < 0.5)))
    return both[np.argsort(quality[both], kind="stable")].astype(np.int64)


def _neighbours(
    rows: Float32Array, labels: Int64Array, images: Int64Array, classes: int, step: Callable[[int], None]
) -> Int64Array:
    """Ids of the `NEAREST` most alike other images of each class, (N, classes, NEAREST), -1 where there are fewer."""
    found = np.full((len(rows), classes, NEAREST), -1, np.int64)
    members = [np.flatnonzero(labels == label) for label in range(classes)]
    for start in range(0, len(rows), CHUNK):
        step(start)
        cosines = rows[start : start + CHUNK] @ rows.T
        here = np.arange(len(cosines))
        cosines[here, start + here] = -np.inf
        for label, inside in enumerate(members):
            count = min(NEAREST, len(inside))
            if not count:
                continue
            alike = cosines[:, inside]
            best = np.argsort(-alike, axis=1, kind="stable")[:, :count]
            ids = images[inside[best]]
            found[start : start + CHUNK, label, :count] = np.where(
                np.isfinite(np.take_along_axis(alike, best, axis=1)), ids, -1
            )
    step(len(rows))
    return found
