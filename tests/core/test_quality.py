"""Pictures made dark, bright, blurred, tiny, oddly shaped or plain are found; toy vehicles are not."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageFilter

from vv_desktop import tasks
from vv_desktop.core.project import Project
from vv_desktop.core.quality import Kind, faults, measure
from vv_desktop.core.toys import draw_vehicle
from vv_desktop.workers import WorkerProgress

TOY = draw_vehicle("Front", 3, 0)


def _faults(image: Image.Image) -> tuple[Kind, ...]:
    return faults(measure(np.asarray(image.resize((224, 224), Image.Resampling.BILINEAR)), *image.size))


@pytest.mark.parametrize(
    ("image", "expected"),
    [
        (TOY, ()),
        (TOY.point(lambda v: v * 0.2), ("dark",)),
        (TOY.point(lambda v: 200 + v * 0.2), ("bright",)),
        (TOY.filter(ImageFilter.GaussianBlur(6)), ("blurred",)),
        (Image.new("RGB", (256, 256), (128, 128, 128)), ("nearly uniform",)),
    ],
)
def test_each_kind_is_found_alone(image: Image.Image, expected: tuple[Kind, ...]) -> None:
    assert _faults(image) == expected


def test_size_and_shape_are_those_of_the_original() -> None:
    assert "tiny" in _faults(TOY.resize((20, 20)))
    assert "odd-shaped" in _faults(TOY.resize((4000, 100)))


def test_toys_get_none_and_what_is_measured_is_kept(untrained_copy: Path, progress: WorkerProgress) -> None:
    project = Project.open(untrained_copy)
    dataset = project.dataset()
    project.close()
    first = tasks.review.measure_quality(dataset, untrained_copy, progress=progress)
    assert len(first.measures) == len(dataset.samples)
    assert [m for m in first.measures.values() if faults(m)] == []
    size = {file: file.stat().st_size for file in (untrained_copy / "cache" / "quality").glob("*.bin")}
    assert tasks.review.measure_quality(dataset, untrained_copy, progress=progress) == first
    assert size == {file: file.stat().st_size for file in (untrained_copy / "cache" / "quality").glob("*.bin")}
