"""kill -9 while a model is saved as .keras, again and again: what is there can be loaded, and is the last or the next.

TensorFlow takes seconds to start, so one process starts it and forks for every life; a fork saves models whose
weights are all of one number, each a step higher, and acknowledges each.
"""

import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from tests.soak.figures import Outcome

ROOT = Path(__file__).resolve().parent.parent.parent
LONGEST = 0.3
"""Seconds after which, at the latest, the process is killed; in that time it saves a few models."""


def saves(count: int, seed: int) -> Outcome:
    """kill -9 while a model is saved: the file loads and is the last acknowledged one or the next (E5, E12)"""
    rng, saved, between, faults, left = random.Random(seed), 0, 0, list[str](), 0
    with tempfile.TemporaryDirectory(prefix="vv-saves-") as name:
        path = Path(name) / "model.keras"
        environment = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": "-1"}
        nursery = subprocess.Popen(
            [sys.executable, "-m", "tests.soak.saves", str(path)],
            cwd=ROOT, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            text=True, bufsize=1,
        )  # fmt: skip
        newest = 0
        for number in range(count):
            acknowledged = _one_life(nursery, newest, rng.uniform(0, LONGEST))
            try:
                newest = _number_in(path)
            except Exception as error:
                faults.append(f"{number}: not loadable: {error}")
                break
            if newest not in (acknowledged, acknowledged + 1):
                faults.append(f"{number}: {acknowledged} was acknowledged, {newest} is there")
            saved, between = saved + acknowledged, between + (newest != acknowledged)
            left += len(list(path.parent.glob(".vv-tmp-*"))) > 0
            for one in path.parent.glob(".vv-tmp-*"):
                one.unlink()
        nursery.communicate()
    print(*faults, sep="\n")
    words = (
        f"{len(faults)} faults; {newest:,} saves, {left} kills in the middle of one, {between} between its end and the"
        " word of it"
    )
    return Outcome(not faults, words)


def _one_life(nursery: "subprocess.Popen[str]", newest: int, seconds: float) -> int:
    """The number of the last model that a fork, starting after `newest`, acknowledged before it was killed."""
    assert nursery.stdin is not None
    assert nursery.stdout is not None
    nursery.stdin.write(f"{newest}\n")
    child, acknowledged = int(nursery.stdout.readline()), newest
    ready = nursery.stdout.readline()
    assert ready == "ready\n", ready
    if newest == 0:  # the first file must be there before there is anything to look at
        acknowledged = int(nursery.stdout.readline())
    time.sleep(seconds)
    os.kill(child, signal.SIGKILL)
    while (line := nursery.stdout.readline().strip()) != "dead":
        acknowledged = int(line)
    return acknowledged


def _number_in(path: Path) -> int:
    """What all weights of the model are. Raises if it cannot be loaded or is a mixture."""
    from vv_desktop.ml.conversion import load

    values = np.concatenate([np.asarray(one).ravel() for one in load(path).get_weights()])
    assert values.min() == values.max(), f"weights from {values.min()} to {values.max()}"
    return int(values[0])


def _model() -> Any:
    from keras import Input, Model, layers

    pixels = Input((32, 32, 3))
    x = layers.GlobalAveragePooling2D()(layers.ReLU()(layers.Conv2D(64, 3)(pixels)))
    return Model(pixels, layers.Dense(7, "softmax")(layers.Dense(256)(x)))


def _save_for_ever(path: Path, number: int) -> None:
    """In a fork: what a training does with its best weights."""
    from vv_desktop.ml.phases import save_keras

    model = _model()
    os.write(1, b"ready\n")
    while True:
        number += 1
        model.set_weights([np.full_like(one, number) for one in model.get_weights()])
        save_keras(model, path)
        os.write(1, f"{number}\n".encode())


def _nursery(path: Path) -> None:
    """Fork for each number that comes, and say when the fork is dead."""
    import vv_desktop.ml.phases  # noqa: F401

    for line in sys.stdin:
        child = os.fork()
        if not child:
            os.write(1, f"{os.getpid()}\n".encode())
            _save_for_ever(path, int(line))
        os.waitpid(child, 0)
        os.write(1, b"dead\n")


if __name__ == "__main__":
    _nursery(Path(sys.argv[1]))
