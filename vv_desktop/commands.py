"""What each command of the command line does: ask the tasks, then say it as a sentence or as JSON."""

import argparse
import contextlib
import json
import os
import sys
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vv_desktop import tasks
from vv_desktop.core.class_words import sentences_left_out
from vv_desktop.core.cluster import cluster_of
from vv_desktop.core.dataset import SPLITS, Split
from vv_desktop.core.errors import UserError
from vv_desktop.core.plain_json import plain
from vv_desktop.core.plans import PLANS, QUICK
from vv_desktop.core.progress import Note
from vv_desktop.workers import WorkerProgress

if TYPE_CHECKING:
    from vv_desktop.core.interrupted import Interrupted
    from vv_desktop.core.project import Project
    from vv_desktop.core.runs import Run

EXIT_DONE, EXIT_INPUT, EXIT_USAGE, EXIT_CANCELLED = 0, 1, 2, 130
_ATTEMPTS = 20


def show_window(paths: list[Path]) -> int:
    """Open the window on what was given, and stay; the exit status."""
    from vv_desktop.screen import why_no_window

    if reason := why_no_window():
        print(f"{reason}. Every task also runs without a window: vv-desktop --help", file=sys.stderr)
        return EXIT_INPUT
    from vv_desktop.app import run

    return run(paths)


def demo(options: argparse.Namespace, progress: WorkerProgress) -> None:
    """The demo project: in the window, or the whole job without one."""
    from vv_desktop.headless import demo_report
    from vv_desktop.screen import why_no_window

    headless, reason = options.headless, None if options.headless else why_no_window()
    if reason:
        print(f"{reason}: the same job runs without a window.", file=sys.stderr)
        headless = True
    project = tasks.data.make_demo(options.dir, progress=progress)
    if not headless:
        options.status = show_window([project])
        return
    answer = demo_report(project, options.dir / "report", progress)
    print_answer(options, answer, f"{answer['sentence']}\nReport: {answer['report']}")


def import_(options: argparse.Namespace, progress: WorkerProgress) -> None:
    """A new project."""
    from vv_desktop.core.project import default_project_folder

    plan = tasks.data.read_sources(options.sources, options.labels, progress=progress)
    folder = tasks.data.create_project(plan, options.project or default_project_folder(plan.sources), progress=progress)
    counts = plan.counts()
    answer: dict[str, Any] = {
        "project": str(folder),
        "images": len(plan.images),
        "labelled": sum(1 for image in plan.images if image.label is not None),
        "classes": list(plan.classes.names),
        "splits": {split: sum(n for (_, s), n in counts.items() if s == split) for split in SPLITS},
        "problems": [asdict(problem) for problem in plan.problems]
        + [
            {"path": "", "reason": f"{n} images are labelled {name!r}, which is not a class"}
            for name, n in plan.unknown_labels
        ],
    }
    lines = [
        f"{answer['images']} images, {answer['labelled']} labelled, {len(plan.classes)} classes ({plan.labels_source})"
    ]
    lines += [f"Splits: {', '.join(f'{n} {name}' for name, n in answer['splits'].items())}. {plan.splits_source}"]
    lines += [f"{p['path']}: {p['reason']}" if p["path"] else p["reason"] for p in answer["problems"]]
    print_answer(options, answer, "\n".join([*lines, f"Project: {folder}"]))


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

    with opened(options.project) as project:
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


def doctor(options: argparse.Namespace, progress: WorkerProgress) -> None:
    """What this machine has, and what went wrong on it."""
    answer = tasks.diagnosis.diagnose(progress)
    print_answer(options, answer, tasks.diagnosis.in_lines(answer))


@contextlib.contextmanager
def opened(folder: Path, attempts: int = 1) -> Iterator[Any]:
    """The project, closed again as soon as its labels were read: a training holds no lock.

    attempts: more than one where others read a shared folder at the same moment; each waits half a second.
    """
    from vv_desktop.core.project import Project

    for last in [False] * (attempts - 1) + [True]:
        try:
            project = Project.open(folder)
            break
        except UserError:
            if last:
                raise
    try:
        yield project
    finally:
        project.close()


def _key_value(text: str) -> tuple[str, str]:
    key, equals, value = text.partition("=")
    if not equals:
        raise UserError(f"--set takes KEY=VALUE; received {text!r}")
    return key.strip(), value.strip()


def print_answer(options: argparse.Namespace, document: Any, text: str) -> None:
    """The sentence, or with --json the document."""
    print(json.dumps(plain(document), indent=1) if options.json else text)
