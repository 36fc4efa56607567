"""Averages: several runs that answer as one, with the mean of their probabilities; kept as a run that names them."""

from __future__ import annotations

import dataclasses
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import numpy as np

from vv_desktop.core.arrays import BoolArray
from vv_desktop.core.classes import ClassList
from vv_desktop.core.comparison import Paired, paired, points
from vv_desktop.core.dataset import SPLITS, Dataset, Split
from vv_desktop.core.errors import UserError
from vv_desktop.core.evaluation import evaluate
from vv_desktop.core.files import atomic_write
from vv_desktop.core.runs import Member, Predictions, Run, load_run, new_folder, save_predictions, save_run

PLAN = "average"
"""What the plan of an average is called."""


@dataclass(frozen=True)
class Gain:
    """An average held against the best of its runs, on the same images of `split`, by the labels as they are now.

    best: the run that is right about most of them; as these images chose it, the gain is, if anything, too small.
    members: how many runs were averaged. paired: before is the best run, after the average.
    """

    best: Run
    members: int
    split: Split
    paired: Paired

    @property
    def sentence(self) -> str:
        """ "+1.6 points (0.3 to 2.9) over night, the best of 3 runs, on 381 val images", or that it is no gain."""
        low, high = self.paired.interval
        images = f"{self.paired.images:,} {self.split} image{'' if self.paired.images == 1 else 's'}"
        found = f"{points(self.paired.difference, '+')} points ({points(low)} to {points(high)})"
        found += f" over {self.best.name}, the best of {self.members} runs, on {images}"
        return found if self.paired.measurable else f"No measurable difference: {found}"


def average_runs(runs: Sequence[Run], dataset: Dataset, name: str | None, now: datetime) -> Run:
    """Keep the mean of these runs' predictions as a run of its own, scored by the labels of `dataset`.

    runs: with their classes as the project names them now, all in one folder; the first one gives the order of the
    classes. name: "Average of 3" if None. Only images that each run answered have an answer.
    Raises UserError for runs that cannot be averaged, or if the disk refuses.
    """
    runs = tuple({run.id: run for run in runs}.values())
    members = _members(runs)
    predictions = mean_predictions(runs, members)
    first = runs[0]
    plan = first.plan.changed(name=PLAN, mirror_average=False)  # each run mirrors its own answers, or does not
    folder = new_folder(first.folder.parent, plan, now)
    try:
        save_predictions(folder, predictions)
        _copy_labels(first, folder)
        average = dataclasses.replace(
            first, folder=folder, name=(name or "").strip() or f"Average of {len(runs)}", plan=plan, trained=now,
            history=(), phases=(), seconds=0.0, stopped=False, mirror=None, calibration=None, members=members,
            scores=_scores(dataset, predictions, first.classes),
        )  # fmt: skip
        save_run(average)
    except UserError:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return average


def mean_predictions(runs: Sequence[Run], members: Sequence[Member]) -> Predictions:
    """The mean of what the runs say of the images that all of them answered, in the order of `Member.columns`."""
    kept = [run.predictions() for run in runs]
    images = kept[0].images
    for one in kept[1:]:
        images = images[np.isin(images, one.images)]
    if not len(images):
        raise UserError(f"No image was answered by all of them; received {', '.join(run.name for run in runs)}")
    rows = [one.of(images)[1][:, list(member.columns)] for one, member in zip(kept, members, strict=True)]
    return Predictions(images, np.asarray(np.mean(rows, axis=0, dtype=np.float64), np.float32))


def runs_of(average: Run) -> tuple[Run, ...]:
    """The runs that it is the mean of, in its order. Raises UserError if one of them is gone."""
    found = []
    for member in average.members:
        folder = average.folder.parent / member.run
        if not (folder / "run.json").is_file():
            raise UserError(f"A run that {average.name} is the average of is gone; received {member.run}")
        found.append(load_run(folder))
    return tuple(found)


def gain_over_best(average: Run, dataset: Dataset) -> Gain | None:
    """What averaging brought; None where no image has both a label and an answer. Raises UserError as `runs_of`."""
    split: Split = "test" if dataset.of("test") else "val"
    scores = evaluate(dataset, split, average.predictions(), average.classes)
    if not len(scores.images):
        return None
    right: dict[str, BoolArray] = {}
    runs = runs_of(average)
    for run, member in zip(runs, average.members, strict=True):
        answers = run.predictions().of(scores.images)[1][:, list(member.columns)].argmax(axis=1)
        right[run.id] = answers == scores.labels
    best = max(runs, key=lambda run: int(right[run.id].sum()))
    return Gain(best, len(runs), split, paired(right[best.id], scores.predicted == scores.labels))


def _members(runs: Sequence[Run]) -> tuple[Member, ...]:
    if len(runs) < 2:
        raise UserError(f"An average is of two runs or more; received {', '.join(run.name for run in runs) or 'none'}")
    first = runs[0]
    for run in runs:
        if run.members:
            raise UserError(f"An average is of trained runs, not of other averages; received {run.name}")
        if set(run.classes) != set(first.classes):
            strange = sorted(set(run.classes) ^ set(first.classes))
            raise UserError(f"Runs of other classes cannot be averaged; not all know {', '.join(strange)}")
        if run.plan.image_size != first.plan.image_size:
            sizes = f"{first.plan.image_size} px and {run.plan.image_size} px"
            raise UserError(f"Runs that take pictures of different sizes cannot be averaged; received {sizes}")
    return tuple(Member(run.id, tuple(run.classes.index(name) for name in first.classes)) for run in runs)


def _copy_labels(run: Run, folder: Path) -> None:
    """What was changed since is said of the first run's labels."""
    try:
        data = (run.folder / "labels.json").read_bytes()
    except OSError as error:
        raise UserError(f"The run's labels cannot be read ({error.strerror}): {run.folder}") from error
    atomic_write(folder / "labels.json", data)


def _scores(dataset: Dataset, predictions: Predictions, classes: ClassList) -> dict[str, dict[str, float]]:
    found = {split: evaluate(dataset, split, predictions, classes) for split in SPLITS}
    return {
        str(split): {"accuracy": one.accuracy, "macro_f1": one.macro_f1}
        for split, one in found.items()
        if len(one.images)
    }
