"""Pictures with something wrong: measured in the background, filtered, marked, and excluded only when told to."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageFilter
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QLabel, QMenu
from pytestqt.qtbot import QtBot

from vv_desktop.core.classes import ClassList
from vv_desktop.core.progress import Progress
from vv_desktop.core.project import Project
from vv_desktop.core.records import NewImage
from vv_desktop.core.toys import draw_vehicle
from vv_desktop.ui.browse import filter_state
from vv_desktop.ui.browse.filters import Filter
from vv_desktop.ui.browse.quality_chip import QualityChip
from vv_desktop.ui.quality_watch import QualityWatch

TOY = draw_vehicle("Front", 3, 0)
PICTURES = {
    "1-fine.png": TOY,
    "2-blurred.png": TOY.filter(ImageFilter.GaussianBlur(6)),
    "3-dark.png": TOY.point(lambda v: v * 0.2),
    "4-darker.png": TOY.point(lambda v: v * 0.14),
    "5-tiny.png": TOY.resize((20, 20)),
    "6-odd.png": TOY.resize((1200, 200)),
    "7-uniform.png": Image.new("RGB", (256, 256), (128, 128, 128)),
}
DAMAGED = "8-damaged.png"
SOON = 50


def added(folder: Path, name: str, picture: Image.Image) -> NewImage:
    picture.save(folder / name)
    return NewImage(name, (folder / name).stat().st_size, 0, "car", "Front", "train")


@pytest.fixture
def browse(browse_on: Callable[[Project | None], Any], tmp_path: Path) -> Any:
    """The page on pictures of every kind, and what measures them."""
    folder = tmp_path / "project"
    folder.mkdir()
    images = [added(folder, name, picture) for name, picture in PICTURES.items()]
    images.append(added(folder, DAMAGED, TOY))
    (folder / DAMAGED).write_bytes((folder / DAMAGED).read_bytes()[:300])
    opened = browse_on(Project.create(folder, ClassList(("Front", "Rear")), images))
    opened.watch = QualityWatch(opened.session, opened.jobs, opened.page, idle=SOON)
    return opened


def measured(browse: Any, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: browse.session.quality is not None, timeout=20_000)


def names(browse: Any) -> list[str]:
    return [browse.project.images[image].path for image in browse.page.grid.model.ids]


def chip(browse: Any) -> QualityChip:
    found: QualityChip = browse.page.bar.findChild(QualityChip)
    return found


def choices(browse: Any) -> dict[str, QAction]:
    """What the chip's menu offers, by its text without the count."""
    menu = chip(browse).menu()
    menu.aboutToShow.emit()
    return {action.text().split("\t")[0]: action for action in menu.actions()}


def test_each_kind_is_counted_and_filtered_and_nothing_is_excluded(browse: Any, qtbot: QtBot) -> None:
    assert not chip(browse).isVisible(), "nothing is said before it is known"
    measured(browse, qtbot)
    assert chip(browse).isVisible()
    assert chip(browse).accessibleName() == "Quality, 7 images"
    counts = {text: action.text().split("\t")[-1] for text, action in choices(browse).items()}
    assert counts.pop("All pictures") == "All pictures"
    assert counts.pop("Dark") == "2"
    assert counts.pop("Bright") == "0"
    assert counts.pop("Anything wrong") == "7"
    assert set(counts) == {"Blurred", "Tiny", "Odd-shaped", "Nearly uniform", "Unreadable"}
    assert set(counts.values()) == {"1"}
    assert not choices(browse)["Bright"].isEnabled()
    choices(browse)["Blurred"].trigger()
    assert names(browse) == ["2-blurred.png"]
    assert chip(browse).isChecked()
    choices(browse)["Anything wrong"].trigger()
    assert names(browse) == [*list(PICTURES)[1:], DAMAGED]
    choices(browse)["All pictures"].trigger()
    assert len(names(browse)) == len(PICTURES) + 1
    assert browse.project.store.journal() == []


def test_the_worst_come_first(browse: Any, qtbot: QtBot) -> None:
    measured(browse, qtbot)
    browse.page.bar.set_filter(Filter(quality="dark", sort="quality"))
    assert names(browse) == ["4-darker.png", "3-dark.png"]
    browse.page.bar.set_filter(Filter(sort="quality"))
    assert names(browse)[0] == DAMAGED
    assert names(browse)[-1] == "1-fine.png"


def test_what_is_wrong_is_said_on_the_cell_and_in_the_inspector(browse: Any, qtbot: QtBot) -> None:
    cell = browse.page.grid.model.index(1)
    before = browse.page.grid.view.viewport().grab().toImage()
    measured(browse, qtbot)
    assert browse.page.grid.view.viewport().grab().toImage() != before
    assert cell.data(Qt.ItemDataRole.AccessibleTextRole) == "2-blurred.png, Front, blurred"
    assert "Blurred: sharpness 0." in cell.data(Qt.ItemDataRole.ToolTipRole)
    assert "below" not in browse.page.grid.model.index(0).data(Qt.ItemDataRole.ToolTipRole)
    browse.session.select([browse.page.grid.model.ids[4]])
    labels = browse.page.inspector.findChildren(QLabel)
    qtbot.waitUntil(lambda: "Tiny: shorter side 20 pixels, below 64 pixels" in [label.text() for label in labels])


@pytest.mark.qt_log_ignore("This plugin does not support", extend=True)
def test_all_that_are_shown_are_excluded_in_one_step(browse: Any, qtbot: QtBot) -> None:
    measured(browse, qtbot)
    grid, dark = browse.page.grid, {"3-dark.png", "4-darker.png"}

    def offered() -> list[QAction]:
        grid.view.customContextMenuRequested.emit(grid.view.rect().center())
        return [a for m in grid.findChildren(QMenu) for a in m.actions() if a.text().startswith("Exclude all")]

    browse.session.select([])
    assert offered() == [], "without a filter by quality this would be everything"
    browse.page.bar.set_filter(Filter(quality="dark"))
    (entry,) = offered()
    assert entry.text() == "Exclude all 2 shown from training"
    entry.trigger()
    rows = browse.project.images.values()
    assert {row.path for row in rows if row.excluded} == dark
    assert set(names(browse)) == dark, "they stay where they are"
    assert len(browse.project.store.journal()) == 1
    browse.session.edits.undo()
    assert not any(row.excluded for row in browse.project.images.values())


def test_new_images_are_measured_too(browse: Any, qtbot: QtBot) -> None:
    measured(browse, qtbot)
    picture = TOY.point(lambda v: 200 + v * 0.2)
    browse.session.edits.add_images([added(browse.project.folder, "9-bright.png", picture)])
    qtbot.waitUntil(lambda: choices(browse)["Bright"].text() == "Bright\t1", timeout=20_000)


def train_until_called_off(progress: Progress) -> None:
    """Stands for a training: it takes as long as nobody calls it off."""
    while True:
        progress.check()
        time.sleep(0.01)


def test_training_comes_first(browse: Any, qtbot: QtBot) -> None:
    training = browse.jobs.start(train_until_called_off, name="Training")
    qtbot.wait(6 * SOON)
    assert browse.session.quality is None
    assert not browse.jobs.of("quality")
    training.cancel()
    measured(browse, qtbot)


def test_a_training_that_begins_calls_the_measuring_off(browse: Any, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: bool(browse.jobs.of("quality")), timeout=20_000)
    (measuring,) = browse.jobs.of("quality")
    training = browse.jobs.start(train_until_called_off, name="Training")
    assert measuring.flags.cancel.is_set()
    qtbot.waitUntil(lambda: not browse.jobs.of("quality"))
    assert browse.session.quality is None
    training.cancel()
    measured(browse, qtbot)


def test_another_project_has_its_own(browse: Any, make_project: Callable[..., Project], qtbot: QtBot) -> None:
    measured(browse, qtbot)
    browse.page.bar.set_filter(Filter(quality="tiny"))
    browse.session.open(make_project("other"))
    assert browse.session.quality is None
    assert browse.page.bar.filter == Filter()
    measured(browse, qtbot)
    assert set(browse.session.quality.measures) <= set(browse.project.images)


@pytest.mark.parametrize("kept", ["dark", "any", "unreadable"])
def test_the_filter_is_kept(kept: Any) -> None:
    wanted = Filter(quality=kept, sort="quality")
    assert filter_state.from_values(filter_state.to_values(wanted)) == wanted
    assert wanted.narrows
    assert filter_state.from_values({"quality": "ugly"}).quality == "all"
