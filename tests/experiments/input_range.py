"""What a pretrained network learns when it is fed another range of pixels than the one it was trained on.

    python -m tests.experiments.input_range PHOTOS [--every N] [--cache DIR]

PHOTOS holds train.csv, val.csv and labels.txt; every N-th photo of split train is used. With MobileNetV2 and
ImageNet's weights on these photos; with MobileNetV3Small, whose weights may not be on the machine, on toy
vehicles that it was trained on before.
"""

import argparse
import csv
import tempfile
import time
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

from vv_desktop.core.arrays import Float32Array, Int64Array, Uint8Array
from vv_desktop.core.classes import read_labels_txt
from vv_desktop.core.dataset import Sample
from vv_desktop.core.pixel_cache import cached_pixels
from vv_desktop.core.plans import QUICK, Plan
from vv_desktop.core.progress import NullProgress
from vv_desktop.core.toys import SHARES, VIEWPOINTS, draw_vehicle
from vv_desktop.ml.boundary import tail_of
from vv_desktop.ml.conversion import to_tflite
from vv_desktop.ml.litert import LiteRtNetwork
from vv_desktop.ml.loop import BestWeights, Phase, run_phase
from vv_desktop.ml.material import Examples
from vv_desktop.ml.networks import build_backbone, build_network
from vv_desktop.ml.scores import balanced_weights
from vv_desktop.ml.steps import Adam, answer_step, train_step
from vv_desktop.ml.weights import find_weights

layers = keras.layers
RANGES = {  # what reaches the first convolution for 0–255 pixels, as layers of one scale and offset
    "−1 to 1, as trained": ((1 / 127.5, -1.0),),
    "scaled twice: −1.01 to −0.99": ((1 / 127.5, -1.0), (1 / 127.5, -1.0)),
    "0 to 1": ((1 / 255, 0.0),),
    "0 to 255, not scaled": (),
}
TOYS = Plan(name="toys", backbone="MobileNetV3Small", image_size=64, units=64, batch_size=32)
TOY_EPOCHS, TOY_COUNT = 12, 640


def main() -> None:
    """Run both parts and print their tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("photos", type=Path)
    parser.add_argument("--cache", type=Path, default=Path(tempfile.gettempdir()) / "vv-experiments")
    parser.add_argument("--every", type=int, default=1)
    options = parser.parse_args()
    begun = time.process_time()
    on_photos(options.photos, options.cache, options.every)
    on_toys()
    print(f"\n{time.process_time() - begun:.0f} s of processor time")


def fed(backbone: keras.Model, scaling: tuple[tuple[float, float], ...]) -> keras.Model:
    """The backbone with other layers in its normalisation's place."""
    behind = tail_of(backbone, "normalisation")
    pixels = x = keras.Input(backbone.input_shape[1:])
    for scale, offset in scaling:
        x = layers.Rescaling(scale, offset)(x)
    return keras.Model(pixels, behind(x))


def spread(features: Float32Array) -> float:
    """The share of a feature's size that differs between pictures: 0 where all pictures look the same."""
    flat = features.reshape(len(features), -1).astype(np.float64)
    return float(np.sqrt(flat.var(axis=0).sum() / (flat**2).mean(axis=0).sum()))


def head_trained(
    plan: Plan, features: Float32Array, labels: Int64Array, trained: Int64Array, classes: int
) -> tuple[int, float, float]:
    """Epochs, best validation accuracy and last training accuracy of the plan's head; `trained` marks split train."""
    network = build_network(None, plan, classes)
    sets = []
    for places in (np.flatnonzero(trained), np.flatnonzero(trained == 0)):
        weights = balanced_weights(labels[places], classes) if len(sets) == 0 else np.ones(len(places), np.float32)
        sets.append(Examples(features, places, labels[places], weights))
    rate = plan.head_learning_rate
    phase = Phase("head", plan.head_epochs, rate, plan.batch_size, plan.patience, plan.plateau_patience, plan.seed)
    best = BestWeights(network.head)
    epochs, _ = run_phase(network.head, phase, sets[0], sets[1], best, time.perf_counter(), NullProgress())
    return len(epochs), max(epoch.val_accuracy for epoch in epochs), epochs[-1].accuracy


def on_photos(photos: Path, cache: Path, every: int) -> None:
    """MobileNetV2, ImageNet's weights, frozen, pooled to 3 × 3; the head of plan quick on each range."""
    names = list(read_labels_txt(photos / "labels.txt").names)
    samples, trained = [], []
    for split in ("train", "val"):
        with (photos / f"{split}.csv").open(newline="", encoding="utf-8-sig") as file:
            for row in list(csv.DictReader(file))[:: every if split == "train" else 1]:
                path, label = photos / row["filepath"], names.index(row["label"])
                samples.append(Sample(len(samples), path, label, split, ""))  # type: ignore[arg-type]
                trained.append(split == "train")
    pixels = cached_pixels(samples, QUICK.image_size, cache, NullProgress())
    assert not pixels.problems, pixels.problems[0]
    rows, labels = pixels.rows[pixels.places], np.array([sample.label for sample in samples])
    backbone = build_backbone(find_weights(None, 0, NullProgress()).path, QUICK.image_size, "3x3", 0)
    print(f"MobileNetV2, ImageNet's weights, {sum(trained)} photos, {len(samples) - sum(trained)} to validate\n")
    print("| range | differs between pictures | epochs | training | validation |\n|---|---|---|---|---|")
    for words, scaling in RANGES.items():
        features = answers(fed(backbone, scaling), rows).astype(np.float16).astype(np.float32)
        epochs, best, last = head_trained(QUICK, features, labels, np.array(trained, np.int64), len(names))
        print(f"| {words} | {spread(features):.4f} | {epochs} | {last:.3f} | {best:.3f} |", flush=True)


def answers(model: keras.Model, rows: Uint8Array) -> Float32Array:
    """What LiteRT makes of pictures (N, size, size, 3)."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "network.tflite"
        path.write_bytes(to_tflite(model, "fp32", None))
        return LiteRtNetwork(path).run(rows)


def toys(first: int) -> tuple[Uint8Array, Int64Array]:
    """Toy vehicles from number `first` on, ten pictures of each, (N, 64, 64, 3), and their classes."""
    random = np.random.default_rng(first)
    labels = random.choice(len(VIEWPOINTS), TOY_COUNT, p=np.array(SHARES) / sum(SHARES))
    side = (TOYS.image_size, TOYS.image_size)
    drawn = [draw_vehicle(VIEWPOINTS[c], first + i // 10, i, size=96).resize(side) for i, c in enumerate(labels)]
    return np.stack([np.asarray(picture) for picture in drawn]), labels


def on_toys() -> None:
    """MobileNetV3Small: from nothing on each range, and then what learnt the right one, frozen, on each."""
    old, new = toys(0), toys(1000)
    print(f"\nMobileNetV3Small, no ImageNet, {TOY_COUNT * 4 // 5} toy vehicles, {TOY_COUNT // 5} to validate\n")
    print("| range | all of it from random weights | taught on the right range, then frozen: | |\n|---|---|---|---|")
    print("| | validation | differs between pictures | validation |")
    teacher: keras.Model | None = None
    for words, scaling in RANGES.items():
        network, scratch = taught(*old, scaling)
        teacher = network if teacher is None else teacher
        features = np.asarray(fed(teacher, scaling)(new[0].astype(np.float32)))
        mark = (np.arange(TOY_COUNT) < TOY_COUNT * 4 // 5).astype(np.int64)
        plan = TOYS.changed(head_epochs=30, head_learning_rate=2e-3)
        _, best, _ = head_trained(plan, features, new[1], mark, len(VIEWPOINTS))
        print(f"| {words} | {scratch:.3f} | {spread(features):.4f} | {best:.3f} |", flush=True)


def taught(
    pictures: Uint8Array, labels: Int64Array, scaling: tuple[tuple[float, float], ...]
) -> tuple[keras.Model, float]:
    """The backbone trained from random weights, its BatchNormalization learning too; the best validation accuracy."""
    network = build_network(None, TOYS, len(VIEWPOINTS))
    network.backbone.trainable = True
    for layer in network.backbone.layers:
        if isinstance(layer, layers.BatchNormalization):
            layer.momentum = 0.9  # Keras's 0.999 needs thousands of steps to follow, and there are two hundred
    backbone = fed(network.backbone, scaling)
    model = keras.Model(backbone.inputs[0], network.head(backbone.outputs[0]))
    step, evaluate = train_step(model, Adam(1e-3), np.uint8), answer_step(model, np.uint8)
    cut, random, best = TOY_COUNT * 4 // 5, np.random.default_rng(0), 0.0
    for _ in range(TOY_EPOCHS):
        order = random.permutation(cut)
        for start in range(0, cut, TOYS.batch_size):
            chosen = order[start : start + TOYS.batch_size]
            step(pictures[chosen], labels[chosen], np.ones(len(chosen), np.float32))
        answers = np.asarray(evaluate(pictures[cut:])).argmax(axis=1)
        best = max(best, float(np.mean(answers == labels[cut:])))
    return network.backbone, best


if __name__ == "__main__":
    tf.config.threading.set_inter_op_parallelism_threads(2)
    main()
