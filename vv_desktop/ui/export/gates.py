"""What each file has to reach, to be changed where somebody knows better."""

import math
from dataclasses import dataclass

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QValidator
from PySide6.QtWidgets import QFrame, QGridLayout, QLabel, QPushButton, QWidget

from vv_desktop.core.gates import GATES, Gate
from vv_desktop.ui import theme
from vv_desktop.ui.calm_spin_box import CalmDoubleSpinBox

FORMATS = {"fp32": "float32", "fp16": "float16", "int8": "int8"}
ANY = "any"


@dataclass(frozen=True)
class Limit:
    """One thing a gate asks: how it is written, and what it means. `most` is what asks nothing, where that can be."""

    asked: str
    title: str
    words: str
    sign: str
    unit: str
    most: float
    decimals: int
    step: float

    @property
    def heading(self) -> str:
        """What stands over its boxes."""
        return f"{self.title},{self.unit}" if self.unit else self.title

    @property
    def scale(self) -> float:
        """Shares are written as per cent and points."""
        return 1.0 if self.asked == "difference" else 100.0

    def usual(self, gate: Gate) -> float:
        """The value of a gate as the box has it."""
        value = getattr(gate, self.asked)
        return self.most if value is None else round(self.scale * value, self.decimals)


LIMITS = (
    Limit("agreement", "Same top class", "Least share of the checked images with the model's most probable class",
          "≥ ", " %", 100, 2, 0.5),
    Limit("difference", "Largest difference", "How far a probability may be from the model's, 0 to 1",
          "≤ ", "", 1, 4, 0.005),
    Limit("loss", "Accuracy lost", "Points of accuracy on the checked images that the file may lose",
          "≤ ", " points", 100, 2, 0.5),
)  # fmt: skip


class LimitBox(CalmDoubleSpinBox):
    """A limit, whose largest value asks nothing and reads "any"; agreement always asks. Window's thread."""

    def __init__(self, name: str, limit: Limit, usual: float) -> None:
        super().__init__()
        self._most = math.inf if limit.asked == "agreement" else limit.most
        self.setRange(0.0, limit.most)
        self.setDecimals(limit.decimals)
        self.setSingleStep(limit.step)
        self.setPrefix(limit.sign)
        self.lineEdit().setTextMargins(theme.S, 0, 0, 0)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)  # not by the wheel, which scrolls the page
        self.setAccessibleName(f"Gate of {FORMATS[name]}: {limit.title.lower()}")
        self.setToolTip(f"{limit.words}. Usually {self.prefix()}{self.textFromValue(usual)}{limit.unit}.")
        self.setValue(usual)

    def textFromValue(self, value: float) -> str:
        if value >= self._most:
            return ANY
        text = f"{value:.{self.decimals()}f}".rstrip("0")
        return f"{text}0" if text.endswith(".") else text

    def valueFromText(self, text: str) -> float:
        return self._most if ANY in text else super().valueFromText(text)

    def validate(self, text: str, place: int) -> tuple[QValidator.State, str, int]:
        return (QValidator.State.Acceptable, text, place) if ANY in text else super().validate(text, place)


class GatePanel(QFrame):
    """Owns a box for each limit of each TFLite format, and the button that puts the usual values back.

    boxes: by name as `core.gates.gates_with` has it. Lives on the window's thread.

    Signals: changed, another value was chosen.
    """

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("role", "panel")
        self.boxes: dict[str, LimitBox] = {}
        self._limits: dict[str, tuple[str, Limit]] = {}
        self.reset = QPushButton("Usual gates")
        self.reset.setProperty("role", "flat")
        self.reset.clicked.connect(lambda: self.restore({}))
        self._lay_out()
        self._follow()
        self.hide()

    @property
    def changes(self) -> tuple[str, ...]:
        """The limits that are not the usual ones, as `core.gates.gates_with` takes them."""
        return tuple(
            f"{key}={self._written(key)}" for key, box in self.boxes.items() if box.value() != self._usual(key)
        )

    def words(self, name: str) -> str:
        """What is asked of a format: "≥ 97.0 % same, ≤ 1.0 points lost"."""
        parts = []
        for asked, said in (("agreement", "same"), ("difference", "off"), ("loss", "lost")):
            box = self.boxes[_key(name, asked)]
            if ANY not in box.text():
                parts.append(f"{box.text()}{self._limits[_key(name, asked)][1].unit} {said}")
        return ", ".join(parts)

    def state(self) -> dict[str, float]:
        """The values of all boxes."""
        return {key: box.value() for key, box in self.boxes.items()}

    def restore(self, state: object) -> None:
        """Put back what `state` gave; the usual value for what is missing or no number."""
        kept = state if isinstance(state, dict) else {}
        for key, box in self.boxes.items():
            value, most = kept.get(key), self._limits[key][1].most
            good = isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= most
            box.setValue(float(value or 0) if good else self._usual(key))

    def _usual(self, key: str) -> float:
        name, limit = self._limits[key]
        return limit.usual(GATES[name])

    def _written(self, key: str) -> str:
        limit, value = self._limits[key][1], self.boxes[key].value()
        return "none" if value >= limit.most and limit.asked != "agreement" else f"{value / limit.scale:.6g}"

    def _follow(self) -> None:
        self.reset.setEnabled(bool(self.changes))
        self.changed.emit()

    def _lay_out(self) -> None:
        grid = QGridLayout(self)
        grid.setContentsMargins(theme.L, theme.M, theme.L, theme.M)
        grid.setHorizontalSpacing(theme.L)
        grid.setVerticalSpacing(theme.S)
        said = QLabel("Below a gate nothing is written until you say so. The limits go into model.json.")
        said.setWordWrap(True)
        said.setProperty("role", "small")
        grid.addWidget(said, 0, 0, 1, len(LIMITS) + 1)
        for column, limit in enumerate(LIMITS, 1):
            heading = QLabel(limit.heading)
            heading.setProperty("role", "muted")
            heading.setToolTip(f"{limit.words}.")
            grid.addWidget(heading, 1, column)
        for row, (name, words) in enumerate(FORMATS.items(), 2):
            grid.addWidget(QLabel(words), row, 0)
            for column, limit in enumerate(LIMITS, 1):
                key = _key(name, limit.asked)
                self._limits[key] = name, limit
                box = self.boxes[key] = LimitBox(name, limit, limit.usual(GATES[name]))
                box.valueChanged.connect(lambda _: self._follow())
                grid.addWidget(box, row, column)
        grid.addWidget(self.reset, len(FORMATS) + 2, len(LIMITS), Qt.AlignmentFlag.AlignRight)


def _key(name: str, asked: str) -> str:
    """As `core.gates.gates_with` has it: agreement goes without saying."""
    return name if asked == "agreement" else f"{name}.{asked}"
