"""Labels that no class is called by: one choice for each."""

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import (
    QComboBox,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from vv_desktop.ui import theme, words
from vv_desktop.ui.elided_label import ElidedLabel

MOST = 200
"""More rows than this are no longer choices but a wrong column; they are chosen for together."""


class ChoiceBox(QComboBox):
    """A choice that the wheel does not change while the list around it is scrolled. Lives on the window's thread."""

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()


class UnknownLabels(QWidget):
    """The unknown labels, each with a combo box; leaving it unlabelled is where it starts.

    Owns the choices; lives on the window's thread. Signals: `changed` when a choice was made.
    """

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._classes: tuple[str, ...] = ()
        self._labels: tuple[str, ...] = ()
        self._all_new = False
        self.boxes: dict[str, ChoiceBox] = {}
        self._more = QLabel(wordWrap=True)
        self._more.setProperty("role", "muted")
        leave, add = QPushButton("Leave all without label"), QPushButton("Add all as new classes")
        self.leave_button, self.add_button = leave, add
        leave.clicked.connect(lambda: self._choose_for_all(0))
        add.clicked.connect(lambda: self._choose_for_all(1))
        self._scroll = QScrollArea(widgetResizable=True)
        self._scroll.setFrameShape(QFrame.Shape.NoFrame)
        bulk = QHBoxLayout()
        bulk.setSpacing(theme.S)
        bulk.addWidget(leave)
        bulk.addWidget(add)
        bulk.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.S)
        column.addWidget(self._scroll, 1)
        column.addWidget(self._more)
        column.addLayout(bulk)

    def show_labels(self, labels: Sequence[tuple[str, int]], classes: Sequence[str]) -> None:
        """Ask for each label, given with its number of images, which of the classes it means."""
        self._labels, self._classes, self._all_new = tuple(name for name, _ in labels), tuple(classes), False
        self.boxes = {}
        inner = QWidget()
        grid = QGridLayout(inner)
        grid.setContentsMargins(0, 0, theme.M, 0)
        grid.setHorizontalSpacing(theme.M)
        grid.setVerticalSpacing(theme.XS)
        grid.setColumnStretch(0, 1)
        grid.setColumnMinimumWidth(0, 120)
        for row, (name, count) in enumerate(labels[:MOST]):
            number = QLabel(f"{count:,} images" if count != 1 else "1 image")
            number.setProperty("role", "muted")
            self.boxes[name] = self._box(name)
            grid.addWidget(ElidedLabel(name, Qt.TextElideMode.ElideRight), row, 0)
            grid.addWidget(number, row, 1, Qt.AlignmentFlag.AlignRight)
            grid.addWidget(self.boxes[name], row, 2)
        grid.setRowStretch(len(self.boxes), 1)
        self._scroll.setWidget(inner)
        beyond = len(labels) - len(self.boxes)
        self._more.setText(f"… and {beyond:,} more; the buttons below choose for them too." if beyond else "")
        self._more.setVisible(beyond > 0)

    def choices(self) -> dict[str, str | None]:
        """Class name for each label that gets one: an existing one, or its own as a new class."""
        beyond = self._labels[len(self.boxes) :] if self._all_new else ()
        chosen: dict[str, str | None] = {name: name for name in beyond}
        for name, box in self.boxes.items():
            place = box.currentIndex()
            if place == 1:
                chosen[name] = name
            elif place > 1:
                chosen[name] = self._classes[place - 3]
        return chosen

    def _box(self, name: str) -> ChoiceBox:
        box = ChoiceBox()
        box.setAccessibleName(f"What {words.shown(name)} means")
        box.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        box.setMinimumContentsLength(16)
        box.addItems(["Leave without label", "Add as a new class"])
        box.insertSeparator(2)
        box.addItems([f"It means {words.shown(other)}" for other in self._classes])
        box.currentIndexChanged.connect(self.changed)
        return box

    def _choose_for_all(self, place: int) -> None:
        self._all_new = place == 1
        for box in self.boxes.values():
            box.blockSignals(True)
            box.setCurrentIndex(place)
            box.blockSignals(False)
        self.changed.emit()
