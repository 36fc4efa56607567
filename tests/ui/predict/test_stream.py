"""A long stream of answers: pause, urgent photos, filters, sorting, and every way in which it may end."""

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from vv_desktop.core.classes import ClassList
from vv_desktop.core.project import Project
from vv_desktop.jobs import Jobs
from vv_desktop.session import Session
from vv_desktop.ui.predict.asking import FEW
from vv_desktop.ui.predict.page import PredictPage
from vv_desktop.ui.predict.reading import ANSWER, PHOTO, SHARE
from vv_desktop.ui.predict.results import Filter, Result

from .conftest import Oracle, draw

Settled = Callable[[int], None]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """40 photos: more than go first."""
    for i in range(40):
        draw(tmp_path / "many" / f"{('red', 'blue')[i % 2]}_{i:02}.png")
    return tmp_path / "many"


def begin(page: PredictPage, qtbot: QtBot, oracle: Oracle, folder: Path) -> None:
    """Start a stream that stands still after its first answer."""
    oracle.held = True
    page.predict_paths([folder])
    qtbot.waitUntil(lambda: page.asking.done == 1)


def test_a_pause_keeps_what_came_and_goes_on_with_the_rest(
    page: PredictPage, qtbot: QtBot, settled: Settled, oracle: Oracle, jobs: Jobs, folder: Path
) -> None:
    begin(page, qtbot, oracle, folder)
    page.view.pause_button.click()
    qtbot.waitUntil(lambda: not jobs.of("predict"))
    assert page.view.pause_button.text() == "Resume"
    assert (page.asking.done, page.asking.waiting, page.model.rowCount()) == (1, 39, 40)
    oracle.held = False
    page.view.pause_button.click()
    settled(40)
    assert [len(asked) for asked in oracle.asked] == [40, 39]
    assert not any(result.waiting for result in page.model.results)
    assert page.view.pause_button.isHidden()


def test_a_dropped_photo_is_answered_before_the_rest_of_a_stream(
    page: PredictPage, qtbot: QtBot, settled: Settled, oracle: Oracle, folder: Path, tmp_path: Path
) -> None:
    begin(page, qtbot, oracle, folder)
    photo = draw(tmp_path / "blue_99.png")
    page.predict_paths([photo])
    qtbot.waitUntil(lambda: len(oracle.asked) == 2 and page.asking.done == 2)
    assert oracle.asked[1][0] == photo
    assert page.model.of(photo) == page.view.table.current
    assert page.view.table.current is not None
    assert page.view.table.current.confidence == 0.8
    oracle.held = False
    settled(41)
    assert not any(result.waiting for result in page.model.results)


def test_a_photo_that_is_dropped_in_a_pause_is_answered_in_it(
    page: PredictPage, qtbot: QtBot, settled: Settled, oracle: Oracle, jobs: Jobs, folder: Path, tmp_path: Path
) -> None:
    begin(page, qtbot, oracle, folder)
    page.view.pause_button.click()
    oracle.held = False
    photo = draw(tmp_path / "blue_99.png")
    page.predict_paths([photo])
    qtbot.waitUntil(lambda: page.asking.done == 2)
    qtbot.waitUntil(lambda: not jobs.of("predict"))
    assert oracle.asked[1:] == [(photo,)]
    assert (page.asking.paused, page.asking.waiting) == (True, 39)
    page.view.pause_button.click()
    settled(41)
    assert not any(result.waiting for result in page.model.results)


def test_many_photos_wait_behind_a_stream_and_nothing_is_asked_twice(
    page: PredictPage, qtbot: QtBot, settled: Settled, oracle: Oracle, folder: Path, tmp_path: Path
) -> None:
    begin(page, qtbot, oracle, folder)
    page.predict_paths([draw(tmp_path / "more" / f"red_{i}.png") for i in range(FEW + 1)])
    qtbot.waitUntil(lambda: page.model.rowCount() == 40 + FEW + 1)
    assert len(oracle.asked) == 1
    oracle.held = False
    settled(40 + FEW + 1)
    assert [len(asked) for asked in oracle.asked] == [40, FEW + 1]


def test_another_project_ends_a_stream(
    page: PredictPage, qtbot: QtBot, session: Session, oracle: Oracle, jobs: Jobs, folder: Path, tmp_path: Path
) -> None:
    begin(page, qtbot, oracle, folder)
    page.watch.watch(folder)
    session.open(Project.create(tmp_path / "other", ClassList(("x", "y")), []))
    qtbot.waitUntil(lambda: not jobs.running)
    assert (page.model.count, page.asking.busy, page.watch.folder) == (0, False, None)
    assert page.view.filters.kind.findText("blue") == -1


def test_a_filter_shows_what_fits_and_what_comes_to_fit(
    page: PredictPage, qtbot: QtBot, settled: Settled, oracle: Oracle, folder: Path
) -> None:
    begin(page, qtbot, oracle, folder)
    kind = page.view.filters.kind
    kind.setCurrentIndex(kind.findText("red"))
    assert page.model.rowCount() == 0
    assert not page.view.no_fit.isHidden()
    oracle.held = False
    qtbot.waitUntil(lambda: not page.asking.busy)
    assert {result.path.stem.split("_")[0] for result in page.model.shown} == {"red"}
    assert page.model.rowCount() == 20
    assert page.view.filters.counts == "20 of 40 photos"
    page.view.no_fit.button.click()
    assert page.model.rowCount() == 40
    assert page.view.filters.counts == ""


def test_a_dropped_photo_is_seen_whatever_the_filter_is(
    page: PredictPage, settled: Settled, folder: Path, tmp_path: Path
) -> None:
    page.predict_paths([folder])
    settled(40)
    page.view.filters.kind.setCurrentIndex(page.view.filters.kind.findText("blue"))
    page.predict_paths([draw(tmp_path / "red_1.png")])
    settled(41)
    assert page.view.table.current is not None
    assert page.view.table.current.path.name == "red_1.png"


def test_not_sure_is_below_the_number_that_the_project_has(
    page: PredictPage, settled: Settled, folder: Path, session: Session
) -> None:
    page.predict_paths([folder])
    settled(40)
    page.view.filters.kind.setCurrentIndex(1)
    below = page.view.filters.below
    assert not below.isHidden()
    assert page.model.rowCount() == 0, "0.8 is not below 80 %"
    session.edits.set_threshold(0.93)
    assert below.currentText() == "below 93 %"
    assert page.model.rowCount() == 40
    assert page.model.reading.text(page.view.table.current, 2) == "80 % · not sure"
    below.setCurrentIndex(below.findData(50))
    below.activated.emit(below.currentIndex())
    assert session.project.threshold == 0.5
    assert page.model.rowCount() == 0
    assert below.findData(93) == -1, "it was only there while it was the one"


def test_labelling_goes_on_in_a_filtered_list(
    page: PredictPage, qtbot: QtBot, settled: Settled, session: Session, folder: Path
) -> None:
    page.predict_paths([folder])
    settled(40)
    page.view.filters.kind.setCurrentIndex(page.view.filters.kind.findText("blue"))
    qtbot.keyClick(page.view.table, Qt.Key.Key_Return)
    qtbot.keyClick(page.view.table, Qt.Key.Key_1)
    assert session.project is not None
    labels = {Path(row.path).name: row.label for row in session.project.images.values()}
    assert (labels["blue_01.png"], labels["blue_03.png"]) == ("blue", "red")
    assert page.view.table.currentIndex().row() == 2


@pytest.mark.parametrize(
    ("column", "order", "first"),
    [
        (PHOTO, Qt.SortOrder.DescendingOrder, "red_2.png"),
        (ANSWER, Qt.SortOrder.AscendingOrder, "blue_1.png"),
        (SHARE, Qt.SortOrder.AscendingOrder, "red_2.png"),
    ],
)
def test_the_list_sorts_by_name_answer_and_probability(
    page: PredictPage, settled: Settled, tmp_path: Path, column: int, order: Qt.SortOrder, first: str
) -> None:
    photos = [draw(tmp_path / name) for name in ("blue_1.png", "red_1.png", "red_2.png", "bad_1.png")]
    page.predict_paths(photos)
    settled(4)
    page.model.answer(0, photos[2], (0.5, 0.3, 0.2), None)
    page.view.table.look_at(1)
    page.view.table.sortByColumn(column, order)
    assert page.model.shown[0].path.name == first
    assert page.view.table.current is not None
    assert page.view.table.current.path.name == "red_1.png"


def test_filters_say_what_fits() -> None:
    unsure = Result(0, Path("a"), probabilities=(0.6, 0.4), second=(0.4, 0.6))
    failed = Result(1, Path("b"), error="The picture is damaged: b")
    fits = {kind: Filter(kind, 0.7, "x").fits(unsure, "x", "y") for kind in ("all", "unsure", "differ", "class")}
    assert all(fits.values())
    assert not Filter("differ").fits(unsure, "x", "x")
    assert not Filter("class", name="y").fits(unsure, "x", "y")
    assert [kind for kind in ("unsure", "differ", "failed", "class") if Filter(kind).fits(failed, None, None)] == [  # type: ignore[arg-type]
        "failed"
    ]
