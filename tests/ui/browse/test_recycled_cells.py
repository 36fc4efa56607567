"""Pictures come when they come, and cells show another image meanwhile: no cell shows a picture of another."""

import random
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication

from tests.window.viewing import COLOURS, Taken, Viewer, coloured_project, view_images
from vv_desktop import tasks
from vv_desktop.core.bundled import resources_folder
from vv_desktop.core.progress import Progress
from vv_desktop.jobs import Jobs
from vv_desktop.session import Session
from vv_desktop.ui import theme

COUNT, SHIFT = 300, 77


@pytest.fixture(scope="module")
def viewer(qapp: QApplication, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Viewer]:
    theme.apply_theme(qapp, theme.LIGHT, resources_folder())
    session, jobs = Session(), Jobs()
    found = Viewer(session, jobs)
    session.open(coloured_project(tmp_path_factory.mktemp("colours") / "one", COUNT))
    yield found
    found.close()
    assert jobs.shutdown()
    session.close_project()


def wrong(viewer: Viewer, shift: int = 0) -> list[tuple[int, int]]:
    """Images that show a picture which is not theirs, and whose that is."""
    return [(i, n) for i, n in viewer.seen().items() if n is not None and n != (i + shift) % COLOURS]


def test_C17_a_late_thumbnail_is_never_shown_on_another_image(viewer: Viewer, monkeypatch: pytest.MonkeyPatch) -> None:
    seed = random.randrange(2**32)
    print(f"seed {seed}")
    chance, real = random.Random(seed), tasks.data.load_thumbnails

    def late(requests: Sequence[tasks.data.ThumbnailRequest], side: int, cache: Path, progress: Progress) -> None:
        """Each thumbnail takes as long as a large photo on a slow disk."""
        for request in requests:
            time.sleep(chance.choice((0, 0, 0.002, 0.02)))
            real([request], side, cache, progress=progress)

    monkeypatch.setattr(tasks.data, "load_thumbnails", late)
    viewer.show_all()
    pictures = 0
    for _ in range(35):
        viewer.scroll(chance.random())
        if chance.random() < 0.1:
            viewer.grid.set_side(chance.choice((96, 160, 220)))
        if chance.random() < 0.1:
            viewer.grid.show_images(chance.sample(viewer.grid.model.ids, COUNT))
        viewer.let(chance.random() * 0.05)
        pictures += sum(number is not None for number in viewer.seen().values())
        assert wrong(viewer) == []
    assert pictures > 35, "nearly nothing was there when it was looked at"
    assert all(number == image for image, number in viewer.settle().items())


def test_C17_a_thumbnail_of_a_project_that_is_gone_is_never_shown(
    viewer: Viewer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    begun, go_on, real = threading.Event(), threading.Event(), tasks.data.load_thumbnails

    def held(requests: Sequence[tasks.data.ThumbnailRequest], side: int, cache: Path, progress: Progress) -> None:
        """What is read comes once the project has changed."""
        begun.set()
        assert go_on.wait(30)
        real(requests, side, cache, progress=progress)

    another = coloured_project(tmp_path / "another", COUNT, SHIFT)
    viewer.show_all()
    viewer.scroll(1)
    viewer.settle()
    order = viewer.grid.model.ids
    monkeypatch.setattr(tasks.data, "load_thumbnails", held)
    viewer.grid.loader.forget()
    viewer.scroll(0)
    viewer.let(0.1)
    assert begun.is_set()
    viewer.session.open(another)
    viewer.grid.show_images(order)
    go_on.set()
    for _ in range(10):
        assert wrong(viewer, SHIFT) == []
        viewer.let(0.02)
    assert all(number == (image + SHIFT) % COLOURS for image, number in viewer.settle().items())


def test_C18_looking_at_pictures_takes_neither_files_nor_threads_nor_memory(tmp_path: Path, viewer: Viewer) -> None:
    """A few of the 50,000 that `python -m tests.soak views` looks at; with room for a third of them in memory."""
    viewer.session.open(coloured_project(tmp_path / "again", COUNT))
    viewer.grid.loader._memory = 100 * 32 * 24 * 4
    viewer.grid.set_side(96)
    viewer.show_all()
    assert view_images(viewer, COUNT) == 0
    viewer.rest()
    before = Taken.now()
    assert view_images(viewer, COUNT) == 0
    viewer.rest()
    after = Taken.now()
    assert (after.files, after.threads) == (before.files, before.threads)
    assert after.memory - before.memory < 10_000_000
    assert viewer.grid.loader._bytes <= viewer.grid.loader._memory
