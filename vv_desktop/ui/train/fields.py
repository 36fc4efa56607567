"""The editors of a plan's values: one widget for each kind."""

from dataclasses import Field
from typing import Any

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QCheckBox, QComboBox, QDoubleSpinBox, QHBoxLayout, QLineEdit, QSpinBox, QWidget

from vv_desktop.core.mirror import MirrorPairs
from vv_desktop.ui import words
from vv_desktop.ui.calm_spin_box import BARE, CalmDoubleSpinBox
from vv_desktop.ui.theme import S
from vv_desktop.ui.train.places import CHOICES, place_of, tip_of
from vv_desktop.ui.train.words import rate


def editor_of(item: Field[Any], value: Any) -> "ValueEditor":
    """The right editor for a field of the plan whose value is like `value`."""
    meta = item.metadata
    if item.name in CHOICES:
        editor: ValueEditor = ChoiceEditor(CHOICES[item.name])
    elif isinstance(value, bool):
        editor = MirrorEditor() if item.name.startswith("mirror") else FlagEditor()
    elif isinstance(value, int):
        editor = IntEditor(meta["low"], meta["high"], meta.get("unit", ""))
    elif isinstance(value, float) and meta.get("low", 1.0) == 0.0:
        editor = ShareEditor(meta["low"], meta["high"], meta.get("unit", ""))
    elif isinstance(value, float):
        editor = RateEditor()
    else:
        editor = TextEditor()
    editor.box.setAccessibleName(place_of(item.name).sentence.removeprefix("The ").capitalize())
    editor.explain(tip_of(item.name, meta))
    editor.write(value)
    return editor


class ValueEditor(QWidget):
    """Edits one value of a plan. Window's thread.

    Signals: edited when the user changed it.
    """

    edited = Signal()
    box: QWidget
    tip = ""

    def _hold(self, box: QWidget) -> None:
        self.box = box
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(box)
        self.setFocusProxy(box)

    def explain(self, tip: str) -> None:
        """What the value does, on the mouse and for screen readers."""
        self.tip = tip
        self.setToolTip(words.tooltip(tip))
        self.box.setAccessibleDescription(tip)

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


class _ShortSpinBox(CalmDoubleSpinBox):
    """Without the zeros at the end."""

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
        self._spin.setStyleSheet(BARE)
        self._spin.lineEdit().setTextMargins(S, 0, 0, 0)
        self._spin.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._spin.valueChanged.connect(lambda _: self.edited.emit())
        self._hold(self._spin)

    def read(self) -> int:
        return self._spin.value()

    def write(self, value: Any) -> None:
        self._spin.setValue(int(value))


class ShareEditor(ValueEditor):
    """A share, or a small measure with its unit, from 0 on. Window's thread."""

    def __init__(self, low: float, high: float, unit: str) -> None:
        super().__init__()
        self._spin = _ShortSpinBox()
        self._spin.setDecimals(3)
        self._spin.setSingleStep(0.05)
        self._spin.setRange(low, high)
        self._spin.setSuffix(f" {unit}" if unit else "")
        self._spin.setStepType(QDoubleSpinBox.StepType.DefaultStepType)
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
        """A text that is no number stays what was typed, and is refused when it is read."""
        self._line.setText(value if isinstance(value, str) else rate(value))


class ChoiceEditor(ValueEditor):
    """One of a few. Window's thread."""

    def __init__(self, choices: dict[str, str]) -> None:
        super().__init__()
        self._combo = _CalmComboBox()
        self._combo.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._combo.setMinimumContentsLength(8)
        self._combo.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        for value, text in choices.items():
            self._combo.addItem(text, value)
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


class MirrorEditor(FlagEditor):
    """Yes or no for what needs a mirrored class of every class, and off without. Window's thread."""

    def __init__(self) -> None:
        super().__init__()
        self._wish = False
        self._check.clicked.connect(self._wished)

    def allow(self, pairs: MirrorPairs | None) -> None:
        """The mirror pairs of the project, None without one."""
        possible = pairs is not None and pairs.of is not None
        self._check.setEnabled(possible)
        self._show()
        said = f"{self.tip}\n{words.shown(pairs.sentence)}." if pairs is not None else self.tip
        self.setToolTip(words.tooltip(said))
        self.box.setAccessibleDescription(said)

    def read(self) -> bool:
        return self._wish

    def write(self, value: Any) -> None:
        changed, self._wish = bool(value) != self._wish, bool(value)
        self._show()
        if changed:
            self.edited.emit()

    def _wished(self, checked: bool) -> None:
        self._wish = checked
        self.edited.emit()

    def _show(self) -> None:
        """What is not possible looks switched off, and is taken up again where it is possible."""
        self._check.blockSignals(True)
        self._check.setChecked(self._wish and self._check.isEnabled())
        self._check.blockSignals(False)
