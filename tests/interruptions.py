"""Kills a training again and again, continues it, and compares: python -m tests.interruptions [KILLS] [SEED].

The whole program is killed, as by the command line, at random moments: while it starts, within an epoch, while a
checkpoint is written, while the model is converted. What comes of it must be the run that was never killed.
"""

import json
import random
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from vv_desktop import tasks
from vv_desktop.core.interrupted import CHECKPOINT, Interrupted, interrupted_trainings
from vv_desktop.core.toys import write_toys
from vv_desktop.workers import Flags, WorkerProgress

ROOT = Path(__file__).resolve().parent.parent
TOYS = 84
PLANS = {
    "quick": ["--plan", "quick", "--set", "head_epochs=60", "--set", "patience=60"],
    "best": ["--plan", "best", "--set", "fine_tune_epochs=6", "--set", "image_size=96"],
}


@dataclass
class Tally:
    """What was seen. `unlike`: continued trainings that are not the one that was never killed.

    begun_anew: killed before there was a checkpoint. moments: after which epoch of which phase they went on.
    """

    kills: int = 0
    begun_anew: int = 0
    trainings: int = 0
    unlike: int = 0
    moments: list[str] = field(default_factory=list)


def kill_while_training(project: Path, kills: int, seed: int) -> Tally:
    """Until so many trainings of the toys were killed: each is continued until it is whole, and compared."""
    rng, tally = random.Random(seed), Tally()
    before = {name: _numbers(project / "runs" / _whole(project, plan)) for name, plan in PLANS.items()}
    while tally.kills < kills:
        name = rng.choice(list(PLANS))
        tally.trainings += 1
        run, left = "", None
        while not run:
            more = ["--resume", left.id] if left else PLANS[name]
            run = _until_killed(project, more, rng.uniform(3.0, 16.0) if tally.kills < kills else 300.0)
            if not run:
                tally.kills += 1
                left = _left(project)
                tally.begun_anew += left is None
                tally.moments.append(f"{left.phase} {left.epoch}" if left else "nothing")
        tally.unlike += _numbers(project / "runs" / run) != before[name]
    return tally


def _whole(project: Path, plan: list[str]) -> str:
    return _until_killed(project, plan, 300.0)


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


def main() -> None:
    """Kill, continue, compare, and say what was found."""
    kills, seed = (int(text) for text in (sys.argv[1:] + ["20", "0"][len(sys.argv) - 1 :])[:2])
    quiet, begun = WorkerProgress(Flags(), lambda event: None), time.perf_counter()
    with tempfile.TemporaryDirectory(prefix="vv-interruptions-") as folder:
        write_toys(Path(folder) / "toys", TOYS)
        plan = tasks.data.read_sources([Path(folder) / "toys"], None, progress=quiet)
        project = tasks.data.create_project(plan, Path(folder) / "project", progress=quiet)
        tally = kill_while_training(project, kills, seed)
    print(
        f"{tally.kills} kills of {tally.trainings} trainings in {time.perf_counter() - begun:.0f} s, "
        f"{tally.begun_anew} before a first checkpoint: {tally.unlike} runs are not what they would have been"
    )
    print(f"Continued after: {', '.join(tally.moments)}")
    sys.exit(bool(tally.unlike))


if __name__ == "__main__":
    main()
