"""A session, jobs and an import plan of a few drawn photos."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from vv_desktop.core.bundled import resources_folder
from vv_desktop.core.import_plan import ImportPlan
from vv_desktop.core.importing import read_sources
from vv_desktop.session import Session
from vv_desktop.workers import Flags, WorkerProgress

ROWS = (
    ("a1.jpg", "red", "a", "train"),
    ("a2.jpg", "red", "a", "val"),
    ("b1.jpg", "blue", "b", "train"),
    ("b2.jpg", "bleu", "b", "train"),
    ("c1.jpg", "<b>", "c", "val"),
    ("gone.jpg", "red", "d", "train"),
)


@pytest.fixture
def resources() -> Path:
    return resources_folder()


@pytest.fixture
def session(qapp: object) -> Iterator[Session]:
    found = Session()
    yield found
    found.close_project()


@pytest.fixture
def plan(tmp_path: Path) -> ImportPlan:
    """Two classes, two labels that are none, a group on both sides, and a file that is not there."""
    folder = tmp_path / "photos"
    folder.mkdir()
    for name, *_ in ROWS[:-1]:
        Image.new("RGB", (40, 30), "#c03020").save(folder / name)
    lines = ["filepath,label,group,split", *(",".join(row) for row in ROWS)]
    (folder / "list.csv").write_text("\n".join(lines))
    (folder / "labels.txt").write_text("red\nblue\n")
    return read_sources([folder / "list.csv"], None, WorkerProgress(Flags(), lambda event: None))
