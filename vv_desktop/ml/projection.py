"""Frozen features on their principal components: what images are compared by, without TensorFlow."""

from collections.abc import Callable, Sequence

import numpy as np

from vv_desktop.core.arrays import Float32Array, Int64Array
from vv_desktop.ml.features import Features

FITTED_ON = 1024
"""Views that the components are computed from."""
CHUNK = 1024
"""Images between two looks at cancel."""


def principal(
    views: Sequence[Features], places: Int64Array, dimensions: int, step: Callable[[int], None]
) -> tuple[list[Float32Array], Float32Array]:
    """Each view of the images in `places` on the views' first components, (N, <= dimensions), and (dimensions,)
    standard deviations along them.

    step: called with the number of rows done; may raise. Without it a matrix of 11,520 columns is multiplied, and what
    all photos share would make all of them alike.
    """
    few = places[np.linspace(0, len(places) - 1, min(FITTED_ON // len(views), len(places))).astype(np.int64)]
    fitted = np.concatenate([_rows(view, few) for view in views])  # all views: few images have few axes
    mean = fitted.mean(axis=0)
    fitted -= mean
    values, vectors = np.linalg.eigh(fitted @ fitted.T)  # of images by images: there are fewer of them than columns
    kept = np.flatnonzero(values > values[-1] * 1e-6)[-dimensions:]
    axes = fitted.T @ vectors[:, kept] / np.sqrt(values[kept])
    answers = []
    for number, view in enumerate(views):
        parts = []
        for start in range(0, len(places), CHUNK):
            step(number * len(places) + start)
            parts.append((_rows(view, places[start : start + CHUNK]) - mean) @ axes)
        answers.append(np.concatenate(parts).astype(np.float32))
    return answers, np.sqrt(values[kept] / len(fitted)).astype(np.float32)


def unit(rows: Float32Array) -> Float32Array:
    """Rows (N, D) of length 1; those of nothing stay nothing."""
    return (rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9)).astype(np.float32)


def _rows(view: Features, places: Int64Array) -> Float32Array:
    rows = np.asarray(view.rows[view.places[places]], np.float32)
    return rows.reshape(len(places), -1)
