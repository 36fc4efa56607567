"""What the command average does: several runs as one, and what that brought."""

import argparse
from dataclasses import asdict
from typing import Any

from vv_desktop import tasks
from vv_desktop.commands import opened, print_answer
from vv_desktop.workers import WorkerProgress


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
