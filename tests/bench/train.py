"""Each part of a training against plain Keras in the same process, and against what the machine can compute at all.

A round measures Keras, ours and a product of matrices one after the other; ratios and shares are medians over
rounds. Another row is another function in `PARTS`.
"""

import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import keras
import numpy as np

from tests.bench.pictures import pictures, pretrained
from tests.bench.step import BOUNDARY
from tests.bench.timing import interleaved, ratio
from tests.bench.work import CEILING_FLOP, ceiling, forward_flop, step_flop
from vv_desktop.core.array_cache import ArrayCache
from vv_desktop.core.arrays import Uint8Array
from vv_desktop.core.plans import CLASSIC, QUICK, Plan
from vv_desktop.ml.boundary import freeze_front, tail_of
from vv_desktop.ml.conversion import to_tflite
from vv_desktop.ml.device import chosen_device
from vv_desktop.ml.folding import FoldedForward
from vv_desktop.ml.litert import LiteRtNetwork
from vv_desktop.ml.material import Examples
from vv_desktop.ml.networks import Network, build_network, freeze_statistics
from vv_desktop.ml.steps import Adam, answer_step, train_step

CLASSES, BATCH, PICTURES, FEATURES = 7, CLASSIC.batch_size, 128, 2048


@dataclass(frozen=True)
class Way:
    """One way to do the work of a row: what to call, how many images that looks at, what one needs (FLOP)."""

    call: Callable[[], object]
    images: int
    flop: float


@dataclass(frozen=True)
class Comparison:
    """Plain Keras, and by row's name what is held against it."""

    keras: Way
    ours: dict[str, Way]


class Bench:
    """What the rows share: pictures, weights and a folder for files."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.weights = folder, pretrained().path
        random = np.random.default_rng(0)
        self.pixels: Uint8Array = pictures(PICTURES, CLASSIC.image_size)
        self.labels = random.integers(0, CLASSES, PICTURES)
        self.batch = self.pixels[:BATCH], self.labels[:BATCH], np.ones(BATCH, np.float32)

    def network(self, plan: Plan, tuned: bool = False) -> Network:
        """A network of its own, as phase 2 trains it if `tuned`, compiled as the recipe compiles it."""
        network = build_network(self.weights, plan, CLASSES)
        if tuned:
            freeze_statistics(network.backbone)
        for model in (network.whole, network.head):
            model.compile(keras.optimizers.Adam(1e-5), "sparse_categorical_crossentropy", metrics=["accuracy"])
        return network

    def lite(self, model: keras.Model) -> LiteRtNetwork:
        """The same network, run by LiteRT."""
        path = self.folder / f"{model.name}.tflite"
        path.write_bytes(to_tflite(model, "fp32", None))
        return LiteRtNetwork(path)

    def stored(self, shape: tuple[int, ...], count: int) -> Examples:
        """Random features (count, *shape) in a cache on the disk, as phase 1 reads them."""
        random = np.random.default_rng(1)
        dtype = np.float32 if len(shape) == 1 else np.float16  # as `cached_features` keeps them
        cache = ArrayCache(self.folder / "features", shape, dtype)
        cache.append([str(i) for i in range(count)], random.random((count, *shape), np.float32))
        rows = cache.rows()
        cache.close()
        return Examples(rows, np.arange(count), random.integers(0, CLASSES, count), np.ones(count, np.float32))

    @cached_property
    def tuned(self) -> Network:
        """Plain Keras in phase 2."""
        return self.network(CLASSIC, tuned=True)


def forward(bench: Bench) -> Comparison:
    """Probabilities of a batch."""
    whole = bench.network(CLASSIC).whole
    lite, flop = bench.lite(whole), forward_flop(whole.layers)
    inputs = bench.batch[0].astype(np.float32)
    return Comparison(
        Way(lambda: whole.predict_on_batch(inputs), BATCH, flop),
        {"forward (LiteRT)": Way(lambda: lite.run(bench.batch[0]), BATCH, flop)},
    )


def features(bench: Bench) -> Comparison:
    """Features of a batch as plan quick wants them."""
    backbone = bench.network(QUICK).backbone
    lite, flop = bench.lite(backbone), forward_flop(backbone.layers)
    inputs = bench.batch[0].astype(np.float32)
    return Comparison(
        Way(lambda: backbone.predict_on_batch(inputs), BATCH, flop),
        {"features (LiteRT)": Way(lambda: lite.run(bench.batch[0]), BATCH, flop)},
    )


def phase_1(bench: Bench) -> Comparison:
    """An epoch of phase 1, from the second one on: the first has to compute the features."""
    network = bench.network(CLASSIC)
    head = step_flop(network.head.layers)
    stored = bench.stored(network.backbone.output_shape[1:], PICTURES)
    inputs = bench.pixels.astype(np.float32)
    whole = lambda: network.whole.fit(inputs, bench.labels, batch_size=BATCH, verbose=0)
    flop = forward_flop(network.backbone.layers) + head
    ours = Way(_epoch(bench.network(CLASSIC).head, stored, BATCH), PICTURES, head)
    return Comparison(Way(whole, PICTURES, flop), {"phase 1, an epoch": ours})


def fine_tuning(bench: Bench) -> Comparison:
    """A step of phase 2."""
    plain = bench.tuned.whole
    pixels, labels, _ = bench.batch
    inputs = pixels.astype(np.float32)
    ours = {name: _step(bench, name) for name in ("all", BOUNDARY)}
    return Comparison(
        Way(lambda: plain.train_on_batch(inputs, labels), BATCH, step_flop(plain.layers)),
        {f"phase 2, a step from {name}": way for name, way in ours.items()},
    )


def validation(bench: Bench) -> Comparison:
    """A look at a batch of validation images in phase 2."""
    plain, whole = bench.tuned.whole, bench.network(CLASSIC, tuned=True).whole
    pixels, labels, _ = bench.batch
    inputs, flop = pixels.astype(np.float32), forward_flop(plain.layers)
    step = answer_step(whole, np.uint8, FoldedForward(whole))
    return Comparison(
        Way(lambda: plain.test_on_batch(inputs, labels), BATCH, flop),
        {"phase 2, validation": Way(lambda: float(step(bench.batch[0])[0, 0]), BATCH, flop)},
    )


def head(bench: Bench) -> Comparison:
    """An epoch of the head of plan quick on cached features; Keras has them in memory."""
    plain, ours = bench.network(QUICK), bench.network(QUICK)
    stored, flop = bench.stored(plain.backbone.output_shape[1:], FEATURES), step_flop(plain.head.layers)
    inputs = stored.rows[stored.places].astype(np.float32)
    keras_fit = lambda: plain.head.fit(inputs, stored.labels, batch_size=QUICK.batch_size, verbose=0)
    return Comparison(
        Way(keras_fit, FEATURES, flop),
        {"head of quick, an epoch": Way(_epoch(ours.head, stored, QUICK.batch_size), FEATURES, flop)},
    )


PARTS: tuple[Callable[[Bench], Comparison], ...] = (forward, features, phase_1, fine_tuning, validation, head)


def train(rounds: int) -> None:
    """Print the table, row by row."""
    begun = time.perf_counter()
    product = ceiling()
    with tempfile.TemporaryDirectory(prefix="vv-bench-") as folder:
        bench = Bench(Path(folder))
        print(f"On {chosen_device()}; {rounds} rounds, medians and quartiles; share: of a float32 matrix product\n")
        print("| | Keras, images/s | here, images/s | ratio | share, Keras → here |")
        print("|---|---:|---:|---|---|")
        products: list[float] = []
        for part in PARTS:
            for line in _lines(part(bench), product, rounds, products):
                print(line, flush=True)
    speed = CEILING_FLOP / np.median(products) / 1e9
    print(f"\nThe product: {speed:.0f} GFLOP/s. All of it: {time.perf_counter() - begun:.0f} s")


def _lines(comparison: Comparison, product: Callable[[], object], rounds: int, products: list[float]) -> Iterator[str]:
    ways: Sequence[Way] = (comparison.keras, *comparison.ours.values())
    seconds = interleaved((product, *(way.call for way in ways)), rounds)
    products += seconds[:, 0].tolist()
    speeds = [way.images / np.median(seconds[:, i]) for i, way in enumerate(ways, 1)]
    shares = [
        float(np.median(way.images * way.flop / seconds[:, i] / (CEILING_FLOP / seconds[:, 0])))
        for i, way in enumerate(ways, 1)
    ]
    for i, name in enumerate(comparison.ours, 1):
        spread = ratio(seconds[:, 1], seconds[:, 1 + i])
        yield f"| {name} | {speeds[0]:,.0f} | {speeds[i]:,.0f} | {spread} | {shares[0]:.0%} → {shares[i]:.0%} |"


def _step(bench: Bench, boundary: str) -> Way:
    """Our step of phase 2, from the pixels ("all") or from a boundary."""
    network = bench.network(CLASSIC, tuned=True)
    model, rows = network.whole, bench.batch[0]
    if boundary != "all":
        freeze_front(network.backbone, boundary)
        model = tail_of(network.whole, boundary)
        rows = np.random.default_rng(2).random((BATCH, *model.input_shape[1:]), np.float32).astype(np.float16)
    step = train_step(model, Adam(1e-5), rows.dtype, FoldedForward(model))
    return Way(lambda: float(step(rows, *bench.batch[1:])[0]), BATCH, step_flop(model.layers))


def _epoch(model: keras.Model, examples: Examples, size: int) -> Callable[[], object]:
    """All examples once in random order, as the loop does it."""
    step: Any = train_step(model, Adam(1e-5), examples.rows.dtype)
    random = np.random.default_rng(3)

    def epoch() -> float:
        batches = examples.batches(random.permutation(len(examples)), size)
        return sum(float(step(*batch)[0]) for batch in batches)

    return epoch
