"""Pixels are decoded once, follow the content of a file, and a bad file is a line and no end."""

import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from tests.ml.conftest import Recorder, draw
from vv_desktop.core import pixel_cache
from vv_desktop.core.dataset import Sample
from vv_desktop.core.errors import Cancelled
from vv_desktop.core.pixel_cache import cached_pixels
from vv_desktop.core.pixels import network_input
from vv_desktop.core.progress import Step

SIZE = 40


@pytest.fixture
def pictures(tmp_path: Path) -> list[Sample]:
    samples = []
    for i in range(6):
        path = tmp_path / f"{i}.png"
        draw(path, "circle", i)
        samples.append(Sample(i, path, 0, "train", ""))
    return samples


@pytest.fixture
def decoded(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """The files that were decoded."""
    calls: list[Path] = []

    def counted(path: Path, size: int) -> Any:
        calls.append(path)
        return network_input(path, size)

    monkeypatch.setattr(pixel_cache, "network_input", counted)
    return calls


def test_pixels_are_the_decoders_and_come_from_the_cache_the_second_time(
    pictures: list[Sample], decoded: list[Path], tmp_path: Path
) -> None:
    progress = Recorder()
    first = cached_pixels(pictures, SIZE, tmp_path / "cache", progress)
    assert isinstance(first.rows, np.memmap)
    for sample, place in zip(pictures, first.places, strict=True):
        assert np.array_equal(first.rows[place], network_input(sample.path, SIZE))
    assert len(decoded) == 6
    assert [(s.done, s.total) for s in progress.of(Step)] == [(0, 6), (6, 6)]
    again = cached_pixels(list(reversed(pictures)), SIZE, tmp_path / "cache", Recorder())
    assert len(decoded) == 6
    assert again.places.tolist() == first.places[::-1].tolist()
    assert again.digests == first.digests[::-1]
    assert len(set(first.digests)) == 6
    assert all(len(digest) == 32 for digest in first.digests)


def test_another_size_is_another_entry(pictures: list[Sample], tmp_path: Path) -> None:
    cached_pixels(pictures, SIZE, tmp_path / "cache", Recorder())
    assert cached_pixels(pictures, 16, tmp_path / "cache", Recorder()).rows.shape == (6, 16, 16, 3)


def test_B13_B14_a_replaced_file_gives_its_new_pixels(pictures: list[Sample], tmp_path: Path) -> None:
    before = cached_pixels(pictures, SIZE, tmp_path / "cache", Recorder())
    path = pictures[2].path
    draw(path, "square", 99)
    os.utime(path, ns=(1, 1))
    after = cached_pixels(pictures, SIZE, tmp_path / "cache", Recorder())
    assert np.array_equal(after.rows[after.places[2]], network_input(path, SIZE))
    assert after.digests[2] != before.digests[2]
    assert after.digests[:2] == before.digests[:2]


@pytest.mark.parametrize("chunk", [2, 100])
def test_equal_files_share_a_place(
    chunk: int, pictures: list[Sample], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pixel_cache, "CHUNK", chunk)
    pictures[4].path.write_bytes(pictures[1].path.read_bytes())
    pixels = cached_pixels(pictures, SIZE, tmp_path / "cache", Recorder())
    assert pixels.places[4] == pixels.places[1]
    assert len(pixels.rows) == 5


def test_a_bad_file_is_a_line_and_is_tried_again(pictures: list[Sample], tmp_path: Path) -> None:
    good = pictures[3].path.read_bytes()
    pictures[3].path.write_bytes(good[:300])
    pictures[5].path.unlink()
    pixels = cached_pixels(pictures, SIZE, tmp_path / "cache", Recorder())
    assert [path.name for path, _ in pixels.problems] == ["3.png", "5.png"]
    assert all(reason.endswith(path.name) for path, reason in pixels.problems)
    assert (pixels.places < 0).tolist() == [False, False, False, True, False, True]
    assert [digest == "" for digest in pixels.digests] == (pixels.places < 0).tolist()
    status = pictures[3].path.stat()
    pictures[3].path.write_bytes(good)
    os.utime(pictures[3].path, ns=(status.st_atime_ns, status.st_mtime_ns))
    again = cached_pixels(pictures, SIZE, tmp_path / "cache", Recorder())
    assert again.places[3] >= 0
    assert [path.name for path, _ in again.problems] == ["5.png"]


def test_a_cancel_keeps_what_was_decoded(
    pictures: list[Sample], decoded: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pixel_cache, "CHUNK", 2)
    with pytest.raises(Cancelled):
        cached_pixels(pictures, SIZE, tmp_path / "cache", Recorder(cancel_when=lambda asked: asked == 3))
    assert len(decoded) == 4
    assert (cached_pixels(pictures, SIZE, tmp_path / "cache", Recorder()).places >= 0).all()
    assert len(decoded) == 6


def test_a_file_that_changes_while_it_is_read_is_not_remembered(
    pictures: list[Sample], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def meddled(path: Path, size: int) -> Any:
        pixels = network_input(path, size)
        if path.name == "1.png":
            Image.new("RGB", (9, 9)).save(path)
        return pixels

    monkeypatch.setattr(pixel_cache, "network_input", meddled)
    pixels = cached_pixels(pictures, SIZE, tmp_path / "cache", Recorder())
    assert [path.name for path, _ in pixels.problems] == ["1.png"]


def test_no_picture_at_all(tmp_path: Path) -> None:
    pixels = cached_pixels([], SIZE, tmp_path / "cache", Recorder())
    assert (len(pixels.places), pixels.digests, pixels.problems) == (0, (), ())


def test_names_that_are_no_text(tmp_path: Path) -> None:
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff\xfe.png"))
    draw(path, "circle", 0)
    for _ in range(2):
        assert cached_pixels([Sample(0, path, 0, None, "")], SIZE, tmp_path / "cache", Recorder()).places[0] == 0
