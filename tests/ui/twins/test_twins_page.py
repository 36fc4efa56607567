"""The Twins page on toys: an exact copy in test under another label, and a mirrored copy under the wrong class."""

import dataclasses
import os
from pathlib import Path

import pytest
from PIL import Image, ImageOps
from pytestqt.qtbot import QtBot

from vv_desktop.core.bundled import resources_folder
from vv_desktop.core.classes import ClassList
from vv_desktop.core.project import Project
from vv_desktop.core.records import ImageRow, NewImage
from vv_desktop.core.toys import draw_vehicle
from vv_desktop.jobs import Jobs
from vv_desktop.session import Session
from vv_desktop.ui import theme
from vv_desktop.ui.twins.page import STALE, TwinsPage

COUNT = 12
COPY, MIRRORED = f"{COUNT}.png", f"{COUNT + 1}.png"


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twelve toys, a copy of the first one, the second one mirrored; and the caches of whoever looked at them."""
    folder = tmp_path_factory.mktemp("pictures")
    for vehicle in range(COUNT):
        draw_vehicle("FrontLeft", vehicle, 0, size=320).save(folder / f"{vehicle}.png")
    (folder / COPY).write_bytes((folder / "0.png").read_bytes())
    ImageOps.mirror(Image.open(folder / "1.png")).save(folder / MIRRORED)
    return folder


@pytest.fixture
def project(pictures: Path, tmp_path: Path) -> Project:
    new = [
        NewImage(str(pictures / f"{i}.png"), 1, 1, str(i), "FrontLeft", "train" if i < COUNT else "test")
        for i in range(COUNT + 2)
    ]
    new[COUNT] = dataclasses.replace(new[COUNT], label="Rear")
    made = Project.create(tmp_path / "project", ClassList(("FrontLeft", "FrontRight", "Rear")), new)
    (made.folder / "cache").mkdir(exist_ok=True)
    for part in ("features", "pixels"):  # not the twins: whoever looks finds them anew
        (pictures / "cache" / part).mkdir(parents=True, exist_ok=True)
        (made.folder / "cache" / part).symlink_to(pictures / "cache" / part, target_is_directory=True)
    return made


@pytest.fixture
def page(session: Session, jobs: Jobs, qtbot: QtBot) -> TwinsPage:
    """The page after it looked for twins."""
    made = TwinsPage(session, jobs, theme.LIGHT, resources_folder())
    qtbot.addWidget(made)
    made.resize(1100, 700)
    made.show()
    assert made.empty.isVisible()
    made.empty.button.click()
    assert made.progress.isVisible()
    qtbot.waitUntil(lambda: made.pairs is not None, timeout=60_000)
    assert not made.progress.isVisible()
    return made


def row(session: Session, name: str) -> ImageRow:
    assert session.project is not None
    return next(r for r in session.project.images.values() if Path(r.path).name == name)


def shown(page: TwinsPage) -> list[tuple[str, str]]:
    """File names of the shown pairs."""
    rows = page._rows
    return [(Path(rows[pair.a].path).name, Path(rows[pair.b].path).name) for pair in page.list.pairs.pairs]


def test_it_counts_leaks_and_shows_the_pairs(page: TwinsPage) -> None:
    assert page.head.leaks.text() == "2 of 2 test images have a near-twin in train"
    assert shown(page) == [("0.png", COPY), ("1.png", MIRRORED)]
    assert page.head.note.text() == f"2 pairs among {COUNT + 2} images: 1 exact copy, 0 near-twins, 1 mirror image"
    page.show_filter("exact")
    assert shown(page) == [("0.png", COPY)]
    page.show_filter("all")
    words = page.list.pairs.data(page.list.pairs.index(0), role=11)
    assert words == f"Exact copy: 0.png, FrontLeft, train and {COPY}, Rear, test"


def test_pictures_come(page: TwinsPage, session: Session, qtbot: QtBot) -> None:
    image = row(session, COPY).id
    qtbot.waitUntil(lambda: page.list.loader.picture(image, 256) is not None, timeout=5000)


def test_a_conflict_is_settled_by_a_button(page: TwinsPage, session: Session) -> None:
    page.show_filter("conflicts")
    assert shown(page) == [("0.png", COPY), ("1.png", MIRRORED)], "a mirror image should have the mirrored class"
    left, right = page.bar.label_buttons
    assert (left.text().strip(), right.text().strip()) == ("Label left Rear", "Label right FrontLeft")
    right.click()
    assert row(session, COPY).label == "FrontLeft"
    assert shown(page) == [("1.png", MIRRORED)]
    assert page.bar.label_buttons[1].text().strip() == "Label right FrontRight"
    page.bar.label_buttons[1].click()
    assert row(session, MIRRORED).label == "FrontRight"
    assert shown(page) == []
    assert page.none.isVisible()
    session.edits.undo()
    assert shown(page) == [("1.png", MIRRORED)]


def test_an_excluded_image_leaks_no_more(page: TwinsPage, session: Session, qtbot: QtBot) -> None:
    page.bar.exclude_buttons[1].click()
    assert row(session, COPY).excluded
    assert page.head.leaks.text() == "1 of 1 test images have a near-twin in train"
    page.show_filter("exact")
    assert page.bar.exclude_buttons[1].text() == "Take in right"
    with qtbot.waitSignal(page.image_wanted) as wanted:
        page.bar.show_buttons[1].click()
    assert wanted.args == [row(session, COPY).id]


def test_split_again_keeps_twins_together_and_is_one_undo_step(page: TwinsPage, session: Session) -> None:
    assert session.project is not None
    before = dict(session.project.images)
    page.head.split.click()
    assert row(session, COPY).split == row(session, "0.png").split
    assert row(session, COPY).group == row(session, "0.png").group
    assert row(session, MIRRORED).split == row(session, "1.png").split
    assert {r.split for r in session.project.images.values()} == {"train", "val", "test"}
    assert page.head.leaks.text().startswith("No leak: 0 of ")
    assert f"{COUNT} groups" in page.head.note.text()
    session.edits.undo()
    assert session.project.images == before


def test_without_a_leak_free_split_nothing_is_moved_and_it_says_so(page: TwinsPage, session: Session) -> None:
    assert session.project is not None
    page.head.source.setCurrentIndex(page.head.source.findData("folder"))
    page.head.regroup.click()
    assert page.head.note.text() == f"{COUNT + 2} images in 1 group"
    before = dict(session.project.images)
    page.head.split.click()
    assert "No split without leaks exists" in page.head.note.text()
    assert session.project.images == before


def test_groups_by_twins_and_back_to_the_imported_ones(page: TwinsPage, session: Session) -> None:
    assert session.project is not None
    before = dict(session.project.images)
    page.head.source.setCurrentIndex(page.head.source.findData("twins"))
    page.head.regroup.click()
    assert row(session, COPY).group == row(session, "0.png").group != row(session, "1.png").group
    page.head.source.setCurrentIndex(page.head.source.findData("imported"))
    page.head.regroup.click()
    assert session.project.images == before


def test_another_project_brings_the_empty_page_back(page: TwinsPage, session: Session) -> None:
    page.show_filter("conflicts")
    session.close_project()
    assert page.empty.isVisible()
    assert not page.empty.button.isEnabled()
    assert page.state() == {"filter": "conflicts"}


def test_whole_pairs_fill_the_width(page: TwinsPage, qtbot: QtBot) -> None:
    for width in (700, 900, 1300):
        page.resize(width, 700)
        qtbot.wait(50)
        cells = [page.list.visualRect(page.list.pairs.index(row)) for row in (0, 1)]
        assert cells[0].right() < page.list.viewport().width()
        room = page.list.viewport().width()
        beside = room > 2 * (2 * 160 + 8 + 2 * 12) + 40
        assert (cells[0].top() == cells[1].top()) is beside


def test_the_keyboard_is_where_there_is_something_to_do(page: TwinsPage, session: Session, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: page.list.hasFocus())
    session.close_project()
    assert page.entry is page.empty


def opened_again(page: TwinsPage, session: Session, jobs: Jobs, qtbot: QtBot) -> TwinsPage:
    """Another page on the same project, as after a restart, which was not asked to look."""
    again = TwinsPage(session, jobs, theme.LIGHT, resources_folder())
    qtbot.addWidget(again)
    again.resize(1100, 700)
    again.show()
    qtbot.waitUntil(lambda: again.pairs is not None, timeout=5000)
    assert again.pairs == page.pairs
    return again


def test_twins_are_there_after_a_restart(page: TwinsPage, session: Session, jobs: Jobs, qtbot: QtBot) -> None:
    session.edits.relabel([row(session, COPY).id], "FrontLeft", "keyboard")
    again = opened_again(page, session, jobs, qtbot)
    assert shown(again) == shown(page)
    assert again.head.note.text() == page.head.note.text(), "labels do not make twins stale"
    assert again.list.isVisible()


def test_twins_of_changed_images_are_stale(page: TwinsPage, session: Session, jobs: Jobs, qtbot: QtBot) -> None:
    assert session.project is not None
    file = session.project.folder / row(session, "2.png").path
    os.utime(file, ns=(1, 1))
    again = opened_again(page, session, jobs, qtbot)
    assert again.head.note.text() == page.head.note.text() + STALE
    again.head.again.click()
    qtbot.waitUntil(lambda: again.head.note.text() == page.head.note.text(), timeout=60_000)
