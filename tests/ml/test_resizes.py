"""Other resizes: each is what its name says, and a picture of the right size is the same by all of them."""

from pathlib import Path

import numpy as np
from PIL import Image

from vv_desktop.core.pixels import network_input
from vv_desktop.ml.resizes import area, bilinear


def test_bilinear_looks_at_four_neighbours_and_area_at_all(tmp_path: Path) -> None:
    pixels = np.zeros((8, 8, 3), np.uint8)
    pixels[::4] = 240  # every fourth row: two points of eight rows fall between rows 1 and 2, and 5 and 6
    Image.fromarray(pixels).save(tmp_path / "rows.png")
    assert bilinear(tmp_path / "rows.png", 2).tolist() == np.zeros((2, 2, 3)).tolist()
    assert area(tmp_path / "rows.png", 2).tolist() == np.full((2, 2, 3), 60).tolist()


def test_bilinear_weighs_by_distance_and_stops_at_the_edge(tmp_path: Path) -> None:
    Image.fromarray(np.array([[[0, 0, 0], [100, 200, 40]]], np.uint8)).save(tmp_path / "two.png")
    assert bilinear(tmp_path / "two.png", 4)[0, :, 0].tolist() == [0, 25, 75, 100]


def test_a_picture_that_fits_is_the_same_by_every_resize(tmp_path: Path) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (16, 16, 3)).astype(np.uint8)
    Image.fromarray(pixels).save(tmp_path / "fits.png")
    for way in (network_input, bilinear, area):
        assert np.array_equal(way(tmp_path / "fits.png", 16), pixels)
