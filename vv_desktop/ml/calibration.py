"""How fast this machine is, in two seconds: photos decoded, and products of the kind a network is made of."""

import os
import random
import time
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from pathlib import Path

import numpy as np

from vv_desktop.core import costs
from vv_desktop.core.pixels import ImageProblem, network_input
from vv_desktop.core.progress import Progress
from vv_desktop.core.speeds import Speeds

COUNT, ROWS, INPUTS, OUTPUTS = 2048, 32, 24, 48
"""Small products like those of 1×1 convolutions, each too small to be spread over threads by numpy itself."""
SECONDS = 1.0
"""For photos, and as long for products."""
_PHOTOS = 8
_FREE = 0.7
"""A machine that gives less than this share of its cores is busy with something else."""


def product() -> Callable[[], None]:
    """COUNT float32 products (ROWS, INPUTS) × (INPUTS, OUTPUTS) on one core, ready to be called on one thread."""
    generator = np.random.default_rng(0)
    left, right = (generator.random(shape, np.float32) for shape in ((COUNT, ROWS, INPUTS), (INPUTS, OUTPUTS)))
    out = np.empty((COUNT, ROWS, OUTPUTS), np.float32)

    def multiply() -> None:
        np.matmul(left, right, out=out)

    return multiply


def measured_speeds(photos: Sequence[Path], progress: Progress, seconds: float = SECONDS) -> Speeds:
    """Speeds of this machine: `seconds` of decoding some of `photos` as a training does, as long of products.

    Needs neither TensorFlow nor LiteRT. Without a photo that can be read, reading is guessed from the products.
    Raises Cancelled.
    """
    each, busy = _seconds_a_product(progress, seconds)
    reading = _reading(photos, progress, seconds) or costs.READING * each
    cores = os.cpu_count() or 1
    litert = each * max(1.0, cores / 2)  # on two threads, whatever the machine has
    return Speeds(reading, litert, each, each, each * cores, datetime.now().isoformat(timespec="minutes"), busy=busy)


def _seconds_a_product(progress: Progress, seconds: float) -> tuple[float, bool]:
    """With all cores at work; and whether they were at work for others too."""
    workers = [product() for _ in range(os.cpu_count() or 1)]
    end = time.perf_counter() + seconds

    def work(multiply: Callable[[], None]) -> tuple[int, float]:
        begun, done = time.thread_time(), 0
        while time.perf_counter() < end or not done:
            progress.check()
            multiply()
            done += 1
        return done, time.thread_time() - begun

    begun = time.perf_counter()
    done, own = np.sum(list(progress.map(work, workers)), axis=0)
    elapsed = time.perf_counter() - begun
    return elapsed / float(done), bool(own < _FREE * elapsed * len(workers))


def _reading(photos: Sequence[Path], progress: Progress, seconds: float) -> float | None:
    """Seconds a megabyte; each photo at most once, as a second look would find it in memory."""
    order = random.Random(0).sample(list(photos), len(photos))
    begun, megabytes = time.perf_counter(), 0.0
    for start in range(0, len(order), _PHOTOS):
        megabytes += sum(progress.map(partial(_read, size=costs.SIZE), order[start : start + _PHOTOS]))
        if time.perf_counter() - begun > seconds:
            break
    return (time.perf_counter() - begun) / megabytes if megabytes else None


def _read(path: Path, size: int) -> float:
    """Megabytes of the file, 0 if it is no picture."""
    try:
        network_input(path, size)
        return path.stat().st_size / 1e6
    except (ImageProblem, OSError):
        return 0.0
