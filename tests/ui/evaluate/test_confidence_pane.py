"""The threshold moves what is taken, the button finds it, the diagram names its bins."""

from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QPointF, Qt

from vv_desktop.core.calibration import Calibration
from vv_desktop.core.classes import ClassList
from vv_desktop.core.confidence import reliability
from vv_desktop.core.evaluation import Evaluation
from vv_desktop.session import Session
from vv_desktop.ui.evaluate.confidence_pane import ConfidencePane
from vv_desktop.ui.evaluate.page import EvaluatePage
from vv_desktop.ui.evaluate.reliability_diagram import sentence
from vv_desktop.ui.theme import LIGHT

SURE = np.array([0.55, 0.65, 0.75, 0.85, 0.95] * 20)
RIGHT = np.array([False, True, False, True, True] * 20)
OF = Evaluation(
    ClassList(("<b>a</b>", "b")),
    np.arange(100),
    np.where(RIGHT, 0, 1),
    np.stack([SURE, 1 - SURE], axis=1).astype(np.float32),
    0,
)


@pytest.fixture
def pane(qtbot: Any) -> ConfidencePane:
    pane = ConfidencePane(LIGHT)
    qtbot.addWidget(pane)
    pane.resize(520, 560)
    pane.show()
    pane.show_evaluation(OF, None)
    return pane


def cells(pane: ConfidencePane) -> list[list[str]]:
    return [[pane.table.item(row, column).text() for column in range(4)] for row in range(pane.table.rowCount())]  # type: ignore[union-attr]


def test_the_threshold_says_what_is_taken_and_what_is_right(qtbot: Any, pane: ConfidencePane) -> None:
    assert pane.taken.text() == "100 of 100 images taken (100.0 %), 60.0 % ± 9.4 of them right."
    with qtbot.waitSignal(pane.threshold_changed) as heard:
        pane.slider.setValue(80)
    assert heard.args == [0.8]
    assert pane.taken.text() == "40 of 100 images taken (40.0 %), 100.0 % (91.2–100.0) of them right."
    assert cells(pane) == [["<b>a</b>", "40", "100.0 %", "60"], ["b", "0", "–", "0"]]
    pane.slider.setValue(100)
    assert pane.taken.text() == "0 of 100 images taken."


def test_the_button_finds_the_lowest_threshold_that_does_it(qtbot: Any, pane: ConfidencePane) -> None:
    qtbot.mouseClick(pane.reach, Qt.MouseButton.LeftButton)
    assert pane.threshold == 0.85
    assert pane.taken.text().startswith("40 of 100")
    pane.show_evaluation(Evaluation(OF.classes, OF.images, np.ones(100, np.int64), OF.probabilities, 0), None)
    qtbot.mouseClick(pane.reach, Qt.MouseButton.LeftButton)
    assert pane.taken.text() == "No threshold makes 95 % of the answers taken right."


def test_it_says_how_far_off_the_probabilities_are(pane: ConfidencePane) -> None:
    assert pane.worth.text().startswith("Probabilities are off by 37.0 % on average; this run's were never scaled")
    raw = np.stack([np.full(100, 0.99), np.full(100, 0.01)], axis=1).astype(np.float32)
    pane.show_evaluation(OF, Calibration(1.7, 100, reliability(raw, OF.labels)))
    assert pane.worth.text() == (
        "Probabilities are off by 37.0 % on average; before scaling by a temperature of 1.70, "
        "fitted on 100 val images, 39.0 % (rings)."
    )
    pane.show_evaluation(None, None)
    assert pane.worth.text() == "Nothing is scored here."
    assert not pane.slider.isEnabled()
    assert pane.table.rowCount() == 0


def test_a_column_of_the_diagram_is_the_bin_under_the_mouse(pane: ConfidencePane) -> None:
    room = pane.diagram._room()
    found = pane.diagram.bin_at(QPointF(room.left() + 0.96 * room.width(), room.center().y()))
    assert found is not None
    assert sentence(found) == "90 to 100 % sure: 95.0 % on average, 100.0 % right, of 20 images"
    assert sentence(found) in pane.diagram.accessibleDescription()
    assert pane.diagram.bin_at(QPointF(room.left() + 0.2 * room.width(), room.center().y())) is None


def test_the_page_turns_from_the_matrix_to_it_and_shows_who_is_not_sure(
    qtbot: Any, page: EvaluatePage, session: Session
) -> None:
    chip = page.matrix.sureness
    assert not page.matrix.confidence.isVisible()
    qtbot.mouseClick(chip, Qt.MouseButton.LeftButton)
    assert page.matrix.confidence.isVisible()
    assert not page.matrix.view.isVisible()
    assert not page.table.isVisible()
    page.matrix.confidence.set_threshold(0.93)
    qtbot.mouseClick(page.matrix.confidence.unsure, Qt.MouseButton.LeftButton)
    assert session.evaluation is not None
    sure = dict(zip(session.evaluation.images.tolist(), session.evaluation.probabilities.max(axis=1), strict=True))
    assert page.images.ids
    assert set(page.images.ids) == {image for image, p in sure.items() if p < 0.93}
    assert [sure[i] for i in page.images.ids] == sorted(sure[i] for i in page.images.ids)
    assert page.images.title.text().startswith("Not sure, below 93 %: ")
    kept = page.state()
    qtbot.mouseClick(page.matrix.counts, Qt.MouseButton.LeftButton)
    assert page.matrix.view.isVisible()
    assert page.table.isVisible()
    page.restore(kept)
    assert page.matrix.confidence.isVisible()
    assert page.matrix.confidence.threshold == 0.93
