"""What the map rests on: looks alike lies near, the same rows give the same map, and it can be called off."""

from pathlib import Path

import numpy as np
import pytest

from tests.ml.conftest import Recorder
from vv_desktop.core.classes import ClassList
from vv_desktop.core.dataset import Dataset, Sample
from vv_desktop.core.errors import Cancelled, UserError
from vv_desktop.core.map_points import MapRows, Moved, load_map, save_map
from vv_desktop.core.progress import Step
from vv_desktop.ml import map_points
from vv_desktop.ml.map_points import EXAGGERATED, STEPS, first_view, map_rows, neighbours, spread


@pytest.fixture(scope="module")
def clouds() -> MapRows:
    """Three clouds of forty in fifty dimensions, strongest axis first."""
    random = np.random.default_rng(0)
    centres = np.repeat(random.normal(0, 6, (3, 50)), 40, axis=0)
    rows = centres + random.normal(0, 1, centres.shape)
    rows = rows[:, np.argsort(-rows.std(axis=0))]
    return MapRows(np.arange(500, 620), rows.astype(np.float32))


def test_what_is_alike_lies_together(clouds: MapRows) -> None:
    progress = Recorder()
    points = spread(clouds, progress, 1)
    assert points.images.tolist() == clouds.images.tolist()
    assert points.settled
    distances = np.linalg.norm(points.places[:, None] - points.places[None], axis=2)
    np.fill_diagonal(distances, np.inf)
    assert np.mean(distances.argmin(axis=1) // 40 == np.arange(120) // 40) == 1.0
    moves = progress.of(Moved)
    assert [m.done for m in moves] == list(range(10, EXAGGERATED + STEPS + 1, 10))
    assert not any(m.points.settled for m in moves)
    assert np.array_equal(spread(clouds, Recorder(), 1).places, points.places), "the same rows, the same map"


def test_it_ends_within_ten_steps_when_it_is_called_off(clouds: MapRows) -> None:
    progress = Recorder(cancel_when=lambda asked: asked > 4)
    with pytest.raises(Cancelled):
        spread(clouds, progress, 1)
    assert len(progress.of(Moved)) <= 3


def test_more_threads_draw_the_same_map(monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond 1,000 rows, from where on openTSNE's own neighbours would differ."""
    monkeypatch.setattr(map_points, "EXAGGERATED", 10)
    monkeypatch.setattr(map_points, "STEPS", 10)
    rows = MapRows(np.arange(1100), np.random.default_rng(2).normal(size=(1100, 50)).astype(np.float32))
    assert np.array_equal(spread(rows, Recorder(), 1).places, spread(rows, Recorder(), 2).places)


def test_neighbours_are_the_nearest_others() -> None:
    rows = np.random.default_rng(3).normal(size=(1100, 5)).astype(np.float32)
    progress = Recorder()
    places, distances = neighbours(rows, 4, progress)
    every = np.linalg.norm(rows[:, None].astype(np.float64) - rows[None], axis=2)
    np.fill_diagonal(every, np.inf)
    assert np.array_equal(places, every.argsort(axis=1)[:, :4])
    assert np.allclose(distances, np.sort(every, axis=1)[:, :4], atol=1e-3)
    assert [step.done for step in progress.of(Step)] == [0, 1024]


@pytest.mark.parametrize("count", [8, 9, 30])
def test_few_images_are_spread_too(count: int) -> None:
    rows = MapRows(np.arange(count), np.random.default_rng(1).normal(size=(count, 7)).astype(np.float32))
    assert np.isfinite(spread(rows, Recorder(), 1).places).all()
    assert np.array_equal(first_view(rows).places, rows.rows[:, :2])


def test_the_same_picture_over_and_over_is_still_drawn() -> None:
    rows = MapRows(np.arange(12), np.zeros((12, 2), np.float32))
    assert np.isfinite(spread(rows, Recorder(), 1).places).all()


def test_fewer_than_eight_images_are_refused(toys: Dataset, tmp_path: Path) -> None:
    samples = (*toys.samples[:7], Sample(1, tmp_path / "nothing.png", 0, "train", "g"))
    few = Dataset(ClassList(("circle", "square", "triangle")), samples)
    with pytest.raises(UserError, match=r"at least 8 images that can be read; received 7"):
        map_rows(few, tmp_path, tmp_path, "random", Recorder())


def test_a_kept_map_comes_back_and_a_damaged_one_does_not(clouds: MapRows, tmp_path: Path) -> None:
    path = tmp_path / "cache" / "map.npz"
    assert load_map(path) is None
    points = first_view(clouds)
    save_map(points, path)
    kept = load_map(path)
    assert kept is not None
    assert np.array_equal(kept.places, points.places)
    assert kept.settled
    path.write_bytes(path.read_bytes()[:-20])
    assert load_map(path) is None
