"""Scores: pure functions of the labels as they are now and of stored predictions.

Written out in numpy, because the matrix follows every relabel on the window's thread and
scikit-learn takes seconds to import; a test holds them against scikit-learn's.
"""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from vv_desktop.core.arrays import Float32Array, Int64Array
from vv_desktop.core.classes import ClassList
from vv_desktop.core.dataset import Dataset, Split
from vv_desktop.core.runs import Predictions


@dataclass(frozen=True)
class ClassScore:
    """How well one class is told from the others; nan where nothing was there to divide by."""

    name: str
    precision: float
    recall: float
    f1: float
    support: int


@dataclass(frozen=True)
class Evaluation:
    """Predictions of a run over labelled images, in the run's class order.

    images: ids (N,). labels: class indices (N,). probabilities: (N, classes).
    left_out: labelled images of the split that have no prediction, or a label that the run does not know.
    unknown: those labels, each with how many of these images have it.
    """

    classes: ClassList
    images: Int64Array
    labels: Int64Array
    probabilities: Float32Array
    left_out: int
    unknown: tuple[tuple[str, int], ...] = ()

    @cached_property
    def predicted(self) -> Int64Array:
        """Most probable class of each image (N,)."""
        return np.asarray(self.probabilities.argmax(axis=1), dtype=np.int64)

    @cached_property
    def confusion(self) -> Int64Array:
        """Counts (classes, classes): rows are labels, columns are predictions."""
        matrix = np.zeros((len(self.classes), len(self.classes)), dtype=np.int64)
        np.add.at(matrix, (self.labels, self.predicted), 1)
        return matrix

    @property
    def accuracy(self) -> float:
        """Share of images whose label is predicted; nan of none."""
        return float((self.predicted == self.labels).mean()) if len(self.labels) else math.nan

    @property
    def interval(self) -> tuple[float, float]:
        """95 % interval of the accuracy (Wilson 1927)."""
        return wilson_interval(int((self.predicted == self.labels).sum()), len(self.labels))

    @property
    def per_class(self) -> tuple[ClassScore, ...]:
        """Precision, recall, F1 and support of each class."""
        hits = np.diag(self.confusion).astype(np.float64)
        predicted, support = self.confusion.sum(axis=0), self.confusion.sum(axis=1)
        return tuple(
            ClassScore(
                name,
                _ratio(hits[i], predicted[i]),
                _ratio(hits[i], support[i]),
                _ratio(2 * hits[i], predicted[i] + support[i]),
                int(support[i]),
            )
            for i, name in enumerate(self.classes.names)
        )

    @property
    def macro_f1(self) -> float:
        """Mean F1 of the classes that were labelled or predicted at all; nan of none."""
        scores = [score.f1 for score in self.per_class if not math.isnan(score.f1)]
        return sum(scores) / len(scores) if scores else math.nan

    def cell(self, label: int, predicted: int) -> Int64Array:
        """Ids of the images in one cell of the confusion matrix, surest first."""
        inside = np.flatnonzero((self.labels == label) & (self.predicted == predicted))
        return self.images[inside[np.argsort(-self.probabilities[inside, predicted], kind="stable")]]

    def mistakes(self) -> Int64Array:
        """Ids of the images whose label is not predicted, surest mistakes first."""
        wrong = np.flatnonzero(self.predicted != self.labels)
        return self.images[wrong[np.argsort(-self.probabilities[wrong].max(axis=1), kind="stable")]]


def evaluate(dataset: Dataset, split: Split, predictions: Predictions, classes: ClassList) -> Evaluation:
    """Hold predictions, whose columns are `classes`, against the labels of a split of a frozen dataset."""
    samples = dataset.of(split)
    labels = [(s.image, dataset.classes.names[s.label]) for s in samples]
    return evaluate_labels(labels, predictions, classes)


def evaluate_labels(labels: Sequence[tuple[int, str]], predictions: Predictions, classes: ClassList) -> Evaluation:
    """Hold predictions, whose columns are `classes`, against labels, given as image id and class name.

    Classes are matched by name, never by place: a label that the run does not know is left out and counted.
    """
    place = {name: i for i, name in enumerate(classes.names)}
    ids = np.array([image for image, _ in labels], dtype=np.int64)
    indices = np.array([place.get(name, -1) for _, name in labels], dtype=np.int64)
    found, probabilities = predictions.of(ids)
    use = found & (indices >= 0)
    unknown = Counter(name for _, name in labels if name not in place)
    return Evaluation(
        classes, ids[use], indices[use], probabilities[use], int((~use).sum()), tuple(unknown.most_common())
    )


def wilson_interval(hits: float, trials: int, z: float = 1.959964) -> tuple[float, float]:
    """Interval of a share by Wilson (1927), 95 % by default; (0, 1) of no trial. hits: a part of one counts, too."""
    if trials == 0:
        return 0.0, 1.0
    share = hits / trials
    middle = share + z * z / (2 * trials)
    half = z * math.sqrt(share * (1 - share) / trials + z * z / (4 * trials * trials))
    scale = 1 + z * z / trials
    return max(0.0, (middle - half) / scale), min(1.0, (middle + half) / scale)


def _ratio(part: float, whole: float) -> float:
    return float(part / whole) if whole else math.nan
