"""Thumbnails: right pixels, made once, and no cache ever stands in the way of a picture."""

import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from vv_desktop.core.thumbnail_sizes import kept_side
from vv_desktop.core.thumbnails import thumbnail


def draw(path: Path, colour: tuple[int, int, int], size: tuple[int, int] = (600, 300)) -> Path:
    Image.new("RGB", size, colour).save(path, quality=95)
    return path


def kept(cache: Path) -> list[Path]:
    return sorted(path for path in cache.rglob("*") if path.is_file())


def test_fits_the_side_and_is_rgb(tmp_path: Path) -> None:
    pixels, problem = thumbnail(draw(tmp_path / "red.jpg", (220, 20, 20)), 160, tmp_path / "cache")
    assert problem is None
    assert pixels is not None
    assert pixels.shape == (80, 160, 3)
    assert pixels.dtype == np.uint8
    assert np.abs(pixels.mean(axis=(0, 1)) - (220, 20, 20)).max() < 6


def test_small_pictures_are_not_enlarged(tmp_path: Path) -> None:
    pixels, _ = thumbnail(draw(tmp_path / "s.png", (1, 2, 3), (40, 30)), 160, tmp_path / "cache")
    assert pixels is not None
    assert pixels.shape == (30, 40, 3)


@pytest.mark.parametrize(("side", "kept_as"), [(96, 128), (128, 128), (129, 256), (320, 384), (900, 384)])
def test_sizes_that_are_kept(side: int, kept_as: int) -> None:
    assert kept_side(side) == kept_as


def test_second_time_comes_from_the_cache(tmp_path: Path) -> None:
    photo, cache = draw(tmp_path / "red.jpg", (220, 20, 20)), tmp_path / "cache"
    thumbnail(photo, 256, cache)
    (file,) = kept(cache)
    assert file.parent.parent == cache / "thumbnails" / "256"
    assert file.name[:2] == file.parent.name
    draw(file, (20, 20, 220), (256, 128))
    pixels, _ = thumbnail(photo, 256, cache)
    assert pixels is not None
    assert pixels[0, 0, 2] > 200


def test_B14_a_changed_file_gets_a_new_thumbnail(tmp_path: Path) -> None:
    photo, cache = draw(tmp_path / "a.jpg", (220, 20, 20)), tmp_path / "cache"
    thumbnail(photo, 256, cache)
    draw(photo, (20, 220, 20))
    os.utime(photo, ns=(1, 1))
    pixels, _ = thumbnail(photo, 256, cache)
    assert pixels is not None
    assert pixels[0, 0, 1] > 200
    assert len(kept(cache)) == 2


def test_a_damaged_cache_file_is_made_again(tmp_path: Path) -> None:
    photo, cache = draw(tmp_path / "a.jpg", (220, 20, 20)), tmp_path / "cache"
    thumbnail(photo, 256, cache)
    (file,) = kept(cache)
    file.write_bytes(file.read_bytes()[:200])
    pixels, problem = thumbnail(photo, 256, cache)
    assert problem is None
    assert pixels is not None
    assert pixels[0, 0, 0] > 200
    assert file.stat().st_size > 200


def test_a_cache_that_cannot_be_written_is_no_problem(tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    cache.write_text("a file where the folder should be")
    pixels, problem = thumbnail(draw(tmp_path / "a.jpg", (220, 20, 20)), 256, cache)
    assert problem is None
    assert pixels is not None


def test_B13_bad_and_missing_files_say_why(tmp_path: Path) -> None:
    bad = tmp_path / "bad.jpg"
    bad.write_bytes(b"no picture")
    for path in (bad, tmp_path / "gone.jpg"):
        pixels, problem = thumbnail(path, 160, tmp_path / "cache")
        assert pixels is None
        assert problem is not None
        assert path.name in problem
    assert not kept(tmp_path / "cache")


def test_names_that_are_no_unicode(tmp_path: Path) -> None:
    photo = tmp_path / os.fsdecode(b"caf\xe9.jpg")
    try:
        draw(photo, (220, 20, 20))
    except OSError:
        pytest.skip("this file system refuses such names")
    pixels, problem = thumbnail(photo, 160, tmp_path / "cache")
    assert problem is None
    assert pixels is not None
    assert len(kept(tmp_path / "cache")) == 1
