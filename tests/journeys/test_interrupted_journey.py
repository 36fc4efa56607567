"""The window is closed in the middle of a training; the next day it goes on from there."""

import re
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from tests.journeys.conftest import end
from vv_desktop.core.interrupted import CHECKPOINT
from vv_desktop.core.plans import QUICK

MINUTES, EPOCHS = 60_000, 150


def test_E20_a_training_that_the_end_of_the_program_interrupted_is_continued(
    open_app: Any, qtbot: QtBot, untrained_copy: Path
) -> None:
    runs = untrained_copy / "runs"
    app = open_app(untrained_copy)
    app.window.show_page("train")
    page = app.window.pages.train
    page.start_training(QUICK.changed(head_epochs=EPOCHS, patience=EPOCHS))
    qtbot.waitUntil(lambda: bool(list(runs.glob(f"*/{CHECKPOINT}"))), timeout=2 * MINUTES)
    assert app.jobs.of("work"), "it ended before anybody could leave"
    end(app)
    seen = list(page.charts.epochs)
    (folder,) = runs.iterdir()
    assert not (folder / "run.json").exists()

    app = open_app(untrained_copy)
    app.window.show_page("train")
    row = app.window.pages.train.interrupted
    assert app.session.run is None
    assert row.isVisible()
    found = re.match(r"A training was interrupted after epoch (\d+) of 150 of phase 1", row.words.text())
    assert found is not None, row.words.text()
    kept = min(int(found[1]), len(seen))
    QTest.mouseClick(row.go_on, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: bool(app.jobs.of("work")))
    qtbot.waitUntil(lambda: not app.jobs.of("work"), timeout=2 * MINUTES)
    run = app.session.run
    assert run is not None
    assert run.folder == folder
    assert [epoch.epoch for epoch in run.history] == list(range(1, EPOCHS + 1))
    assert kept >= 1
    assert run.history[:kept] == tuple(seen[:kept]), "it began anew instead of going on"
    assert not row.isVisible()
    assert not (folder / CHECKPOINT).exists()
