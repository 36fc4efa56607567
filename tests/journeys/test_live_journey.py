"""Turn the live head on, relabel in Browse, and matrix and prediction have followed; off, and the run is back."""

from pathlib import Path

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from vv_desktop.core.evaluation import evaluate

MINUTES = 60_000


def test_relabels_reach_the_matrix_through_the_live_head(open_app, qtbot: QtBot, trained_copy: Path) -> None:  # type: ignore[no-untyped-def]
    app = open_app(trained_copy)
    window, session, live = app.window, app.session, app.live
    window.show_page("evaluate")
    session.look_at_split("train")
    of_run = session.evaluation
    before = [session.probabilities(image) for image in session.project.images]

    QTest.keyClick(window, Qt.Key.Key_L, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier)
    assert live.mode == "on"
    qtbot.waitUntil(lambda: session.live is not None, timeout=MINUTES)
    first = session.live
    headline = window.pages.evaluate.head.headline
    assert headline.text().startswith("Live head: ")
    assert first.labels_digest == session.project.dataset().digest

    window.show_page("browse")
    chosen = list(session.project.images)[:30]
    for image in chosen:
        session.edits.relabel([image], "Background", "keyboard")
    assert live.labels_since > 0
    qtbot.waitUntil(lambda: session.live is not first and live.job is None, timeout=MINUTES)
    assert session.live.epochs < first.epochs, "it went on from where it was"
    dataset = session.project.dataset()
    assert session.live.labels_digest == dataset.digest, "one update for the whole burst"
    assert live.labels_since == 0
    expected = evaluate(dataset, "train", session.live.predictions, session.live.classes)
    assert np.array_equal(session.evaluation.confusion, expected.confusion)
    moved = session.live.predictions.probabilities.argmax(axis=1) != first.predictions.probabilities.argmax(axis=1)
    assert sorted(live.moved) == sorted(first.predictions.images[moved].tolist()) != []

    window.show_page("evaluate")
    QTest.keyClick(window, Qt.Key.Key_L, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier)
    assert session.live is None
    for _ in chosen:
        session.edits.undo()
    assert np.array_equal(session.evaluation.confusion, of_run.confusion)
    assert [session.probabilities(image) for image in session.project.images] == before
    assert not app.jobs.of("work"), "off is off"
