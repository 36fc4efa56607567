"""Did better labels help: two trainings, alike but for their labels, held against the same images one by one."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from vv_desktop.core.arrays import BoolArray, Int64Array
from vv_desktop.core.classes import ClassList
from vv_desktop.core.dataset import UNLABELLED, Dataset, Split
from vv_desktop.core.errors import UserError
from vv_desktop.core.evaluation import Evaluation, wilson_interval
from vv_desktop.core.progress import Event
from vv_desktop.core.runs import Predictions

Version = Literal["before", "after"]


@dataclass(frozen=True)
class TrainingOn(Event):
    """From here on, what is reported is of the training on this version of the labels."""

    version: Version


@dataclass(frozen=True)
class Paired:
    """Two answers to each of `images` images, before and after, and which of them were right.

    The interval and the test are of which images there happen to be; another seed would move the scores, too.
    """

    both: int
    gained: int
    lost: int
    neither: int

    @property
    def images(self) -> int:
        """How many were answered twice."""
        return self.both + self.gained + self.lost + self.neither

    @property
    def before(self) -> float:
        """Share that was right before; nan of none."""
        return (self.both + self.lost) / self.images if self.images else math.nan

    @property
    def after(self) -> float:
        """Share that is right after; nan of none."""
        return (self.both + self.gained) / self.images if self.images else math.nan

    @property
    def difference(self) -> float:
        """After less before, from -1 to 1; nan of none."""
        return (self.gained - self.lost) / self.images if self.images else math.nan

    @property
    def p_value(self) -> float:
        """McNemar's exact test, two-sided: how often chance alone would part the two by as much or more.

        Of the images that only one got right, each is a fair coin's throw if neither is better (McNemar 1947).
        """
        thrown = self.gained + self.lost
        tail = sum(math.comb(thrown, k) for k in range(min(self.gained, self.lost) + 1))
        return min(1.0, 2 * tail / (1 << thrown))

    @property
    def interval(self) -> tuple[float, float]:
        """95 % interval of the difference; (-1, 1) of no image.

        Newcombe 1998 (Statistics in Medicine 17:2635-2650), method 10: Wilson's intervals of both shares, joined by
        how strongly the two answers hang together, with his correction for continuity.
        """
        if not self.images:
            return -1.0, 1.0
        p, q = self.after, self.before
        p_low, p_high = wilson_interval(self.both + self.gained, self.images)
        q_low, q_high = wilson_interval(self.both + self.lost, self.images)
        phi = self._correlation()
        low = _joined(p - p_low, q_high - q, phi)
        high = _joined(p_high - p, q - q_low, phi)
        return max(-1.0, self.difference - low), min(1.0, self.difference + high)

    @property
    def measurable(self) -> bool:
        """True if both the test and the interval say that there is a difference."""
        low, high = self.interval
        return self.p_value < 0.05 and not low <= 0 <= high

    def _correlation(self) -> float:
        margins = (self.both + self.gained) * (self.lost + self.neither)
        margins *= (self.both + self.lost) * (self.gained + self.neither)
        if not margins:
            return 0.0
        shared = self.both * self.neither - self.gained * self.lost
        return (max(0.0, shared - self.images / 2) if shared > 0 else shared) / math.sqrt(margins)


@dataclass(frozen=True)
class ClassChange:
    """Of the untouched images of a class: how many there are, and how many were recognised before and after."""

    name: str
    images: int
    before: int
    after: int


@dataclass(frozen=True)
class Comparison:
    """What a change of labels did to the answers.

    split: whose images were asked. changed: images of all splits whose label is another one, or came or went.
    changed_there: labels of the split that are other ones. untouched: on its images with the same label in both.
    by_before, by_after: on all its images, by the labels before and by those after: a score by labels that were
    fixed where the network erred is inflated.
    """

    split: Split
    changed: int
    changed_there: int
    untouched: Paired
    by_before: Paired
    by_after: Paired
    per_class: tuple[ClassChange, ...]

    @property
    def verdict(self) -> str:
        """One sentence: "+1.9 points (0.3 to 3.5) on 378 test images", or that nothing can be measured."""
        images = f"{self.untouched.images:,} {self.split} image{'' if self.untouched.images == 1 else 's'}"
        if not self.untouched.images:
            return f"Nothing to compare on: no {self.split} image has kept its label"
        low, high = self.untouched.interval
        found = f"{points(self.untouched.difference, '+')} points ({points(low)} to {points(high)}) on {images}"
        return found if self.untouched.measurable else f"No measurable change: {found}"


def dataset_before(now: Dataset, labels: Mapping[int, str]) -> Dataset:
    """The same images, splits and groups with the labels of an earlier time, given by image id and class name.

    A name that is none of the classes of now is no label.
    """
    places = {name: i for i, name in enumerate(now.classes.names)}
    samples = tuple(replace(s, label=places.get(labels.get(s.image, ""), UNLABELLED)) for s in now.samples)
    return replace(now, samples=samples)


def changed_labels(before: Dataset, after: Dataset, split: Split | None = None) -> int:
    """Images whose label is another one; split: only its images, and only those that had and have a label."""
    pairs = [(a.label, b.label, b.split) for a, b in zip(before.samples, after.samples, strict=True)]
    if split is None:
        return sum(a != b for a, b, _ in pairs)
    return sum(a != b and UNLABELLED not in (a, b) and of == split for a, b, of in pairs)


def split_to_ask(before: Dataset, after: Dataset) -> Split:
    """Test; val, which chose the best epochs, where no test image has a label in both versions."""
    pairs = zip(before.samples, after.samples, strict=True)
    return "test" if any(b.split == "test" and UNLABELLED not in (a.label, b.label) for a, b in pairs) else "val"


def compare(before: Dataset, after: Dataset, then: Predictions, now: Predictions) -> Comparison:
    """Hold the predictions of a training on each version of the labels against both versions.

    Only images that both answered and that have a label in both versions count. Raises UserError if the datasets are
    not of the same images and classes.
    """
    if before.classes != after.classes or [s.image for s in before.samples] != [s.image for s in after.samples]:
        raise UserError(
            "Two versions of the labels must be of the same images and classes; "
            f"received {len(before.samples)} images and {len(after.samples)} images"
        )
    split = split_to_ask(before, after)
    pairs = [(a, b) for a, b in zip(before.samples, after.samples, strict=True) if b.split == split]
    pairs = [(a, b) for a, b in pairs if UNLABELLED not in (a.label, b.label)]
    images, old, new = np.array([(b.image, a.label, b.label) for a, b in pairs], np.int64).reshape(-1, 3).T
    (found_then, p_then), (found_now, p_now) = then.of(images), now.of(images)
    use = found_then & found_now
    old, new, was, is_ = old[use], new[use], p_then[use].argmax(axis=1), p_now[use].argmax(axis=1)
    same = old == new
    return Comparison(
        split=split,
        changed=changed_labels(before, after),
        changed_there=changed_labels(before, after, split),
        untouched=paired(was[same] == new[same], is_[same] == new[same]),
        by_before=paired(was == old, is_ == old),
        by_after=paired(was == new, is_ == new),
        per_class=_per_class(after.classes, new[same], was[same], is_[same]),
    )


def by_both_versions(now: Evaluation, labels_then: Mapping[int, str]) -> tuple[Evaluation, Evaluation]:
    """The same answers by the labels of an earlier time and by those now, on the images that had a label then.

    labels_then: class names by image id; one that the run does not know is none.
    """
    place = {name: i for i, name in enumerate(now.classes.names)}
    old = np.array([place.get(labels_then.get(int(image), ""), UNLABELLED) for image in now.images], np.int64)
    use = old != UNLABELLED
    kept = replace(now, images=now.images[use], labels=now.labels[use], probabilities=now.probabilities[use])
    return replace(kept, labels=old[use]), kept


def paired(was: BoolArray, is_: BoolArray) -> Paired:
    """Which answers were right before and are right after, (N,) each, of the same images."""
    return Paired(int((was & is_).sum()), int((~was & is_).sum()), int((was & ~is_).sum()), int((~was & ~is_).sum()))


def points(share: float, plus: str = "") -> str:
    """A difference of shares in points, with a real minus: 0.019 as "+1.9"; what rounds to nothing has no sign."""
    text = f"{100 * abs(share):.1f}"
    return text if text == "0.0" else f"{'−' if share < 0 else plus}{text}"


def _per_class(classes: ClassList, labels: Int64Array, was: Int64Array, is_: Int64Array) -> tuple[ClassChange, ...]:
    return tuple(
        ClassChange(
            name,
            int((labels == i).sum()),
            int(((labels == i) & (was == i)).sum()),
            int(((labels == i) & (is_ == i)).sum()),
        )
        for i, name in enumerate(classes.names)
    )


def _joined(one: float, other: float, phi: float) -> float:
    return math.sqrt(max(0.0, one * one - 2 * phi * one * other + other * other))
