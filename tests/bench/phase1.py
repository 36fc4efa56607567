"""Phase 1 on cached features against the recipe's, from photos to accuracy.

The recipe decodes with tf.io and runs the whole network forward in each epoch. Seconds are of one epoch of it,
timed, against features and all epochs here, from nothing cached. Accuracies are over three seeds; the recipe's
come from Keras's own `fit` on Keras's own features of its own decoding, which is its phase 1 exactly, since
nothing random stands before the frozen network.
"""

import os
import shutil
import tempfile
import time
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from sklearn.utils.class_weight import compute_class_weight

from tests.bench.pictures import pretrained, project_in
from vv_desktop import tasks
from vv_desktop.core.dataset import Dataset, Split
from vv_desktop.core.plans import CLASSIC
from vv_desktop.core.progress import Event, Note
from vv_desktop.core.project import Project
from vv_desktop.core.runs import Run
from vv_desktop.ml.networks import build_backbone
from vv_desktop.ml.weights import Weights
from vv_desktop.workers import Flags, WorkerProgress

SEEDS = (0, 1, 2)
SIZE, BATCH = CLASSIC.image_size, CLASSIC.batch_size


class Clock:
    """Hears a training and remembers when what began, in seconds from the start."""

    def __init__(self) -> None:
        self.begun = time.perf_counter()
        self.marks: dict[str, float] = {}

    def __call__(self, event: Event) -> None:
        name = event.text if isinstance(event, Note) else getattr(event, "name", type(event).__name__)
        self.marks.setdefault(name, time.perf_counter() - self.begun)
        self.marks[f"{name}, last"] = time.perf_counter() - self.begun


def ours(project: Path, dataset: Dataset, weights: Weights, seed: int, epochs: int) -> tuple[Run, Clock]:
    """Phase 1 of plan classic."""
    clock = Clock()
    plan = CLASSIC.changed(fine_tune_epochs=0, head_epochs=epochs, seed=seed)
    chosen = weights.path or "random"
    return tasks.training.train(dataset, plan, project, chosen, progress=WorkerProgress(Flags(), clock)), clock


class Yardstick:
    """The recipe's phase 1, in Keras and tf.io."""

    def __init__(self, dataset: Dataset, weights: Weights) -> None:
        self.classes = len(dataset.classes)
        self.backbone = build_backbone(weights.path, SIZE, "average", weights.seed)
        self.backbone.trainable = False
        splits: tuple[Split, ...] = ("train", "val")
        self.labels = {split: dataset.labels(split) for split in splits}
        self.sets = {split: self._decoded(dataset, split) for split in splits}

    def _decoded(self, dataset: Dataset, split: Split) -> Any:
        """Decoded anew in each epoch. The recipe scales the pixels here, this backbone does so itself."""

        def load(path: tf.Tensor, label: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
            image = tf.io.decode_jpeg(tf.io.read_file(path), channels=3)
            return tf.image.resize(image, [SIZE, SIZE]), label

        paths = [str(sample.path) for sample in dataset.of(split)]
        data = tf.data.Dataset.from_tensor_slices((paths, self.labels[split]))
        return data.map(load, tf.data.AUTOTUNE).batch(BATCH).prefetch(tf.data.AUTOTUNE)

    def head(self, inputs: Any) -> Any:
        """The recipe's head behind `inputs`."""
        layers = keras.layers
        x = layers.Dropout(0.2)(inputs)
        x = layers.Dense(128, activation="relu")(x)
        x = layers.Dropout(0.1)(x)
        return layers.Dense(self.classes, activation="softmax")(x)

    def seconds_an_epoch(self) -> float:
        """One epoch of `fit` with validation, after a first one that compiles."""
        inputs = keras.Input((SIZE, SIZE, 3))
        model = keras.Model(inputs, self.head(self.backbone(inputs, training=False)))
        model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
        model.fit(self.sets["train"].take(2), validation_data=self.sets["val"].take(2), verbose=0)
        begun = time.perf_counter()
        model.fit(self.sets["train"], validation_data=self.sets["val"], verbose=0)
        return time.perf_counter() - begun

    def accuracies(self, epochs: int) -> list[float]:
        """Best validation accuracy of each seed."""
        features = {split: self.backbone.predict(data, verbose=0) for split, data in self.sets.items()}
        present = np.unique(self.labels["train"])
        balanced = compute_class_weight("balanced", classes=present, y=self.labels["train"])
        weights = dict(zip(present.tolist(), balanced, strict=True))
        return [self._fit(features, weights, seed, epochs) for seed in SEEDS]

    def _fit(self, features: Any, weights: dict[int, float], seed: int, epochs: int) -> float:
        labels = self.labels
        callbacks = keras.callbacks
        keras.utils.set_random_seed(seed)
        inputs = keras.Input((1280,))
        model = keras.Model(inputs, self.head(inputs))
        model.compile(keras.optimizers.Adam(1e-3), "sparse_categorical_crossentropy", metrics=["accuracy"])
        history = model.fit(
            features["train"], labels["train"], validation_data=(features["val"], labels["val"]), batch_size=BATCH,
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
    project = project_in(folder, WorkerProgress(Flags(), lambda event: None))
    opened = Project.open(project)
    dataset = opened.dataset()
    opened.close()
    weights = pretrained()
    yardstick = Yardstick(dataset, weights)
    epoch = [yardstick.seconds_an_epoch()]
    first, clock = ours(project, dataset, weights, SEEDS[0], epochs)
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
    others = [ours(project, dataset, weights, seed, epochs)[0] for seed in SEEDS[1:]]
    mine = [run.best.val_accuracy for run in (first, *others)]
    recipe = yardstick.accuracies(epochs)
    for name, values in (("here", mine), ("recipe", recipe)):
        print(
            f"{name}: best val accuracy over seeds {SEEDS}: {[round(v, 4) for v in values]}, mean {np.mean(values):.4f}"
        )
    shutil.rmtree(folder)
