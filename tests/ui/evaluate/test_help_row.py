"""Did it help: asked through the page on a real training of two epochs, called off, and its answer in words."""

from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel

from vv_desktop.core import runs
from vv_desktop.core.classes import ClassList
from vv_desktop.core.comparison import compare
from vv_desktop.core.dataset import Dataset, Sample
from vv_desktop.core.plans import QUICK
from vv_desktop.core.project import Project
from vv_desktop.core.training_request import TrainingRequest, save_request
from vv_desktop.jobs import Jobs
from vv_desktop.session import Session
from vv_desktop.ui.evaluate.help_panel import HelpPanel
from vv_desktop.ui.evaluate.page import EvaluatePage

from .conftest import CLASSES, make_project, make_run

RED, GREEN = CLASSES[0], CLASSES[1]
TINY = QUICK.changed(head_epochs=2, image_size=96, units=8, batch_size=4)


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """One run that was asked for with the tiny plan and random weights; it takes image 1 for green."""
    project = make_project(tmp_path)
    run = make_run(project, "evening", datetime(2026, 11, 22, 18, 0), {0: 0.9})
    run = runs.Run(**{**vars(run), "plan": TINY})
    runs.save_run(run)
    save_request(run.folder, TrainingRequest.of(project.dataset(), TINY, "random"))
    return project


def ask(qtbot: Any, page: EvaluatePage) -> None:
    qtbot.mouseClick(page.help.ask, Qt.MouseButton.LeftButton)


def test_the_line_follows_the_labels_and_names_both_scores(page: EvaluatePage, session: Session) -> None:
    help_ = page.help
    assert not help_.isVisible(), "the head says that none changed"
    assert not help_.panel.isVisible()
    session.edits.relabel([20], RED, "keyboard")
    assert help_.words.text() == "1 label changed since this run."
    assert help_.ask.isVisible()
    session.edits.relabel([1], GREEN, "matrix")
    assert help_.words.text() == (
        "2 labels changed since this run · 1 of 18 val images: 94.4 % (74.2–99.0) right by the labels then, "
        "100.0 % (82.4–100.0) now (this flatters)"
    )
    session.look_at_split("train")
    assert "1 of 12 train images: 100.0 %" in help_.words.text()
    assert "flatters" not in help_.words.text()
    session.edits.undo()
    session.edits.undo()
    assert not help_.isVisible()


def test_asked_it_trains_twice_and_keeps_the_newer_run(
    qtbot: Any, page: EvaluatePage, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    said, label = list[str](), page.help.words
    monkeypatch.setattr(label, "setText", lambda text: (said.append(text), QLabel.setText(label, text)))
    session.edits.relabel([1, 20], GREEN, "matrix")
    asked = session.run
    assert asked is not None
    ask(qtbot, page)
    assert page.help.cancel.isVisible()
    assert not page.help.ask.isVisible()
    qtbot.waitUntil(page.help.panel.isVisible, timeout=120_000)
    assert any(text.startswith("2 of 2, labels now") for text in said)

    assert page.help.panel.verdict.text().endswith("on 17 val images")
    assert "Plan quick, seed 0" in page.help.panel.basis.text()
    assert "1 of these labels changed by hand" in page.help.panel.versions.text()
    assert session.run is not None
    assert session.run.id == asked.id, "the page still shows what was asked about"
    assert [run.name for run in session.runs] == ["quick, labels fixed", "evening"]
    assert runs.labels_when_trained(session.runs[0])[1] == GREEN

    session.edits.relabel([3], GREEN, "matrix")
    assert page.help.panel.stale.isVisible(), "it is of labels that are no longer those now"
    qtbot.mouseClick(page.help.panel.kept, Qt.MouseButton.LeftButton)
    assert session.run.id == session.runs[0].id
    assert page.help.panel.isVisible()
    assert not page.help.panel.kept.isVisible()
    qtbot.mouseClick(page.help.panel.close_, Qt.MouseButton.LeftButton)
    assert not page.help.panel.isVisible()


def test_called_off_the_page_is_as_before(qtbot: Any, page: EvaluatePage, session: Session, jobs: Jobs) -> None:
    session.edits.relabel([20], RED, "keyboard")
    ask(qtbot, page)
    qtbot.mouseClick(page.help.cancel, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not jobs.running, timeout=60_000)
    assert page.help.ask.isVisible()
    assert page.help.words.text() == "1 label changed since this run."
    assert not page.help.panel.isVisible()
    assert len(session.runs) == 1


def test_a_refusal_is_a_sentence_below_the_line(qtbot: Any, page: EvaluatePage, session: Session) -> None:
    session.edits.resplit([(image, "val") for image in range(19, 31)], "split")
    session.edits.relabel([20], RED, "keyboard")
    ask(qtbot, page)
    qtbot.waitUntil(page.help.problem.isVisible, timeout=60_000)
    assert page.help.problem.text().startswith("There is nothing to train on")
    assert page.help.ask.isVisible()


def test_the_panel_shows_each_class_as_it_is_called(qtbot: Any, project: Project) -> None:
    """One class has a tag in its name, and none of the images of the third has kept its label."""
    classes = ClassList(CLASSES)
    labels = [0] * 40 + [1] * 20 + [2]
    after = Dataset(classes, tuple(Sample(i, Path(f"{i}"), label, "test", "g") for i, label in enumerate(labels)))
    before = Dataset(classes, (*after.samples[:-1], Sample(60, Path("60"), 0, "test", "g")))
    then = np.eye(3, dtype=np.float32)[[1] * 20 + [0] * 20 + [1] * 20 + [2]]
    now = np.eye(3, dtype=np.float32)[[0] * 40 + [1] * 19 + [0, 2]]
    ids = np.arange(61)
    panel = HelpPanel()
    qtbot.addWidget(panel)
    panel.show_comparison(
        compare(before, after, runs.Predictions(ids, then), runs.Predictions(ids, now)),
        runs.list_runs(project.runs_folder)[0][0],
        stale=False,
        looked_at=False,
    )
    assert panel.verdict.text().startswith("+31.7 points (")
    cells = [[panel.table.item(row, column).text() for column in range(5)] for row in range(3)]  # type: ignore[union-attr]
    assert cells == [
        [CLASSES[0], "40", "50.0 %", "100.0 %", "+50.0"],
        [CLASSES[1], "20", "100.0 %", "95.0 %", "−5.0"],
        [CLASSES[2], "0", "–", "–", "–"],
    ]
    panel.show()
    qtbot.mouseClick(panel.classes, Qt.MouseButton.LeftButton)
    assert panel.table.isVisible()
    assert panel.classes.text() == "Hide the classes"
    assert panel.versions.text() == (
        "All 61 test images: 65.6 % → 96.7 % by the labels then, 67.2 % → 98.4 % by those now; "
        "1 of these labels changed by hand, which inflates the second score."
    )
    assert all(label.textFormat() == Qt.TextFormat.PlainText for label in panel.findChildren(QLabel))
