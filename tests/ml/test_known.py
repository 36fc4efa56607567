"""What a run knows of its training photos, and what it says of a photo that is unlike them."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from vv_desktop import tasks
from vv_desktop.core.errors import UserError
from vv_desktop.core.known import MOST, Known, known_file, load_known, save_known
from vv_desktop.core.pixels import network_input
from vv_desktop.core.progress import Note, Predicted
from vv_desktop.core.project import Project
from vv_desktop.core.runs import Run, find_run
from vv_desktop.core.toys import draw_vehicle
from vv_desktop.core.user_folders import user_cache
from vv_desktop.ml.features import Features
from vv_desktop.ml.known import _drawn, known_of, learn_known, open_likeness
from vv_desktop.workers import WorkerProgress


def cloud(random: np.random.Generator, count: int, centre: int) -> np.ndarray:
    """Features of 6 channels in 2 x 2 cells, all near one axis."""
    rows = random.uniform(0, 0.2, (count, 2, 2, 6))
    rows[..., centre] += 1
    return rows.astype(np.float32)


def features_of(rows: np.ndarray) -> Features:
    return Features(rows, np.arange(len(rows)))


def test_one_in_a_hundred_is_beyond_the_threshold() -> None:
    random = np.random.default_rng(0)
    rows = cloud(random, 4000, 0)
    known = known_of(features_of(rows), np.arange(400), np.arange(400, 500), "b")
    assert known.rows.shape == (400, 6)
    np.testing.assert_allclose(np.linalg.norm(known.rows.astype(np.float32), axis=1), 1, atol=1e-3)

    def beyond(queries: np.ndarray) -> float:
        pooled = queries.mean(axis=(1, 2))
        pooled /= np.linalg.norm(pooled, axis=1, keepdims=True)
        near = np.sort(pooled @ known.rows.astype(np.float32).T, axis=1)[:, -5]
        return float(np.mean(1 - near > known.threshold))

    assert 0.002 < beyond(rows[500:]) < 0.03
    assert beyond(cloud(random, 100, 3)) == 1.0


def test_so_many_are_kept_evenly_and_too_few_are_refused() -> None:
    rows = cloud(np.random.default_rng(0), MOST + 500, 0)
    drawn = _drawn(np.arange(len(rows)))
    assert len(set(drawn.tolist())) == MOST
    assert drawn[0] == 0
    assert drawn[-1] == len(rows) - 1
    with pytest.raises(UserError, match=r"received 7$"):
        known_of(features_of(rows), np.arange(7), np.arange(8, 20), "b")


def test_what_was_kept_is_read_again_and_damage_is_told(tmp_path: Path) -> None:
    assert load_known(tmp_path) is None
    save_known(tmp_path, Known(np.eye(3, dtype=np.float16), 0.25, "net"))
    again = load_known(tmp_path)
    assert again is not None
    assert (again.threshold, again.backbone) == (0.25, "net")
    np.testing.assert_array_equal(again.rows, np.eye(3))
    save_known(tmp_path, Known(np.full((3, 3), np.nan, np.float16), 0.25, "net"))
    with pytest.raises(UserError, match="is damaged"):
        load_known(tmp_path)
    known_file(tmp_path).write_bytes(b"nothing")
    with pytest.raises(UserError, match="cannot be read"):
        load_known(tmp_path)


@pytest.fixture
def run(trained_copy: Path) -> Run:
    return find_run(trained_copy / "runs", None)


def test_toys_are_alike_noise_is_not(run: Run, progress: WorkerProgress, tmp_path: Path) -> None:
    """And a damaged file costs the answer nothing but this."""
    noise = tmp_path / "noise.png"
    Image.fromarray(np.random.default_rng(0).integers(0, 256, (160, 200, 3), dtype=np.uint8)).save(noise)
    toys = [tmp_path / f"{label}.png" for label in ("Front", "RearLeft", "FrontRight", "Rear")]
    for path in toys:
        draw_vehicle(path.stem, 7777, 0).save(path)
    events: list[object] = []
    heard = progress.heard_by(events.append)
    tasks.answers.predict([noise, *toys], run, progress=heard)
    answers = [event.answer for event in events if isinstance(event, Predicted)]
    assert [answer.unlike for answer in answers] == [True, False, False, False, False]

    known_file(run.folder).write_bytes(b"nothing")
    events.clear()
    tasks.answers.predict([noise], run, progress=heard)
    assert [event.answer.unlike for event in events if isinstance(event, Predicted)] == [None]
    assert any(isinstance(event, Note) and "cannot be read" in event.text for event in events)


def test_an_older_run_learns_what_the_training_knew(
    run: Run, trained_copy: Path, progress: WorkerProgress, toy_folder: Path
) -> None:
    before = load_known(run.folder)
    assert before is not None
    project = Project.open(trained_copy)
    dataset = project.dataset()
    project.close()
    again = learn_known(run, dataset, trained_copy / "cache", user_cache(), progress)
    assert again.backbone == before.backbone
    assert again.threshold == pytest.approx(before.threshold, rel=1e-4)
    np.testing.assert_array_equal(again.rows, before.rows)

    likeness = open_likeness(run, user_cache(), progress)
    assert likeness is not None
    photo = next((toy_folder / "images").rglob("*.jpg"))
    assert 0 <= likeness.distance(network_input(photo, likeness.size)[None]) < 1.5
    assert open_likeness(run, trained_copy / "no cache", progress) is None
