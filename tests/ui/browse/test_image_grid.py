"""The grid: the keys that label, the selection, what goes out, and the right picture on every cell."""

from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from pytestqt.qtbot import QtBot

from vv_desktop.core.bundled import resources_folder
from vv_desktop.ui import theme
from vv_desktop.ui.browse.filters import Filter
from vv_desktop.ui.browse.grid_menu import build_menu
from vv_desktop.ui.browse.image_grid import ImageGrid

SHIFT, CONTROL = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.ControlModifier


# Labels by keys


def test_a_digit_labels_and_moves_on(browse: Any, qtbot: QtBot) -> None:
    view, ids = browse.page.grid.view, browse.ids
    qtbot.keyClick(view, Qt.Key.Key_Home)
    qtbot.keyClick(view, "3")
    assert browse.label(ids[0]) == "Background"
    assert browse.session.selection == (ids[1],)
    qtbot.keyClick(view, "0")
    assert browse.label(ids[1]) is None
    assert browse.session.selection == (ids[2],)
    assert [edit.origin for edit in browse.project.store.journal()] == ["keyboard", "keyboard"]


def test_many_are_one_undo_step(browse: Any, qtbot: QtBot) -> None:
    view, ids = browse.page.grid.view, browse.ids
    before = [browse.label(image) for image in ids]
    qtbot.keyClick(view, Qt.Key.Key_Home)
    for _ in range(4):
        qtbot.keyClick(view, Qt.Key.Key_Right, SHIFT)
    assert browse.session.selection[0] == ids[4]
    assert set(browse.session.selection) == set(ids[:5])
    qtbot.keyClick(view, "1")
    assert [browse.label(image) for image in ids[:5]] == ["Front"] * 5
    assert browse.session.selection == (ids[5],)
    assert browse.session.edits.undo()
    assert [browse.label(image) for image in ids] == before
    assert not browse.session.edits.undo()


def test_the_same_label_again_is_a_yes_and_moves_on(browse: Any, qtbot: QtBot) -> None:
    view, ids = browse.page.grid.view, browse.ids
    qtbot.keyClick(view, Qt.Key.Key_Home)
    qtbot.keyClick(view, "1")
    assert browse.label(ids[0]) == "Front"
    assert browse.project.store.journal() == []
    assert browse.session.selection == (ids[1],)


def test_a_refused_label_stays_where_it_is(browse: Any, qtbot: QtBot) -> None:
    view, ids = browse.page.grid.view, browse.ids
    qtbot.keyClick(view, Qt.Key.Key_Home)
    browse.project.store._db.execute("PRAGMA query_only = ON")
    qtbot.keyClick(view, "2")
    assert browse.label(ids[0]) == "Front"
    assert browse.session.selection == (ids[0],)
    assert browse.messages[-1].error


def test_digits_without_a_class_and_at_the_end(browse: Any, qtbot: QtBot) -> None:
    view, ids = browse.page.grid.view, browse.ids
    qtbot.keyClick(view, "1")
    assert browse.project.store.journal() == []
    qtbot.keyClick(view, Qt.Key.Key_End)
    qtbot.keyClick(view, "9")
    assert browse.session.selection == (ids[-1],)
    assert browse.project.store.journal() == []
    qtbot.keyClick(view, "2")
    assert browse.label(ids[-1]) == "Rear"
    assert browse.session.selection == (ids[-1],)


def test_G8_a_label_that_takes_images_out_of_sight_goes_on_after_them(browse: Any, qtbot: QtBot) -> None:
    """As the images of a cell of the matrix do, when the live head answers anew; in the end all are gone."""
    grid, ids = browse.page.grid, browse.ids[:4]
    grid.show_images(ids)
    browse.session.images_changed.connect(
        lambda changed: grid.show_images([image for image in grid.model.ids if image not in changed])
    )
    qtbot.keyClick(grid.view, Qt.Key.Key_Home)
    qtbot.keyClick(grid.view, Qt.Key.Key_Right, SHIFT)
    qtbot.keyClick(grid.view, "3")
    assert grid.model.ids == ids[2:]
    assert browse.session.selection == (ids[2],)
    qtbot.keyClick(grid.view, "a", CONTROL)
    qtbot.keyClick(grid.view, "2")
    assert grid.model.ids == grid.selected() == ()


def test_letters_do_not_lose_the_place(browse: Any, qtbot: QtBot) -> None:
    view, ids = browse.page.grid.view, browse.ids
    qtbot.keyClick(view, Qt.Key.Key_Home)
    qtbot.keyClick(view, "i")
    assert browse.session.selection == (ids[0],)


def test_the_menu_labels_and_splits(browse: Any, qtbot: QtBot) -> None:
    view, ids = browse.page.grid.view, browse.ids
    qtbot.keyClick(view, Qt.Key.Key_Home)
    qtbot.keyClick(view, Qt.Key.Key_Right, SHIFT)
    menu = build_menu(browse.page.grid, browse.project.classes, 2, False, browse.page)
    label, split = (action.menu() for action in menu.actions()[1:3])
    next(action for action in label.actions() if action.text().startswith("Rear")).trigger()
    next(action for action in split.actions() if action.text() == "test").trigger()
    rows = [browse.project.images[image] for image in ids[:2]]
    assert [(row.label, row.split) for row in rows] == [("Rear", "test")] * 2


def test_x_excludes_and_takes_in_again(browse: Any, qtbot: QtBot) -> None:
    view, ids, rows = browse.page.grid.view, browse.ids, browse.project.images
    splits = {sample.image: sample.split for sample in browse.project.dataset().samples}
    qtbot.keyClick(view, Qt.Key.Key_Home)
    qtbot.keyClick(view, Qt.Key.Key_Right, SHIFT)
    qtbot.keyClick(view, "x")
    assert [rows[image].excluded for image in ids[:3]] == [True, True, False]
    assert {s.image: s.split for s in browse.project.dataset().samples} == splits | {ids[0]: None, ids[1]: None}
    assert browse.label(ids[0]) == "Front"
    browse.page.bar.set_filter(Filter(excluded=True))
    assert browse.ids == ids[:2]
    qtbot.keyClick(view, Qt.Key.Key_A, CONTROL)
    qtbot.keyClick(view, "x")
    assert not any(row.excluded for row in rows.values())
    browse.session.edits.undo()
    assert [rows[image].excluded for image in ids[:3]] == [True, True, False]


def test_a_changed_group_is_searched_for_at_once(browse: Any, qtbot: QtBot) -> None:
    ids = browse.ids
    browse.session.edits.regroup([(ids[0], "blue van"), (ids[9], "blue van")], "twins")
    browse.page.bar.set_filter(Filter(text="blue"))
    assert browse.ids == (ids[0], ids[9])
    browse.session.edits.undo()
    assert browse.ids == ()


# Selection


def test_selection_goes_both_ways(browse: Any, qtbot: QtBot) -> None:
    grid, ids = browse.page.grid, browse.ids
    browse.session.select((ids[7], ids[3]))
    assert grid.selected() == (ids[3], ids[7])
    qtbot.keyClick(grid.view, Qt.Key.Key_A, CONTROL)
    assert set(browse.session.selection) == set(ids)
    browse.session.select(())
    assert grid.selected() == ()


def test_another_grid_keeps_out_of_it(browse: Any, qtbot: QtBot) -> None:
    """A page with a grid of its own shows other images; neither takes the selection from the other."""
    ids = browse.ids
    other = ImageGrid(browse.session, browse.jobs, theme.LIGHT, resources_folder())
    qtbot.addWidget(other)
    other.show_images(ids[10:14])
    browse.session.select((ids[1], ids[11]))
    assert other.selected() == (ids[11],)
    assert browse.session.selection == (ids[1], ids[11])
    qtbot.keyClick(other.view, Qt.Key.Key_Home)
    assert browse.session.selection == (ids[10],)
    assert browse.page.grid.selected() == (ids[10],)


def test_new_images_of_the_same_number_are_shown(browse: Any) -> None:
    grid, ids = browse.page.grid, browse.ids
    grid.show_images(tuple(reversed(ids)))
    index = grid.model.index(0)
    assert grid.model.image_row(index).id == ids[-1]
    assert grid.model.data(index) == f"img{browse.count}.jpg"


def test_words_for_a_screen_reader(browse: Any) -> None:
    model, ids = browse.page.grid.model, browse.ids
    assert model.data(model.index(0), Qt.ItemDataRole.AccessibleTextRole) == "img1.jpg, Front"
    browse.session.changed_since_run = frozenset({ids[5]})
    text = model.data(model.index(5), Qt.ItemDataRole.AccessibleTextRole)
    assert text == "img6.jpg, unlabelled, changed since the last run"


# Preview, Enter, copying


def test_space_shows_and_hides_the_preview(browse: Any, qtbot: QtBot) -> None:
    grid, ids = browse.page.grid, browse.ids
    qtbot.keyClick(grid.view, Qt.Key.Key_Space)
    assert not grid.preview.isVisible()
    qtbot.keyClick(grid.view, Qt.Key.Key_Home)
    qtbot.keyClick(grid.view, Qt.Key.Key_Space)
    assert grid.preview.isVisible()
    assert grid.preview.picture.image == ids[0]
    with qtbot.waitSignal(grid.preview.picture.loaded):
        qtbot.keyClick(grid.view, "2")
    assert browse.label(ids[0]) == "Rear"
    assert grid.preview.picture.image == ids[1]
    centre = grid.preview.grab().toImage().pixelColor(grid.preview.width() // 2, grid.preview.height() // 2)
    assert all(abs(a - b) < 16 for a, b in zip(centre.getRgb()[:3], browse.colour(ids[1]), strict=True))
    qtbot.keyClick(grid.view, Qt.Key.Key_Escape)
    assert not grid.preview.isVisible()


def test_enter_is_activated(browse: Any, qtbot: QtBot) -> None:
    grid, ids = browse.page.grid, browse.ids
    qtbot.keyClick(grid.view, Qt.Key.Key_End)
    with qtbot.waitSignal(grid.activated, check_params_cb=lambda image: image == ids[-1]):
        qtbot.keyClick(grid.view, Qt.Key.Key_Return)


def test_copying_gives_files_and_text(browse: Any, qtbot: QtBot) -> None:
    grid, ids = browse.page.grid, browse.ids
    browse.session.select(ids[:2])
    qtbot.keyClick(grid.view, Qt.Key.Key_C, CONTROL)
    data = QGuiApplication.clipboard().mimeData()
    paths = [str(browse.project.path_of(image)) for image in ids[:2]]
    assert [url.toLocalFile() for url in data.urls()] == paths
    assert data.text().split("\n") == paths
