"""What a training would work on now, and why it cannot start, as a pure function of the image rows."""

from collections import Counter
from collections.abc import Container, Iterable
from dataclasses import dataclass

from vv_desktop.core.classes import ClassList
from vv_desktop.core.records import ImageRow
from vv_desktop.ui.train.words import counted


@dataclass(frozen=True)
class Material:
    """Labelled images of each split, and how many are excluded from all.

    problem: why no training can start, as a sentence; None if one can.
    warning: what will make it poor, as a sentence; None if nothing is known.
    """

    train: int
    val: int
    test: int
    excluded: int
    classes: int
    problem: str | None
    warning: str | None

    def sentence(self, changed: int, since: str | None) -> str:
        """ "3,030 train · 381 val · 0 test images, 4 excluded, 7 classes, 12 labels changed since quick"."""
        excluded = f"{self.excluded:,} excluded, " if self.excluded else ""
        counts = (
            f"{self.train:,} train · {self.val:,} val · {self.test:,} test images,"
            f" {excluded}{counted(self.classes, 'class')}"
        )
        return f"{counts}, {counted(changed, 'label')} changed since {since}" if since and changed else counts


def survey(rows: Iterable[ImageRow], classes: ClassList, unreadable: Container[int] = ()) -> Material:
    """Count what is labelled and can be read, as far as is known, and find what stands in the way."""
    splits: Counter[str] = Counter()
    labels: Counter[str] = Counter()
    unsorted = bad = excluded = 0
    for row in rows:
        if row.label is None:
            continue
        if row.excluded:
            excluded += 1
            continue
        if row.id in unreadable:
            bad += 1
            continue
        splits[row.split or ""] += 1
        labels[row.label] += row.split == "train"
        unsorted += row.split is None
    problem = _problem(splits, labels, unsorted, bad, excluded)
    counts = splits["train"], splits["val"], splits["test"], excluded, len(classes)
    return Material(*counts, problem, _warning(labels, classes))


def _problem(splits: Counter[str], labels: Counter[str], unsorted: int, bad: int, excluded: int) -> str | None:
    present = [name for name, count in labels.items() if count]
    if bad and not sum(splits.values()):
        return f"No labelled image can be read. Browse shows all {bad:,} and why."
    if excluded and not sum(splits.values()):
        return f"Every labelled image is excluded; X in Browse takes them in again. Received {excluded:,}."
    if not sum(splits.values()):
        return "No image has a label yet. Label some in Browse: select them and press a digit."
    if not splits["train"]:
        verb = "is" if unsorted == 1 else "are"
        outside = f"; {counted(unsorted, 'labelled image')} {verb} in no split" if unsorted else ""
        return f"A training needs labelled images in the train split, and there is none{outside}."
    if not splits["val"]:
        return "A training needs labelled images in the val split, to see when it gets better, and there is none."
    if len(present) < 2:
        return f"A training needs at least two classes; all train images are labelled {present[0]}."
    return None


def _warning(labels: Counter[str], classes: ClassList) -> str | None:
    missing = [name for name in classes.names if not labels[name]]
    if not missing or len(missing) == len(classes):
        return None
    names = ", ".join(missing[:3]) + (f" and {len(missing) - 3} more" if len(missing) > 3 else "")
    return f"No train image is labelled {names}: the network cannot learn {'it' if len(missing) == 1 else 'them'}."
