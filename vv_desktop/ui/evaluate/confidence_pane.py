"""What the probabilities are worth: how often they are right, and what is gained by saying "not sure" below one."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QPushButton,
    QSlider,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from vv_desktop.core.calibration import Calibration, calibration_error
from vv_desktop.core.confidence import Accepted, accepted, reliability, threshold_for
from vv_desktop.core.evaluation import Evaluation
from vv_desktop.ui import words
from vv_desktop.ui.evaluate.reliability_diagram import ReliabilityDiagram
from vv_desktop.ui.evaluate.score_words import images_of, percent, with_interval
from vv_desktop.ui.theme import XS, M, S, Theme

COLUMNS = ("Answer", "Taken", "Right", "Not sure")
WANTED = 0.95
"""How often what is taken should be right, for the button that looks for the threshold."""


class ConfidencePane(QWidget):
    """Owns the threshold, 0 to 100 %; all else follows from the evaluation it is shown. Window's thread.

    Signals: unsure_wanted, show the images below the threshold; threshold_changed(float), 0 to 1, once it is let go of.
    """

    unsure_wanted = Signal()
    threshold_changed = Signal(float)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._evaluation: Evaluation | None = None
        self.worth, self.taken = _sentence("muted"), _sentence("")
        self.diagram = ReliabilityDiagram(theme)
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setRange(0, 100)
        self.slider.setAccessibleName("Take answers from this probability on, in percent")
        self.slider.valueChanged.connect(self._moved)
        self.slider.sliderReleased.connect(lambda: self.threshold_changed.emit(self.threshold))
        self.value = QLabel("0 %")
        self.value.setFixedWidth(self.fontMetrics().horizontalAdvance("100 %") + S)
        self.value.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.reach = QPushButton(f"{100 * WANTED:.0f} % right")
        self.reach.setProperty("role", "chip")
        self.reach.setToolTip(f"The lowest threshold from which on {100 * WANTED:.0f} % of the answers taken are right")
        self.reach.clicked.connect(self._find)
        self.unsure = QPushButton("Show those not sure")
        self.unsure.setProperty("role", "flat")
        self.unsure.clicked.connect(self.unsure_wanted)
        self.table = self._table()
        self._place()

    @property
    def threshold(self) -> float:
        """From 0 to 1."""
        return self.slider.value() / 100

    def set_threshold(self, threshold: float) -> None:
        """Move the slider there."""
        self.slider.setValue(round(100 * threshold))

    def show_evaluation(self, evaluation: Evaluation | None, calibration: Calibration | None) -> None:
        """Draw these scores; calibration: what the run keeps of its own, None where it has none."""
        self._evaluation = evaluation if evaluation is not None and len(evaluation.images) else None
        for widget in (self.slider, self.reach, self.unsure):
            widget.setEnabled(self._evaluation is not None)
        before = calibration.before if calibration is not None else ()
        bins = reliability(evaluation.probabilities, evaluation.labels) if self._evaluation and evaluation else ()
        self.diagram.show_bins(bins, before)
        self.worth.setText(worth(calibration_error(bins), calibration) if bins else "Nothing is scored here.")
        self._show_taken()

    # How

    def _moved(self) -> None:
        self._show_taken()
        if not self.slider.isSliderDown():
            self.threshold_changed.emit(self.threshold)

    def _find(self) -> None:
        if self._evaluation is None:
            return
        found = threshold_for(self._evaluation, WANTED)
        if found is None:
            self.taken.setText(f"No threshold makes {100 * WANTED:.0f} % of the answers taken right.")
        else:
            self.slider.setValue(min(100, -(-round(10_000 * found) // 100)))  # rounded up: not one answer less sure

    def _show_taken(self) -> None:
        self.value.setText(f"{self.slider.value()} %")
        rows = accepted(self._evaluation, self.threshold) if self._evaluation is not None else ()
        self.taken.setText(taken(rows[0]) if rows else "")
        self.table.setRowCount(max(0, len(rows) - 1))
        for place, row in enumerate(rows[1:]):
            shown = (words.shown(row.name), f"{row.taken:,}", percent(row.accuracy), f"{row.total - row.taken:,}")
            for column, text in enumerate(shown):
                item = QTableWidgetItem(text)
                item.setTextAlignment(_side(column))
                self.table.setItem(place, column, item)

    def _table(self) -> QTableWidget:
        table = QTableWidget(0, len(COLUMNS))
        table.setAccessibleName("What the threshold lets through, by class")
        for column, name in enumerate(COLUMNS):
            head = QTableWidgetItem(name)
            head.setTextAlignment(_side(column))
            table.setHorizontalHeaderItem(column, head)
        table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        table.setTabKeyNavigation(False)
        table.setShowGrid(False)
        table.verticalHeader().hide()
        table.horizontalHeader().setHighlightSections(False)
        table.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        table.setMinimumHeight(90)
        return table

    def _place(self) -> None:
        row = QHBoxLayout()
        row.setSpacing(S)
        row.addWidget(QLabel("Not sure below"))
        row.addWidget(self.slider, 1)
        row.addWidget(self.value)
        row.addWidget(self.reach)
        under = QHBoxLayout()
        under.setSpacing(S)
        under.addWidget(self.taken, 1)
        under.addWidget(self.unsure)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, M, S)
        layout.setSpacing(XS)
        layout.addWidget(self.worth)
        layout.addWidget(self.diagram, 3)
        layout.addLayout(row)
        layout.addLayout(under)
        layout.addWidget(self.table, 2)


def worth(error: float, calibration: Calibration | None) -> str:
    """How far the probabilities are off, now and before they were scaled."""
    now = f"Probabilities are off by {percent(error)} on average"
    if calibration is None:
        return f"{now}; this run's were never scaled, as it is older or had too few val images."
    before = percent(calibration_error(calibration.before))
    fitted = f"a temperature of {calibration.temperature:.2f}, fitted on {images_of(calibration.images, 'val')}"
    return f"{now}; before scaling by {fitted}, {before} (rings)."


def taken(row: Accepted) -> str:
    """What a threshold does: "312 of 381 images taken (81.9 %), 93.2 % ± 2.8 of them right"."""
    if not row.taken:
        return f"0 of {images_of(row.total)} taken."
    right = with_interval(row.accuracy, *row.interval)
    return f"{row.taken:,} of {images_of(row.total)} taken ({percent(row.coverage)}), {right} of them right."


def _sentence(role: str) -> QLabel:
    label = QLabel(wordWrap=True, textFormat=Qt.TextFormat.PlainText)
    label.setProperty("role", role)
    return label


def _side(column: int) -> Qt.AlignmentFlag:
    side = Qt.AlignmentFlag.AlignRight if column else Qt.AlignmentFlag.AlignLeft
    return side | Qt.AlignmentFlag.AlignVCenter
