"""The confusion matrix with what can be done with it: counts, percent, save, copy; or one of the panes in its place."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QContextMenuEvent
from PySide6.QtWidgets import (
    QButtonGroup,
    QFrame,
    QHBoxLayout,
    QMenu,
    QPushButton,
    QScrollArea,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from vv_desktop.core import viewpoint
from vv_desktop.core.calibration import Calibration
from vv_desktop.core.classes import ClassList
from vv_desktop.core.evaluation import Evaluation
from vv_desktop.core.user_folders import home_or_here
from vv_desktop.session import Message
from vv_desktop.ui.evaluate import figure_files
from vv_desktop.ui.evaluate.circle_pane import CirclePane
from vv_desktop.ui.evaluate.confidence_pane import ConfidencePane
from vv_desktop.ui.evaluate.confusion_view import ConfusionView
from vv_desktop.ui.evaluate.figure_files import Figure
from vv_desktop.ui.theme import XS, S, Theme


class MatrixPane(QWidget):
    """Owns the matrix, how its numbers are written, and the panes that can take its place. Window's thread.

    Signals: opened(int, int), a cell; said(Message), what was saved or copied; turned(bool), one of
    the panes is seen instead, and needs the room of the class table.
    """

    opened = Signal(int, int)
    said = Signal(object)
    turned = Signal(bool)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._evaluation: Evaluation | None = None
        self.folder = home_or_here()
        self.stem = "confusion"
        self.view = ConfusionView(theme)
        self.view.opened.connect(self.opened)
        self.circle = CirclePane(theme)
        self.circle.opened.connect(self.opened)
        self.confidence = ConfidencePane(theme)
        self.counts = _chip("Counts", "Numbers of images")
        self.percent = _chip("Row percent", "Percent of the images with that label")
        self.sides = _chip("Round the car", "Which side is taken for which, and how far off that is")
        self.sureness = _chip("Confidence", "How often answers are right that are so sure, and where to say not sure")
        self._group = QButtonGroup(self)
        for button in (self.counts, self.percent, self.sides, self.sureness):
            self._group.addButton(button)
        self.counts.setChecked(True)
        self.percent.toggled.connect(self.view.show_percent)
        self._files: list[QPushButton] = []
        self._body = QStackedWidget()
        self._group.buttonToggled.connect(self._turn)
        self._place()

    def show_evaluation(
        self, evaluation: Evaluation | None, classes: ClassList | None, stem: str, calibration: Calibration | None
    ) -> None:
        """Draw these scores; saved files are called `stem` by default. calibration: of the run that answers."""
        self._evaluation, self.stem = evaluation, stem
        self.view.show_evaluation(evaluation, classes)
        self.confidence.show_evaluation(evaluation, calibration)
        sides = evaluation is not None and viewpoint.speaks_of(evaluation.classes)
        self.circle.show_evaluation(evaluation if sides else None)
        if evaluation is not None and not sides and self.sides.isChecked():
            self.counts.setChecked(True)
        self.sides.setVisible(sides)

    def figure(self) -> Figure:
        """What is saved and copied: the picture and the counts."""
        if self._evaluation is None:
            return Figure(self.view, (), self.stem)
        names = self._evaluation.classes.names
        rows = [(name, *map(int, counts)) for name, counts in zip(names, self._evaluation.confusion, strict=True)]
        return Figure(self.view, (("label \\ predicted", *names), *rows), self.stem)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        menu = QMenu(self)
        menu.addAction("Save PNG…", self.save_png)
        menu.addAction("Save CSV…", self.save_csv)
        menu.addAction("Copy", self.copy)
        menu.exec(event.globalPos())
        menu.deleteLater()

    def save_png(self) -> None:
        """Ask where to, and write the picture."""
        self._tell(figure_files.save_png(self.figure(), self.folder))

    def save_csv(self) -> None:
        """Ask where to, and write the counts."""
        self._tell(figure_files.save_csv(self.figure(), self.folder))

    def copy(self) -> None:
        """Picture and counts to the clipboard."""
        self._tell(figure_files.copy(self.figure()))

    # How

    def _tell(self, message: Message | None) -> None:
        if message is not None:
            self.said.emit(message)

    def _turn(self, chip: QPushButton, seen: bool) -> None:
        if not seen:
            return
        self._body.setCurrentIndex({self.sides: 1, self.sureness: 2}.get(chip, 0))
        for button in self._files:
            button.setVisible(chip in (self.counts, self.percent))
        self.turned.emit(chip in (self.sides, self.sureness))

    def _flat(self, text: str, name: str) -> QPushButton:
        button = QPushButton(text)
        button.setProperty("role", "flat")
        button.setAccessibleName(name)
        button.setToolTip(name)
        return button

    def _place(self) -> None:
        tools = QHBoxLayout()
        tools.setSpacing(XS)
        for chip in (self.counts, self.percent, self.sides, self.sureness):
            tools.addWidget(chip)
        tools.addStretch()
        for text, name, call in (
            ("PNG…", "Save the matrix as a picture", self.save_png),
            ("CSV…", "Save the counts as CSV", self.save_csv),
            ("Copy", "Copy the matrix as picture and table", self.copy),
        ):
            button = self._flat(text, name)
            button.clicked.connect(call)
            tools.addWidget(button)
            self._files.append(button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, S)
        layout.setSpacing(S)
        layout.addLayout(tools)
        for widget in (self.view, self.circle, self.confidence):
            scroll = QScrollArea()
            scroll.setWidgetResizable(True)
            scroll.setFrameShape(QFrame.Shape.NoFrame)
            scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
            scroll.setWidget(widget)
            self._body.addWidget(scroll)
        layout.addWidget(self._body, 1)


def _chip(text: str, tip: str) -> QPushButton:
    button = QPushButton(text)
    button.setCheckable(True)
    button.setProperty("role", "chip")
    button.setToolTip(tip)
    return button
