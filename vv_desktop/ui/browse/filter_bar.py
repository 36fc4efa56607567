"""The bar over the grid: search, classes with their counts, split, order and size."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtGui import QAction, QColor, QKeyEvent
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QLineEdit, QPushButton, QSlider, QVBoxLayout, QWidget

from vv_desktop.core.classes import ClassList
from vv_desktop.core.quality import Fault
from vv_desktop.ui import theme as look
from vv_desktop.ui import words
from vv_desktop.ui.browse.chips import Chip, dot
from vv_desktop.ui.browse.filters import SORTS, Filter, Sort
from vv_desktop.ui.browse.flow import FlowArea
from vv_desktop.ui.browse.quality_chip import QualityChip
from vv_desktop.ui.theme import M, S, Theme

_SPLITS = {"all": "All splits", "train": "Train", "val": "Val", "test": "Test", "none": "No split"}
_SORTS = {
    "path": "By path",
    "label": "By label",
    "confidence": "Least sure first",
    "group": "By group",
    "quality": "Worst quality first",
}


@dataclass(frozen=True)
class Counts:
    """How many images there are by label (None: unlabelled), how many changed (None without a run) and are excluded.

    faults: how many there are with each fault, None: with any; None instead of all until they were measured.
    """

    by_label: Mapping[str | None, int]
    changed: int | None
    excluded: int = 0
    faults: Mapping[Fault | None, int] | None = None


class SearchBox(QLineEdit):
    """The search text. Lives on the window's thread.

    Signals:
        left: Escape or Down, the keyboard goes back to the grid.
    """

    left = Signal()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.clear()
            self.left.emit()
        elif event.key() in (Qt.Key.Key_Down, Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.left.emit()
        else:
            super().keyPressEvent(event)


class FilterBar(QWidget):
    """Owns what the user wants to see. Lives on the window's thread.

    Signals:
        filter_changed: `filter` is another one.
        refresh_wanted: apply the same filter again.
        zoom_changed(int): thumbnails should have this side in pixels.
        left: the keyboard goes back to the grid.
    """

    filter_changed = Signal()
    refresh_wanted = Signal()
    zoom_changed = Signal(int)
    left = Signal()

    def __init__(
        self, theme: Theme, resources: Path, sides: tuple[int, int, int], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self._filter = Filter()
        self._chips: dict[str, Chip] = {}
        self._unlabelled = Chip("Unlabelled", None)
        self._unlabelled.setIcon(dot(QColor(theme.muted), filled=False))
        self._changed = Chip("Changed", QColor(theme.accent))
        self._changed.setToolTip("Images whose label is another one than when the run was trained")
        self._excluded = Chip("Excluded", None)
        self._excluded.setIcon(dot(QColor(theme.muted), filled=False))
        self._excluded.setToolTip("Images that are neither trained on nor scored")
        self._quality = QualityChip(theme)
        self._build_controls(resources, sides)
        self._place()
        for chip in (self._unlabelled, self._changed, self._excluded):
            chip.clicked.connect(self._read)
        self._quality.chosen.connect(self._read)
        self.search.textChanged.connect(self._read)
        self.search.left.connect(self.left)
        self._split.currentIndexChanged.connect(self._read)
        self._sort.currentIndexChanged.connect(self._read)
        self._zoom.valueChanged.connect(self.zoom_changed)
        self._again.clicked.connect(self.refresh_wanted)
        self._clear.clicked.connect(self.clear)

    def _build_controls(self, resources: Path, sides: tuple[int, int, int]) -> None:
        self.search = SearchBox()
        self.search.setPlaceholderText("Search names, labels, groups   /")
        self.search.setAccessibleName("Search")
        self.search.setClearButtonEnabled(True)
        icon = look.icon(resources, "search", self._theme.muted)
        self.search.addAction(QAction(icon, "", self.search), QLineEdit.ActionPosition.LeadingPosition)
        self._split = _choices(_SPLITS, "Split")
        self._sort = _choices(_SORTS, "Order")
        self._zoom = QSlider(Qt.Orientation.Horizontal)
        self._zoom.setRange(sides[0], sides[2])
        self._zoom.setValue(sides[1])
        self._zoom.setPageStep(32)
        self._zoom.setFixedWidth(112)
        self._zoom.setAccessibleName("Size of the thumbnails")
        self._zoom.setToolTip("Size of the thumbnails")
        self.histogram = QPushButton("Histogram")
        self.histogram.setCheckable(True)
        self.histogram.setProperty("role", "chip")
        self.histogram.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.histogram.setToolTip("How many images of each class the other filters find; a click filters")
        self._found = QLabel()
        self._found.setTextFormat(Qt.TextFormat.PlainText)
        self._found.setProperty("role", "muted")
        self._again = _flat("Apply again", "Leave out the images that no longer match the filter (F5)")
        self._clear = _flat("Show all", "Clear the search and every filter")

    def _place(self) -> None:
        first = QHBoxLayout()
        first.setSpacing(S)
        first.addWidget(self.search, 1)
        for widget in (self._split, self._sort, self.histogram, self._zoom):
            first.addWidget(widget)
        second = QHBoxLayout()
        second.setSpacing(S)
        self._flow = FlowArea(tallest=96)
        second.addWidget(self._flow, 1, Qt.AlignmentFlag.AlignTop)
        for label in (self._again, self._clear, self._found):
            second.addWidget(label, 0, Qt.AlignmentFlag.AlignTop)
        self._found.setMinimumHeight(self._clear.sizeHint().height())
        layout = QVBoxLayout(self)
        layout.setContentsMargins(M, M, M, S)
        layout.setSpacing(S)
        layout.addLayout(first)
        layout.addLayout(second)

    # What is wanted

    @property
    def filter(self) -> Filter:
        """What the user wants to see."""
        return self._filter

    def set_filter(self, wanted: Filter) -> None:
        """Show and want this; `filter_changed` if it is another one."""
        controls = (self.search, self._split, self._sort)
        blockers = [QSignalBlocker(control) for control in controls]
        self.search.setText(wanted.text)
        self._split.setCurrentIndex(self._split.findData(wanted.split))
        self._sort.setCurrentIndex(max(0, self._sort.findData(wanted.sort)))
        del blockers
        for name, chip in self._chips.items():
            chip.setChecked(name in wanted.classes)
        self._unlabelled.setChecked(wanted.unlabelled)
        self._changed.setChecked(wanted.changed)
        self._excluded.setChecked(wanted.excluded)
        self._quality.choose(wanted.quality)
        self._take(wanted)

    def clear(self) -> None:
        """Want to see everything, in the same order."""
        self.set_filter(Filter(sort=self._filter.sort))

    @property
    def zoom(self) -> int:
        """Side of the thumbnails in pixels."""
        return self._zoom.value()

    def set_zoom(self, side: int) -> None:
        """Move the slider."""
        self._zoom.setValue(side)

    def _read(self) -> None:
        chips = frozenset(name for name, chip in self._chips.items() if chip.isChecked())
        self._take(
            Filter(
                text=self.search.text(),
                classes=chips if self._chips else self._filter.classes,
                unlabelled=self._unlabelled.isChecked(),
                changed=self._changed.isChecked(),
                excluded=self._excluded.isChecked(),
                quality=self._quality.choice,
                split=self._split.currentData(),
                sort=self._sort.currentData(),
            )
        )

    def _take(self, wanted: Filter) -> None:
        self._clear.setVisible(wanted.narrows)
        if wanted != self._filter:
            self._filter = wanted
            self.filter_changed.emit()

    # What there is

    def show_classes(self, classes: ClassList | None) -> None:
        """The classes of the project that is open now."""
        names = classes.names if classes else ()
        self._chips = {name: Chip(name, self._theme.colour_of(classes, name)) for name in names} if classes else {}
        for name, chip in self._chips.items():
            chip.setChecked(name in self._filter.classes)
            chip.clicked.connect(self._read)
        self._flow.set_widgets([*self._chips.values(), self._unlabelled, self._changed, self._excluded, self._quality])
        if classes is not None and self._filter.classes - set(names):
            self._read()

    def show_counts(self, counts: Counts) -> None:
        """Numbers on the chips, of the whole project."""
        for name, chip in self._chips.items():
            chip.show_count(counts.by_label.get(name, 0))
        self._unlabelled.show_count(counts.by_label.get(None, 0))
        self._changed.show_count(counts.changed or 0)
        self._changed.setVisible(counts.changed is not None or self._filter.changed)
        self._excluded.show_count(counts.excluded)
        self._excluded.setVisible(counts.excluded > 0 or self._filter.excluded)
        self._quality.show_counts(counts.faults)
        self._offer("confidence", counts.changed is not None)
        self._offer("quality", counts.faults is not None)

    def show_found(self, found: int, total: int, stale: int) -> None:
        """How many of all images are shown; `stale` of them would be left out if the filter was applied now."""
        self._found.setText(words.images(total) if found == total else f"{found:,} of {words.images(total)}")
        self._again.setText(f"Leave out {stale:,}")
        self._again.setVisible(stale > 0)

    def _offer(self, sort: Sort, known: bool) -> None:
        """An order of what is not known is none."""
        place = self._sort.findData(sort)
        if known and place < 0:
            before = SORTS[: SORTS.index(sort)]
            at = sum(self._sort.itemData(i) in before for i in range(self._sort.count()))
            with QSignalBlocker(self._sort):
                self._sort.insertItem(at, _SORTS[sort], sort)
                self._sort.setCurrentIndex(self._sort.findData(self._filter.sort))  # it may have waited for this
        elif not known and place >= 0:
            self._sort.removeItem(place)


def _choices(names: Mapping[str, str], what: str) -> QComboBox:
    box = QComboBox()
    for data, text in names.items():
        box.addItem(text, data)
    box.setAccessibleName(what)
    box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)  # choices come and go
    box.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    return box


def _flat(text: str, tip: str) -> QPushButton:
    button = QPushButton(text)
    button.setProperty("role", "flat")
    button.setToolTip(tip)
    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    button.hide()
    return button
