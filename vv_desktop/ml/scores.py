"""Accuracy and macro F1 of predictions, as a run keeps them."""

import numpy as np
import numpy.typing as npt


def accuracy(truth: npt.NDArray[np.int64], answers: npt.NDArray[np.int64]) -> float:
    """Share of equal class indices, (N,) and (N,); N >= 1."""
    return float(np.mean(truth == answers))


def macro_f1(truth: npt.NDArray[np.int64], answers: npt.NDArray[np.int64]) -> float:
    """Mean F1 over the classes that occur in either, (N,) and (N,); a class never answered right counts 0."""
    scores = []
    for index in np.union1d(truth, answers):
        right = np.sum((truth == index) & (answers == index))
        scores.append(2.0 * right / (np.sum(truth == index) + np.sum(answers == index)))
    return float(np.mean(scores))


def balanced_weights(labels: npt.NDArray[np.int64], classes: int) -> npt.NDArray[np.float32]:
    """Weight of each image's loss, (N,), so that every class counts the same: N / (present classes × its images)."""
    counts = np.bincount(labels, minlength=classes)
    present = np.count_nonzero(counts)
    return (len(labels) / (present * counts[labels])).astype(np.float32)
