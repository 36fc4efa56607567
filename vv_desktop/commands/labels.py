"""What each command about labels does: find wrong ones and twins, take labels in from a CSV, write them out."""

import argparse
from dataclasses import asdict
from pathlib import Path
from typing import Any

from vv_desktop import tasks
from vv_desktop.commands.verbs import Verbs, opened, print_answer
from vv_desktop.core import label_export
from vv_desktop.core.dataset import SPLITS
from vv_desktop.core.errors import UserError
from vv_desktop.core.label_csv import Problem, read_label_csv
from vv_desktop.workers import WorkerProgress


def declare(verb: Verbs) -> None:
    """The verbs of this file."""
    sub = verb("suspects", suspects, "Images whose label is probably wrong, worst first.")
    sub.add_argument("project", type=Path)
    sub.add_argument("--top", type=int, metavar="N", help="only so many")
    sub.add_argument("--weights", metavar="FILE", help="pretrained weights (.h5); 'random' to start from nothing")
    sub = verb("duplicates", duplicates, "Images that show the same picture, or nearly so, or its mirror image.")
    sub.add_argument("project", type=Path)
    sub.add_argument("--weights", metavar="FILE", help="pretrained weights (.h5); 'random' to start from nothing")
    sub = verb("quality", quality, "Pictures that are dark, bright, blurred, tiny or oddly shaped.")
    sub.add_argument("project", type=Path)
    sub = verb("relabel", relabel, "Take labels from a CSV (filepath,label), as one undo step.")
    sub.add_argument("project", type=Path)
    sub.add_argument("csv", type=Path, metavar="CSV")
    sub = verb("export-labels", export_labels, "Write the labels as they are now to a CSV.")
    sub.add_argument("project", type=Path)
    sub.add_argument("out", type=Path, metavar="OUT.csv")
    sub.add_argument("--split", choices=SPLITS, help="only these")


def suspects(options: argparse.Namespace, progress: WorkerProgress) -> None:
    """Images whose label is probably wrong, worst first."""
    with opened(options.project, look=True) as project:
        dataset, folder = project.dataset(), project.folder
    weights: Any = options.weights if options.weights in (None, "random") else Path(options.weights)
    found = tasks.review.find_suspects(dataset, folder, weights, progress=progress)
    files = {sample.image: str(sample.path) for sample in dataset.samples}
    names = found.classes.names
    answer = [
        {
            "path": files[int(found.images[place])],
            "label": names[found.labels[place]],
            "suggestion": names[found.suggestion(place)],
            "probability": round(float(found.probabilities[place, found.suggestion(place)]), 4),
            "quality": round(float(found.quality[place]), 4),
            "mirror_differs": bool(found.mirror_differs[place]),
        }
        for place in found.queue[: options.top].tolist()
    ]
    lines = [f"{s['label']} → {s['suggestion']} {s['probability']:.2f}  {s['path']}" for s in answer]
    lines += [f"{len(found.queue)} suspects among {len(found.images)} labelled images"]
    print_answer(options, answer, "\n".join(lines))


def duplicates(options: argparse.Namespace, progress: WorkerProgress) -> None:
    """Pairs of twins, most alike first."""
    from vv_desktop.core.twins import leak_count

    with opened(options.project, look=True) as project:
        dataset, folder, rows = project.dataset(), project.folder, dict(project.images)
    weights: Any = options.weights if options.weights in (None, "random") else Path(options.weights)
    pairs = tasks.review.find_twins(dataset, folder, weights, progress=progress).pairs()
    files = {sample.image: str(sample.path) for sample in dataset.samples}
    answer = [
        {
            "a": files[pair.a],
            "b": files[pair.b],
            "kind": pair.kind,
            "similarity": round(pair.similarity, 4),
            "labels": [rows[pair.a].label, rows[pair.b].label],
            "splits": [rows[pair.a].split, rows[pair.b].split],
        }
        for pair in pairs
    ]
    counts = [(split, *leak_count(pairs, rows, split, "train")) for split in SPLITS[1:]]
    lines = [f"{pair['kind']:>6}  {pair['similarity']:.3f}  {pair['a']}  {pair['b']}" for pair in answer]
    lines += [f"{len(pairs)} pairs"]
    lines += [f"{touched} of {of} {split} images have a near-twin in train" for split, touched, of in counts if of]
    print_answer(options, answer, "\n".join(lines))


def quality(options: argparse.Namespace, progress: WorkerProgress) -> None:
    """Pictures with something wrong, worst first, and how many of each kind."""
    from vv_desktop.core.quality import KINDS, value

    with opened(options.project, look=True) as project:
        dataset, folder = project.dataset(), project.folder
    found = tasks.review.measure_quality(dataset, folder, progress=progress)
    files = {sample.image: str(sample.path) for sample in dataset.samples}
    images = [
        {"path": files[image], "kind": kind, "value": round(value(found.measures[image], kind), 4)}
        for kind in KINDS
        for image in found.worst(kind)
    ]
    answer: dict[str, Any] = {
        "counts": {kind: len(found.worst(kind)) for kind in KINDS},
        "images": images,
        "unreadable": [{"path": str(path), "reason": reason} for path, reason in found.unreadable.values()],
    }
    lines = [f"{one['kind']} {one['value']:g}  {one['path']}" for one in images]
    lines += [reason for _, reason in found.unreadable.values()]
    counts = {**answer["counts"], "unreadable": len(found.unreadable)}
    lines += [", ".join(f"{count} {kind}" for kind, count in counts.items())]
    print_answer(options, answer, "\n".join(lines))


def relabel(options: argparse.Namespace, progress: WorkerProgress) -> None:
    """Labels of a CSV for images that the project has, as one undo step; an empty label takes the label off."""
    from vv_desktop.core.importing import resolved

    rows, problems = read_label_csv(options.csv)
    with opened(options.project) as project:
        known = {project.path_of(image): image for image in project.images}
        changes: dict[int, str | None] = {}
        for row in rows:
            path, reason = resolved(options.csv.resolve().parent, row.filepath)
            if path not in known:
                reason = reason or f"The project has no such image: {row.filepath}"
            elif row.label and row.label not in project.classes.names:
                reason = f"The project has no class of that name; received {row.label!r}"
            elif changes.setdefault(known[path], row.label or None) != (row.label or None):
                reason = f"{row.filepath} has another label in a line before, which counts; received {row.label!r}"
            if reason:
                problems.append(Problem(f"{options.csv.name}:{row.line}", reason))
        if not changes:
            raise UserError(f"No line of the file is of an image of this project: {options.csv}")
        group = project.relabel_each(list(changes.items()), "command line")
    changed = len(group.edits) if group else 0
    answer = {"matched": len(changes), "changed": changed, "problems": [asdict(problem) for problem in problems]}
    lines = [f"{problem.path}: {problem.reason}" for problem in problems]
    lines += [f"{len(changes)} images of the CSV are in the project; {changed} have another label now"]
    print_answer(options, answer, "\n".join(lines))


def export_labels(options: argparse.Namespace, progress: WorkerProgress) -> None:
    """The labels as they are now, but for excluded images, as a CSV that can be opened again."""
    with opened(options.project, look=True) as project:
        found = label_export.export_labels(project, options.out, options.split)
    answer = {"csv": str(options.out), **asdict(found), "kept": str(found.kept) if found.kept else None}
    left_out = f", {found.excluded} excluded ones left out" if found.excluded else ""
    lines = [f"{found.images} images, {found.labelled} of them labelled{left_out}: {options.out}"]
    if found.kept:
        lines.append(f"The file that was there had been changed by another; it is kept: {found.kept}")
    print_answer(options, answer, "\n".join(lines))
