"""Circular confusion: the dial with its ribbons, and how far off the mistakes are in four bars."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from vv_desktop.core import viewpoint
from vv_desktop.core.evaluation import Evaluation
from vv_desktop.ui.elided_label import ElidedLabel
from vv_desktop.ui.evaluate.confusion_dial import ConfusionDial
from vv_desktop.ui.evaluate.far_off import FarOff
from vv_desktop.ui.theme import S, Theme

LEGEND = "Ribbons: wide at the label, narrow at the answer. Click one for its images."


class CirclePane(QWidget):
    """Owns the dial and the bars, and keeps both on one label. Lives on the window's thread.

    Signals: opened(int, int), a ribbon: label and answer; listed(str, list), what some mistakes are called, and their
    images, surest first.
    """

    opened = Signal(int, int)
    listed = Signal(str, list)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._evaluation: Evaluation | None = None
        self.dial = ConfusionDial(theme)
        self.far = FarOff(theme)
        self.dial.opened.connect(self.opened)
        self.dial.narrowed.connect(self._narrow)
        self.far.opened.connect(self.listed)
        legend = ElidedLabel(LEGEND, mode=Qt.TextElideMode.ElideRight)  # wrapped, it would not let the dial shrink
        legend.setProperty("role", "muted")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(S)
        layout.addWidget(self.dial, 1)
        layout.addWidget(self.far)
        layout.addWidget(legend)

    def show_evaluation(self, evaluation: Evaluation | None) -> None:
        """Follow these scores; nothing is drawn of classes that are no sides of a car."""
        if evaluation is not None and not viewpoint.speaks_of(evaluation.classes):
            evaluation = None
        if evaluation is not None:
            self.dial.show_evaluation(evaluation)
        self._evaluation = evaluation
        self.far.show_evaluation(evaluation)

    def show_label(self, label: int | None) -> None:
        """Let the mistakes of one label stand out, in the dial and the bars; None: all."""
        self.dial.show_label(label)
        self.far.show_label(label)

    def _narrow(self, label: int | None) -> None:
        self.show_label(label)
        self.listed.emit(*self.far.all_mistakes())
