"""The Map page on toys: drawn, walked through, enclosed, filtered, relabelled, read again after a restart."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from pyqtgraph import ScatterPlotItem
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from vv_desktop.core.bundled import resources_folder
from vv_desktop.core.map_points import MapPoints, save_map
from vv_desktop.core.project import Project
from vv_desktop.core.records import NewImage
from vv_desktop.core.suspects import Suspects
from vv_desktop.jobs import Jobs
from vv_desktop.session import Session
from vv_desktop.ui import theme
from vv_desktop.ui.map.nearness import inside, nearest, next_in
from vv_desktop.ui.map.page import MapPage

MINUTE = 60_000
MakePage = Callable[[], MapPage]


@pytest.fixture
def project(trained_copy: Path) -> Project:
    """Toy vehicles with their caches, so that features are at hand."""
    return Project.open(trained_copy)


@pytest.fixture
def make_page(session: Session, jobs: Jobs, qtbot: QtBot) -> MakePage:
    def make() -> MapPage:
        page = MapPage(session, jobs, theme.LIGHT, resources_folder())
        qtbot.addWidget(page)
        page.resize(1100, 700)
        page.show()
        qtbot.waitUntil(lambda: not jobs.running)  # the kept map was looked for
        return page

    return make


@pytest.fixture
def lattice(session: Session) -> MapPoints:
    """A kept map: the images in rows of ten, one unit apart."""
    assert session.project is not None
    images = np.array(list(session.project.images), np.int64)
    places = np.stack([np.arange(len(images)) % 10, np.arange(len(images)) // 10], axis=1).astype(np.float32)
    points = MapPoints(images, places, settled=True)
    save_map(points, session.project.folder / "cache" / "map.npz")
    return points


def shown(page: MapPage) -> int:
    return int(page.scatter._shown.sum())


def ringed(rings: ScatterPlotItem) -> list[tuple[float, float]]:
    """Places that have a ring."""
    x, y = rings.getData()
    return list(zip(x.tolist(), y.tolist(), strict=True))


def at(page: MapPage, x: float, y: float) -> QPoint:
    """Where a place of the map is drawn."""
    found: QPoint = page.scatter.mapFromScene(page.scatter.box.mapViewToScene(QPointF(x, y)))
    return found


def drag(page: MapPage, kind: QEvent.Type, position: QPoint) -> None:
    """One mouse event with Shift and the left button held: QTest's moves hold no button."""
    view, left = page.scatter.viewport(), Qt.MouseButton.LeftButton
    held = Qt.MouseButton.NoButton if kind == QEvent.Type.MouseButtonRelease else left
    event = QMouseEvent(
        kind,
        QPointF(position),
        QPointF(view.mapToGlobal(position)),
        Qt.MouseButton.NoButton if kind == QEvent.Type.MouseMove else left,
        held,
        Qt.KeyboardModifier.ShiftModifier,
    )
    QApplication.sendEvent(view, event)


def test_it_is_drawn_at_once_and_spread_after_that(make_page: MakePage, session: Session, qtbot: QtBot) -> None:
    page = make_page()
    assert page.empty.isVisible()
    page.entry.setFocus()
    QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: page.drawing.points is not None, timeout=MINUTE)
    qtbot.waitUntil(page.scatter.hasFocus)
    first = page.drawing.points
    assert first is not None
    assert not first.settled
    qtbot.waitUntil(lambda: not page.drawing.running, timeout=MINUTE)
    settled = page.drawing.points
    assert settled is not None
    assert settled.settled
    assert session.project is not None
    assert sorted(settled.images.tolist()) == sorted(session.project.images)
    assert np.isfinite(settled.places).all()
    assert not np.allclose(settled.places, first.places)
    assert not page.line.isVisible() or page.drawing.doing == ""
    qtbot.waitUntil(lambda: shown(page) == len(settled.images))

    again = make_page()
    qtbot.waitUntil(lambda: again.drawing.points is not None)
    assert again.drawing.points is not None
    assert np.array_equal(again.drawing.points.places, settled.places), "kept, not made again"


def test_called_off_it_keeps_what_it_had(make_page: MakePage, lattice: MapPoints, qtbot: QtBot, jobs: Jobs) -> None:
    page = make_page()
    qtbot.mouseClick(page.head.again, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(page.line.isVisible)
    page.line.cancel_wanted.emit()
    qtbot.waitUntil(lambda: not jobs.running, timeout=MINUTE)
    assert not page.drawing.running
    assert page.drawing.points is not None
    assert np.array_equal(page.drawing.points.places, lattice.places)


def test_a_click_and_a_walk_choose_points(make_page: MakePage, session: Session, lattice: MapPoints) -> None:
    page = make_page()
    page.refresh()
    QTest.mouseClick(page.scatter.viewport(), Qt.MouseButton.LeftButton, pos=at(page, 3, 2))
    assert session.selection == (int(lattice.images[23]),)
    assert page.title.text() == "1 image chosen"
    QTest.mouseClick(
        page.scatter.viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.ControlModifier, at(page, 4, 2)
    )
    assert page.grid.model.rowCount() == 2
    page.choose([23])
    QTest.keyClick(page.scatter, Qt.Key.Key_Right)
    QTest.keyClick(page.scatter, Qt.Key.Key_Up)
    assert session.selection == (int(lattice.images[34]),)
    assert page.scatter.near(QPointF(at(page, 4, 3))) == 34


def test_what_is_enclosed_is_relabelled_by_a_key(make_page: MakePage, session: Session, lattice: MapPoints) -> None:
    page = make_page()
    page.refresh()
    page.scatter.box.enclosed.emit(np.array([(-0.5, -0.5), (1.5, -0.5), (1.5, 1.5), (-0.5, 1.5)], np.float32))
    images = [int(lattice.images[row]) for row in (0, 1, 10, 11)]
    assert page.grid.model.rowCount() == 4
    QTest.keyClick(page.scatter, Qt.Key.Key_Return)
    session.select(images)
    QTest.keyClick(page.grid.view, Qt.Key.Key_7)
    assert session.project is not None
    assert {session.project.images[image].label for image in images} == {"Background"}
    assert session.project.store.groups(1)[0].origin == "map"


def test_a_digit_labels_the_point_that_was_walked_to(make_page: MakePage, session: Session, lattice: MapPoints) -> None:
    page = make_page()
    page.refresh()
    page.choose([23])
    QTest.keyClick(page.scatter, Qt.Key.Key_Right)
    QTest.keyClick(page.scatter, Qt.Key.Key_7)
    assert session.project is not None
    image = int(lattice.images[24])
    assert session.project.images[image].label == "Background"
    assert session.project.store.groups(1)[0].origin == "map"
    QTest.keyClick(page.scatter, Qt.Key.Key_X)
    assert session.project.images[image].excluded
    session.edits.undo()
    session.edits.undo()
    assert session.project.images[image].label != "Background"


def test_what_is_looked_at_in_the_grid_has_a_ring_on_the_map(
    make_page: MakePage, session: Session, lattice: MapPoints
) -> None:
    page = make_page()
    page.refresh()
    page.choose([11, 12, 13])
    assert ringed(page.scatter.looked_at) == [(1.0, 1.0)]
    QTest.keyClick(page.grid.view, Qt.Key.Key_Right)
    assert session.selection == (int(lattice.images[12]),)
    assert ringed(page.scatter.looked_at) == [(2.0, 1.0)]
    page.choose([])
    assert ringed(page.scatter.looked_at) == []


def test_what_is_chosen_stays_so_on_another_map(
    make_page: MakePage, session: Session, lattice: MapPoints, qtbot: QtBot
) -> None:
    page = make_page()
    page.refresh()
    page.choose([23, 24])
    page.drawing.show(MapPoints(lattice.images[1:], lattice.places[1:], settled=True))  # one can be read no more
    qtbot.waitUntil(lambda: page.scatter.rows == (22, 23))
    assert ringed(page.scatter.looked_at) == [(3.0, 2.0)]
    page.drawing.show(MapPoints(lattice.images[24:], lattice.places[24:], settled=True))
    qtbot.waitUntil(lambda: page.scatter.rows == (0,))
    assert ringed(page.scatter.looked_at) == []


def test_a_fixed_suspect_loses_its_ring(
    make_page: MakePage, session: Session, lattice: MapPoints, qtbot: QtBot
) -> None:
    page = make_page()
    project = session.project
    assert project is not None
    images = lattice.images[[5, 17]]
    names = project.classes.names
    labels = np.array([names.index(str(project.images[int(image)].label)) for image in images])
    probabilities = np.full((2, len(names)), 0.1, np.float32)
    nearest = np.full((2, len(names), 3), -1)
    queue = np.array([0, 1])
    facts = (probabilities, np.zeros(2, np.float32), np.zeros(2, bool), queue, nearest)
    session.show_suspects(Suspects(project.classes, images, labels, *facts, "digest", 1.0))
    qtbot.waitUntil(lambda: ringed(page.scatter._rings) == [(5.0, 0.0), (7.0, 1.0)])
    session.edits.relabel([int(images[0])], names[(labels[0] + 1) % len(names)], "suspects")
    qtbot.waitUntil(lambda: ringed(page.scatter._rings) == [(7.0, 1.0)])
    session.edits.exclude([int(images[1])], True, "suspects")
    qtbot.waitUntil(lambda: ringed(page.scatter._rings) == [])
    session.edits.undo()
    qtbot.waitUntil(lambda: ringed(page.scatter._rings) == [(7.0, 1.0)])


def test_a_shift_drag_draws_around_points(make_page: MakePage, lattice: MapPoints) -> None:
    page = make_page()
    page.refresh()
    corners = [at(page, *corner) for corner in ((1.5, 1.5), (4.5, 1.5), (4.5, 2.5), (1.5, 2.5))]
    for kind, corner in [
        (QEvent.Type.MouseButtonPress, corners[0]),
        *((QEvent.Type.MouseMove, corner) for corner in corners[1:]),
        (QEvent.Type.MouseButtonRelease, corners[0]),
    ]:
        drag(page, kind, corner)
        QTest.qWait(15)  # pyqtgraph hears a hundred moves a second
    assert page.scatter.rows == (22, 23, 24)
    assert page.grid.model.rowCount() == 3


def test_chips_and_split_leave_points_out(make_page: MakePage, session: Session, lattice: MapPoints) -> None:
    page = make_page()
    page.refresh()
    assert session.project is not None
    rows = session.project.images.values()
    assert shown(page) == len(lattice.images)
    page.head.chips["Front"].click()
    assert shown(page) == sum(row.label == "Front" for row in rows)
    page.head.split.setCurrentIndex(page.head.split.findData("val"))
    assert shown(page) == sum(row.label == "Front" and row.split == "val" for row in rows)
    page.head.chips["Front"].click()
    assert shown(page) == sum(row.split == "val" for row in rows)


def test_colours_follow_a_label_and_new_images_are_counted(
    make_page: MakePage, session: Session, lattice: MapPoints, tmp_path: Path, qtbot: QtBot
) -> None:
    page = make_page()
    page.refresh()
    before = page.head.chips["Rear"].text()
    session.edits.relabel([int(lattice.images[0]), int(lattice.images[1])], "Rear", "keyboard")
    qtbot.waitUntil(lambda: page.head.chips["Rear"].text() != before)
    session.edits.add_images([NewImage(str(tmp_path / "new.png"), 1, 1, "g", None, None)])
    qtbot.waitUntil(lambda: page.head.note.text() == "1 image not on the map")


def test_a_damaged_kept_map_is_no_map(make_page: MakePage, session: Session) -> None:
    assert session.project is not None
    (session.project.folder / "cache" / "map.npz").write_bytes(b"damaged")
    assert make_page().empty.isVisible()


def test_a_refusal_is_said_where_it_was_asked(make_page: MakePage, qtbot: QtBot) -> None:
    page = make_page()
    page.drawing._weights = lambda: Path("/nowhere/weights.h5")
    qtbot.mouseClick(page.empty.button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: bool(page.drawing.problem), timeout=MINUTE)
    assert "/nowhere/weights.h5" in page.drawing.problem
    qtbot.waitUntil(lambda: page.line.isVisible())


def test_nearness() -> None:
    places = np.array([(0, 0), (1, 0), (2, 0.5), (0, 3)], np.float32)
    assert nearest(places, (0.9, 0.1), 0.5) == 1
    assert nearest(places, (5, 5), 0.5) is None
    assert nearest(places[:0], (0, 0), 9) is None
    assert next_in(places, 0, (1, 0)) == 1
    assert next_in(places, 1, (1, 0)) == 2
    assert next_in(places, 0, (0, 1)) == 3
    assert next_in(places, 0, (-1, 0)) is None
    ring = np.array([(-1, -1), (1.5, -1), (1.5, 1), (-1, 1)], np.float32)
    assert inside(ring, places).tolist() == [True, True, False, False]
