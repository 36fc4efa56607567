"""Over the map: which classes and splits are shown, how a drag is meant, what is being drawn."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from vv_desktop.core.classes import ClassList
from vv_desktop.ui.browse.chips import Chip, dot
from vv_desktop.ui.browse.flow import FlowArea
from vv_desktop.ui.theme import S, Theme

SPLITS = {"all": "All splits", "train": "Train", "val": "Val", "test": "Test", "none": "No split"}


class MapHead(QWidget):
    """Owns what is to be shown. Window's thread.

    Signals:
        changed: other classes, splits or only suspects are wanted.
        lasso_changed(bool): a drag draws around points, or moves the map.
        again_wanted: draw the map anew.
    """

    changed = Signal()
    lasso_changed = Signal(bool)
    again_wanted = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.chips: dict[str | None, Chip] = {}
        self._flow = FlowArea(tallest=64)
        self.split = QComboBox()
        self.split.setAccessibleName("Split")
        for key, text in SPLITS.items():
            self.split.addItem(text, key)
        self.split.currentIndexChanged.connect(lambda _: self.changed.emit())
        self.suspects = Chip("Only suspects", QColor(theme.danger))
        self.suspects.setIcon(dot(QColor(theme.danger), filled=False))
        self.suspects.setToolTip("Points with a ring: their label is probably wrong (page Suspects)")
        self.suspects.clicked.connect(self.changed)
        self.lasso = Chip("Lasso", None)
        self.lasso.setToolTip("Draw around points to see them beside the map; Shift and a drag does the same")
        self.lasso.toggled.connect(self.lasso_changed)
        self.note = QLabel(textFormat=Qt.TextFormat.PlainText)
        self.note.setProperty("role", "muted")
        self.again = QPushButton("Draw again")
        self.again.setProperty("role", "flat")
        self.again.clicked.connect(self.again_wanted)
        self._place()

    @property
    def chosen_split(self) -> str:
        """One of `SPLITS`."""
        return str(self.split.currentData())

    @property
    def hidden(self) -> frozenset[str | None]:
        """Labels whose points are not wanted; None is no label."""
        picked = {label for label, chip in self.chips.items() if chip.isChecked()}
        return frozenset(self.chips) - picked if picked else frozenset()

    def show_classes(self, classes: ClassList | None) -> None:
        """A chip for each class and one for no label."""
        self.chips = {}
        if classes is not None:
            for name in classes.names:
                self.chips[name] = Chip(name, self._theme.colour_of(classes, name))
            self.chips[None] = Chip("Unlabelled", None)
            self.chips[None].setIcon(dot(QColor(self._theme.muted), filled=False))
        for chip in self.chips.values():
            chip.clicked.connect(self.changed)
        self._flow.set_widgets([*self.chips.values()])

    def show_counts(self, counts: dict[str | None, int], suspects: int) -> None:
        """How many points of each label there are, whatever is hidden, and how many have a ring."""
        for label, chip in self.chips.items():
            chip.show_count(counts.get(label, 0))
        self.suspects.show_count(suspects)
        self.suspects.setEnabled(suspects > 0 or self.suspects.isChecked())

    def _place(self) -> None:
        row = QHBoxLayout()
        row.setSpacing(S)
        for widget in (self.split, self.suspects, self.lasso):
            row.addWidget(widget)
        row.addStretch(1)
        row.addWidget(self.note)
        row.addWidget(self.again)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(S)
        layout.addLayout(row)
        layout.addWidget(self._flow)
