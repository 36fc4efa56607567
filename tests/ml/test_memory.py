"""Memory that does not grow with the number of images, and rows that are asked for before they are needed."""

import gc
import mmap
import tracemalloc
from pathlib import Path

import keras
import numpy as np
import pytest

from tests.bench.memory import large_project
from tests.ml.conftest import SMALL_QUICK, Recorder
from vv_desktop.core.array_cache import ArrayCache, read_ahead
from vv_desktop.ml import conversion, material, networks
from vv_desktop.ml.material import Examples, MirroredRows
from vv_desktop.ml.training import train

SHAPE = (3, 3, 512)
IMAGES = 400


def backbone(weights: Path | None, size: int, pooling: str, seed: int, name: str = "") -> keras.Model:
    """Much smaller than its features."""
    pixels = keras.Input((size, size, 3), name="pixels")
    cells = keras.layers.AveragePooling2D(size // 3)(pixels)
    return keras.Model(pixels, keras.layers.Conv2D(SHAPE[-1], 1)(cells), name="backbone")


def highest(images: int, folder: Path) -> tuple[int, int]:
    """Peak of what Python and numpy hold during a training with mirrored copies, and the features' size, in bytes."""
    plan = SMALL_QUICK.changed(head_epochs=1, mirror=True, batch_size=32)
    dataset = large_project(folder, images, plan, SHAPE, mirrored=True)
    (features,) = (folder / "cache" / "features").rglob("*.bin")
    progress = Recorder(on_event=lambda event: progress.events.clear())
    gc.collect()  # what other tests left is not this one's
    tracemalloc.start()
    run = train(dataset, plan, folder / "run", folder / "cache", folder.parent, "random", progress)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert run.counts["train"] == run.counts["mirrored"] == images * 4 // 5
    assert len(run.predictions().images) == images
    return peak, features.stat().st_size


def test_four_times_the_images_need_no_more_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """But for a small record of each. How much in all, with TensorFlow's own: python -m tests.bench memory."""
    monkeypatch.setattr(networks, "build_backbone", backbone)
    monkeypatch.setattr(conversion, "build_backbone", backbone)
    highest(70, tmp_path / "first")  # TensorFlow's and Keras's own first time
    few, few_bytes = highest(IMAGES, tmp_path / "few")
    many, many_bytes = highest(4 * IMAGES, tmp_path / "many")
    assert many_bytes - few_bytes > 15e6
    assert many - few < 4e6  # of which 3.0 MB were seen: the records of three times as many images


def test_rows_are_asked_for_by_whole_pages_inside_the_file(tmp_path: Path) -> None:
    asked: list[tuple[int, int]] = []

    class Recorded(mmap.mmap):
        def madvise(self, option: int, start: int = 0, length: int = 0) -> None:
            assert option == mmap.MADV_WILLNEED
            super().madvise(option, start, length)
            asked.append((start, length))

    path = tmp_path / "rows.bin"
    path.write_bytes(bytes(10 * 3000))
    with path.open("rb") as file, Recorded(file.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
        rows = np.ndarray((10, 1000, 3), np.uint8, buffer=mapped)
        read_ahead(rows, np.array([9, 0, 4]))
        del rows
    assert len(asked) == 3
    for place, (start, length) in zip((9, 0, 4), asked, strict=True):
        assert start % mmap.PAGESIZE == 0
        assert start <= 3000 * place
        assert start + length == 3000 * (place + 1) <= 30_000


def test_rows_of_a_cache_can_be_asked_for_and_others_do_no_harm(tmp_path: Path) -> None:
    cache = ArrayCache(tmp_path, (5,), np.float32)
    read_ahead(cache.rows(), np.array([], np.int64))
    cache.append(["a", "b"], np.ones((2, 5), np.float32))
    assert isinstance(cache.rows().base, mmap.mmap)
    read_ahead(cache.rows(), np.array([1, 0]))
    read_ahead(np.ones((2, 5)), np.array([1, 0]))
    cache.close()


@pytest.mark.parametrize("mirrored", [False, True])
def test_each_batch_is_asked_for_while_the_one_before_is_used(mirrored: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[list[int]] = []
    monkeypatch.setattr(material, "read_ahead", lambda rows, places: asked.append(places.tolist()))
    rows = np.arange(10 * 2 * 2 * 3).reshape(10, 2, 2, 3).astype(np.uint8)
    places = np.array([3, 1, 4, 15 if mirrored else 5, 9])
    examples = Examples(MirroredRows(rows) if mirrored else rows, places, places, np.ones(5, np.float32))
    wanted = [[9, 5], [4, 1], [3]]
    for number, (batch, labels, _) in enumerate(examples.batches(np.array([4, 3, 2, 1, 0]), 2)):
        assert asked == [*wanted, []][: number + 2]
        assert [label % 10 for label in labels] == wanted[number]
        plain = rows[wanted[number]]
        assert np.array_equal(batch, np.where((labels >= 10)[:, None, None, None], plain[:, :, ::-1], plain))
