"""What each piece of a training costs, in products of `ml/calibration.py`: python -m tests.costs [--rounds N].

The figures of core/costs.py come from here. A piece and the product take turns, and each line is a median of ratios
with its quartiles, in processor time of all threads, as other work on the machine would be in the wall clock's.
MobileNetV2 with random weights, 224 px; the head as the plans have it. Images a second are by the wall clock.
"""

import argparse
import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np

from vv_desktop.core.plans import BOUNDARIES, CLASSIC, QUICK, Plan
from vv_desktop.ml.boundary import convert_front, freeze_front, tail_of
from vv_desktop.ml.calibration import product
from vv_desktop.ml.conversion import convert_backbone
from vv_desktop.ml.folding import FoldedForward
from vv_desktop.ml.litert import LiteRtNetwork
from vv_desktop.ml.loop import Adam, evaluation_step, train_step
from vv_desktop.ml.networks import build_network, freeze_statistics

SIZE = CLASSIC.image_size
Call = Callable[[], object]
multiply = product()


def seconds(call: Call) -> tuple[float, float]:
    """Of one call: processor time of all threads, and by the wall clock."""
    begun, busy = time.perf_counter(), time.process_time()
    call()
    return time.process_time() - busy, time.perf_counter() - begun


def tell(name: str, call: Call, images: int, rounds: int) -> None:
    """One line: what an image of this piece costs."""
    for _ in range(2):  # the first call compiles
        call(), multiply()
    pairs = np.array([[*seconds(call), *seconds(multiply)] for _ in range(rounds)])
    low, middle, high = np.percentile(pairs[:, 0] / pairs[:, 2] / images, [25, 50, 75])
    speed = images / np.median(pairs[:, 1])
    print(f"{name:32} {middle:9.5f} ({low:.5f} to {high:.5f}) products, {speed:8.0f} images/s", flush=True)


def head(plan: Plan, batch: int, rounds: int) -> None:
    """A step of phase 1 and a look at its validation images, from features."""
    network = build_network(None, plan, 7)
    dtype = np.dtype(np.float32 if plan.pooling == "average" else np.float16)
    rows = np.random.default_rng(0).random((batch, *network.head.input_shape[1:])).astype(dtype)
    labels, ones = np.arange(batch) % 7, np.ones(batch, np.float32)
    train = train_step(network.head, Adam(1e-5), dtype)
    look = evaluation_step(network.head, dtype)
    name = f"head {plan.pooling} {plan.units} units, {batch}"
    tell(name, lambda: float(train(rows, labels, ones)[0]), batch, 5 * rounds)
    tell(f"{name}, look", lambda: float(look(rows, labels, ones)[0]), batch, 5 * rounds)


def fine_tuning(boundary: str, rounds: int) -> None:
    """A folded step of phase 2 from a boundary, and a look at its validation images."""
    network, batch = build_network(None, CLASSIC, 7), CLASSIC.batch_size
    freeze_statistics(network.backbone)
    model, dtype = network.whole, np.dtype(np.uint8)
    if boundary != "all":
        freeze_front(network.backbone, boundary)
        model, dtype = tail_of(network.whole, boundary), np.dtype(np.float16)
    rows = np.random.default_rng(0).uniform(0, 255 if boundary == "all" else 4, (batch, *model.input_shape[1:]))
    rows, labels, ones = rows.astype(dtype), np.arange(batch) % 7, np.ones(batch, np.float32)
    forward = FoldedForward(model)
    train, look = train_step(model, Adam(1e-5), dtype, forward), evaluation_step(model, dtype, forward)
    tell(f"step {boundary}", lambda: float(train(rows, labels, ones)[0]), batch, rounds)
    tell(f"look {boundary}", lambda: float(look(rows, labels, ones)[0]), batch, rounds)


def litert(folder: Path, boundary: str, rounds: int) -> None:
    """The frozen network, or its front, in LiteRT, one image at a time."""
    out = folder / f"{boundary}.tflite"
    request = {"path": None, "seed": 0, "size": SIZE, "pooling": "3x3", "boundary": boundary, "out": str(out)}
    (convert_backbone if boundary == "all" else convert_front)(request, lambda *step: None)
    network = LiteRtNetwork(out)
    images = np.random.default_rng(0).integers(0, 256, (16, SIZE, SIZE, 3)).astype(np.uint8)
    tell(f"LiteRT {'backbone' if boundary == 'all' else boundary}", lambda: network.run(images), 16, rounds)


def main() -> None:
    """Measure everything."""
    parser = argparse.ArgumentParser("python -m tests.costs", description=__doc__)
    parser.add_argument("--rounds", type=int, default=9)
    options = parser.parse_args()
    tell("product", multiply, 1, 5 * options.rounds)
    with tempfile.TemporaryDirectory() as folder:
        for boundary in BOUNDARIES:
            litert(Path(folder), boundary, options.rounds)
    for plan in (CLASSIC, QUICK):
        for batch in (32, 128):
            head(plan, batch, options.rounds)
    for boundary in BOUNDARIES:
        fine_tuning(boundary, options.rounds)


if __name__ == "__main__":
    main()
