"""Figures that take minutes: python -m tests.bench train|step|phase1|live|suspects|map|predict|exported|memory.

What each figure is and what was measured: docs/performance.md.
"""

import argparse
import os
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")


def main() -> None:
    """Run the chosen part."""
    options = _parser().parse_args()
    # Each part imports TensorFlow, so not before it is chosen: memory starts without.
    if options.part == "train":
        from tests.bench.train import train

        train(options.rounds)
    elif options.part == "step":
        from tests.bench.step import step

        step(options.pairs)
    elif options.part == "phase1":
        from tests.bench.phase1 import phase1

        phase1(options.epochs)
    elif options.part == "live":
        from tests.bench.live import live

        live(options.rounds)
    elif options.part == "map":
        from tests.bench.map import map_

        map_(options.points, options.settle)
    elif options.part == "predict":
        from tests.bench.predict import predict

        predict(options.images)
    elif options.part == "exported":
        from tests.bench.exported import exported

        exported(options.folder, options.rounds)
    elif options.part == "suspects":
        from tests.bench.suspects import suspects

        suspects(options.project, options.keys, options.rounds)
    else:
        from tests.bench.memory import memory

        memory(options.images, options.epochs, options.mirror, options.folder)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("python -m tests.bench", description=__doc__)
    parts = parser.add_subparsers(dest="part", required=True)
    train = parts.add_parser("train", help="every part of a training against plain Keras, and the machine's ceiling")
    train.add_argument("--rounds", type=int, default=9, help="interleaved rounds of each row")
    step = parts.add_parser("step", help="steps of phase 2: plain, folded, from a boundary")
    step.add_argument("--pairs", type=int, default=21)
    phase1 = parts.add_parser("phase1", help="phase 1 from photos to accuracy, against the recipe's")
    phase1.add_argument("--epochs", type=int, default=20)
    files = parts.add_parser("exported", help="time and memory of each .tflite of an export")
    files.add_argument("folder", type=Path)
    files.add_argument("--rounds", type=int, default=300)
    live = parts.add_parser("live", help="from 100 relabels to the new matrix on the screen, through the live head")
    live.add_argument("--rounds", type=int, default=5)
    map_ = parts.add_parser("map", help="frames of the map while it is moved and zoomed, and t-SNE")
    map_.add_argument("--points", type=int, default=20_000)
    map_.add_argument("--settle", action="store_true", help="t-SNE of so many points, too")
    suspects = parts.add_parser("suspects", help="from a key to the next suspect; ranking, twins, map")
    suspects.add_argument("project", type=Path, nargs="?", help="copied first, beside itself; default: toys")
    suspects.add_argument("--keys", type=int, default=60)
    suspects.add_argument("--rounds", type=int, default=3)
    memory = parts.add_parser("memory", help="memory of a large project's training, on synthetic features (Linux)")
    memory.add_argument("--images", type=int, default=100_000)
    memory.add_argument("--epochs", type=int, default=3)
    memory.add_argument("--mirror", action="store_true", help="mirrored copies of the training images too")
    memory.add_argument("--folder", type=Path, help="where 23 KB an image are free for a while; default: the system's")
    many = parts.add_parser("predict", help="first answers, and a folder of photos through the Predict page (Linux)")
    many.add_argument("--images", type=int, default=10_000)
    return parser


if __name__ == "__main__":
    main()
