"""What the benchmarks look at: the photos beside the project, or toys and random pixels, which they then say."""

from collections.abc import Callable
from pathlib import Path

import numpy as np

from vv_desktop import tasks
from vv_desktop.core.arrays import Uint8Array
from vv_desktop.core.demo import make_demo
from vv_desktop.core.folders import walk_images
from vv_desktop.core.pixels import network_input
from vv_desktop.core.progress import NullProgress, Progress
from vv_desktop.ml.weights import Weights, find_weights, found_locally

PHOTOS = Path(__file__).resolve().parents[3] / "shared" / "data" / "vehicles"
TOYS = 300


def project_in(folder: Path, progress: Progress) -> Path:
    """A new project below `folder`: of the photos, or of toy vehicles where there are none."""
    if PHOTOS.is_dir():
        plan = tasks.data.read_sources([PHOTOS / "train.csv", PHOTOS / "val.csv"], None, progress=progress)
        return tasks.data.create_project(plan, folder / "project", progress=progress)
    print(f"There are no photos beside the project: {TOYS} toy vehicles are drawn instead")
    return make_demo(folder, progress, TOYS)


def pictures(count: int, size: int) -> Uint8Array:
    """Pixels (count, size, size, 3) of photos, or random ones where there are none."""
    paths = walk_images(PHOTOS)[0][:count] if PHOTOS.is_dir() else ()
    if len(paths) == count:
        print(f"Pixels: {count} photos")
        return np.stack([network_input(path, size) for path in paths])
    print("Pixels: random, as there are no photos beside the project; that makes no difference to the time")
    return np.random.default_rng(0).integers(0, 256, (count, size, size, 3)).astype(np.uint8)


def pretrained(random: Callable[[str], None] = print) -> Weights:
    """ImageNet's weights if they are on this machine, else random ones, of which `random` is told."""
    found = found_locally(0, NullProgress())
    if found is not None:
        return found
    random("Weights: random, as the pretrained ones are not on this machine; accuracies mean nothing then")
    return find_weights("random", 0, NullProgress())
