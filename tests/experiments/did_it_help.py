"""Does "Did it help?" see labels that were fixed? python -m tests.experiments.did_it_help PROJECT [--share 0.2]

The labels of a project stand for those after; before, a share of the train labels was of another class, drawn at
random. PROJECT gets a run, as it does from the button: give it a copy.
"""

import argparse
import random
import time
from dataclasses import replace
from pathlib import Path

from vv_desktop import tasks
from vv_desktop.core.dataset import UNLABELLED, Dataset
from vv_desktop.core.plans import PLANS, QUICK
from vv_desktop.core.project import Project
from vv_desktop.workers import Flags, WorkerProgress


def spoilt(data: Dataset, share: float, seed: int) -> Dataset:
    """The same with that share of the train labels moved to another class."""
    draw = random.Random(seed)
    train = [i for i, s in enumerate(data.samples) if s.split == "train" and s.label != UNLABELLED]
    wrong = set(draw.sample(train, round(share * len(train))))
    samples = tuple(
        replace(s, label=(s.label + draw.randrange(1, len(data.classes))) % len(data.classes)) if i in wrong else s
        for i, s in enumerate(data.samples)
    )
    return replace(data, samples=samples)


def main() -> None:
    """Print the verdict and what it rests on."""
    parser = argparse.ArgumentParser("python -m tests.experiments.did_it_help", description=__doc__)
    parser.add_argument("project", type=Path)
    parser.add_argument("--share", type=float, default=0.2)
    parser.add_argument("--plan", choices=PLANS, default=QUICK.name)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    project = Project.open(options.project)
    data, folder = project.dataset(), project.folder
    project.close()
    began = time.perf_counter()
    comparison, _ = tasks.training.did_it_help(
        spoilt(data, options.share, options.seed),
        data,
        PLANS[options.plan],
        folder,
        None,
        progress=WorkerProgress(Flags(), lambda event: None),
    )
    pair = comparison.untouched
    print(f"{comparison.changed} labels changed, {time.perf_counter() - began:.0f} s: {comparison.verdict}")
    print(f"{pair.gained} gained, {pair.lost} lost, p = {pair.p_value:.2g}")


if __name__ == "__main__":
    main()
