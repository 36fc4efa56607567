"""The right picture on every cell of the grid, at every size and however many there are."""

import time
from collections.abc import Callable
from typing import Any

import pytest
from PySide6.QtCore import QItemSelectionModel, Qt
from PySide6.QtGui import QColor, QImage
from pytestqt.qtbot import QtBot

from vv_desktop.ui.browse.filters import Filter
from vv_desktop.ui.browse.thumbnail_loader import ThumbnailLoader


def near(picture: QImage, colour: tuple[int, int, int]) -> bool:
    found = QColor(picture.pixel(picture.width() // 2, picture.height() // 2))
    return all(abs(a - b) < 16 for a, b in zip((found.red(), found.green(), found.blue()), colour, strict=True))


def test_every_cell_gets_its_own_picture(browse: Any, qtbot: QtBot) -> None:
    grid, ids = browse.page.grid, browse.ids
    qtbot.waitUntil(lambda: all(grid.thumbnail(i) or grid.loader.problem(i) for i in ids), timeout=20_000)
    bad = ids[-1]
    assert grid.thumbnail(bad) is None
    assert f"img{browse.count}.jpg" in grid.loader.problem(bad)
    for image in ids[:-1]:
        assert near(grid.thumbnail(image), browse.colour(image)), image
    grid.show_images(tuple(reversed(ids)))
    shot = grid.view.viewport().grab().toImage()
    for row in range(1, 5):
        cell = grid.view.visualRect(grid.model.index(row))
        pixel = shot.pixelColor(cell.center().x(), cell.top() + 60)
        wanted = browse.colour(ids[-1 - row])
        assert all(abs(a - b) < 16 for a, b in zip(pixel.getRgb()[:3], wanted, strict=True)), row


def test_nothing_of_another_project_is_shown(browse: Any, make_project: Callable[..., Any], qtbot: QtBot) -> None:
    grid, ids = browse.page.grid, browse.ids
    qtbot.waitUntil(lambda: grid.thumbnail(ids[0]) is not None, timeout=20_000)
    browse.session.open(make_project("other", count=4))
    assert grid.thumbnail(ids[0]) is None
    assert len(browse.ids) == 4


def test_G8_another_project_is_not_filtered_by_the_images_of_the_one_before(
    browse: Any, make_project: Callable[..., Any]
) -> None:
    """It has fewer images: an id that is not there would be asked for what it is labelled."""
    browse.page.bar.histogram.setChecked(True)
    browse.page.bar.set_filter(Filter(split="train"))
    another = make_project("another", count=2)
    browse.session.open(another)
    assert set(browse.page.grid.model.ids) == set(another.images)
    assert sum(bar.figure != "0" for bar in browse.page.histogram.bars.values()) == 2


def test_wishes_that_scrolled_away_are_dropped(browse: Any, qtbot: QtBot) -> None:
    browse.page.hide()
    loader, ids = ThumbnailLoader(browse.session, browse.jobs), browse.ids
    loader.want(ids[:22], 256)
    loader.want(ids[22:23], 256)
    qtbot.waitUntil(lambda: loader.picture(ids[22], 256) is not None, timeout=20_000)
    assert not [image for image in ids[:22] if loader.picture(image, 256)]


def test_memory_is_bounded(browse: Any, qtbot: QtBot) -> None:
    one = 80 * 60 * 4
    loader, ids = ThumbnailLoader(browse.session, browse.jobs, memory=5 * one), browse.ids
    loader.want(ids[:12], 128)
    qtbot.waitUntil(lambda: loader.picture(ids[11], 128) is not None, timeout=20_000)
    assert [image for image in ids[:12] if loader.picture(image, 128)] == list(ids[7:12])


@pytest.mark.parametrize("side", [96, 160, 320])
def test_rows_in_sight_are_those_in_sight(browse: Any, qtbot: QtBot, side: int) -> None:
    grid = browse.page.grid
    grid.show_images(range(5_000))
    grid.set_side(side)
    grid.view.verticalScrollBar().setValue(1234)
    qtbot.wait(0)
    rows, viewport = grid.view.rows_in_sight(), grid.view.viewport().rect()
    for row in range(rows.start - 1, rows.stop + 1):
        seen = viewport.intersects(grid.view.visualRect(grid.model.index(row)))
        assert seen == (row in rows), row


def test_zoom_keeps_the_place(browse: Any, qtbot: QtBot) -> None:
    grid = browse.page.grid
    grid.show_images(range(5_000))
    select = QItemSelectionModel.SelectionFlag.ClearAndSelect
    grid.view.selectionModel().setCurrentIndex(grid.model.index(2_500), select)
    grid.view.scrollTo(grid.model.index(2_500))
    for side in (320, 96, 160):
        grid.set_side(side)
        assert 2_500 in grid.view.rows_in_sight()


def test_a_hundred_thousand_images(browse: Any, qtbot: QtBot) -> None:
    grid = browse.page.grid
    before = time.thread_time()
    grid.show_images(range(100_000))
    grid.view.viewport().grab()
    assert time.thread_time() - before < 0.5  # 0.06 measured
    qtbot.keyClick(grid.view, Qt.Key.Key_End)
    assert grid.view.currentIndex().row() == 99_999
    assert 99_999 in grid.view.rows_in_sight()
