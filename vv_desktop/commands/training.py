"""The verbs that make a run and look at one: train, evaluate, average."""

import argparse
import os
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vv_desktop import tasks
from vv_desktop.commands.verbs import Verbs, opened, print_answer
from vv_desktop.core.class_words import sentences_left_out
from vv_desktop.core.cluster import cluster_of
from vv_desktop.core.dataset import SPLITS, Split
from vv_desktop.core.errors import UserError
from vv_desktop.core.plans import PLANS, QUICK
from vv_desktop.core.progress import Note
from vv_desktop.workers import WorkerProgress

if TYPE_CHECKING:
    from vv_desktop.core.interrupted import Interrupted
    from vv_desktop.core.project import Project
    from vv_desktop.core.runs import Run

_ATTEMPTS = 20


def declare(verb: Verbs) -> None:
    """The verbs of this file."""
    sub = verb("train", train, "Train a classifier on a project.")
    sub.add_argument("project", type=Path)
    what = sub.add_mutually_exclusive_group()
    what.add_argument("--plan", choices=list(PLANS), help="default: quick")
    what.add_argument("--like", metavar="RUN", help="repeat this run: its plan, seed and weights")
    what.add_argument("--resume", metavar="RUN", help="continue a training that was interrupted")
    sub.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", dest="changes", help="another value")
    sub.add_argument("--seed", type=int)
    sub.add_argument("--weights", metavar="FILE", help="pretrained weights (.h5); 'random' to start from nothing")
    sub.add_argument("--workers", metavar="HOST:PORT,...", help="train with these machines; each runs this command")
    sub.add_argument("--worker-index", type=int, metavar="N", help="which of them this is; 0 keeps the run")
    sub = verb("evaluate", evaluate, "Score a run on one split of its project.")
    sub.add_argument("project", type=Path)
    sub.add_argument("--run", help="a run's id or name (default: the newest)")
    sub.add_argument("--split", choices=SPLITS, help="default: test, or val where no test image is labelled")
    sub = verb("average", average, "Average several runs: they answer as one.")
    sub.add_argument("project", type=Path)
    sub.add_argument("runs", nargs="+", metavar="RUN", help="ids or names of two runs or more")
    sub.add_argument("--name", help="default: Average of so many")


def train(options: argparse.Namespace, progress: WorkerProgress) -> None:
    """A new run."""
    from vv_desktop.core.runs import find_run
    from vv_desktop.core.training_request import TrainingRequest, load_request, weights_wish

    changes = dict(_key_value(text) for text in options.changes)
    if options.seed is not None:
        changes["seed"] = str(options.seed)
    cluster = cluster_of(options.workers, options.worker_index, os.environ)
    with opened(options.project, attempts=_ATTEMPTS if cluster else 1) as project:
        dataset, folder = project.dataset(), project.folder
    plan, wanted = PLANS[options.plan or QUICK.name], options.weights
    if options.like is not None:
        then = load_request(find_run(folder / "runs", options.like))
        plan, wanted = then.plan, wanted or then.weights
        for difference in then.differences(TrainingRequest.of(dataset, plan, wanted)):
            progress.report(Note(difference))
    plan = plan.changed(**changes)
    weights = weights_wish(wanted)
    if options.resume is not None:
        run = tasks.training.resume(dataset, _to_resume(options, folder), folder, progress=progress)
    elif cluster is None:
        run = tasks.training.train(dataset, plan, folder, weights, progress=progress)
    elif (kept := tasks.training.train_together(dataset, plan, folder, weights, cluster, progress=progress)) is None:
        print_answer(
            options, {"run": None, "worker": cluster.index}, f"Worker {cluster.index} is done; worker 0 keeps the run"
        )
        return
    else:
        run = kept
    answer = {
        "run": run.id,
        "phases": [asdict(phase) for phase in run.phases],
        "seconds": run.seconds,
        "test": run.scores.get("test"),
    }
    best = f"best validation accuracy {run.best.val_accuracy:.4f} in epoch {run.best.epoch} of phase {run.best.phase}"
    print_answer(options, answer, f"{run.id}: {best}, {run.seconds:.0f} s")


def _to_resume(options: argparse.Namespace, project: Path) -> "Interrupted":
    from vv_desktop.core.interrupted import find_interrupted

    for name, value in (
        ("--set", options.changes),
        ("--seed", options.seed),
        ("--weights", options.weights),
        ("--workers", options.workers),
    ):
        if value not in (None, []):
            raise UserError(f"--resume continues a training as it was begun; received {name} {value}")
    return find_interrupted(project / "runs", options.resume)


def evaluate(options: argparse.Namespace, progress: WorkerProgress) -> None:
    """Scores of a run, and what to photograph next."""
    from vv_desktop.core.advice import what_to_photograph
    from vv_desktop.core.evaluation import evaluate
    from vv_desktop.core.runs import find_run, today

    with opened(options.project, look=True) as project:
        dataset = project.dataset()
        run = today(find_run(project.runs_folder, options.run), dataset.classes)
        snapshot, changed = _labels_of(run, project)
    split: Split = options.split or ("test" if dataset.of("test") else "val")
    scores = evaluate(dataset, split, run.predictions(), run.classes)
    if not len(scores.images):
        raise UserError(f"No labelled image with a prediction is in this split; received {split!r}")
    advice = what_to_photograph(dataset, scores, split)
    answer: dict[str, Any] = {
        "classes": list(scores.classes.names),
        "snapshot": snapshot,
        "labels_changed": changed,
        "not_in_project": dataset.classes.missing(run.classes),
        "split": split,
        "images": len(scores.images),
        "left_out": scores.left_out,
        "unknown_to_run": dict(scores.unknown),
        "accuracy": scores.accuracy,
        "interval": list(scores.interval),
        "macro_f1": scores.macro_f1,
        "per_class": {
            s.name: {"precision": s.precision, "recall": s.recall, "f1": s.f1, "support": s.support}
            for s in scores.per_class
        },
        "confusion": scores.confusion.tolist(),
        "viewpoint": _viewpoint(scores),
        "advice": [asdict(one) for one in advice],
    }
    low, high = scores.interval
    lines = [f"{scores.accuracy:.1%} of {len(scores.images)} {split} images are right (95 %: {low:.1%} to {high:.1%})"]
    lines += [
        f"{s.name:>16}  precision {s.precision:.3f}  recall {s.recall:.3f}  of {s.support}" for s in scores.per_class
    ]
    if changed is not None:
        on = f"snapshot {snapshot}" if snapshot else "labels of which there is no snapshot"
        lines.append(f"Trained on {on}; {changed:,} changed since")
    lines += sentences_left_out(scores.left_out, scores.unknown, answer["not_in_project"])
    lines += [one.sentence for one in advice]
    print_answer(options, answer, "\n".join(lines))


def average(options: argparse.Namespace, progress: WorkerProgress) -> None:
    """Keep the mean of several runs' answers as a run."""
    from vv_desktop.core.runs import find_run, today

    with opened(options.project) as project:
        dataset, folder = project.dataset(), project.runs_folder
    members = [today(find_run(folder, wanted), dataset.classes) for wanted in options.runs]
    run = tasks.training.average_runs(members, dataset, options.name, progress=progress)
    gain = tasks.training.find_gain(run, dataset, progress=progress)
    answer: dict[str, Any] = {
        "run": run.id,
        "members": [member.run for member in run.members],
        "scores": run.scores,
        "gain": None,
    }
    if gain is not None:
        answer["gain"] = {
            "best": gain.best.id,
            "split": gain.split,
            **asdict(gain.paired),
            "difference": gain.paired.difference,
            "interval": list(gain.paired.interval),
            "p_value": gain.paired.p_value,
        }
    print_answer(options, answer, f"{run.id}: {gain.sentence if gain else 'no labelled image to compare on'}")


def _labels_of(run: "Run", project: "Project") -> tuple[str | None, int | None]:
    """The snapshot whose labels a run was trained on, and how many changed since; None where it is not known."""
    from vv_desktop.core.runs import labels_when_trained

    try:
        labels = labels_when_trained(run)
    except UserError:
        return None, None
    snapshot = project.store.snapshot_of(labels)
    changed = sum((row.label or "") != labels.get(row.id, "") for row in project.images.values())
    return snapshot.name if snapshot else None, changed


def _viewpoint(scores: Any) -> dict[str, Any] | None:
    """How far off the answers of an `Evaluation` are, of classes that are sides of a car."""
    from vv_desktop.core.viewpoint import ANGLES, speaks_of, viewpoint_score

    if not speaks_of(scores.classes):
        return None
    found = viewpoint_score(scores.classes, scores.confusion.tolist())
    return {**asdict(found), "off": dict(zip(map(str, ANGLES), found.off, strict=True))}


def _key_value(text: str) -> tuple[str, str]:
    key, equals, value = text.partition("=")
    if not equals:
        raise UserError(f"--set takes KEY=VALUE; received {text!r}")
    return key.strip(), value.strip()
