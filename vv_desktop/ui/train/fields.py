"""The editors of a plan's values: one widget for each kind, and the words and places of each field."""

import re
from dataclasses import Field, dataclass
from html import escape
from typing import Any, Literal

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QCheckBox, QComboBox, QDoubleSpinBox, QHBoxLayout, QLineEdit, QSpinBox, QWidget

from vv_desktop.core.backbones import BACKBONES, WHOLE
from vv_desktop.ui.theme import S
from vv_desktop.ui.train.words import rate

Section = Literal["Phase 1: new layers", "Phase 2: whole network", "Network", "Common"]
SECTIONS: tuple[Section, ...] = ("Phase 1: new layers", "Phase 2: whole network", "Network", "Common")


@dataclass(frozen=True)
class Place:
    """Where a field stands in the form, and what it is called there and in a sentence."""

    section: Section
    label: str
    sentence: str
    advanced: bool = False


PLACES = {
    "head_epochs": Place(SECTIONS[0], "At most", "The number of epochs of phase 1"),
    "head_learning_rate": Place(SECTIONS[0], "Learning rate", "The learning rate of phase 1"),
    "fine_tune_epochs": Place(SECTIONS[1], "At most", "The number of epochs of phase 2"),
    "fine_tune_learning_rate": Place(SECTIONS[1], "Learning rate", "The learning rate of phase 2"),
    "fine_tune_from": Place(SECTIONS[1], "Begin at", "The place where phase 2 begins"),
    "backbone": Place(SECTIONS[2], "Backbone", "The backbone", advanced=True),
    "pooling": Place(SECTIONS[2], "Pooling", "The pooling"),
    "units": Place(SECTIONS[2], "Layer width", "The layer width"),
    "image_size": Place(SECTIONS[2], "Image size", "The image size", advanced=True),
    "dropout": Place(SECTIONS[2], "Dropout", "The dropout", advanced=True),
    "dropout_last": Place(SECTIONS[2], "Last dropout", "The last dropout", advanced=True),
    "batch_size": Place(SECTIONS[3], "Batch", "The batch"),
    "patience": Place(SECTIONS[3], "Stop after", "The epochs before stopping"),
    "balanced": Place(SECTIONS[3], "Balance classes", "Balance classes"),
    "mirror": Place(SECTIONS[3], "Mirrored copies", "Mirrored copies"),
    "plateau_patience": Place(SECTIONS[3], "Halve rate after", "The epochs before halving", advanced=True),
    "seed": Place(SECTIONS[3], "Seed", "The seed", advanced=True),
}
CHOICES = {
    "pooling": {"average": "Average", "3x3": "3×3 cells"},
    "backbone": {name: name for name in BACKBONES},
    "fine_tune_from": {WHOLE: "The photo"},
}
TIPS = {
    "pooling": "What is kept of each feature: one mean over the picture, or nine, so that left and right survive.",
    "backbone": " ".join(
        ["The network that has already learned to see, on 1.3 million photos."]
        + [f"{known.name}: {known.sentence}" for known in BACKBONES.values()]
    ),
}

_BARE = (
    "QAbstractSpinBox::up-button, QAbstractSpinBox::down-button { width: 0; border: none; }"
    "QAbstractSpinBox { max-height: 20px; }"
    "QLineEdit { border: none; padding: 0; min-height: 0; background: transparent; }"
)
"""The style would give the line inside a second frame, and leaves the buttons no arrows; the keys stay."""


def place_of(name: str) -> Place:
    """Where a field stands; one that has no place yet stands with the advanced ones."""
    spoken = name.replace("_", " ")
    return PLACES.get(name) or Place(SECTIONS[3], spoken.capitalize(), f"The {spoken}", advanced=True)


def boundary_choices(backbone: str) -> dict[str, str]:
    """Where fine-tuning of a backbone may begin, in words: block_12_add is "Block 12", conv4_block6_out "Block 4.6"."""
    words = {WHOLE: "The photo"}
    for boundary in BACKBONES[backbone].boundaries:
        words[boundary] = "Block " + ".".join(re.findall(r"\d+[a-h]?", boundary))
    return words


def editor_of(item: Field[Any], value: Any) -> "ValueEditor":
    """The right editor for a field of the plan whose value is like `value`."""
    meta = item.metadata
    if item.name in CHOICES:
        editor: ValueEditor = ChoiceEditor(CHOICES[item.name])
    elif isinstance(value, bool):
        editor = FlagEditor()
    elif isinstance(value, int):
        editor = IntEditor(meta["low"], meta["high"], meta.get("unit", ""))
    elif isinstance(value, float) and meta.get("low", 1.0) == 0.0:
        editor = ShareEditor(meta["low"], meta["high"])
    elif isinstance(value, float):
        editor = RateEditor()
    else:
        editor = TextEditor()
    tip = meta.get("tip") or TIPS.get(item.name, "")
    editor.setToolTip(f"<span>{escape(tip)}</span>")
    editor.box.setAccessibleName(place_of(item.name).sentence.removeprefix("The ").capitalize())
    editor.box.setAccessibleDescription(tip)
    editor.write(value)
    return editor


class ValueEditor(QWidget):
    """Edits one value of a plan. Window's thread.

    Signals: edited when the user changed it.
    """

    edited = Signal()
    box: QWidget

    def _hold(self, box: QWidget) -> None:
        self.box = box
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(box)
        self.setFocusProxy(box)

    def read(self) -> Any:
        """The value, or the text that is none, which the plan refuses with a sentence."""
        raise NotImplementedError

    def write(self, value: Any) -> None:
        """Show this value."""
        raise NotImplementedError


class _CalmSpinBox(QSpinBox):
    """Does not change when the form is scrolled over it."""

    def wheelEvent(self, event: QWheelEvent) -> None:
        super().wheelEvent(event) if self.hasFocus() else event.ignore()


class _CalmDoubleSpinBox(QDoubleSpinBox):
    """Does not change when the form is scrolled over it."""

    def wheelEvent(self, event: QWheelEvent) -> None:
        super().wheelEvent(event) if self.hasFocus() else event.ignore()

    def textFromValue(self, val: float) -> str:
        return f"{val:g}"


class _CalmComboBox(QComboBox):
    """Does not change when the form is scrolled over it."""

    def wheelEvent(self, event: QWheelEvent) -> None:
        super().wheelEvent(event) if self.hasFocus() else event.ignore()


class IntEditor(ValueEditor):
    """A whole number with its unit. Window's thread."""

    def __init__(self, low: int, high: int, unit: str) -> None:
        super().__init__()
        self._spin = _CalmSpinBox()
        self._spin.setRange(low, high)
        self._spin.setSuffix(f" {unit}" if unit else "")
        self._spin.setStyleSheet(_BARE)
        self._spin.lineEdit().setTextMargins(S, 0, 0, 0)
        self._spin.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._spin.valueChanged.connect(lambda _: self.edited.emit())
        self._hold(self._spin)

    def read(self) -> int:
        return self._spin.value()

    def write(self, value: Any) -> None:
        self._spin.setValue(int(value))


class ShareEditor(ValueEditor):
    """A share from 0 to below 1. Window's thread."""

    def __init__(self, low: float, high: float) -> None:
        super().__init__()
        self._spin = _CalmDoubleSpinBox()
        self._spin.setDecimals(3)
        self._spin.setSingleStep(0.05)
        self._spin.setRange(low, high)
        self._spin.setStepType(QDoubleSpinBox.StepType.DefaultStepType)
        self._spin.setStyleSheet(_BARE)
        self._spin.lineEdit().setTextMargins(S, 0, 0, 0)
        self._spin.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._spin.valueChanged.connect(lambda _: self.edited.emit())
        self._hold(self._spin)

    def read(self) -> float:
        return round(self._spin.value(), 3)

    def write(self, value: Any) -> None:
        self._spin.setValue(float(value))


class TextEditor(ValueEditor):
    """A line of text. Window's thread."""

    def __init__(self) -> None:
        super().__init__()
        self._line = QLineEdit()
        self._line.textEdited.connect(lambda _: self.edited.emit())
        self._hold(self._line)

    def read(self) -> Any:
        return self._line.text().strip()

    def write(self, value: Any) -> None:
        self._line.setText(str(value))


class RateEditor(TextEditor):
    """A learning rate, typed like 0.001 or 1e-3. Window's thread."""

    def read(self) -> Any:
        """The number, or the text as it stands where it is none."""
        text = self._line.text().strip().replace(",", ".")
        try:
            return float(text)
        except ValueError:
            return text

    def write(self, value: Any) -> None:
        self._line.setText(rate(float(value)))


class ChoiceEditor(ValueEditor):
    """One of a few. Window's thread."""

    def __init__(self, choices: dict[str, str]) -> None:
        super().__init__()
        self._combo = _CalmComboBox()
        self._combo.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._combo.setMinimumContentsLength(8)
        self._combo.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        for value, words in choices.items():
            self._combo.addItem(words, value)
        self._combo.currentIndexChanged.connect(lambda _: self.edited.emit())
        self._hold(self._combo)

    def offer(self, choices: dict[str, str], otherwise: str) -> None:
        """Offer other choices; what was chosen stays so if it is among them, else `otherwise` is. No signal."""
        chosen, offered = self.read(), [self._combo.itemData(i) for i in range(self._combo.count())]
        if offered == list(choices):
            return
        with QSignalBlocker(self._combo):
            self._combo.clear()
            for value, words in choices.items():
                self._combo.addItem(words, value)
            self.write(chosen if chosen in choices else otherwise)

    def read(self) -> str:
        return str(self._combo.currentData())

    def write(self, value: Any) -> None:
        self._combo.setCurrentIndex(max(0, self._combo.findData(value)))


class FlagEditor(ValueEditor):
    """Yes or no. Window's thread."""

    def __init__(self) -> None:
        super().__init__()
        self._check = QCheckBox()
        self._check.toggled.connect(lambda _: self.edited.emit())
        self._hold(self._check)

    def read(self) -> bool:
        return self._check.isChecked()

    def write(self, value: Any) -> None:
        self._check.setChecked(bool(value))
