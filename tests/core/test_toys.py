"""The toy vehicles show what their labels say, come out the same every time, and land on disk."""

import csv
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

from vv_desktop.core.toys import (
    VIEWPOINTS,
    Scene,
    draw_vehicle,
    make_scene,
    plan_toys,
    project,
    write_toys,
)

SIZE = (256, 192)
BLUE_VEHICLES = (12, 16)  # neither red nor yellow, which would hide the lamps
CAR_VIEWS = VIEWPOINTS[:-1]


class Stop(Exception):
    """What a caller raises from `report`."""


def corners(scene: Scene) -> npt.NDArray[np.float64]:
    """Middle of the nose, middle of the tail, left flank and right flank (4, 3), in metres."""
    x, y = scene.shape[0] / 2, scene.shape[1]
    return np.array([(x, 0, 0.6), (-x, 0, 0.6), (0, y, 0.6), (0, -y, 0.6)])


def pixels(picture: Image.Image) -> npt.NDArray[np.int64]:
    """Height x width x 3."""
    return np.asarray(picture).astype(np.int64)


def red_pixels(picture: Image.Image) -> int:
    """How many pixels have the colour of tail lamps."""
    red, green, blue = np.moveaxis(pixels(picture), -1, 0)
    return int(((red > 120) & (green < 0.45 * red) & (blue < 0.45 * red)).sum())


@pytest.mark.parametrize("label", VIEWPOINTS)
def test_same_arguments_same_pixels(label: str) -> None:
    first, again = draw_vehicle(label, 5, 2, 96), draw_vehicle(label, 5, 2, 96)
    assert first.tobytes() == again.tobytes()
    assert draw_vehicle(label, 5, 3, 96).tobytes() != first.tobytes()
    assert draw_vehicle(label, 6, 2, 96).tobytes() != first.tobytes()
    assert draw_vehicle(label, 5, 2, 96, seed=1).tobytes() != first.tobytes()


@pytest.mark.parametrize("size", [64, 96, 256])
def test_size(size: int) -> None:
    picture = draw_vehicle("RearLeft", 1, 1, size)
    assert (picture.size, picture.mode) == ((size, size * 3 // 4), "RGB")


def test_a_vehicle_keeps_its_body_and_colour() -> None:
    scenes = [make_scene(label, 9, shot) for label in VIEWPOINTS for shot in range(4)]
    assert len({(scene.style, scene.shape, scene.colours["paint"]) for scene in scenes}) == 1
    assert len({scene.azimuth for scene in scenes}) == len(scenes)
    assert len({make_scene("Front", vehicle, 0).style for vehicle in range(40)}) == 5


@pytest.mark.parametrize("label", CAR_VIEWS)
def test_the_label_says_which_sides_face_the_camera(label: str) -> None:
    for vehicle in range(20):
        scene = make_scene(label, vehicle, 3)
        nose, tail, left, right = project(scene, corners(scene), SIZE)
        nearer, farther = (nose, tail) if label.startswith("Front") else (tail, nose)
        assert nearer[2] < farther[2]
        if label.endswith("Left"):
            assert left[2] < right[2]
            assert nose[0] < tail[0] - 20
        elif label.endswith("Right"):
            assert right[2] < left[2]
            assert nose[0] > tail[0] + 20


@pytest.mark.parametrize("label", CAR_VIEWS)
def test_the_whole_car_is_in_the_picture(label: str) -> None:
    for vehicle in range(20):
        scene = make_scene(label, vehicle, 1)
        low, high = np.array(scene.frame)
        box = np.stack(np.meshgrid(*zip(low, high, strict=True)), axis=-1).reshape(-1, 3)
        seen = project(scene, box, SIZE)
        assert high[0] == pytest.approx(scene.shape[0] / 2)
        assert (seen[:, :2].min(axis=0) > -4).all()
        assert (seen[:, :2].max(axis=0) < np.array(SIZE) + 4).all()


@pytest.mark.parametrize(("left", "right"), [("FrontLeft", "FrontRight"), ("RearLeft", "RearRight")])
def test_a_flip_turns_left_into_right(left: str, right: str) -> None:
    scene = replace(make_scene(left, 4, 2), roll=0.0, shift=(0.0, 0.0))
    mirrored = replace(scene, azimuth=-scene.azimuth)
    points = np.random.default_rng(0).uniform(-1, 1, (30, 3)) * (2, 0.9, 0.7) + (0, 0, 0.7)
    seen, flipped = project(scene, points, SIZE), project(mirrored, points * (1, -1, 1), SIZE)
    assert np.allclose(flipped[:, 0], SIZE[0] - seen[:, 0])
    assert np.allclose(flipped[:, 1:], seen[:, 1:])
    of_left = [make_scene(left, 0, shot).azimuth for shot in range(120)]
    of_right = [make_scene(right, 0, shot).azimuth for shot in range(120)]
    assert min(of_left) == pytest.approx(-max(of_right), abs=3)
    assert max(of_left) == pytest.approx(-min(of_right), abs=3)


@pytest.mark.parametrize("vehicle", BLUE_VEHICLES)
def test_red_lamps_are_at_the_rear(vehicle: int) -> None:
    for shot in range(3):
        assert red_pixels(draw_vehicle("Rear", vehicle, shot)) > 60
        assert red_pixels(draw_vehicle("Front", vehicle, shot)) < 15


@pytest.mark.parametrize(("label", "red_is_left"), [("RearLeft", False), ("RearRight", True)])
def test_tail_lamps_are_where_the_nose_does_not_point(label: str, red_is_left: bool) -> None:
    for vehicle in BLUE_VEHICLES:
        red, green, blue = np.moveaxis(pixels(draw_vehicle(label, vehicle, 0)), -1, 0)
        columns = np.nonzero((red > 110) & (green < 0.4 * red) & (blue < 0.4 * red))[1]
        assert len(columns) > 30
        assert (float(np.median(columns)) < SIZE[0] / 2) == red_is_left


def test_backgrounds_are_empty_places_or_close_ups() -> None:
    scenes = [make_scene("Background", vehicle, 0) for vehicle in range(60)]
    assert 15 < sum(scene.empty for scene in scenes) < 45
    for scene in (scene for scene in scenes if not scene.empty):
        near = np.sign(scene.frame[0][1]) * scene.shape[1]
        ends = np.array([(side * scene.shape[0] / 2, near, 0.6) for side in (-1, 1)])
        assert np.ptp(project(scene, ends, SIZE)[:, 0]) > 1.5 * SIZE[0]


def test_unknown_label() -> None:
    with pytest.raises(ValueError, match=r"received 'Side'$"):
        draw_vehicle("Side", 0, 0)


@pytest.mark.parametrize(("count", "wrong"), [(300, 0.05), (70, 0.2), (40, 0.0), (5, 0.5)])
def test_plan_counts(count: int, wrong: float) -> None:
    plan = plan_toys(count, wrong)
    assert len(plan) == len({sample.path for sample in plan}) == count
    assert sum(sample.label != sample.true_label for sample in plan) == round(count * wrong)
    assert len({sample.group for sample in plan}) == max(1, count // 7)
    assert all(sample.path.startswith(f"images/{sample.group}/shot_") for sample in plan)
    assert plan == plan_toys(count, wrong)
    assert plan != plan_toys(count, wrong, seed=1)


def test_plan_is_balanced_as_in_life() -> None:
    plan = plan_toys(300)
    found = Counter(sample.true_label for sample in plan)
    assert set(found) == set(VIEWPOINTS)
    assert {name for name, _ in found.most_common(2)} == {"FrontLeft", "FrontRight"}
    assert found.most_common()[-1][0] == "Background"
    assert min(Counter(sample.group for sample in plan).values()) >= 7


def test_a_wrong_label_is_a_confusable_one() -> None:
    for sample in plan_toys(300, 1.0):
        sides = {name: name.replace("Left", "").replace("Right", "") for name in VIEWPOINTS}
        same_end = sides[sample.label] == sides[sample.true_label]
        flank = {"Left", "Right"} & {sample.label[-4:], sample.label[-5:]}
        same_flank = any(sample.true_label.endswith(name) for name in flank)
        straight = {sample.label, sample.true_label} <= {"Front", "Rear", "Background"}
        assert sample.label != sample.true_label
        assert same_end or same_flank or straight


def read(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


def test_write_toys(tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []
    plan = write_toys(tmp_path, 20, 0.1, report=lambda done, total: seen.append((done, total)))
    assert plan == plan_toys(20, 0.1)
    assert seen == [(done, 20) for done in range(1, 21)]
    assert read(tmp_path / "labels.csv") == [
        ["filepath", "label", "group"], *([s.path, s.label, s.group] for s in plan)
    ]  # fmt: skip
    wrong = [[s.path, s.label, s.true_label] for s in plan if s.label != s.true_label]
    assert len(wrong) == 2
    assert read(tmp_path / "wrong_labels.csv") == [["filepath", "label", "true_label"], *wrong]
    assert (tmp_path / "labels.txt").read_bytes() == ("\n".join(VIEWPOINTS) + "\n").encode()
    assert b"\r" not in (tmp_path / "labels.csv").read_bytes()
    for sample in plan:
        with Image.open(tmp_path / sample.path) as picture:
            assert (picture.format, picture.size) == ("JPEG", SIZE)


def test_the_picture_on_disk_shows_the_true_label(tmp_path: Path) -> None:
    for sample in write_toys(tmp_path, 10, 1.0):
        vehicle, shot = int(sample.group[-3:]), int(Path(sample.path).stem.removeprefix("shot_"))
        drawn = pixels(draw_vehicle(sample.true_label, vehicle, shot))
        with Image.open(tmp_path / sample.path) as picture:
            assert np.abs(pixels(picture) - drawn).mean() < 6


def test_writing_again_gives_the_same_files(tmp_path: Path) -> None:
    write_toys(tmp_path, 4)
    first = {path: path.read_bytes() for path in tmp_path.rglob("*.*")}
    write_toys(tmp_path, 4)
    assert {path: path.read_bytes() for path in tmp_path.rglob("*.*")} == first
    assert len(first) == 7


def test_report_cancels(tmp_path: Path) -> None:
    def report(done: int, total: int) -> None:
        if done == 3:
            raise Stop

    with pytest.raises(Stop):
        write_toys(tmp_path, 30, report=report)
    assert len(list(tmp_path.rglob("*.jpg"))) == 3
    assert not (tmp_path / "labels.csv").exists()
