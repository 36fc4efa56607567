"""The class histogram: how many images of each class the other filters find, on the dial or as bars, which filter."""

from collections.abc import Mapping
from dataclasses import replace

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QColor, QGuiApplication
from PySide6.QtWidgets import QFrame, QScrollArea, QVBoxLayout, QWidget

from vv_desktop.core import viewpoint
from vv_desktop.core.classes import ClassList
from vv_desktop.ui import words
from vv_desktop.ui.browse.class_buttons import WORTH_A_DIAL
from vv_desktop.ui.browse.filters import Filter
from vv_desktop.ui.count_bar import CountBar
from vv_desktop.ui.theme import XS, S, Theme
from vv_desktop.ui.viewpoint_dial import SIDE, ViewpointDial

TIP = "Only this class; with Ctrl, this class as well; once more, every class"


class ClassCounts(QWidget):
    """Owns the dial and a bar for what is no side of the car. Lives on the window's thread.

    Signals: wanted(Filter), the filter that was shown with other classes.
    """

    wanted = Signal(object)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._filter = Filter()
        self.bars: dict[str | None, CountBar] = {}
        self.dial = ViewpointDial(theme)
        self.dial.chosen.connect(self._choose)
        inside = QWidget()
        self._column = QVBoxLayout(inside)
        self._column.setContentsMargins(S, 0, S, S)
        self._column.setSpacing(XS)
        self._column.addWidget(self.dial)
        self._column.addStretch()
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setWidget(inside)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(scroll)
        self.setFixedWidth(SIDE + 2 * S)
        self.setAccessibleName("Images of each class")

    def show_classes(self, classes: ClassList | None) -> None:
        """A place on the dial, or a bar, for each of these classes."""
        for old in self.bars.values():
            old.setParent(None)
            old.deleteLater()
        self.bars = {}
        turns = classes is not None and viewpoint.speaks_of(classes) and len(classes) >= WORTH_A_DIAL
        self.dial.setVisible(turns)
        if classes is None:
            return
        if turns:
            self.dial.show_classes(classes)
            for name, side in self.dial.sides.items():
                side.setToolTip(f"{name}: {TIP[0].lower()}{TIP[1:]}")
        for name in classes.names:
            if not turns or name not in self.dial.sides:
                self._add(name, name, self._theme.colour_of(classes, name))
        self._add(None, "Unlabelled", QColor(self._theme.muted))

    def show_counts(self, counts: Mapping[str | None, int], wanted: Filter) -> None:
        """How many images there are by label (None: unlabelled), and which of them this filter wants."""
        self._filter = wanted
        pressed = self._pressed
        most = max(counts.values(), default=0)
        self.dial.show_counts(counts)
        self.dial.show_pressed(pressed)
        for label, bar in self.bars.items():
            bar.show_count(counts.get(label, 0), most)
            bar.setChecked(label in pressed)

    @property
    def _pressed(self) -> frozenset[str | None]:
        unlabelled: tuple[None, ...] = (None,) if self._filter.unlabelled else ()
        return frozenset((*self._filter.classes, *unlabelled))

    def _add(self, label: str | None, name: str, colour: QColor) -> None:
        bar = self.bars[label] = CountBar(self._theme, name, colour)
        bar.setCheckable(True)
        bar.setToolTip(words.tooltip(f"{name}: {TIP[0].lower()}{TIP[1:]}"))
        bar.clicked.connect(lambda _=False: self._choose(label))
        self._column.insertWidget(self._column.count() - 1, bar)

    def _choose(self, label: str | None) -> None:
        one: frozenset[str | None] = frozenset([label])
        if QGuiApplication.keyboardModifiers() & Qt.KeyboardModifier.ControlModifier:
            labels = self._pressed ^ one
        else:
            labels = frozenset() if self._pressed == one else one
        names = frozenset(name for name in labels if name is not None)
        self.wanted.emit(replace(self._filter, classes=names, unlabelled=None in labels))
