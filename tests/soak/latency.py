"""How long an edit waits until the disk has it, in a project of many images."""

import random
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from tests.soak.figures import Outcome
from vv_desktop.core.classes import ClassList
from vv_desktop.core.project import Project
from vv_desktop.core.records import NewImage

SINGLE, BULKS, BULK = 5_000, 20, 10_000


def latency(count: int, seed: int) -> Outcome:
    """A durable edit among that many images: p50 <= 1 ms, p99 <= 10 ms; 10,000 of them at once <= 300 ms (A1, A2)"""
    rng, classes = random.Random(seed), ClassList(("Front", "Rear"))
    with tempfile.TemporaryDirectory(prefix="vv-latency-") as name:
        rows = [NewImage(f"{i}.jpg", 1, 1, f"group {i % 100}", rng.choice(classes.names)) for i in range(count)]
        project = Project.create(Path(name) / "p", classes, rows)
        ids = list(project.images)

        def relabel(images: list[int]) -> float:
            return _milliseconds(lambda: project.relabel(images, rng.choice(classes.names), "keyboard"))

        single = [relabel([rng.choice(ids)]) for _ in range(SINGLE)]
        bulk = [relabel(rng.sample(ids, min(BULK, count))) for _ in range(BULKS)]
        project.close()
    p50, p99 = np.percentile(single, [50, 99])
    middle, most = np.median(bulk), max(bulk)
    words = (
        f"{SINGLE:,} edits: p50 {p50:.2f} ms, p99 {p99:.2f} ms;"
        f" {BULKS} of {BULK:,} at once: median {middle:.0f} ms, max {most:.0f} ms"
    )
    return Outcome(bool(p50 <= 1 and p99 <= 10 and middle <= 300), words)


def _milliseconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return 1000 * (time.perf_counter() - started)
