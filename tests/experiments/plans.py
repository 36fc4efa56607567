"""Plans against each other on the real photos: python -m tests.experiments.plans [ROW…] [--on val,0] [--seeds 0,1].

Each row is a plan and what is changed in it. `val` trains on train.csv and scores on val.csv, whose vehicles stand in
train.csv too; 0, 1 and 2 are the folds of train.csv that hold out whole groups (scikit-learn's StratifiedGroupKFold
by `group`, three of them, shuffled with seed 0). The score is the one that a run reports: validation accuracy of its
best epoch, and macro F1 of the same weights. Each finished training is a line of JSON in --results, and is not done
again; the table of everything in there is printed at the end. Seconds are the run's own, with photos and what the
frozen network says of them cached by the rows before: the first of each kind pays for them.
"""

import argparse
import dataclasses
import json
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.model_selection import StratifiedGroupKFold

from tests.bench.pictures import PHOTOS
from vv_desktop import tasks
from vv_desktop.core.dataset import Dataset, Split
from vv_desktop.core.plans import PLANS, Plan
from vv_desktop.core.progress import EpochEnd, Event
from vv_desktop.core.project import Project
from vv_desktop.core.runs import Run
from vv_desktop.workers import Flags, WorkerProgress

ROWS: dict[str, tuple[str, dict[str, Any]]] = {
    "classic": ("classic", {}),
    "quick": ("quick", {}),
    "quick, mirrored": ("quick", {"mirror": True}),
    "quick, mirrored, averaged": ("quick", {"mirror": True, "mirror_average": True}),
    "best": ("best", {}),
    "best, one answer": ("best", {"mirror_average": False}),
    "best, no mirror": ("best", {"mirror": False, "mirror_average": False}),
    "best, no changed copies": ("best", {"copies": 0}),
    "best, 6 changed copies": ("best", {"copies": 6}),
    "best, weights not averaged": ("best", {"average_weights": 0.0}),
    "best, no smoothing": ("best", {"label_smoothing": 0.0}),
    "best, plateau": ("best", {"schedule": "plateau", "warm_up": 0.0, "patience": 7}),
    "best, not balanced": ("best", {"balanced": False}),
    "best, half the rate": ("best", {"fine_tune_learning_rate": 1.5e-4}),
    "best, more smoothing and dropout": (
        "best",
        {"label_smoothing": 0.2, "dropout": 0.6},
    ),
    "best, average pooling": ("best", {"pooling": "average", "units": 128, "dropout": 0.2, "dropout_last": 0.1}),
    "best from block 5": ("best", {"fine_tune_from": "block_5_add"}),
    "best from block 9": ("best", {"fine_tune_from": "block_9_add"}),
    "best from block 14": ("best", {"fine_tune_from": "block_14_add"}),
    "best, phase 1 first": ("best", {"head_epochs": 5, "fine_tune_learning_rate": 1e-4, "fine_tune_epochs": 10}),
}
"""Each row: a plan, and what is changed in it."""


def folded(dataset: Dataset, fold: str) -> Dataset:
    """The dataset with the splits of a fold of train.csv, or as it is for `val`."""
    if fold == "val":
        return dataset
    places = [i for i, s in enumerate(dataset.samples) if s.split == "train"]
    labels, groups = ([getattr(dataset.samples[i], name) for i in places] for name in ("label", "group"))
    folding = StratifiedGroupKFold(n_splits=3, shuffle=True, random_state=0)
    held_out = list(folding.split(np.zeros(len(places)), labels, groups))[int(fold)][1]
    splits: dict[int, Split] = dict.fromkeys(places, "train") | {places[i]: "val" for i in held_out}
    samples = tuple(dataclasses.replace(s, split=splits.get(i)) for i, s in enumerate(dataset.samples))
    return dataclasses.replace(dataset, samples=samples)


def say(event: Event) -> None:
    """Epochs, as they end."""
    if isinstance(event, EpochEnd):
        print(f"  {event.phase} {event.epoch}: {event.loss:.4f} {event.val_accuracy:.4f}", flush=True)


def trained(dataset: Dataset, plan: Plan, project: Path) -> Run:
    """A run, which is not kept but for its numbers."""
    run = tasks.training.train(dataset, plan, project, None, progress=WorkerProgress(Flags(), say))
    shutil.rmtree(run.folder)
    return run


def table(lines: Sequence[dict[str, Any]]) -> str:
    """Mean and spread over seeds (and folds) of each row, as Markdown."""
    text = ["| plan | on | runs | accuracy | macro F1 | seconds |", "|---|---|---|---|---|---|"]
    keys = list(dict.fromkeys((one["row"], "val" if one["on"] == "val" else "folds") for one in lines))
    for row, on in keys:
        found = [one for one in lines if one["row"] == row and (one["on"] == "val") == (on == "val")]
        accuracy, f1, seconds = (np.array([one[name] for one in found]) for name in ("accuracy", "macro_f1", "seconds"))
        spread = f" ({accuracy.min():.4f}–{accuracy.max():.4f})" if len(found) > 1 else ""
        scores = f"{accuracy.mean():.4f}{spread} | {f1.mean():.4f} | {np.median(seconds):.0f}"
        text.append(f"| {row} | {on} | {len(found)} | {scores} |")
    return "\n".join(text)


def main() -> None:
    """Train what is missing, and print the table."""
    parser = argparse.ArgumentParser("python -m tests.experiments.plans", description=__doc__)
    parser.add_argument("rows", nargs="*", metavar="ROW", help=f"some of: {'; '.join(ROWS)}")
    parser.add_argument("--on", default="val,0,1,2")
    parser.add_argument("--seeds", default="0,1,2", help="on folds seed and fold go together: fold 0 with the first")
    parser.add_argument("--project", type=Path, default=Path("experiments"))
    parser.add_argument("--results", type=Path, default=Path("experiments/results.jsonl"))
    options = parser.parse_args()
    if not PHOTOS.is_dir():
        parser.error(f"the experiments need the photos beside the project; there is no {PHOTOS}")
    if unknown := [row for row in options.rows if row not in ROWS]:
        parser.error(f"there is no such row: {unknown[0]}")
    quiet = WorkerProgress(Flags(), lambda event: None)
    if not (options.project / "project.vv").exists():
        plan = tasks.data.read_sources([PHOTOS / "train.csv", PHOTOS / "val.csv"], None, progress=quiet)
        tasks.data.create_project(plan, options.project, progress=quiet)
    opened = Project.open(options.project)
    dataset = opened.dataset()
    opened.close()
    options.results.parent.mkdir(parents=True, exist_ok=True)
    lines = [json.loads(line) for line in options.results.read_text().splitlines()] if options.results.exists() else []
    done = {(one["row"], one["on"], one["seed"]) for one in lines}
    seeds = [int(seed) for seed in options.seeds.split(",")]
    for row in options.rows:
        base, changes = ROWS[row]
        for on in options.on.split(","):
            for seed in seeds if on == "val" else [seeds[int(on) % len(seeds)]]:
                if (row, on, seed) in done:
                    continue
                print(f"{row}, on {on}, seed {seed}", flush=True)
                run = trained(folded(dataset, on), PLANS[base].changed(**changes, seed=seed), options.project)
                lines.append({"row": row, "on": on, "seed": seed, **run.scores["val"], "seconds": run.seconds})
                with options.results.open("a") as file:
                    file.write(json.dumps(lines[-1]) + "\n")
    print(table(lines))


if __name__ == "__main__":
    main()
