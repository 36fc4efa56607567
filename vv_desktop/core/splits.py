"""Putting images into train, val and test so that a group stays on one side."""

import warnings
from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from vv_desktop.core.dataset import SPLITS, Split
from vv_desktop.core.records import ImageRow

FOLDS = 20
SEED = 0


def split_by_group(labels: Sequence[str | None], groups: Sequence[str]) -> tuple[tuple[Split, ...], str]:
    """A split for each image, about 70/15/15 with every class in its share, and a sentence that says how.

    scikit-learn's StratifiedGroupKFold with a fixed seed: the same images get the same splits.
    With fewer than three groups no leak-free split exists; then images are split one by one, and
    the sentence says so.
    """
    from sklearn.model_selection import StratifiedGroupKFold

    if len(labels) < 3:
        everything: list[Split] = ["train"] * len(labels)
        return tuple(everything), "There are too few images to split: all are train"
    count = len(set(groups))
    by_image = count < 3
    units = np.arange(len(labels)) if by_image else np.unique(list(groups), return_inverse=True)[1]
    classes = np.unique([label or "" for label in labels], return_inverse=True)[1]
    folds = min(FOLDS, len(labels) if by_image else count)
    if folds > np.bincount(classes).max():  # too few of each class to spread them
        classes = np.zeros_like(classes)
    held_out = max(1, round(0.15 * folds))
    splits: list[Split] = ["train"] * len(labels)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # "least populated class has fewer members than folds"
        folding = StratifiedGroupKFold(n_splits=folds, shuffle=True, random_state=SEED)
        parts = [part for _, part in folding.split(classes, classes, units)]
    for place in np.concatenate(parts[:held_out]):
        splits[place] = "test"
    for place in np.concatenate(parts[held_out : 2 * held_out]):
        splits[place] = "val"
    if by_image:
        how = f"Made here by image, 70/15/15: there are only {count} groups, so no split without leaks exists"
    elif count == len(labels):
        how = "Made here, 70/15/15; no groups are known, so every image stands alone"
    else:
        how = f"Made here, 70/15/15; each of the {count} groups stays on one side"
    return tuple(splits), how


def split_again(rows: Iterable[ImageRow], groups: Mapping[int, str]) -> tuple[tuple[tuple[int, Split], ...], str]:
    """A new split for each labelled image such that no group of `groups` (by image id) is torn, and how it was made.

    Images that are excluded or have no label stay where they are. No splits where no leak-free one exists, which
    the sentence then says.
    """
    labelled = [row for row in rows if row.used]
    count = len({groups[row.id] for row in labelled})
    if count < len(SPLITS):
        return (), f"No split without leaks exists: twins and groups hang together, {count} in all. Nothing was moved"
    splits, how = split_by_group([row.label for row in labelled], [groups[row.id] for row in labelled])
    return tuple((row.id, split) for row, split in zip(labelled, splits, strict=True)), how
