"""Are wrong labels found? python -m tests.experiments.suspects PROJECT [--seeds 0,1,2] [--share 0.08].

Labels of the training split are exchanged at random for those of a neighbouring viewpoint or the mirrored one, then
ranked. PROJECT is one of the photos (vv-desktop import train.csv val.csv); nothing in it changes but its caches.
Precision and recall at the number exchanged, and the share of them among the first tenth, for the score that is used
and for the plain one: the probability of the label.
"""

import argparse
import dataclasses
from pathlib import Path

import numpy as np

from vv_desktop.core.arrays import Int64Array
from vv_desktop.core.dataset import Dataset
from vv_desktop.core.project import Project
from vv_desktop.core.user_folders import user_cache
from vv_desktop.core.viewpoint import BACKGROUND, CIRCLE
from vv_desktop.ml.suspects import find_suspects
from vv_desktop.workers import Flags, WorkerProgress


def confused(dataset: Dataset, share: float, seed: int) -> tuple[Dataset, Int64Array]:
    """The training split with a share of its labels exchanged for confusable ones, and the ids of those images."""
    names, mirror = dataset.classes.names, dataset.mirror or range(len(dataset.classes))
    samples = [dataclasses.replace(s, split="train") for s in dataset.of("train")]
    random = np.random.default_rng(seed)
    chosen = random.choice(len(samples), round(share * len(samples)), replace=False)
    for place in chosen:
        label = samples[place].label
        if names[label] == BACKGROUND:
            others = [i for i in range(len(names)) if i != label]
        else:
            at = CIRCLE.index(names[label])
            near = {names.index(CIRCLE[(at + turn) % len(CIRCLE)]) for turn in (-1, 1)}
            others = sorted((near | {mirror[label]}) - {label})
        samples[place] = dataclasses.replace(samples[place], label=int(random.choice(others)))
    return dataclasses.replace(dataset, samples=tuple(samples)), np.array([samples[i].image for i in chosen], np.int64)


def found_share(order: Int64Array, images: Int64Array, wrong: Int64Array, first: int) -> float:
    """Share of `wrong` among the first images of an order."""
    return float(np.isin(images[order[:first]], wrong).sum() / len(wrong))


def main() -> None:
    """Rank each seed's labels, and print."""
    parser = argparse.ArgumentParser("python -m tests.experiments.suspects", description=__doc__)
    parser.add_argument("project", type=Path)
    parser.add_argument("--seeds", default="0,1,2")
    parser.add_argument("--share", type=float, default=0.08)
    options = parser.parse_args()
    opened = Project.open(options.project)
    dataset, folder = opened.dataset(), opened.folder
    opened.close()
    print("| seed | score | exchanged | recall = precision at that number | recall in the first tenth | seconds |")
    print("|---|---|---|---|---|---|")
    for seed in map(int, options.seeds.split(",")):
        changed, wrong = confused(dataset, options.share, seed)
        quiet = WorkerProgress(Flags(), lambda event: None)
        ranked = find_suspects(changed, folder / "cache", user_cache(), None, quiet)
        own = ranked.probabilities[np.arange(len(ranked.labels)), ranked.labels]
        for name, scores in (("normalised margin", ranked.quality), ("probability of the label", own)):
            order = np.argsort(scores, kind="stable").astype(np.int64)
            at = found_share(order, ranked.images, wrong, len(wrong))
            tenth = found_share(order, ranked.images, wrong, len(ranked.images) // 10)
            print(f"| {seed} | {name} | {len(wrong)} | {at:.3f} | {tenth:.3f} | {ranked.seconds:.1f} |", flush=True)


if __name__ == "__main__":
    main()
