"""Accuracy and macro F1 of predictions, as a run keeps them."""

import numpy as np

from vv_desktop.core.arrays import Float32Array, Int64Array


def accuracy(truth: Int64Array, answers: Int64Array) -> float:
    """Share of equal class indices, (N,) and (N,); N >= 1."""
    return float(np.mean(truth == answers))


def macro_f1(truth: Int64Array, answers: Int64Array) -> float:
    """Mean F1 over the classes that occur in either, (N,) and (N,); a class never answered right counts 0."""
    scores = []
    for index in np.union1d(truth, answers):
        right = np.sum((truth == index) & (answers == index))
        scores.append(2.0 * right / (np.sum(truth == index) + np.sum(answers == index)))
    return float(np.mean(scores))


def balanced_weights(labels: Int64Array, classes: int) -> Float32Array:
    """Weight of each image's loss, (N,), so that every class counts the same: N / (present classes × its images)."""
    counts = np.bincount(labels, minlength=classes)
    present = np.count_nonzero(counts)
    return (len(labels) / (present * counts[labels])).astype(np.float32)
