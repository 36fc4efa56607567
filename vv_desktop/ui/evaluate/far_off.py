"""Circular confusion: how many mistakes are the next side of the car, two sides off, opposite, or Background."""

from collections.abc import Iterator

from PySide6.QtCore import Signal
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QGridLayout, QLabel, QWidget

from vv_desktop.core import viewpoint
from vv_desktop.core.evaluation import Evaluation
from vv_desktop.ui import words
from vv_desktop.ui.count_bar import CountBar
from vv_desktop.ui.theme import S, Theme

DISTANCES = ("Next side", "Two sides", "Opposite", viewpoint.BACKGROUND)
"""One for each of `viewpoint.ANGLES`, and mistakes that Background is part of."""
_TIPS = (
    "60° off: the next side was answered",
    "120° off: two sides further",
    "180° off: the opposite side was answered",
    "A side taken for Background, or Background for a side",
)


class FarOff(QWidget):
    """Owns a bar for each distance, of all mistakes or those of one class. Lives on the window's thread.

    Signals: opened(str, list), what the mistakes at a distance are called, and their images, surest first.
    """

    opened = Signal(str, list)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._evaluation: Evaluation | None = None
        self._label: int | None = None
        self.whose = QLabel("Mistakes")
        self.whose.setProperty("role", "muted")
        self.bars = [CountBar(theme, name, QColor(theme.accent)) for name in DISTANCES]
        layout = QGridLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(S)
        layout.addWidget(self.whose, 0, 0, 1, 2)
        for place, bar in enumerate(self.bars):
            bar.setToolTip(_TIPS[place])
            bar.clicked.connect(lambda _=False, place=place: self._open(place))
            layout.addWidget(bar, 1 + place // 2, place % 2)

    def show_evaluation(self, evaluation: Evaluation | None) -> None:
        """Follow these scores; seen only if their classes are sides of a car."""
        if evaluation is None or not viewpoint.speaks_of(evaluation.classes):
            evaluation = None
        elif self._evaluation is None or evaluation.classes != self._evaluation.classes:
            self._label = None
        self._evaluation = evaluation
        self.setVisible(evaluation is not None)
        self._count()

    def show_label(self, label: int | None) -> None:
        """Count the mistakes of this class only; None: of all."""
        self._label = label
        self._count()

    def _count(self) -> None:
        if self._evaluation is None:
            return
        names, matrix = self._evaluation.classes.names, self._evaluation.confusion.tolist()
        if self._label is not None:
            matrix = [row if place == self._label else [0] * len(row) for place, row in enumerate(matrix)]
        score = viewpoint.viewpoint_score(self._evaluation.classes, matrix)
        counts = (*score.off, score.background)
        self.whose.setText("Mistakes" if self._label is None else f"Mistakes of {names[self._label]}")
        for bar, count in zip(self.bars, counts, strict=True):
            share = f" · {100 * count / sum(counts):.0f} %" if count else ""
            bar.show_count(count, sum(counts), f"{count:,}{share}")
            bar.setAccessibleName(f"{self.whose.text()}, {bar.name}: {words.images(count)}")
            bar.setEnabled(count > 0)

    def all_mistakes(self) -> tuple[str, list[int]]:
        """What is counted, and its images, surest first."""
        return self.whose.text(), [image for image, _ in self._mistakes()]

    def _open(self, place: int) -> None:
        wanted = (*viewpoint.ANGLES, None)[place]
        found = [image for image, angle in self._mistakes() if angle == wanted]
        self.opened.emit(f"{self.whose.text()}, {DISTANCES[place].lower() if wanted else DISTANCES[place]}", found)

    def _mistakes(self) -> Iterator[tuple[int, int | None]]:
        """Each image that is counted with how far off its answer is, in degrees."""
        evaluation = self._evaluation
        if evaluation is None:
            return
        names = evaluation.classes.names
        pairs = zip(evaluation.labels.tolist(), evaluation.predicted.tolist(), strict=True)
        said = dict(zip(evaluation.images.tolist(), pairs, strict=True))
        for image in evaluation.mistakes().tolist():
            label, answer = said[image]
            if self._label in (None, label):
                yield image, viewpoint.angle_between(names[label], names[answer])
