"""What is checked before a training starts, so that bad data is a sentence now and no crash in an hour."""

from dataclasses import dataclass

import numpy as np

from vv_desktop.core.arrays import Int64Array
from vv_desktop.core.dataset import SPLITS, UNLABELLED, Dataset, Split
from vv_desktop.core.errors import UserError
from vv_desktop.core.mirror import check_map, find_pairs
from vv_desktop.core.pixel_cache import Pixels
from vv_desktop.core.plans import Plan
from vv_desktop.core.progress import Note, Progress

_NAMED = 20
"""Unreadable images that get a line each; the rest is counted."""

Indices = Int64Array


@dataclass(frozen=True)
class Usable:
    """Images of a dataset that can be read, as indices into its samples.

    splits: the labelled ones of each split that has any. readable: all of them, labelled or not.
    """

    splits: dict[Split, Indices]
    readable: Indices


def check_labels(dataset: Dataset) -> None:
    """What can be said before a photo is read. Raises UserError."""
    names, count = dataset.classes.names, len(dataset.classes)
    if count < 2:
        raise UserError(f"A classifier needs at least two classes; received {count} ({', '.join(names)})")
    for sample in dataset.samples:
        if sample.label != UNLABELLED and not 0 <= sample.label < count:
            raise UserError(f"Labels are 0 to {count - 1}; received {sample.label} for {sample.path}")
    if dataset.mirror is not None:
        check_map(dataset.mirror, dataset.classes)
    _check_splits({split: dataset.labels(split) for split in ("train", "val")}, dataset)


def usable_images(dataset: Dataset, pixels: Pixels, progress: Progress) -> Usable:
    """The readable images; each other one is a Note with its reason. Raises UserError if too few are left."""
    _report_problems(dataset, pixels, progress)
    readable = np.flatnonzero(pixels.places >= 0)
    splits = {
        split: np.array(
            [i for i in readable if dataset.samples[i].split == split and dataset.samples[i].label != UNLABELLED],
            np.int64,
        )
        for split in SPLITS
    }
    labels = {split: labels_of(dataset, indices) for split, indices in splits.items()}
    _check_splits(labels, dataset)
    return Usable({split: indices for split, indices in splits.items() if len(indices)}, readable)


def tell_of_mirroring(dataset: Dataset, plan: Plan, progress: Progress) -> None:
    """Where the plan asks for mirrored images: a Note that says what they are used for, or why there are none."""
    if not (plan.mirror or plan.mirror_average):
        return
    if dataset.mirror is None:
        found = find_pairs(dataset.classes)
        why = "mirroring is off in this project (Edit > Classes…)" if found.of else found.sentence
        progress.report(Note(f"No mirrored copies: {why}"))
        return
    if plan.mirror:
        progress.report(Note("Each training image is seen mirrored too, with the label of its mirrored class"))
    if plan.mirror_average:
        progress.report(Note("Each answer is the mean of the image's and its mirrored copy's"))


def labels_of(dataset: Dataset, indices: Indices) -> Indices:
    """Class indices of some samples, (N,)."""
    return np.array([dataset.samples[i].label for i in indices], np.int64)


def _check_splits(labels: dict[Split, Indices], dataset: Dataset) -> None:
    train, val = labels["train"], labels["val"]
    if not len(train):
        raise UserError(
            "There is nothing to train on: label some images and put them into split train; "
            f"received {len(dataset.samples)} images, none of them labelled, readable and in split train"
        )
    if not len(val):
        raise UserError(
            "Without validation images nobody can tell when the training is good: "
            "make splits by group (train, val, test), or put some labelled images into split val; "
            f"received {len(train)} training images and no readable validation image"
        )
    counts = np.bincount(train, minlength=len(dataset.classes))
    missing = [name for name, count in zip(dataset.classes.names, counts, strict=True) if not count]
    if missing:
        raise UserError(f"Every class needs a training image that can be read; received none of {', '.join(missing)}")


def _report_problems(dataset: Dataset, pixels: Pixels, progress: Progress) -> None:
    for _, reason in pixels.problems[:_NAMED]:
        progress.report(Note(f"Left out: {reason}"))
    if len(pixels.problems) > _NAMED:
        progress.report(Note(f"Left out: {len(pixels.problems) - _NAMED} more images that cannot be read"))
    strays = sum(s.split is None and s.label != UNLABELLED for s in dataset.samples)
    if strays:
        progress.report(Note(f"Left out: {strays} labelled images that are in no split"))
