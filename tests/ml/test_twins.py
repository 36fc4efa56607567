"""Twins are found: copies, mirrored copies, copies saved again smaller; other toys are not taken for twins."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image, ImageOps

from vv_desktop import tasks
from vv_desktop.core.classes import ClassList
from vv_desktop.core.dataset import Dataset, Sample
from vv_desktop.core.toys import draw_vehicle
from vv_desktop.core.twins import Twins
from vv_desktop.workers import Flags, WorkerProgress

UNRELATED = 12


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Twins:
    """Twins among toys 0 to 11 and, as 12 to 15, copies of toys 0 to 3: as it is, mirrored, JPEG, half the size."""
    folder = tmp_path_factory.mktemp("twins")
    files = [folder / f"{vehicle}.png" for vehicle in range(UNRELATED)]
    for vehicle, path in enumerate(files):  # as large as photos: less than the network's input is no smaller copy
        draw_vehicle("FrontLeft", vehicle, 0, size=480).save(path)
    files += [folder / name for name in ("copy.png", "mirrored.png", "again.jpg", "small.jpg", "broken.jpg")]
    shutil.copy(files[0], files[12])
    ImageOps.mirror(Image.open(files[1]).convert("RGB")).save(files[13])
    Image.open(files[2]).convert("RGB").save(files[14], quality=60)
    picture = Image.open(files[3]).convert("RGB")
    picture.resize((picture.width // 2, picture.height // 2)).save(files[15], quality=85)
    files[16].write_bytes(b"no picture")
    dataset = Dataset(ClassList(("a",)), tuple(Sample(i, path, 0, "train", str(i)) for i, path in enumerate(files)))
    return tasks.review.find_twins(
        dataset, folder / "project", None, progress=WorkerProgress(Flags(), lambda event: None)
    )


def test_each_copy_is_found_as_what_it_is(found: Twins) -> None:
    kinds = {(pair.a, pair.b): pair.kind for pair in found.pairs()}
    assert kinds[0, 12] == "exact"
    assert kinds[1, 13] == "mirror"
    assert kinds[2, 14] == "near"
    assert kinds[3, 15] == "near"


def test_other_toys_are_no_twins(found: Twins) -> None:
    assert {(pair.a, pair.b) for pair in found.pairs()} == {(0, 12), (1, 13), (2, 14), (3, 15)}


def test_the_most_alike_come_first_and_what_cannot_be_read_is_left_out(found: Twins) -> None:
    likeness = found.similarity.tolist()
    assert found.exact.tolist()[0]
    assert likeness == sorted(likeness, reverse=True)
    assert found.looked_at == UNRELATED + 4


def test_one_image_has_no_twin(tmp_path: Path, progress: WorkerProgress) -> None:
    Image.new("RGB", (40, 40)).save(tmp_path / "one.png")
    alone = Dataset(ClassList(("a",)), (Sample(1, tmp_path / "one.png", 0, "train", ""),))
    assert tasks.review.find_twins(alone, tmp_path, None, progress=progress).pairs() == ()


def test_it_needs_no_tensorflow() -> None:
    code = "import sys, vv_desktop.ml.twins; print('tensorflow' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "False\n"
