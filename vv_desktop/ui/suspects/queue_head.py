"""Above the queue: how far one is, which part of it is shown, and how."""

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QButtonGroup, QComboBox, QHBoxLayout, QLabel, QPushButton, QWidget

from vv_desktop.core.dataset import Split
from vv_desktop.core.suspect_queue import SPLITS, narrowed, pair_counts, split_counts
from vv_desktop.ui import words
from vv_desktop.ui.suspects.suspect_walk import SuspectWalk
from vv_desktop.ui.theme import S

Choice = tuple[str, object]


class QueueHead(QWidget):
    """Owns the filters' boxes and the two ways to look. Lives on the window's thread.

    Signals:
        grid_chosen(bool): the grid is wanted, or one suspect at a time.
        rank_wanted: the images are to be ranked by their labels as they are now.
        left: a filter was chosen, and the keyboard belongs to the queue again.
    """

    grid_chosen = Signal(bool)
    rank_wanted = Signal()
    left = Signal()

    def __init__(self, walk: SuspectWalk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._walk = walk
        self.progress = QLabel()
        self.progress.setStyleSheet("font-weight: 600;")
        self.pairs, self.splits = _box("Label and suggestion", 15), _box("Split", 8)
        self.one, self.grid = _mode("One by one"), _mode("Grid")
        self.one.setChecked(True)
        modes = QButtonGroup(self)
        modes.addButton(self.one)
        modes.addButton(self.grid)
        self.again = QPushButton("Rank again")
        self.again.setToolTip("Rank all images by their labels as they are now")
        self.again.setAutoDefault(False)
        self.again.clicked.connect(lambda: self.rank_wanted.emit())
        self.grid.toggled.connect(self.grid_chosen)
        for box in (self.pairs, self.splits):
            box.activated.connect(self._filter)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(S)
        row.addWidget(self.progress, 1)
        for widget in (self.pairs, self.splits, self.one, self.grid, self.again):
            row.addWidget(widget)

    def refresh(self) -> None:
        """Counts of what is left, by pair and by split."""
        walk = self._walk
        counts = walk.tally
        doubts = f", {counts.unsure:,} not sure" if counts.unsure else ""
        self.progress.setText(f"{counts.looked_at:,} of {counts.total:,}, {counts.fixed:,} fixed")
        self.progress.setToolTip(f"Looked at {counts.looked_at:,} of {counts.total:,} suspects{doubts}")
        names = walk.names if walk.everything else ()
        of_split = narrowed(walk.everything, splits=walk.splits)
        found = pair_counts(of_split)
        if walk.pair is not None and walk.pair not in dict(found):
            found.append((walk.pair, 0))
        pairs: list[Choice] = [("All pairs", None)]
        pairs += [(words.shown(f"{names[a]} → {names[b]}  {count:,}"), (a, b)) for (a, b), count in found]
        _fill(self.pairs, pairs, walk.pair)
        chosen = walk.splits[0] if len(walk.splits) == 1 else "all"
        in_split: dict[Split | None, int] = split_counts(narrowed(walk.everything, walk.pair))
        splits: list[Choice] = [("All splits", "all")]
        splits += [
            (f"{split or 'no split'}  {in_split.get(split, 0):,}", split)
            for split in SPLITS
            if split in in_split or split == chosen
        ]
        _fill(self.splits, splits, chosen)

    def _filter(self) -> None:
        split = self.splits.currentData()
        pair = self.pairs.currentData()
        self._walk.filter_by(None if pair is None else tuple(pair), SPLITS if split == "all" else (split,))
        self.left.emit()


def _box(name: str, letters: int) -> QComboBox:
    box = QComboBox()
    box.setAccessibleName(name)
    box.setToolTip(name)
    box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
    box.setMinimumContentsLength(letters)
    return box


def _mode(text: str) -> QPushButton:
    button = QPushButton(text)
    button.setCheckable(True)
    button.setProperty("role", "chip")
    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    button.setAutoDefault(False)
    return button


def _fill(box: QComboBox, choices: Sequence[Choice], chosen: object) -> None:
    """Put the choices in, if they are others than there are, and choose one without a signal."""
    box.blockSignals(True)
    if [box.itemText(i) for i in range(box.count())] != [text for text, _ in choices]:
        box.clear()
        for text, value in choices:
            box.addItem(text, value)
    box.setCurrentIndex(next((i for i, (_, value) in enumerate(choices) if value == chosen), 0))
    box.blockSignals(False)
    box.view().setMinimumWidth(box.view().sizeHintForColumn(0) + 2 * S)
