"""The whole fix loop through the window: train, find suspects, fix them by keys, see matrix and live head follow, ask
whether it helped, take everything back, restart, and it is still taken back."""

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from tests.journeys.conftest import end
from vv_desktop import tasks
from vv_desktop.app import App
from vv_desktop.core.toys import write_toys
from vv_desktop.session import Session
from vv_desktop.ui.suspects.page import SuspectsPage
from vv_desktop.workers import Flags, WorkerProgress

TOYS, WRONG, FIXED = 240, 0.12, 15
MINUTES = 60_000
CONTROL = Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def mislabelled(tmp_path: Path) -> Path:
    """A project without runs, of toy vehicles of which about 29 have another class's label."""
    write_toys(tmp_path / "toys", TOYS, WRONG)
    quiet = WorkerProgress(Flags(), lambda event: None)
    plan = tasks.data.read_sources([tmp_path / "toys"], None, progress=quiet)
    return tasks.data.create_project(plan, tmp_path / "project", progress=quiet)


def press(key: Qt.Key, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
    """A key to whatever has the keyboard."""
    QTest.keyClick(QApplication.focusWidget(), key, modifier)


def train_quick(app: App, qtbot: QtBot) -> None:
    """On the Train page, until the run is there."""
    session, setup = app.session, app.window.pages.train.setup
    app.window.show_page("train")
    setup.chooser.choose("quick")
    QTest.mouseClick(setup.train, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: session.run is not None and not app.jobs.of("work"), timeout=3 * MINUTES)
    assert session.run is not None
    assert session.run.plan.name == "quick"


def fix(page: SuspectsPage, count: int) -> list[tuple[int, str]]:
    """Take the suggestion for so many suspects by key; each image, and the class that was suggested for it."""
    fixed = []
    for _ in range(count):
        fixed.append((page.walk.current, page.walk.names[page.walk.shown.suspect.suggestion]))
        press(Qt.Key.Key_Return)
    return fixed


def labels_of(session: Session) -> dict[int, str | None]:
    """By image, as they are."""
    assert session.project is not None
    return {row.id: row.label for row in session.project.images.values()}


def test_suspects_are_fixed_and_whether_it_helped_is_said(open_app, qtbot: QtBot, mislabelled: Path) -> None:  # type: ignore[no-untyped-def]
    app = open_app(mislabelled)
    window, session, pages = app.window, app.session, app.window.pages
    labels = labels_of(session)

    train_quick(app, qtbot)

    window.show_page("evaluate")
    session.look_at_split("train")
    QTest.mouseClick(pages.evaluate.live.choices["on"], Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: session.live is not None, timeout=MINUTES)
    live, before = session.live, session.run_evaluation.confusion.copy()

    QTest.keyClick(window, Qt.Key.Key_4, CONTROL)
    page = pages.suspects
    press(Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: session.suspects is not None and page.focus.isVisible(), timeout=MINUTES)
    assert page.walk.tally.total >= FIXED
    fixed = fix(page, FIXED)
    assert [(image, session.project.images[image].label) for image, _ in fixed] == fixed
    assert page.walk.tally.fixed == FIXED
    assert not np.array_equal(session.run_evaluation.confusion, before)
    assert session.run_evaluation.confusion.sum() == before.sum()

    qtbot.waitUntil(lambda: session.live is not live and not app.jobs.of("work"), timeout=MINUTES)
    assert session.live.labels_digest == session.project.dataset().digest, "the live head learnt all of them"

    window.show_page("evaluate")
    help_ = pages.evaluate.help
    assert help_.words.text().startswith(f"{FIXED} labels changed since this run")
    QTest.mouseClick(help_.ask, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(help_.panel.isVisible, timeout=3 * MINUTES)
    assert "points" in help_.panel.verdict.text()
    assert len(session.runs) == 2

    for _ in range(FIXED):
        QTest.keyClick(window, Qt.Key.Key_Z, CONTROL)
    assert labels_of(session) == labels
    assert np.array_equal(session.run_evaluation.confusion, before)
    end(app)

    again = open_app(mislabelled)
    assert labels_of(again.session) == labels
    assert len(again.session.runs) == 2
    qtbot.waitUntil(lambda: again.session.suspects is not None)
    again.window.show_page("suspects")
    assert again.window.pages.suspects.walk.tally.fixed == 0
    states = [group.state for group in again.session.project.store.groups(FIXED)]
    assert states == ["undone"] * FIXED
