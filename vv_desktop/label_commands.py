"""What each command about labels does: find wrong ones and twins, take labels in from a CSV, write them out."""

import argparse
import os
from dataclasses import asdict
from pathlib import Path
from typing import Any

from vv_desktop import tasks
from vv_desktop.commands import opened, print_answer
from vv_desktop.core.dataset import SPLITS
from vv_desktop.core.label_csv import Problem, read_label_csv, write_csv
from vv_desktop.workers import WorkerProgress


def suspects(options: argparse.Namespace, progress: WorkerProgress) -> None:
    """Images whose label is probably wrong, worst first."""
    with opened(options.project) as project:
        dataset, folder = project.dataset(), project.folder
    weights: Any = options.weights if options.weights in (None, "random") else Path(options.weights)
    found = tasks.find_suspects(dataset, folder, weights, progress=progress)
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

    with opened(options.project) as project:
        dataset, folder, rows = project.dataset(), project.folder, dict(project.images)
    weights: Any = options.weights if options.weights in (None, "random") else Path(options.weights)
    pairs = tasks.find_twins(dataset, folder, weights, progress=progress).pairs()
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


def relabel(options: argparse.Namespace, progress: WorkerProgress) -> None:
    """Labels of a CSV for images that the project has, as one undo step."""
    rows, problems = read_label_csv(options.csv)
    with opened(options.project) as project:
        known = {str(project.path_of(image)): image for image in project.images}
        changes: dict[int, str | None] = {}
        for row in rows:
            where = os.path.normpath(options.csv.resolve().parent / row.filepath)
            if where not in known:
                problems.append(Problem(f"{options.csv.name}:{row.line}", f"No image of the project: {where}"))
            elif row.label and row.label not in project.classes.names:
                problems.append(Problem(f"{options.csv.name}:{row.line}", f"No class of the project: {row.label}"))
            else:
                changes[known[where]] = row.label or None
        group = project.relabel_each(list(changes.items()), "command line")
    changed = len(group.edits) if group else 0
    answer = {"matched": len(changes), "changed": changed, "problems": [asdict(problem) for problem in problems]}
    lines = [f"{problem.path}: {problem.reason}" for problem in problems]
    lines += [f"{len(changes)} images of the CSV are in the project; {changed} have another label now"]
    print_answer(options, answer, "\n".join(lines))


def export_labels(options: argparse.Namespace, progress: WorkerProgress) -> None:
    """The labels as they are now, as a CSV that can be opened again."""
    with opened(options.project) as project:
        rows = [row for row in project.images.values() if options.split in (None, row.split) and not row.excluded]
        folder = options.out.resolve().parent
        paths = [Path(os.path.relpath(project.path_of(row.id), folder)).as_posix() for row in rows]
    cells = [(path, row.label or "", row.split or "", row.group) for path, row in zip(paths, rows, strict=True)]
    write_csv(options.out, ("filepath", "label", "split", "group"), cells)
    answer = {"csv": str(options.out), "images": len(cells), "labelled": sum(1 for row in rows if row.label)}
    print_answer(options, answer, f"{len(cells)} images, {answer['labelled']} of them labelled: {options.out}")
