"""Figures that take minutes, interleaved in one run and given as ratios: python -m tests.bench PART.

PART is phase1 [--epochs N] or step [--pairs N].

phase1: phase 1 on cached features against the recipe's (tf.io decoding, the whole network forward in each epoch).
    Seconds are of one epoch of the recipe, timed, against features and all epochs here, from nothing cached.
    Accuracies are over three seeds; the recipe's come from Keras's own `fit` on Keras's own features of its own
    decoding, which is its phase 1 exactly, since nothing random stands before the frozen network.
step: one step of phase 2 and one look at a validation batch, 32 images of 224 px: plain Keras against folded
    BatchNormalization, and folded from the pixels against folded from a boundary. Medians of interleaved pairs
    with their quartiles, after two calls each that compile. Photos and their decoding are not in it.
"""

import argparse
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np

from vv_desktop import tasks
from vv_desktop.core.plans import CLASSIC
from vv_desktop.core.progress import Event, Note, NullProgress
from vv_desktop.core.project import Project
from vv_desktop.core.runs import Run
from vv_desktop.workers import Flags, WorkerProgress

PHOTOS = Path(__file__).resolve().parents[2] / "shared" / "data" / "vehicles"
SEEDS = (0, 1, 2)
BOUNDARY = "block_12_add"


class Clock:
    """Hears a training and remembers when what began, in seconds from the start."""

    def __init__(self) -> None:
        self.begun = time.perf_counter()
        self.marks: dict[str, float] = {}

    def __call__(self, event: Event) -> None:
        name = event.text if isinstance(event, Note) else getattr(event, "name", type(event).__name__)
        self.marks.setdefault(name, time.perf_counter() - self.begun)
        self.marks[f"{name}, last"] = time.perf_counter() - self.begun


def ours(project: Path, seed: int, epochs: int) -> tuple[Run, Clock]:
    """Phase 1 of plan classic."""
    opened = Project.open(project)
    dataset = opened.dataset()
    opened.close()
    clock = Clock()
    plan = CLASSIC.changed(fine_tune_epochs=0, head_epochs=epochs, seed=seed)
    return tasks.train(dataset, plan, project, None, progress=WorkerProgress(Flags(), clock)), clock


class Yardstick:
    """The recipe's phase 1, in Keras and tf.io."""

    def __init__(self) -> None:
        sys.path.insert(0, str(PHOTOS.parents[1] / "baseline"))
        import keras
        import seed_train

        self.keras = keras
        self.classes = (PHOTOS / "labels.txt").read_text().split()
        (weights,) = (PHOTOS.parent / "weights").glob("*.h5")
        self.backbone = keras.applications.MobileNetV2(
            input_shape=(224, 224, 3), include_top=False, weights=None, pooling="avg"
        )
        self.backbone.load_weights(weights)
        self.backbone.trainable = False
        self.sets = {name: seed_train.dataset(PHOTOS / f"{name}.csv", self.classes, False) for name in ("train", "val")}

    def head(self, inputs: Any) -> Any:
        """The recipe's head behind `inputs`."""
        layers = self.keras.layers
        x = layers.Dropout(0.2)(inputs)
        x = layers.Dense(128, activation="relu")(x)
        x = layers.Dropout(0.1)(x)
        return layers.Dense(len(self.classes), activation="softmax")(x)

    def seconds_an_epoch(self) -> float:
        """One epoch of `fit` with validation, after a first one that compiles."""
        inputs = self.keras.Input((224, 224, 3))
        model = self.keras.Model(inputs, self.head(self.backbone(inputs, training=False)))
        model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
        model.fit(self.sets["train"][0].take(2), validation_data=self.sets["val"][0].take(2), verbose=0)
        begun = time.perf_counter()
        model.fit(self.sets["train"][0], validation_data=self.sets["val"][0], verbose=0)
        return time.perf_counter() - begun

    def accuracies(self, epochs: int) -> list[float]:
        """Best validation accuracy of each seed."""
        from sklearn.utils.class_weight import compute_class_weight

        features = {name: self.backbone.predict(data, verbose=0) for name, (data, _) in self.sets.items()}
        labels = {name: np.array(y) for name, (_, y) in self.sets.items()}
        present = np.unique(labels["train"])
        balanced = compute_class_weight("balanced", classes=present, y=labels["train"])
        weights = dict(zip(present.tolist(), balanced, strict=True))
        return [self._fit(features, labels, weights, seed, epochs) for seed in SEEDS]

    def _fit(self, features: Any, labels: Any, weights: dict[int, float], seed: int, epochs: int) -> float:
        callbacks = self.keras.callbacks
        self.keras.utils.set_random_seed(seed)
        inputs = self.keras.Input((1280,))
        model = self.keras.Model(inputs, self.head(inputs))
        model.compile(self.keras.optimizers.Adam(1e-3), "sparse_categorical_crossentropy", metrics=["accuracy"])
        history = model.fit(
            features["train"], labels["train"], validation_data=(features["val"], labels["val"]), batch_size=32,
            epochs=epochs, class_weight=weights, verbose=0, callbacks=[
                callbacks.EarlyStopping("val_accuracy", patience=7, restore_best_weights=True, mode="max"),
                callbacks.ReduceLROnPlateau("val_loss", factor=0.5, patience=3, min_lr=1e-7),
            ],
        )  # fmt: skip
        return float(max(history.history["val_accuracy"]))


def phase1(epochs: int) -> None:
    """Time and accuracy of phase 1, ours and the recipe's, one after the other."""
    folder = Path(tempfile.mkdtemp(prefix="vv-bench-"))
    os.environ["XDG_CACHE_HOME"] = str(folder / "cache")
    quiet = WorkerProgress(Flags(), lambda event: None)
    plan = tasks.read_sources([PHOTOS / "train.csv", PHOTOS / "val.csv"], None, progress=quiet)
    project = tasks.create_project(plan, folder / "project", progress=quiet)
    yardstick = Yardstick()
    epoch = [yardstick.seconds_an_epoch()]
    first, clock = ours(project, SEEDS[0], epochs)
    epoch.append(yardstick.seconds_an_epoch())
    features = clock.marks["Computing features, last"] - clock.marks["Reading photos"]
    converting = clock.marks["Computing features"] - clock.marks["Reading photos, last"]
    head = first.phases[0].seconds
    theirs = epochs * float(np.mean(epoch))
    print(f"recipe: {epoch[0]:.1f} and {epoch[1]:.1f} s an epoch, {theirs:.0f} s for {epochs}")
    print(
        f"here: photos and features {features:.1f} s (of it {converting:.1f} s to convert the network, once a machine)"
    )
    print(f"here: head {head:.1f} s for {first.phases[0].epochs} epochs")
    print(f"ratio {theirs / (features + head):.1f}, and {theirs / (features - converting + head):.1f} from then on")
    mine = [first.best.val_accuracy] + [ours(project, seed, epochs)[0].best.val_accuracy for seed in SEEDS[1:]]
    recipe = yardstick.accuracies(epochs)
    for name, values in (("here", mine), ("recipe", recipe)):
        print(
            f"{name}: best val accuracy over seeds {SEEDS}: {[round(v, 4) for v in values]}, mean {np.mean(values):.4f}"
        )
    shutil.rmtree(folder)


def step(pairs: int) -> None:
    """Ratios of the steps of phase 2."""
    from vv_desktop.ml.boundary import freeze_front, tail_of
    from vv_desktop.ml.folding import FoldedForward
    from vv_desktop.ml.networks import build_network, freeze_statistics
    from vv_desktop.ml.steps import Adam, answer_step, train_step
    from vv_desktop.ml.weights import find_weights

    weights = find_weights(None, 0, NullProgress()).path
    random = np.random.default_rng(0)
    labels, ones = random.integers(0, 7, CLASSIC.batch_size), np.ones(CLASSIC.batch_size, np.float32)

    def calls(folded: bool, boundary: str = "all") -> list[Callable[[], float]]:
        network = build_network(weights, CLASSIC, 7)
        freeze_statistics(network.backbone)
        model, dtype = network.whole, np.dtype(np.uint8)
        if boundary != "all":
            freeze_front(network.backbone, boundary)
            model, dtype = tail_of(network.whole, boundary), np.dtype(np.float16)
        forward = FoldedForward(model) if folded else None
        rows = random.uniform(0, 255 if boundary == "all" else 4, (CLASSIC.batch_size, *model.input_shape[1:]))
        rows = rows.astype(dtype)
        step, answer = train_step(model, Adam(1e-5), dtype, forward), answer_step(model, dtype, forward)
        return [lambda: float(step(rows, labels, ones)[0]), lambda: float(answer(rows)[0, 0])]

    plain, folded, tail = calls(False), calls(True), calls(True, BOUNDARY)
    for name, first, second in (
        ("training step, plain against folded", plain[0], folded[0]),
        ("validation, plain against folded", plain[1], folded[1]),
        (f"training step, folded, all against {BOUNDARY}", folded[0], tail[0]),
    ):
        seconds = np.array([[timed(call) for call in (first, second)] for _ in range(pairs + 2)])[2:]
        low, middle, high = np.percentile(seconds[:, 0] / seconds[:, 1], [25, 50, 75])
        speeds = CLASSIC.batch_size / np.median(seconds, axis=0)
        print(f"{name}: {speeds[0]:.0f} and {speeds[1]:.0f} images/s, ratio {middle:.2f} ({low:.2f} to {high:.2f})")


def timed(call: Callable[[], float]) -> float:
    """Seconds of one call."""
    begun = time.perf_counter()
    call()
    return time.perf_counter() - begun


def main() -> None:
    """Run the chosen part."""
    parser = argparse.ArgumentParser("python -m tests.bench", description=__doc__)
    parser.add_argument("part", choices=["phase1", "step"])
    parser.add_argument("--epochs", type=int, default=20)
    parser.add_argument("--pairs", type=int, default=21)
    options = parser.parse_args()
    if options.part == "step":
        step(options.pairs)
        return
    if not PHOTOS.is_dir():
        parser.error(f"the benchmark needs the photos beside the project; there is no {PHOTOS}")
    phase1(options.epochs)


if __name__ == "__main__":
    main()
