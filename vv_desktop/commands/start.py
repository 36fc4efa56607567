"""The verbs that begin something: the window, the demo, a new project; and what this machine has."""

import argparse
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

from vv_desktop import tasks
from vv_desktop.commands.verbs import EXIT_INPUT, Verbs, print_answer
from vv_desktop.core.dataset import SPLITS
from vv_desktop.workers import WorkerProgress


def declare(verb: Verbs) -> None:
    """The verbs of this file."""
    sub = verb("demo", demo, "The demo project: in the window, or the whole job without one.")
    sub.add_argument("--dir", type=Path, default=Path("demo"), help="where it is kept (default: demo)")
    sub.add_argument(
        "--headless", action="store_true", help="no window: train, evaluate, predict, export, and a report"
    )
    sub = verb("import", import_, "Make a project of a folder of images, or of CSV files (filepath,label).")
    sub.add_argument("sources", nargs="+", type=Path, metavar="SOURCE")
    sub.add_argument("--project", type=Path, help="the project's folder (default: vv-project beside the images)")
    sub.add_argument("--labels", type=Path, metavar="labels.txt", help="the classes, one name a line")
    verb("doctor", doctor, "What this machine has: versions, screen, pretrained weights.")


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
    from vv_desktop.commands.headless import demo_report
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
        "problems": [asdict(problem) for problem in (*plan.notes, *plan.problems)]
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


def doctor(options: argparse.Namespace, progress: WorkerProgress) -> None:
    """What this machine has, and what went wrong on it."""
    answer = tasks.diagnosis.diagnose(progress)
    print_answer(options, answer, tasks.diagnosis.in_lines(answer))
