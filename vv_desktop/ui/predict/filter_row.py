"""Which photos the list shows, and with whom the run is compared."""

import math
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QWidget

from vv_desktop.core.answerers import Answerer
from vv_desktop.core.classes import ClassList
from vv_desktop.core.project import USUAL_THRESHOLD
from vv_desktop.core.runs import Run
from vv_desktop.ui import theme, words
from vv_desktop.ui.elided_label import ElidedLabel
from vv_desktop.ui.predict.results import UNLIKE, Filter, Kind

KINDS: dict[str, Kind] = {
    "All photos": "all",
    "Not sure": "unsure",
    "Unlike": "unlike",
    "Different answers": "differ",
    "Without an answer": "failed",
}
BELOW = (50, 60, 70, 80, 90, 95, 99)
"""Per cent below which an answer may be called not sure, beside the one that the project has."""
NOBODY, FILE = "Compare with…", "A model file…"


class FilterRow(QWidget):
    """Owns the choices over the list. Lives on the window's thread.

    Signals:
        filtered: other photos are wanted.
        compared(object): with this answerer, or with none.
        threshold_chosen(float): "not sure" is to mean less than this probability, 0 to 1.
        file_wanted: with a model file that is still to be chosen.
    """

    filtered = Signal()
    compared = Signal(object)
    threshold_chosen = Signal(float)
    file_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.kind = _box("Which photos are shown")
        unsure = "Not sure: the most probable class is less probable than the number beside it, as on Evaluate"
        self.kind.setToolTip(f"{unsure}\nUnlike: {UNLIKE.lower()}, so the answer may mean nothing")
        self.below = _box("Not sure below", 9)
        self.show_threshold(USUAL_THRESHOLD)
        self.other = _box("Compare with")
        self.other.setToolTip("Ask another run, or a model file, about the same photos")
        self._counts = ElidedLabel(mode=Qt.TextElideMode.ElideRight)
        self._counts.setProperty("role", "small")
        self._answerers: list[Answerer] = []
        self._classes, self._compared = ClassList(("-",)), False
        self.show_answerers((), None)
        self.kind.currentIndexChanged.connect(self._choose_kind)
        self.below.activated.connect(lambda _: self.threshold_chosen.emit(self.below.currentData() / 100))
        self.other.activated.connect(self._choose_other)
        self._lay_out()
        self._choose_kind()

    @property
    def wanted(self) -> Filter:
        """Which photos are to be shown."""
        data: tuple[Kind, str] | None = self.kind.currentData()
        kind, name = data or ("all", "")
        return Filter(kind, self.below.currentData() / 100, name)

    @property
    def counts(self) -> str:
        """What is said about how many there are."""
        return self._counts.text()

    def show_threshold(self, threshold: float) -> None:
        """Below which probability, 0 to 1, an answer is not sure."""
        own = round(100 * threshold)
        with QSignalBlocker(self.below):
            self.below.clear()
            for share in sorted({*BELOW, own}):
                self.below.addItem(f"below {share} %", share)
            self.below.setCurrentIndex(self.below.findData(own))

    def show_classes(self, classes: ClassList) -> None:
        """The classes that can be chosen."""
        self._classes = classes
        self._offer_kinds()

    def show_answerers(self, answerers: Sequence[Answerer], chosen: Answerer | None) -> None:
        """With whom the run can be compared, and with whom it is."""
        self._answerers = list(answerers)
        with QSignalBlocker(self.other):
            self.other.clear()
            self.other.addItem(NOBODY if chosen is None else "No comparison", None)
            for place, answerer in enumerate(answerers):
                self.other.addItem(words.shown(described(answerer)), place)
                self.other.setItemData(place + 1, words.tooltip(str(answerer.place)), Qt.ItemDataRole.ToolTipRole)
            self.other.addItem(FILE, FILE)
            place = next((i for i, a in enumerate(answerers) if chosen is not None and a.place == chosen.place), -1)
            self.other.setCurrentIndex(place + 1)
        self._compared = chosen is not None
        self._offer_kinds()

    def show_counts(self, shown: int, total: int, compared: int, differing: int) -> None:
        """How many photos are shown, and how often the two agree."""
        said = f"{shown:,} of {total:,} photos" if shown != total and self.wanted.kind != "differ" else ""
        if compared:
            agree = f"{math.floor(1000 * (1 - differing / compared)) / 10:.1f} %"  # never rounded up to all
            said += f"{' · ' if said else ''}{differing:,} of {compared:,} differ; {agree} agree"
        self._counts.show_text(said)

    def _offer_kinds(self) -> None:
        """What can be chosen now; what is chosen stays, if it still can be."""
        before = self.kind.currentData()
        choices = [(text, (kind, "")) for text, kind in KINDS.items() if self._compared or kind != "differ"]
        choices += [(words.shown(name), ("class", name)) for name in self._classes.names]
        with QSignalBlocker(self.kind):
            self.kind.clear()
            for text, data in choices:
                self.kind.addItem(text, data)
            self.kind.insertSeparator(len(KINDS) - (not self._compared))
            kept = (i for i in range(self.kind.count()) if before and self.kind.itemData(i) == before)
            self.kind.setCurrentIndex(next(kept, 0))
        if self.kind.currentData() != before:
            self._choose_kind()

    def _choose_kind(self) -> None:
        self.below.setVisible(self.wanted.kind == "unsure")
        self.filtered.emit()

    def _choose_other(self) -> None:
        data = self.other.currentData()
        if data == FILE:
            self.file_wanted.emit()
        else:
            self.compared.emit(None if data is None else self._answerers[data])

    def _lay_out(self) -> None:
        label = QLabel("Show")
        label.setBuddy(self.kind)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.S)
        for widget in (label, self.kind, self.below, self.other):
            row.addWidget(widget)
        row.addWidget(self._counts, 1)


def _box(name: str, letters: int = 13) -> QComboBox:
    box = QComboBox()
    box.setAccessibleName(name)
    box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
    box.setMinimumContentsLength(letters)
    return box


def described(answerer: Answerer) -> str:
    """ "quick, 22 Nov 09:14", or the file's name."""
    if isinstance(answerer.model, Path):
        return answerer.name
    run: Run = answerer.model
    return f"{run.name}, {run.trained:%d %b %H:%M}"
