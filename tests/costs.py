"""What each piece of a training costs, in products of `ml/calibration.py`: python -m tests.costs [--rounds N].

The figures of core/costs.py come from here. A piece and the product take turns on one thread each, and each line is a
median of ratios with its quartiles, in processor time, so that other work on the machine is not in it. What a piece
gains from more cores is taken to be what the product gains. MobileNetV2 with random weights, 224 px; the head as the
plans have it.
"""

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
import tensorflow as tf

from vv_desktop.core.backbones import BACKBONES, WHOLE
from vv_desktop.core.plans import CLASSIC, QUICK, Plan
from vv_desktop.ml.boundary import convert_front, freeze_front, tail_of
from vv_desktop.ml.calibration import product
from vv_desktop.ml.conversion import convert_backbone
from vv_desktop.ml.folding import FoldedForward
from vv_desktop.ml.litert import LiteRtNetwork
from vv_desktop.ml.networks import build_network, freeze_statistics
from vv_desktop.ml.steps import Adam, Forward, answer_step, train_step
from vv_desktop.workers import Flags, WorkerProgress

SIZE = CLASSIC.image_size
Call = Callable[[], object]
multiply = product()


def seconds(call: Call) -> float:
    """Processor time of one call, of all threads."""
    begun = time.process_time()
    call()
    return time.process_time() - begun


def tell(name: str, call: Call, images: int, rounds: int) -> None:
    """One line: what an image of this piece costs."""
    for _ in range(2):  # the first call compiles
        call(), multiply()
    pairs = np.array([[seconds(call), seconds(multiply)] for _ in range(rounds)])
    low, middle, high = np.percentile(pairs[:, 0] / pairs[:, 1] / images, [25, 50, 75])
    speed = images / np.median(pairs[:, 0])
    print(f"{name:34} {middle:9.5f} ({low:.5f} to {high:.5f}) products, {speed:6.0f} images/s of a core", flush=True)


def head(plan: Plan, batch: int, rounds: int) -> None:
    """A step of phase 1 and a look at its validation images, from features."""
    network = build_network(None, plan, 7)
    dtype = np.dtype(np.float32 if plan.pooling == "average" else np.float16)
    rows = np.random.default_rng(0).random((batch, *network.head.input_shape[1:])).astype(dtype)
    labels, ones = np.arange(batch) % 7, np.ones(batch, np.float32)
    train = train_step(network.head, Adam(1e-5), dtype)
    look = answer_step(network.head, dtype)
    name = f"head {plan.pooling} {plan.units} units, {batch}"
    tell(name, lambda: float(train(rows, labels, ones)[0]), batch, 5 * rounds)
    tell(f"{name}, look", lambda: float(look(rows)[0, 0]), batch, 5 * rounds)


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
    train, look = train_step(model, Adam(1e-5), dtype, forward), answer_step(model, dtype, forward)
    tell(f"step {boundary}", lambda: float(train(rows, labels, ones)[0]), batch, rounds)
    tell(f"look {boundary}", lambda: float(look(rows)[0, 0]), batch, rounds)


def litert(folder: Path, boundary: str, rounds: int) -> None:
    """The frozen network, or its front, in LiteRT, one image at a time."""
    out = folder / f"{boundary}.tflite"
    request = {
        "path": None,
        "seed": 0,
        "size": SIZE,
        "pooling": "3x3",
        "backbone": CLASSIC.backbone,
        "boundary": boundary,
        "out": str(out),
    }
    (convert_backbone if boundary == "all" else convert_front)(request, lambda *step: None)
    network = LiteRtNetwork(out, threads=1)
    images = np.random.default_rng(0).integers(0, 256, (16, SIZE, SIZE, 3)).astype(np.uint8)
    tell(f"LiteRT {'backbone' if boundary == 'all' else boundary}", lambda: network.run(images), 16, rounds)


def once(folder: Path, rounds: int) -> None:
    """What a training does once: its child processes, the import of TensorFlow, and the first call of a step."""
    each = float(np.median([seconds(multiply) for _ in range(5 * rounds)]))
    progress = WorkerProgress(Flags(), lambda event: None)
    request = {
        "path": None,
        "seed": 0,
        "size": SIZE,
        "pooling": "3x3",
        "backbone": CLASSIC.backbone,
        "out": str(folder / "backbone.tflite"),
    }
    source = folder / "model.keras"
    build_network(None, QUICK, 7).whole.save(source)
    run = {"source": str(source), "out": str(folder / "model.tflite")}
    convert = "vv_desktop.ml.conversion:convert"
    for name, call in (
        ("import", lambda: subprocess.run([sys.executable, "-c", "import vv_desktop.ml.phases"], check=True)),
        ("convert backbone", lambda: progress.in_child(f"{convert}_backbone", request)),
        ("convert run", lambda: progress.in_child(f"{convert}_run", run)),
    ):
        spent = [children(call) for _ in range(3)]
        print(
            f"once: {name:28} {np.median(spent) / each:9.0f} products, {np.median(spent):.1f} s of a core", flush=True
        )
    for name, classifier in (("head", QUICK), ("fine-tune", CLASSIC)):
        network = build_network(None, classifier, 7)
        freeze_statistics(network.backbone)
        model = network.head if name == "head" else network.whole
        batch = np.zeros((1, *model.input_shape[1:]), np.float32), np.zeros(1, np.int64), np.ones(1, np.float32)
        forward = None if name == "head" else FoldedForward(model)
        spent = sum(seconds(make(model, forward, batch)) for make in (_trains, _looks))
        print(f"once: compile {name:20} {spent / each:9.0f} products, {spent:.1f} s of a core", flush=True)


def _trains(model: keras.Model, forward: Forward | None, batch: tuple[np.ndarray, ...]) -> Call:
    return partial(train_step(model, Adam(1e-5), np.float32, forward), *batch)


def _looks(model: keras.Model, forward: Forward | None, batch: tuple[np.ndarray, ...]) -> Call:
    return partial(answer_step(model, np.float32, forward), batch[0])


def children(call: Call) -> float:
    """Processor time of the child processes that a call starts and waits for."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    call()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> None:
    """Measure everything."""
    parser = argparse.ArgumentParser("python -m tests.costs", description=__doc__)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--once", action="store_true", help="only what a training does once")
    options = parser.parse_args()
    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    tell("product", multiply, 1, 5 * options.rounds)
    with tempfile.TemporaryDirectory() as folder:
        once(Path(folder), options.rounds)
        if options.once:
            return
        for boundary in (WHOLE, *BACKBONES[CLASSIC.backbone].boundaries):
            litert(Path(folder), boundary, options.rounds)
    for plan in (CLASSIC, QUICK):
        for batch in (32, 128):
            head(plan, batch, options.rounds)
    for boundary in (WHOLE, *BACKBONES[CLASSIC.backbone].boundaries):
        fine_tuning(boundary, options.rounds)


if __name__ == "__main__":
    main()
