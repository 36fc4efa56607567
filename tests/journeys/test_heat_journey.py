"""Press H over a picture, and it shows where the run's answer comes from; again, and it is the picture."""

import shutil
from pathlib import Path

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from vv_desktop.core.heat import HeatMap
from vv_desktop.ui.browse.heat_layer import overlay


def test_the_heat_map_comes_and_goes_with_a_key(open_app, qtbot: QtBot, trained_copy: Path) -> None:  # type: ignore[no-untyped-def]
    app = open_app(trained_copy)
    window, session = app.window, app.session
    window.show_page("browse")
    first, second = list(session.project.images)[:2]
    view = window.pages.browse.inspector.picture
    with qtbot.waitSignal(view.loaded):
        session.select([first])
    plain = view.grab().toImage()

    QTest.keyClick(window, Qt.Key.Key_H)
    assert window.actions_by_name["heat"].isChecked()
    qtbot.waitUntil(lambda: view.heat.sentence.startswith("Why "), timeout=20_000)
    answer = session.project.classes.names[int(np.argmax(session.probabilities(first)))]
    assert view.heat.sentence.startswith(f"Why {answer} ")
    assert view.grab().toImage() != plain

    session.select([second])
    qtbot.waitUntil(lambda: view.image == second and view.heat.sentence.startswith("Why "), timeout=20_000)
    with qtbot.waitSignal(view.loaded):
        session.select([first])
    QTest.keyClick(window, Qt.Key.Key_H)
    assert not window.actions_by_name["heat"].isChecked()
    assert view.grab().toImage() == plain


def test_a_suspect_is_explained_and_the_next_one_by_its_own_answer(open_app, qtbot: QtBot, trained_copy: Path) -> None:  # type: ignore[no-untyped-def]
    app = open_app(trained_copy)
    window, session = app.window, app.session
    window.show_page("suspects")
    page = window.pages.suspects
    QTest.mouseClick(page.invitation.button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: page.focus.isVisible(), timeout=60_000)
    view = page.focus.picture
    qtbot.waitUntil(lambda: view.image is not None)

    def explained() -> str:
        qtbot.waitUntil(lambda: view.heat.sentence.startswith("Why "), timeout=20_000)
        answer = session.project.classes.names[int(np.argmax(session.probabilities(view.image)))]
        assert view.heat.sentence.startswith(f"Why {answer} ")
        return view.heat.sentence

    plain, first = view.grab().toImage(), view.image
    QTest.keyClick(window, Qt.Key.Key_H)
    explained()
    assert view.grab().toImage() != plain
    QTest.keyClick(page.entry, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: view.image not in (None, first))
    explained()


def test_without_a_run_or_its_file_it_says_so(open_app, qtbot: QtBot, trained_copy: Path) -> None:  # type: ignore[no-untyped-def]
    app = open_app(trained_copy)
    session, view = app.session, app.window.pages.browse.inspector.picture
    app.window.show_page("browse")
    session.select(list(session.project.images)[:1])
    qtbot.waitUntil(lambda: view.image is not None)
    session.run.tflite_file.write_bytes(b"damaged")
    session.show_heat(True)
    qtbot.waitUntil(lambda: view.heat.sentence.startswith("The model file cannot be loaded"), timeout=20_000)
    shutil.rmtree(session.run.folder)
    session.runs_moved()
    assert view.heat.sentence == "No run to ask why: train one first"


def test_what_is_warm_is_lit_and_what_is_cold_is_dark() -> None:
    found = overlay(HeatMap("Front", 0.9, np.array([[0, 0.5, 1]], np.float32)))
    cold, between, warm = (found.pixelColor(x, 0) for x in range(3))
    assert (cold.red(), cold.green(), cold.blue()) == (0, 0, 0)
    assert cold.alphaF() > 0.6
    assert between.alpha() == 0
    assert warm.red() > warm.green() > warm.blue()
    assert warm.alphaF() > 0.4
