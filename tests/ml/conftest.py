"""Toy pictures, a tiny backbone, and a progress that can be told when to cancel or stop."""

import importlib
import warnings
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # what TensorFlow's import warns of is not ours
    import tensorflow  # noqa: F401

import keras
import numpy as np
import pytest
from PIL import Image, ImageDraw

from vv_desktop.core.classes import ClassList
from vv_desktop.core.dataset import UNLABELLED, Dataset, Sample, Split
from vv_desktop.core.errors import Cancelled
from vv_desktop.core.export_formats import formats_here
from vv_desktop.core.gates import GATES
from vv_desktop.core.plans import CLASSIC, QUICK, Plan
from vv_desktop.core.progress import Event, Note
from vv_desktop.core.runs import Run
from vv_desktop.ml import conversion, networks
from vv_desktop.ml.export import Exported, export
from vv_desktop.ml.training import train

SIZE = 64
COUNTS: dict[Split, int] = {"train": 8, "val": 4, "test": 2}
SHAPES = {"circle": (220, 60, 40), "square": (60, 180, 70), "triangle": (60, 80, 210)}
SMALL = CLASSIC.changed(image_size=SIZE, batch_size=8, head_epochs=2, fine_tune_epochs=2, units=16)
SMALL_QUICK = QUICK.changed(image_size=96, batch_size=8, head_epochs=3, units=16)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keras makes arrays of its variables in a way NumPy 2.4 warns of; the converter warns of its own default."""
    for item in items:
        if item.path.parent == Path(__file__).parent:
            item.add_marker(pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning"))
            item.add_marker(pytest.mark.filterwarnings("ignore:Statistics for quantized inputs:UserWarning"))


class Recorder:
    """A `Progress` that keeps every event, and runs a child's function right here.

    cancel_when, stop_when: asked before each batch, at each event and each check; told how many
    times it was asked. Once true it stays so.
    """

    def __init__(
        self,
        cancel_when: Callable[[int], bool] = lambda asked: False,
        stop_when: Callable[[int], bool] = lambda asked: False,
        on_event: Callable[[Event], None] = lambda event: None,
    ) -> None:
        self.events: list[Event] = []
        self.checks = self.stops_asked = 0
        self.cancelled = self.stopped = False
        self._cancel_when, self._stop_when, self._on_event = cancel_when, stop_when, on_event

    @property
    def stop_requested(self) -> bool:
        self.stops_asked += 1
        self.stopped = self.stopped or self._stop_when(self.stops_asked)
        return self.stopped

    def report(self, event: Event) -> None:
        self.check()
        self.events.append(event)
        self._on_event(event)

    def check(self) -> None:
        self.checks += 1
        self.cancelled = self.cancelled or self._cancel_when(self.checks)
        if self.cancelled:
            raise Cancelled

    def map(self, function: Callable[[Any], Any], items: Iterable[Any]) -> Iterator[Any]:
        return map(function, items)

    def in_child(self, function: str, request: dict[str, Any]) -> dict[str, Any]:
        self.check()
        module, _, name = function.partition(":")
        answer: dict[str, Any] = getattr(importlib.import_module(module), name)(request, self)
        return answer

    def __call__(self, name: str, done: int, total: int) -> None:
        """How far a child is: nobody wants to know."""

    def of(self, kind: type[Event]) -> list[Any]:
        return [event for event in self.events if isinstance(event, kind)]

    @property
    def notes(self) -> str:
        return "\n".join(note.text for note in self.of(Note))


def draw(path: Path, shape: str, seed: int, size: int = 80) -> None:
    """One coloured shape on a grey, noisy ground."""
    random = np.random.default_rng(seed)
    ground = random.integers(90, 160, (size, size, 3)).astype(np.uint8)
    image = Image.fromarray(ground)
    pen = ImageDraw.Draw(image)
    x, y, r = random.integers(25, 55), random.integers(25, 55), random.integers(14, 24)
    if shape == "circle":
        pen.ellipse((x - r, y - r, x + r, y + r), fill=SHAPES[shape])
    elif shape == "square":
        pen.rectangle((x - r, y - r, x + r, y + r), fill=SHAPES[shape])
    else:
        pen.polygon([(x, y - r), (x - r, y + r), (x + r, y + r)], fill=SHAPES[shape])
    image.save(path)


@pytest.fixture(scope="session")
def toys(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    """42 pictures of three classes in three splits, and two without a label."""
    folder = tmp_path_factory.mktemp("shapes")
    samples: list[Sample] = []
    for split, count in COUNTS.items():
        for label, shape in enumerate(SHAPES):
            for _ in range(count):
                path = folder / f"{len(samples):03}.png"
                draw(path, shape, len(samples))
                samples.append(Sample(1000 + len(samples), path, label, split, str(len(samples))))
    for shape in ("circle", "square"):
        path = folder / f"{len(samples):03}.png"
        draw(path, shape, len(samples))
        samples.append(Sample(1000 + len(samples), path, UNLABELLED, None, ""))
    return Dataset(ClassList(tuple(SHAPES)), tuple(samples))


def build_tiny(weights: Path | None, size: int, pooling: str, seed: int, name: str = "MobileNetV2") -> keras.Model:
    """A backbone of two layers in the place of any."""
    pixels = keras.Input((size, size, 3), name="pixels")
    x = keras.layers.Rescaling(1 / 127.5, offset=-1.0)(pixels)
    kernel = keras.initializers.HeNormal(seed=seed)
    x = keras.layers.Conv2D(12, 5, strides=4, use_bias=False, kernel_initializer=kernel, name="conv")(x)
    x = keras.layers.BatchNormalization(name="bn")(x)
    x = keras.layers.ReLU()(x)
    pool = keras.layers.GlobalAveragePooling2D() if pooling == "average" else keras.layers.AveragePooling2D(7)
    return keras.Model(pixels, pool(x))


@pytest.fixture(scope="module")
def tiny_backbone() -> Iterator[None]:
    """`build_tiny` for every backbone, so that a whole training takes seconds."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(networks, "build_backbone", build_tiny)
        patch.setattr(conversion, "build_backbone", build_tiny)
        yield


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of the trainings of one file."""
    return tmp_path_factory.mktemp("cache")


def trained(toys: Dataset, plan: Plan, folder: Path, cache: Path, progress: Recorder | None = None) -> Run:
    """A training of the toys in `folder`, with every cache in `cache`."""
    folder.mkdir(exist_ok=True)
    return train(toys, plan, folder, cache, cache, "random", progress or Recorder())


@pytest.fixture(scope="session")
def export_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="session")
def exported_run(toys: Dataset, export_cache: Path, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A quick run that tells the shapes apart."""
    folder = tmp_path_factory.mktemp("runs") / "a-run"
    folder.mkdir()
    plan = SMALL_QUICK.changed(head_epochs=20, head_learning_rate=1e-2)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(networks, "build_backbone", build_tiny)
        patch.setattr(conversion, "build_backbone", build_tiny)
        return train(toys, plan, folder, export_cache, export_cache, "random", Recorder())


@pytest.fixture(scope="session")
def exported(
    exported_run: Run, toys: Dataset, export_cache: Path, tmp_path_factory: pytest.TempPathFactory
) -> Exported:
    """All formats, into a folder that holds an older export and a file of the user."""
    out = tmp_path_factory.mktemp("out")
    (out / "mine.txt").write_text("mine")
    (out / "saved_model").mkdir()
    (out / "saved_model" / "old").write_text("old")
    (out / "model.keras").write_text("old")
    return export(exported_run, toys, out, [*formats_here(), "keras"], export_cache, GATES, True, Recorder())


def weights_of(model: keras.Model) -> bytes:
    """Every weight of a model, bit for bit."""
    return b"".join(values.tobytes() for values in model.get_weights())
