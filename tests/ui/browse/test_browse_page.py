"""The Browse page: filters, counts, the inspector, empty states, and what survives a restart."""

import json
import time
from collections.abc import Callable
from typing import Any

from PIL import Image
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QLabel, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from vv_desktop.core.records import NewImage
from vv_desktop.ui.browse.chips import Chip
from vv_desktop.ui.browse.filters import Filter
from vv_desktop.ui.browse.probability_bars import ProbabilityBars
from vv_desktop.ui.empty_state import EmptyState


def chip(browse: Any, name: str) -> Chip:
    return next(c for c in browse.page.bar.findChildren(Chip) if c.name == name)


def shown(browse: Any) -> tuple[int, ...]:
    return tuple(browse.page.grid.model.ids)


def texts(widget: QWidget) -> str:
    """Everything that labels say in a part of the window that can be seen."""
    return "\n".join(label.text() for label in widget.findChildren(QLabel) if label.isVisible())


def button(widget: QWidget, text: str) -> QPushButton:
    return next(b for b in widget.findChildren(QPushButton) if text in b.text() and b.isVisible())


# Filters


def test_chips_count_and_filter(browse: Any, qtbot: QtBot) -> None:
    front = [i for i, row in browse.project.images.items() if row.label == "Front"]
    assert chip(browse, "Front").text().split() == ["Front", str(len(front))]
    chip(browse, "Front").click()
    assert set(shown(browse)) == set(front)
    chip(browse, "Unlabelled").click()
    assert len(shown(browse)) == len(front) + 4
    button(browse.page.bar, "Show all").click()
    assert len(shown(browse)) == browse.count
    assert not chip(browse, "Front").isChecked()


def test_slash_searches_and_escape_returns(browse: Any, qtbot: QtBot) -> None:
    qtbot.keyClick(browse.page.grid.view, "/")
    assert browse.page.bar.search.hasFocus()
    qtbot.keyClicks(browse.page.bar.search, "IMG1 car2")
    assert [browse.project.images[i].path for i in shown(browse)] == ["img10.jpg", "img11.jpg", "img12.jpg"]
    qtbot.keyClick(browse.page.bar.search, Qt.Key.Key_Escape)
    assert browse.page.grid.view.hasFocus()
    assert len(shown(browse)) == browse.count


def test_digits_in_the_search_box_label_nothing(browse: Any, qtbot: QtBot) -> None:
    qtbot.keyClick(browse.page.grid.view, Qt.Key.Key_Home)
    browse.page.search()
    qtbot.keyClicks(browse.page.bar.search, "2")
    assert browse.project.store.journal() == []


def test_relabelled_images_stay_until_the_filter_is_applied_again(browse: Any, qtbot: QtBot) -> None:
    chip(browse, "Front").click()
    before = shown(browse)
    qtbot.keyClick(browse.page.grid.view, Qt.Key.Key_Home)
    qtbot.keyClick(browse.page.grid.view, "2")
    assert shown(browse) == before
    assert browse.label(before[0]) == "Rear"
    assert chip(browse, "Front").text().split()[-1] == str(len(before) - 1)
    button(browse.page.bar, "Leave out 1").click()
    assert shown(browse) == before[1:]
    qtbot.keyClick(browse.page.grid.view, Qt.Key.Key_Home)
    qtbot.keyClick(browse.page.grid.view, "2")
    browse.session.edits.undo()
    assert not any("Leave out" in b.text() for b in browse.page.bar.findChildren(QPushButton) if b.isVisible())


def test_hidden_images_are_let_go(browse: Any, qtbot: QtBot) -> None:
    ids = shown(browse)
    browse.session.select(ids[:3])  # Front, Rear, Background
    chip(browse, "Rear").click()
    assert browse.session.selection == (ids[1],)
    qtbot.keyClick(browse.page.grid.view, "3")
    assert [browse.label(image) for image in ids[:3]] == ["Front", "Background", "Background"]


def test_a_hidden_page_leaves_the_selection_alone(browse: Any) -> None:
    ids = shown(browse)
    browse.page.hide()
    browse.session.select(ids[:3])
    browse.page.bar.set_filter(Filter(classes=frozenset({"Rear"})))
    assert browse.session.selection == ids[:3]
    browse.page.show()
    assert browse.session.selection == (ids[1],)


def test_new_images_appear(browse: Any) -> None:
    browse.session.edits.add_images([NewImage("img0.jpg", 1, 1, "", "Rear", "train")])
    assert len(shown(browse)) == browse.count + 1
    assert browse.project.images[shown(browse)[0]].path == "img0.jpg"


def test_a_big_relabel_is_quick(browse_on: Callable[..., Any], tmp_path: Any, qtbot: QtBot) -> None:
    from vv_desktop.core.classes import ClassList
    from vv_desktop.core.project import Project

    images = [NewImage(f"p/{i}.jpg", 1, 1, "", "Front" if i % 2 else "Rear", "train") for i in range(10_000)]
    browse = browse_on(Project.create(tmp_path / "big", ClassList(("Front", "Rear")), images))
    browse.page.grid.view.selectAll()
    before = time.thread_time()
    qtbot.keyClick(browse.page.grid.view, "1")
    assert time.thread_time() - before < 2.0  # 0.2 measured
    assert chip(browse, "Front").text().split() == ["Front", "10,000"]


# State


def test_state_survives_json(browse: Any, browse_on: Callable[..., Any]) -> None:
    page = browse.page
    page.bar.set_filter(Filter("img", frozenset({"Rear"}), True, False, "train", "group"))
    page.bar.set_zoom(224)
    state = json.loads(json.dumps(page.state()))
    found = shown(browse)
    page.bar.clear()
    page.bar.set_zoom(96)
    page.restore(state)
    assert shown(browse) == found
    assert page.bar.zoom == 224
    assert page.grid.side == 224
    assert page.state() == state
    page.restore({"zoom": "x", "splitter": [1], "classes": 3})
    assert page.bar.filter == Filter()
    assert page.bar.zoom == 224


def test_restored_before_a_project_is_open(browse_on: Callable[..., Any], make_project: Callable[..., Any]) -> None:
    browse = browse_on(None)
    browse.page.restore({"classes": ["Rear", "gone"], "text": "img"})
    browse.session.open(make_project("first"))
    assert browse.page.bar.filter == Filter("img", frozenset({"Rear"}))
    assert chip(browse, "Rear").isChecked()
    assert {browse.label(i) for i in shown(browse)} == {"Rear"}
    browse.session.open(make_project("second"))
    assert browse.page.bar.filter == Filter()
    assert len(shown(browse)) == browse.count


# Empty states


def test_empty_states(browse_on: Callable[..., Any], make_project: Callable[..., Any], qtbot: QtBot) -> None:
    browse = browse_on(None)

    def seen() -> EmptyState:
        (state,) = (s for s in browse.page.findChildren(EmptyState) if s.isVisible())
        return state

    for name in (None, "empty"):
        if name:
            browse.session.open(make_project(name, count=0))
        with qtbot.waitSignal(browse.page.open_wanted):
            seen().button.click()
    browse.session.open(make_project("some"))
    browse.page.bar.search.setText("no such thing")
    assert shown(browse) == ()
    seen().button.click()
    assert len(shown(browse)) == browse.count


# Inspector


def test_inspector_of_nothing_one_and_many(browse: Any, qtbot: QtBot) -> None:
    inspector, ids = browse.page.inspector, shown(browse)
    assert "Select an image" in texts(inspector)
    with qtbot.waitSignal(inspector.picture.loaded):
        browse.session.select((ids[0],))
    words = texts(inspector)
    assert "img1.jpg" in words
    assert "80 × 60 · JPEG" in words
    assert "train" in words
    assert "car0" in words
    browse.session.select(ids[:5])
    qtbot.waitUntil(lambda: "5 images selected" in texts(inspector))
    assert "2 Front" in texts(inspector)


def test_B14_a_file_that_changed_since_it_was_added_is_said_to_have(browse: Any, qtbot: QtBot) -> None:
    inspector, (first, second, *_) = browse.page.inspector, shown(browse)
    path = browse.project.path_of(first)
    Image.new("RGB", (300, 200), "white").save(path)
    with qtbot.waitSignal(inspector.picture.loaded):
        browse.session.select((first,))
    assert "The file changed since it was added" in texts(inspector)
    assert "is the label still right?" in texts(inspector)
    assert browse.label(first) == "Front", "the label stays"
    with qtbot.waitSignal(inspector.picture.loaded):
        browse.session.select((second,))
    assert "The file changed" not in texts(inspector)


def test_inspector_labels_by_mouse_in_one_step(browse: Any, qtbot: QtBot) -> None:
    inspector, ids = browse.page.inspector, shown(browse)
    browse.session.select(ids[:3])
    qtbot.waitUntil(lambda: "3 images selected" in texts(inspector))
    qtbot.mouseClick(button(inspector, "3  Background"), Qt.MouseButton.LeftButton)
    assert [browse.label(image) for image in ids[:3]] == ["Background"] * 3
    assert browse.session.selection == ids[:3]
    (step,) = browse.project.store.journal()
    assert step.origin == "mouse"
    assert len(step.edits) == 2
    browse.session.select((ids[0],))
    qtbot.waitUntil(lambda: "Front → Background · " in texts(inspector) and "· mouse" in texts(inspector))
    qtbot.waitUntil(lambda: button(inspector, "3  Background").isChecked())
    browse.session.edits.undo()
    assert len(browse.session.selection) == 2, "what was taken back is looked at"
    browse.session.select((ids[0],))
    qtbot.waitUntil(lambda: button(inspector, "1  Front").isChecked())


def test_inspector_says_why_a_picture_is_unreadable(browse: Any, qtbot: QtBot) -> None:
    picture = browse.page.inspector.picture
    with qtbot.waitSignal(picture.failed) as heard:
        browse.session.select((shown(browse)[-1],))
    assert f"img{browse.count}.jpg" in heard.args[0]
    assert "unreadable" in texts(browse.page.inspector)


def test_the_newest_picture_wins(browse: Any, qtbot: QtBot) -> None:
    picture, ids = browse.page.inspector.picture, shown(browse)
    loaded: list[tuple[int, int]] = []
    picture.loaded.connect(lambda p: loaded.append((p.width, p.height)))
    with qtbot.waitSignal(picture.loaded):
        for image in ids[:10]:
            picture.show_image(image)
    colour = picture.grab().toImage().pixelColor(picture.width() // 2, picture.height() // 2)
    assert all(abs(a - b) < 16 for a, b in zip(colour.getRgb()[:3], browse.colour(ids[9]), strict=True))
    qtbot.waitUntil(lambda: not browse.jobs.of("pixels"), timeout=20_000)
    assert loaded == [(80, 60)]


# Runs


def test_a_run_brings_changes_predictions_and_the_least_sure(
    browse: Any, save_run: Callable[..., Any], qtbot: QtBot
) -> None:
    ids = shown(browse)
    assert not chip(browse, "Changed").isVisible()
    save_run(browse.project, ids)
    browse.session.runs_moved()
    assert chip(browse, "Changed").isVisible()
    browse.page.bar.set_filter(Filter(sort="confidence"))
    assert shown(browse) == tuple(reversed(ids))
    browse.session.edits.relabel(ids[:2], "Rear", "keyboard")  # the second one is Rear already
    assert chip(browse, "Changed").text().split() == ["Changed", "1"]
    chip(browse, "Changed").click()
    assert shown(browse) == ids[:1]
    browse.session.select(ids[:1])
    qtbot.waitUntil(lambda: "Prediction" in texts(browse.page.inspector))
    bars = browse.page.inspector.findChild(ProbabilityBars)
    assert bars.accessibleName().startswith("Prediction: Background 99%")
    browse.session.look_at(None)
    qtbot.waitUntil(lambda: not bars.isVisible())
    assert browse.page.bar.filter.changed
    assert shown(browse) == ()


# Text from files


def test_H12_names_are_shown_as_they_are(
    browse_on: Callable[..., Any], make_project: Callable[..., Any], qtbot: QtBot
) -> None:
    """Neither markup nor mnemonics: names are text (faults.md H12)."""
    evil = "&Y <h1 style='background:#ff0000'>X</h1>"
    browse = browse_on(make_project("evil", classes=(evil, "Rear"), count=6))
    browse.session.select(shown(browse)[:1])
    qtbot.waitUntil(lambda: "img1.jpg" in texts(browse.page.inspector))
    for box in browse.page.findChildren(Chip):
        assert "&" not in box.text().replace("&&", "")
    assert "<h1" not in chip(browse, evil).toolTip()
    assert "&lt;h1" in chip(browse, evil).toolTip()
    for label in browse.page.findChildren(QLabel):
        assert label.textFormat() == Qt.TextFormat.PlainText, label.text()
    picture = browse.page.grab().toImage()
    red = QColor("#ff0000").rgb()
    assert not any(picture.pixel(x, y) == red for x in range(0, 1100, 3) for y in range(0, 90, 3))
