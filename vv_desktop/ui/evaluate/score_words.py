"""Scores in words: percentages with their interval, and what each cell of the matrix says."""

import math

from vv_desktop.core import viewpoint
from vv_desktop.core.dataset import Split
from vv_desktop.core.evaluation import Evaluation, wilson_interval


def percent(share: float, digits: int = 1) -> str:
    """0.844 as "84.4 %"; an en dash where there is no number."""
    return "–" if math.isnan(share) else f"{100 * share:.{digits}f} %"


def accuracy_with_interval(evaluation: Evaluation) -> str:
    """Accuracy with its 95 % interval: "84.4 % ± 3.7", or "83.3 % (43.6–97.0)" where it is lopsided."""
    if not len(evaluation.images):
        return "–"
    return with_interval(evaluation.accuracy, *evaluation.interval)


def with_interval(share: float, low: float, high: float) -> str:
    """A share with its interval: "84.4 % ± 3.7", or "83.3 % (43.6–97.0)" where it is lopsided."""
    share, low, high = 100 * share, 100 * low, 100 * high
    if abs((low + high) / 2 - share) > 1:
        return f"{share:.1f} % ({low:.1f}–{high:.1f})"
    return f"{share:.1f} % ± {(high - low) / 2:.1f}"


def images_of(count: int, split: Split | None = None) -> str:
    """ "1 image", "378 test images"."""
    kind = f"{split} image" if split else "image"
    return f"{count:,} {kind}{'' if count == 1 else 's'}"


def viewpoint_line(evaluation: Evaluation) -> str:
    """How far off the answers are, of classes that are sides of a car.

    The interval is Wilson's of a share that is as large: no weight between 0 and 1 scatters more than a yes or no.
    """
    found = viewpoint.viewpoint_score(evaluation.classes, evaluation.confusion.tolist())
    if not found.images:
        return ""
    low, high = wilson_interval(found.score * found.images, found.images)
    error = "" if math.isnan(found.mean_error) else f" · {found.mean_error:.1f}° off on average"
    return f"Viewpoint score {with_interval(found.score, low, high)}{error}"


def cell_sentence(evaluation: Evaluation, label: int, predicted: int) -> str:
    """What one cell says: "14 images labelled FrontLeft were taken for FrontRight (6.3 %)"."""
    names, row = evaluation.classes.names, evaluation.confusion[label]
    count, of = int(row[predicted]), int(row.sum())
    if not of:
        return f"No image is labelled {names[label]}"
    share, verb = percent(count / of), "was" if count == 1 else "were"
    if label == predicted:
        return f"{images_of(count)} labelled {names[label]} {verb} recognised ({share} of {of:,})"
    return f"{images_of(count)} labelled {names[label]} {verb} taken for {names[predicted]} ({share} of {of:,})"


def cell_title(evaluation: Evaluation, label: int, predicted: int) -> str:
    """What the images of a cell are, without their number."""
    names = evaluation.classes.names
    return f"{names[label]} recognised" if label == predicted else f"{names[label]} taken for {names[predicted]}"
