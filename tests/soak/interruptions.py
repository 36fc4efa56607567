"""Kills a training again and again, continues it, and compares.

The whole program is killed, as by the command line, at random moments: while it starts, within an epoch, while a
checkpoint is written, while the model is converted. What comes of it must be the run that was never killed.
"""

import json
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from tests.soak.figures import Outcome
from vv_desktop import tasks
from vv_desktop.core.interrupted import CHECKPOINT, Interrupted, interrupted_trainings
from vv_desktop.core.toys import write_toys
from vv_desktop.workers import Flags, WorkerProgress

ROOT = Path(__file__).resolve().parents[2]
TOYS = 84
PATIENCE = 600.0
PLANS = {
    "quick": ["--plan", "quick", "--set", "head_epochs=60", "--set", "patience=60"],
    "best": ["--plan", "best", "--set", "fine_tune_epochs=6", "--set", "image_size=96"],
}


@dataclass
class Tally:
    """What was seen. `unlike`: continued trainings that are not the one that was never killed.

    moments: after which epoch of which phase they went on, or "nothing" where there was no checkpoint yet.
    """

    kills: int = 0
    trainings: int = 0
    unlike: int = 0
    moments: list[str] = field(default_factory=list)


def interruptions(count: int, seed: int) -> Outcome:
    """kill -9 during a training, continued until it is whole: the run that was never killed, bit for bit (E20)"""
    quiet = WorkerProgress(Flags(), lambda event: None)
    with tempfile.TemporaryDirectory(prefix="vv-interruptions-") as folder:
        write_toys(Path(folder) / "toys", TOYS)
        plan = tasks.data.read_sources([Path(folder) / "toys"], None, progress=quiet)
        project = tasks.data.create_project(plan, Path(folder) / "project", progress=quiet)
        tally = kill_while_training(project, count, seed)
    phases = Counter(moment.split()[0] for moment in tally.moments)
    words = (
        f"{tally.trainings} trainings, {tally.unlike} runs are not what they would have been; continued from: "
        + ", ".join(f"{phase} {times}" for phase, times in phases.most_common())
    )
    return Outcome(tally.unlike == 0, words)


def kill_while_training(project: Path, kills: int, seed: int) -> Tally:
    """Until so many trainings of the toys were killed: each is continued until it is whole, and compared."""
    rng, tally = random.Random(seed), Tally()
    before, whole = {}, {}
    for name, arguments in PLANS.items():
        begun = time.monotonic()
        before[name] = _numbers(project / "runs" / _until_killed(project, arguments, PATIENCE))
        whole[name] = time.monotonic() - begun
    while tally.kills < kills:
        name = rng.choice(list(PLANS))
        tally.trainings += 1
        run, left = "", None
        while not run:
            more = ["--resume", left.id] if left else PLANS[name]
            run = _until_killed(project, more, rng.uniform(0.2, 1.0) * whole[name] if tally.kills < kills else PATIENCE)
            if not run:
                tally.kills += 1
                left = _left(project)
                tally.moments.append(f"{left.phase} {left.epoch}" if left else "nothing")
        tally.unlike += _numbers(project / "runs" / run) != before[name]
    return tally


def _until_killed(project: Path, arguments: list[str], seconds: float) -> str:
    """The run that came of it; "" if it was killed before, after so many seconds."""
    command = [sys.executable, "-m", "vv_desktop", "train", str(project), *arguments, "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT) as process:
        try:
            out, err = process.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            return ""
    if process.returncode:
        raise AssertionError(err)
    return str(json.loads(out)["run"])


def _left(project: Path) -> Interrupted | None:
    """What can be continued; what was killed before its first checkpoint cannot, and is in nobody's way."""
    found = interrupted_trainings(project / "runs")
    assert len(found) < 2
    return found[0] if found else None


def _numbers(folder: Path) -> tuple[Any, ...]:
    """All that a run is but when it was and how long it took."""
    assert not (folder / CHECKPOINT).exists()
    record = json.loads((folder / "run.json").read_text())
    epochs = [{key: value for key, value in epoch.items() if key != "seconds"} for epoch in record["history"]]
    with np.load(folder / "predictions.npz") as data:
        answers = data["probabilities"].tobytes()
    return epochs, record["scores"], record["calibration"], record["data_digest"], answers
