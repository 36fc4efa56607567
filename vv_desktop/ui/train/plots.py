"""One plot of a quantity over time, drawn by pyqtgraph; imported only when the first chart is shown."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyqtgraph as pg  # noqa: TID253 (this module itself is imported when the first chart is shown)
from PySide6.QtCore import QEvent, QPointF, Qt, Signal
from PySide6.QtGui import QFont

from vv_desktop.core.progress import EpochEnd
from vv_desktop.ui.theme import SMALL, Theme
from vv_desktop.ui.train.words import clock

LABEL_ROOM = 128
"""Pixels to the right of the last epoch, for the names of the lines."""
_STEPS = (0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400)


@dataclass(frozen=True)
class Quantity:
    """What a plot shows of an epoch: validation and training value, their range, and how a value is written."""

    title: str
    validation: Callable[[EpochEnd], float]
    training: Callable[[EpochEnd], float]
    words: Callable[[float], str]
    top: float | None


ACCURACY = Quantity(
    "Accuracy", lambda e: 100 * e.val_accuracy, lambda e: 100 * e.accuracy, lambda v: f"{v:.1f} %", 100.0
)
LOSS = Quantity("Loss", lambda e: e.val_loss, lambda e: e.loss, lambda v: f"{v:.2f}", None)


@dataclass(frozen=True)
class Curve:
    """The epochs of one run; `name` tells it from another one in the same plot."""

    name: str
    epochs: tuple[EpochEnd, ...]

    @property
    def boundary(self) -> float | None:
        """Seconds at which phase 1 gave way to phase 2."""
        phases = [e.phase for e in self.epochs]
        if "head" not in phases or "fine-tune" not in phases:
            return None
        return max(e.seconds for e in self.epochs if e.phase == "head")

    @property
    def best(self) -> EpochEnd | None:
        """The epoch whose weights are kept."""
        return next((e for e in reversed(self.epochs) if e.best), None)


class TimeAxis(pg.AxisItem):
    """Seconds from the start of the training, written as a clock shows them."""

    def tickSpacing(self, minVal: float, maxVal: float, size: float) -> list[tuple[float, float]]:
        wanted = (maxVal - minVal) * 80 / max(size, 1)
        return [(next((s for s in _STEPS if s >= wanted), _STEPS[-1]), 0)]

    def tickStrings(self, values: Sequence[float], scale: float, spacing: float) -> list[str]:
        return [f"{v:.1f} s" if spacing < 1 else clock(v) for v in values]


class Plot(pg.PlotWidget):
    """Draws one quantity of one or two runs. Window's thread.

    Signals: pointed(float), the seconds under the mouse, and nan once it left.
    """

    pointed = Signal(float)

    def __init__(self, theme: Theme, quantity: Quantity) -> None:
        self._time = TimeAxis("bottom")
        super().__init__(background=theme.window, axisItems={"bottom": self._time})
        self._theme, self._quantity = theme, quantity
        self._drawn: list[Any] = []
        self._span = (0.0, 1.0)
        self._ends: list[tuple[Any, float, float]] = []
        self._prepare()

    def draw(self, main: Curve, other: Curve | None) -> None:
        """Show these curves and nothing else."""
        for item in self._drawn:
            self.removeItem(item)
        self._drawn = []
        curves = [c for c in (main, other) if c is not None and c.epochs]
        times = [e.seconds for c in curves for e in c.epochs]
        self._span = (min(times), max(times)) if times else (0.0, 1.0)
        self._fit(curves)
        for curve in reversed(curves):
            self._draw_lines(curve, second=curve is not main)
        if main.epochs:
            self._draw_boundary(main)
            self._draw_best(main)
        self._label_ends(main, other)

    def mark(self, seconds: float | None) -> None:
        """A hairline at an epoch that is read; None takes it away."""
        self._cursor.setVisible(seconds is not None)
        if seconds is not None:
            self._cursor.setValue(seconds)

    # How

    def _prepare(self) -> None:
        small = QFont(self.font())
        small.setPixelSize(SMALL)
        self._small = small
        item = self.getPlotItem()
        item.setMenuEnabled(False)
        item.hideButtons()
        item.setMouseEnabled(False, False)
        item.setTitle(None)
        item.showGrid(y=True, alpha=0.12)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.NoContextMenu)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        for side in ("left", "bottom"):
            axis = item.getAxis(side)
            axis.setPen(pg.mkPen(self._theme.line))
            axis.setTextPen(pg.mkPen(self._theme.muted))
            axis.setTickFont(small)
        item.getAxis("left").setWidth(44)
        self._cursor = pg.InfiniteLine(angle=90, pen=pg.mkPen(self._theme.muted, width=1))
        self._cursor.setVisible(False)
        self.addItem(self._cursor, ignoreBounds=True)
        self.scene().sigMouseMoved.connect(self._point)
        item.getViewBox().sigResized.connect(self._resized)

    def _fit(self, curves: Sequence[Curve]) -> None:
        top = self._quantity.top
        if top is None:
            values = [
                f(e) for c in curves for e in c.epochs for f in (self._quantity.validation, self._quantity.training)
            ]
            top = 1.05 * max((v for v in values if math.isfinite(v)), default=1.0)
        self.setYRange(0, max(top, 1e-6), padding=0.02)
        self._fit_time()

    def _resized(self) -> None:
        self._fit_time()
        self._part_ends()

    def _fit_time(self) -> None:
        """The epochs fill the plot but for the room that the names of the lines need."""
        low, high = self._span
        long = max(high - low, 0.5)
        width = max(self.getPlotItem().getViewBox().width(), LABEL_ROOM + 80.0)
        self.setXRange(low - 0.02 * long, low + long * width / (width - LABEL_ROOM), padding=0)

    def _draw_lines(self, curve: Curve, second: bool) -> None:
        style = Qt.PenStyle.DashLine if second else Qt.PenStyle.SolidLine
        strong = self._theme.muted if second else self._theme.accent
        for value, colour, width in (
            (self._quantity.training, self._theme.line if second else self._theme.muted, 1.0),
            (self._quantity.validation, strong, 1.5 if second else 2.25),
        ):
            pen = pg.mkPen(colour, width=width, style=style)
            times = np.array([e.seconds for e in curve.epochs])
            values = np.array([value(e) for e in curve.epochs])
            symbol = (
                {"symbol": "o", "symbolSize": 4, "symbolBrush": colour, "symbolPen": None} if len(times) == 1 else {}
            )
            self._add(pg.PlotDataItem(times, values, pen=pen, antialias=True, connect="finite", **symbol))

    def _draw_boundary(self, curve: Curve) -> None:
        if (at := curve.boundary) is None:
            return
        options = {"position": 0.02, "anchors": [(0, 1), (0, 1)], "color": self._theme.muted, "movable": False}
        line = pg.InfiniteLine(at, pen=pg.mkPen(self._theme.line, width=1), label="Phase 2", labelOpts=options)
        line.label.setFont(self._small)
        self._add(line)

    def _draw_best(self, curve: Curve) -> None:
        best = curve.best
        if best is None or not math.isfinite(self._quantity.validation(best)):
            return
        y = self._quantity.validation(best)
        pen = pg.mkPen(self._theme.window, width=1.5)
        self._add(pg.ScatterPlotItem([best.seconds], [y], size=9, brush=self._theme.accent, pen=pen, antialias=True))
        if best is not curve.epochs[-1]:  # there, the line's own name says it
            self._add(self._text(f"best {self._quantity.words(y)}", self._theme.text, best.seconds, y, (0.5, 1.15)))

    def _label_ends(self, main: Curve, other: Curve | None) -> None:
        """A name at the end of each line."""
        wanted: list[tuple[float, float, str, str]] = []
        for curve in (main, other):
            if curve is None or not curve.epochs:
                continue
            last = curve.epochs[-1]
            for kind, value in (
                ("validation", self._quantity.validation(last)),
                ("training", self._quantity.training(last)),
            ):
                if not math.isfinite(value) or (curve is other and kind == "training"):
                    continue
                words = self._quantity.words(value)
                text = f"  {curve.name} {words}" if curve is other else f"  {kind} {words}"
                wanted.append(
                    (value, last.seconds, text, "accent" if (curve is main and kind == "validation") else "muted")
                )
        self._ends = []
        for value, seconds, text, colour in sorted(wanted):
            item = self._text(_short(text), getattr(self._theme, colour), seconds, value, (0, 0.5))
            self._add(item)
            self._ends.append((item, seconds, value))
        self._part_ends()

    def _part_ends(self) -> None:
        """Names move apart where two would cover each other, which depends on how high the plot is now."""
        line = SMALL + 3
        lowest, apart = -math.inf, line * (self.getPlotItem().getViewBox().viewPixelSize()[1] or 1.0)
        for item, seconds, value in self._ends:
            lowest = max(value, lowest + apart)
            item.setPos(seconds, lowest)

    def _text(self, text: str, colour: str, x: float, y: float, anchor: tuple[float, float]) -> Any:
        item = pg.TextItem(color=colour, anchor=anchor)
        item.setFont(self._small)
        item.setPlainText(text)
        item.setPos(x, y)
        return item

    def _add(self, item: Any) -> None:
        self.addItem(item, ignoreBounds=True)
        self._drawn.append(item)

    def _point(self, position: QPointF) -> None:
        box = self.getPlotItem().getViewBox()
        inside = box.sceneBoundingRect().contains(position)
        self.pointed.emit(box.mapSceneToView(position).x() if inside else math.nan)

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self.pointed.emit(math.nan)


def _short(text: str) -> str:
    return text if len(text) <= 24 else f"{text[:10]}…{text[-10:]}"
