"""How fast this machine is, in two seconds: photos decoded, and products of the kind a network is made of."""

import os
import random
import statistics
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

ROWS, INPUTS, OUTPUTS = 32 * 56 * 56, 24, 144
"""One 1×1 convolution of MobileNetV2 for a batch of 32 pictures: as much memory to move as to compute."""
SECONDS = 1.0
"""For photos, and as long for products."""
_PHOTOS = 8


def product() -> Callable[[], None]:
    """One float32 product (ROWS, INPUTS) × (INPUTS, OUTPUTS) on all cores, ready to be called."""
    generator = np.random.default_rng(0)
    left, right = (generator.random(shape, np.float32) for shape in ((ROWS, INPUTS), (INPUTS, OUTPUTS)))
    out = np.empty((ROWS, OUTPUTS), np.float32)

    def multiply() -> None:
        np.matmul(left, right, out=out)

    return multiply


def measured_speeds(photos: Sequence[Path], progress: Progress, seconds: float = SECONDS) -> Speeds:
    """Speeds of this machine: `seconds` of decoding some of `photos` as a training does, as long of products.

    Needs neither TensorFlow nor LiteRT. Without a photo that can be read, reading is guessed from the products.
    Raises Cancelled.
    """
    multiply = product()
    times: list[float] = []
    end = time.perf_counter() + seconds
    while time.perf_counter() < end or len(times) < 3:
        progress.check()
        begun = time.perf_counter()
        multiply()
        times.append(time.perf_counter() - begun)
    each = statistics.median(times)
    reading = _reading(photos, progress, seconds) or costs.READING * each
    two_cores = each * max(1.0, (os.cpu_count() or 1) / 2)  # LiteRT runs on two threads, whatever the machine has
    return Speeds(reading, two_cores, each, each, each, datetime.now().isoformat(timespec="minutes"))


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
