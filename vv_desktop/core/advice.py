"""What to photograph next: at most three sentences, each about one class, by the rules that are written here.

The classes come in the order of how little can be promised of them: the lower end of the 95 % interval of their
recall, lowest first, as few images and many mistakes both pull it down. What a class is said to need:

* to learn from: as many more vehicles as it has fewer than the median class in split train;
* to be scored: as many more vehicles as bring its recall to ± 0.1 if it stays what it is, at as many images a vehicle
  as the class has in the split that is scored (one if it has none);
* nothing of both, but mistakes: a look at these, if even the upper end of its recall is below the accuracy.

A vehicle is a group of images (of Background: a scene); where each image is a group of its own, photos are counted.
That more photos help is what usually happens and is no measurement; and images of one vehicle look alike, so the
intervals are, if anything, too narrow.
"""

import math
from dataclasses import dataclass
from statistics import median

from vv_desktop.core import viewpoint
from vv_desktop.core.classes import ClassList
from vv_desktop.core.dataset import UNLABELLED, Dataset, Split
from vv_desktop.core.evaluation import ClassScore, Evaluation, wilson_interval

AT_MOST = 3
HALF_WIDTH = 0.1
"""Half the width of the interval that is good enough to know a recall by."""


@dataclass(frozen=True)
class Advice:
    """What one class needs: more groups to learn from and to score, or none of both but a look at its mistakes."""

    name: str
    to_learn: int
    to_score: int
    sentence: str


def what_to_photograph(dataset: Dataset, evaluation: Evaluation, split: Split) -> tuple[Advice, ...]:
    """At most three pieces of advice, the most pressing first; none of split train, which flatters.

    evaluation: of the images of `split` in `dataset`, in any class order. Of classes that only the run knows nothing
    is advised.
    """
    if split == "train" or not len(evaluation.images):
        return ()
    learnt, scored = _groups(dataset, "train"), _groups(dataset, split)
    usual = median(learnt.get(name, 0) for name in dataset.classes.names)
    found: list[Advice] = []
    for i, score in sorted(enumerate(evaluation.per_class), key=lambda row: _interval(row[1])[0]):
        if score.name not in dataset.classes.names:
            continue
        to_learn = max(0, math.ceil(usual) - learnt.get(score.name, 0))
        a_group = score.support / max(1, scored.get(score.name, 0)) or 1.0
        to_score = math.ceil(missing_images(score) / a_group)
        weak = _interval(score)[1] < evaluation.accuracy
        if not (to_learn or to_score or weak):
            continue
        said = f"{_known(score, split)}{_taken_for(evaluation, i)}"
        noun = _noun(score.name, evaluation.classes, dataset)
        wanted = _wanted(to_learn, to_score, split, noun, first=not found)
        found.append(Advice(score.name, to_learn, to_score, f"{score.name}: {said}; {wanted}"))
        if len(found) == AT_MOST:
            break
    return tuple(found)


def missing_images(score: ClassScore) -> int:
    """How many more images bring the interval of a recall to ± 0.1, if it stays what it is (0.5 if unknown)."""
    recall = 0.5 if math.isnan(score.recall) else score.recall
    needed = score.support
    while _half(recall, needed) > HALF_WIDTH:
        needed += 1
    return needed - score.support


def _half(recall: float, images: int) -> float:
    low, high = wilson_interval(recall * images, images)
    return (high - low) / 2


def _interval(score: ClassScore) -> tuple[float, float]:
    return wilson_interval(0.0 if math.isnan(score.recall) else score.recall * score.support, score.support)


def _groups(dataset: Dataset, split: Split) -> dict[str, int]:
    """How many groups of each class there are in a split."""
    groups: dict[str, set[str]] = {}
    for s in dataset.of(split):
        groups.setdefault(dataset.classes.names[s.label], set()).add(s.group)
    return {name: len(of) for name, of in groups.items()}


def _noun(name: str, classes: ClassList, dataset: Dataset) -> str:
    labelled = [s.group for s in dataset.samples if s.label != UNLABELLED]
    if len(set(labelled)) == len(labelled):
        return "photo"
    if not viewpoint.speaks_of(classes):
        return "group"
    return "scene" if name == viewpoint.BACKGROUND else "vehicle"


def _known(score: ClassScore, split: Split) -> str:
    if not score.support:
        return f"no {split} image, so nothing is known of it"
    low, high = _interval(score)
    even = abs((low + high) / 2 - score.recall) <= 0.015
    spread = f"± {(high - low) / 2:.2f}" if even else f"({low:.2f} to {high:.2f})"
    images = f"{score.support:,} {split} image{'' if score.support == 1 else 's'}"
    return f"{images}, recall {score.recall:.2f} {spread}"


def _taken_for(evaluation: Evaluation, label: int) -> str:
    """What it is taken for most often, if that is more than once."""
    row = [int(count) for count in evaluation.confusion[label]]
    wrong = sum(row) - row[label]
    row[label] = 0
    most = max(row)
    if most < 2:
        return ""
    return f", {most:,} of {wrong:,} mistakes are {evaluation.classes.names[row.index(most)]}"


def _wanted(to_learn: int, to_score: int, split: Split, noun: str, first: bool) -> str:
    count = to_learn + to_score
    if not count:
        return "it has as many to learn from as others, so look at its mistakes and their labels"
    plural = "" if count == 1 else "s"
    more = f"{count:,} more photo{plural}" if noun == "photo" else f"photos of {count:,} more {noun}{plural}"
    help_ = "would help most" if first else "would help"
    if to_learn and to_score:
        return f"{more} {help_}, {to_score:,} of them for {split}"
    return f"{more} {help_}{'' if to_learn else f', all for {split}'}"
