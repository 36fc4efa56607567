"""What to photograph next on the page, and how far off the answers are, for classes that are sides of a car only."""

from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt

from vv_desktop.core import runs
from vv_desktop.core.project import Project
from vv_desktop.jobs import Jobs
from vv_desktop.session import Session
from vv_desktop.ui import theme
from vv_desktop.ui.evaluate.page import EvaluatePage
from vv_desktop.ui.live_head import LiveUpdates

from . import conftest
from .conftest import RESOURCES, make_project, make_run


def texts(page: EvaluatePage) -> list[str]:
    return [line.text() for line in page.advice.lines if line.text()]


def test_three_sentences_unfold_and_stay_so(qtbot: Any, page: EvaluatePage, session: Session, jobs: Jobs) -> None:
    assert page.advice.short.text().startswith("red: 6 val images, recall 0.50 ± 0.31, 3 of 3 mistakes are green")
    assert not any(line.isVisible() for line in page.advice.lines)
    qtbot.mouseClick(page.advice.title, Qt.MouseButton.LeftButton)
    assert [line.isVisible() for line in page.advice.lines] == [True] * 3
    assert not page.advice.short.isVisible()
    assert page.advice.lines[0].textFormat() == Qt.TextFormat.PlainText

    again = EvaluatePage(session, jobs, theme.LIGHT, RESOURCES, LiveUpdates(session, jobs))
    qtbot.addWidget(again)
    again.restore(page.state())
    assert again.advice.title.isChecked()


def test_it_follows_labels_and_split(qtbot: Any, page: EvaluatePage, session: Session) -> None:
    session.edits.relabel([1, 4, 7], conftest.CLASSES[1], "matrix")
    qtbot.waitUntil(lambda: texts(page)[0].startswith("red: 3 val images, recall 1.00"))
    session.look_at_split("train")
    qtbot.waitUntil(lambda: texts(page) == ["Look at test or val images to be told: those it learned from flatter."])


def test_other_classes_have_no_viewpoint_score(page: EvaluatePage) -> None:
    assert not page.head.viewpoint.isVisible()
    assert not page.matrix.sides.isVisible()


class TestSidesOfACar:
    @pytest.fixture
    def project(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
        """Front, RearLeft and Background, and a run that takes three Fronts for RearLeft and no more."""
        monkeypatch.setattr(conftest, "CLASSES", ("Front", "RearLeft", "Background"))
        project = make_project(tmp_path)
        make_run(project, "evening", datetime(2026, 11, 22, 18, 0), conftest.SEEN_AS_GREEN)
        assert runs.list_runs(project.runs_folder)[0]
        return project

    def test_how_far_off_mistakes_are(self, page: EvaluatePage, session: Session) -> None:
        """Three of 18 are off by 120 degrees: 1 - 3 x 2/3 / 18; 360 degrees over 12 images of a side."""
        assert page.head.viewpoint.isVisible()
        assert page.head.viewpoint.text() == "Viewpoint score 88.9 % (67.2–96.9) · 30.0° off on average"
        assert [bar.figure for bar in page.matrix.circle.far.bars] == ["0", "3 · 100 %", "0", "0"]
        session.edits.relabel([1, 4, 7], "Background", "matrix")
        assert [bar.figure for bar in page.matrix.circle.far.bars] == ["0", "0", "0", "3 · 100 %"]

    def test_a_distance_opens_its_images(self, page: EvaluatePage, session: Session, qtbot: Any) -> None:
        session.edits.relabel([4], "Background", "matrix")
        far = page.matrix.circle.far
        qtbot.mouseClick(far.bars[1], Qt.MouseButton.LeftButton)
        assert page.images.ids == (1, 7)  # the surest first
        assert page.images.title.text() == "Mistakes, two sides: 2 images"
        qtbot.keyClick(far.bars[3], Qt.Key.Key_Space)
        assert page.images.ids == (4,)
        assert not far.bars[0].isEnabled()
        assert far.bars[1].accessibleName() == "Mistakes, Two sides: 2 images"

    def test_an_opened_cell_counts_the_mistakes_of_its_label(self, page: EvaluatePage, qtbot: Any) -> None:
        far = page.matrix.circle.far
        page.open_cell(1, 1)
        assert far.whose.text() == "Mistakes of RearLeft"
        assert [bar.figure for bar in far.bars] == ["0", "0", "0", "0"]
        page.open_cell(0, 1)
        qtbot.mouseClick(far.bars[1], Qt.MouseButton.LeftButton)
        assert page.images.ids == (1, 7, 4)
        qtbot.mouseClick(page.images.back, Qt.MouseButton.LeftButton)
        assert far.whose.text() == "Mistakes"
