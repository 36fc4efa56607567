"""How a row of the list is read where it has little room."""

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QFontMetrics
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from vv_desktop.ui.predict.page import PredictPage
from vv_desktop.ui.predict.reading import ANSWER, PHOTO, PROJECT, SHARE
from vv_desktop.ui.predict.result_delegate import in_two_lines
from vv_desktop.ui.predict.result_model import ResultsModel
from vv_desktop.ui.predict.result_table import ResultTable

from .conftest import draw

Settled = Callable[[int], None]


def test_a_long_name_is_broken_in_two_and_cut_in_its_middle(qapp: QApplication) -> None:
    metrics = QFontMetrics(qapp.font())
    name = "IMG_2026-11-20_holiday_trip_to_the_coast_0000.jpg"
    whole = metrics.horizontalAdvance(name)
    assert in_two_lines(name, metrics, whole) == [name]
    first, second = in_two_lines(name, metrics, whole * 2 // 3)
    assert first + second == name
    for width in (60, 100, whole // 2 - 20):
        first, second = in_two_lines(name, metrics, width)
        assert name.startswith(first)
        assert second.startswith("…")
        assert name.endswith(second[1:])
        assert max(map(metrics.horizontalAdvance, (first, second))) <= width
        assert metrics.horizontalAdvance(first) > width - 20, "no room is left unused"


def test_on_a_small_window_names_and_answers_have_the_room(qtbot: QtBot, tmp_path: Path) -> None:
    model = ResultsModel()
    model.add([(tmp_path / "red.jpg", True, False, None)])
    table = ResultTable(model)
    qtbot.addWidget(table)
    with qtbot.waitExposed(table):
        table.show()
    for width, hidden in ((440, True), (900, False), (470, True)):
        table.resize(width, 300)
        assert table.isColumnHidden(PROJECT) is hidden
        assert table.columnWidth(ANSWER) >= 116
    assert table.columnWidth(PHOTO) >= 220
    assert "red.jpg" in model.index(0, PHOTO).data(Qt.ItemDataRole.ToolTipRole), "what is cut can be read"


def test_what_is_not_sure_says_so_in_the_list(page: PredictPage, settled: Settled, tmp_path: Path) -> None:
    page.predict_paths([draw(tmp_path / "red.jpg")])
    settled(1)
    table = page.view.table
    cell = table.visualRect(page.model.index(0, SHARE))

    def shown() -> object:
        return table.viewport().grab(cell).toImage()

    page.model.reading.threshold = 0.8
    sure = shown()
    page.model.reading.threshold = 0.81
    assert shown() != sure
    assert page.model.index(0, SHARE).data() == "80 % · not sure"
