"""Memory and speed of a training on a project that is as large as you like, on synthetic features.

The project is real but for its contents: every image is a link to one small file, the pixel cache is a
sparse file of black pictures, and the cache of features is filled with noise in which the classes can be
told apart. The training is the app's own, from its first look at the files to run.json; nothing is decoded
and no feature is computed. Linux only: memory is read from /proc.
"""

import os
import shutil
import sqlite3
import tempfile
import threading
import time
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np

from tests.bench.reading import reading
from vv_desktop.core.array_cache import ArrayCache
from vv_desktop.core.bundled import bundled_labels
from vv_desktop.core.classes import read_labels_txt
from vv_desktop.core.dataset import Dataset, Sample, Split
from vv_desktop.core.mirror import find_pairs
from vv_desktop.core.pixel_cache import cached_pixels
from vv_desktop.core.plans import QUICK, Plan
from vv_desktop.core.progress import EpochEnd, Event, Note, NullProgress, PhaseBegin, Step
from vv_desktop.core.runs import Run, new_folder
from vv_desktop.workers import Flags, WorkerProgress

SHAPE = (3, 3, 1280)
"""Features of one image in plan quick."""
_BLOCK = 1000
_INTERVAL = 0.02
_SPLITS: tuple[Split, ...] = ("train", "train", "train", "train", "val")
"""Of each five images in turn."""


def large_project(folder: Path, images: int, plan: Plan, shape: tuple[int, ...], mirrored: bool) -> Dataset:
    """`images` images below `folder`, four fifths in split train, with full caches in `folder`/cache.

    shape: of one image's features, which pretend to come from random weights. mirrored: features of the mirrored
    training images too.
    """
    from vv_desktop.ml.features import backbone_key
    from vv_desktop.ml.weights import find_weights

    classes = read_labels_txt(bundled_labels())
    samples = tuple(
        Sample(i, folder / "photos" / f"{i:07}.png", i % len(classes), _SPLITS[i % len(_SPLITS)], str(i))
        for i in range(images)
    )
    digests = [f"{i:032x}" for i in range(images)]
    _pretend_read(samples, digests, plan.image_size, folder)
    key = backbone_key(plan, find_weights("random", plan.seed, NullProgress()))
    features = ArrayCache(folder / "cache" / "features" / key, shape, np.float16)
    random = np.random.default_rng(0)
    labels = np.array([s.label for s in samples])
    _fill(features, digests, labels, random)
    if mirrored:
        train = [i for i, s in enumerate(samples) if s.split == "train"]
        swapped = np.array(find_pairs(classes).of)[labels[train]]
        _fill(features, [f"{digests[i]}:mirror" for i in train], swapped, random)
    features.close()
    return Dataset(classes, samples, find_pairs(classes).of if mirrored else None)


def _pretend_read(samples: tuple[Sample, ...], digests: list[str], size: int, folder: Path) -> None:
    """Make the files, and a pixel cache that has seen them all: the bytes of black pictures, which take no place."""
    (folder / "photos").mkdir(parents=True)
    (folder / "photo").write_bytes(b"read long ago")
    for sample in samples:
        sample.path.symlink_to(folder / "photo")
    cached_pixels((), size, folder / "cache", NullProgress())  # makes the empty cache
    status = (folder / "photo").stat()
    rows = ((os.fsencode(s.path), status.st_size, status.st_mtime_ns, d) for s, d in zip(samples, digests, strict=True))
    _insert(folder / "cache" / "pixels" / "files.sqlite", "INSERT INTO files VALUES (?, ?, ?, ?)", rows)
    (index,) = (folder / "cache" / "pixels").glob("arrays-*.sqlite")
    _insert(index, "INSERT INTO places VALUES (?, ?)", ((d, i) for i, d in enumerate(digests)))
    with index.with_suffix(".bin").open("wb") as file:
        file.truncate(len(samples) * size * size * 3)


def _insert(path: Path, statement: str, rows: Any) -> None:
    with sqlite3.connect(path) as index:
        index.executemany(statement, rows)
    index.close()


def _fill(cache: ArrayCache, keys: list[str], labels: Any, random: np.random.Generator) -> None:
    """Noise between 0 and 1, and a tenth more in the channels of the class: learnt in an epoch or two."""
    shape = cache.rows().shape[1:]
    channels = np.arange(shape[-1]) % (labels.max() + 1)
    for start in range(0, len(keys), _BLOCK):
        block = slice(start, start + _BLOCK)
        values = random.random((len(keys[block]), *shape), np.float32)
        own = labels[block, None] == channels
        cache.append(keys[block], values + 0.1 * own.reshape(len(values), *[1] * (len(shape) - 1), -1))


@dataclass
class Watch:
    """Reads the memory of this process and its children, and keeps the largest values of each stage, in MB.

    private: anonymous pages, which only swapping could free. resident: with mapped files, whose pages the
    system takes back whenever it needs them.
    """

    stage: str = "before"
    private: dict[str, float] = field(default_factory=dict)
    resident: dict[str, float] = field(default_factory=dict)
    children: dict[str, float] = field(default_factory=dict)
    began: dict[str, float] = field(default_factory=dict)
    _over: threading.Event = field(default_factory=threading.Event)

    def __enter__(self) -> "Watch":
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._over.set()
        self._thread.join()

    def __call__(self, event: Event) -> None:
        """Hears the training: a stage begins with its first event."""
        if isinstance(event, PhaseBegin):
            self.stage = f"Training, phase {event.phase}"
        elif isinstance(event, Step):
            self.stage = event.name
        elif isinstance(event, Note):
            print(f"  {event.text}")
        elif isinstance(event, EpochEnd):
            print(f"  epoch {event.epoch}: loss {event.loss:.3f}, validation accuracy {event.val_accuracy:.3f}")

    def _watch(self) -> None:
        while not self._over.wait(_INTERVAL):
            stage = self.stage
            self.began.setdefault(stage, time.perf_counter())
            own = process_memory(os.getpid())
            for kept, value in ((self.private, own["RssAnon"]), (self.resident, own["VmRSS"])):
                kept[stage] = max(kept.get(stage, 0.0), value)
            self.children[stage] = max(self.children.get(stage, 0.0), _children())


def process_memory(process: int) -> dict[str, float]:
    """RssAnon and VmRSS of a process in MB; zero of one that has ended."""
    try:
        lines = Path(f"/proc/{process}/status").read_text().splitlines()
    except OSError:
        lines = []
    found = {
        line.split(":")[0]: int(line.split()[1]) * 1024 / 1e6 for line in lines if line.startswith(("Rss", "VmRSS"))
    }
    return {"RssAnon": found.get("RssAnon", 0.0), "VmRSS": found.get("VmRSS", 0.0)}


def _children() -> float:
    """Private memory of all children together, in MB."""
    listed = " ".join(path.read_text() for path in Path("/proc/self/task").glob("*/children"))
    return sum(process_memory(int(process))["RssAnon"] for process in listed.split())


def memory(images: int, epochs: int, mirrored: bool, where: Path | None) -> None:
    """Train the head of plan quick on `images` synthetic images and print what that took."""
    from vv_desktop.ml.training import train

    folder = Path(tempfile.mkdtemp(prefix="vv-bench-", dir=where))
    try:
        plan = QUICK.changed(head_epochs=epochs, mirror=mirrored)
        print(f"Making {images:,} synthetic images{' and their mirrored copies' if mirrored else ''} in {folder}")
        dataset = large_project(folder, images, plan, SHAPE, mirrored)
        (file,) = (folder / "cache" / "features").rglob("*.bin")
        reading(file, SHAPE)
        file_size = file.stat().st_size
        with Watch() as watch:
            run_folder = new_folder(folder / "runs", plan, datetime.now())
            progress = WorkerProgress(Flags(), watch)
            run = train(dataset, plan, run_folder, folder / "cache", folder / "shared", "random", progress)
        _print(watch, run, file_size)
    finally:
        shutil.rmtree(folder)


def _print(watch: Watch, run: Run, size: int) -> None:
    print(f"\n{size / 1e9:.2f} GB of features on the disk\n")
    print(f"| {'stage':40} | private MB | resident MB | children MB |\n|{'-' * 42}|---:|---:|---:|")
    for stage in watch.private:
        values = watch.private[stage], watch.resident[stage], watch.children[stage]
        print(f"| {stage:40} | {values[0]:10.0f} | {values[1]:11.0f} | {values[2]:11.0f} |")
    rows = run.counts["train"] + run.counts.get("mirrored", 0)
    seconds = np.median(np.diff([e.seconds for e in run.history])) if len(run.history) > 1 else run.phases[0].seconds
    print(f"\nhighest private memory {max(watch.private.values()):.0f} MB, {run.seconds:.0f} s in all")
    print(f"an epoch of {rows:,} rows and {run.counts['val']:,} of validation: {seconds:.1f} s, ", end="")
    print(f"{(rows + run.counts['val']) / seconds:,.0f} images/s")
