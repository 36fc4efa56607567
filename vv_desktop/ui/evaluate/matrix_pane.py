"""The confusion matrix with what can be done with it: counts or percent, save, copy."""

from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QContextMenuEvent
from PySide6.QtWidgets import QButtonGroup, QFrame, QHBoxLayout, QMenu, QPushButton, QScrollArea, QVBoxLayout, QWidget

from vv_desktop.core.classes import ClassList
from vv_desktop.core.evaluation import Evaluation
from vv_desktop.session import Message
from vv_desktop.ui.evaluate import figure_files
from vv_desktop.ui.evaluate.confusion_view import ConfusionView
from vv_desktop.ui.evaluate.figure_files import Figure
from vv_desktop.ui.theme import XS, S, Theme


class MatrixPane(QWidget):
    """Owns the matrix and how its numbers are written. Window's thread.

    Signals: opened(int, int), a cell; said(Message), what was saved or copied.
    """

    opened = Signal(int, int)
    said = Signal(object)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._evaluation: Evaluation | None = None
        self.folder = Path.home()
        self.stem = "confusion"
        self.view = ConfusionView(theme)
        self.view.opened.connect(self.opened)
        self.counts, self.percent = self._chip("Counts", False), self._chip("Row percent", True)
        self._group = QButtonGroup(self)
        self._group.addButton(self.counts)
        self._group.addButton(self.percent)
        self.counts.setChecked(True)
        self.percent.toggled.connect(self.view.show_percent)
        self._place()

    def show_evaluation(self, evaluation: Evaluation | None, classes: ClassList | None, stem: str) -> None:
        """Draw these scores; saved files are called `stem` by default."""
        self._evaluation, self.stem = evaluation, stem
        self.view.show_evaluation(evaluation, classes)

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

    def _chip(self, text: str, percent: bool) -> QPushButton:
        button = QPushButton(text)
        button.setCheckable(True)
        button.setProperty("role", "chip")
        button.setToolTip("Percent of the images with that label" if percent else "Numbers of images")
        return button

    def _flat(self, text: str, name: str) -> QPushButton:
        button = QPushButton(text)
        button.setProperty("role", "flat")
        button.setAccessibleName(name)
        button.setToolTip(name)
        return button

    def _place(self) -> None:
        tools = QHBoxLayout()
        tools.setSpacing(XS)
        tools.addWidget(self.counts)
        tools.addWidget(self.percent)
        tools.addStretch()
        for text, name, call in (
            ("PNG…", "Save the matrix as a picture", self.save_png),
            ("CSV…", "Save the counts as CSV", self.save_csv),
            ("Copy", "Copy the matrix as picture and table", self.copy),
        ):
            button = self._flat(text, name)
            button.clicked.connect(call)
            tools.addWidget(button)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setWidget(self.view)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, S)
        layout.setSpacing(S)
        layout.addLayout(tools)
        layout.addWidget(scroll, 1)
