"""What each file has to reach, to be changed where somebody knows better."""

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QPushButton

from vv_desktop.core.gates import GATES
from vv_desktop.ui.calm_spin_box import CalmDoubleSpinBox
from vv_desktop.ui.theme import S

FORMATS = ("fp32", "fp16", "int8")
TIP = (
    "Least share of the validation and test images for which the file has the same most probable class as the model. "
    "Below it nothing is written until you say so."
)


class GateBoxes(QObject):
    """Owns a box for each TFLite format, and the button that puts the usual values back. Window's thread.

    Signals: changed, another value was chosen.
    """

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.boxes: dict[str, CalmDoubleSpinBox] = {}
        for name in FORMATS:
            box = self.boxes[name] = CalmDoubleSpinBox()
            box.setRange(0.0, 100.0)
            box.setDecimals(1)
            box.setSingleStep(0.5)
            box.lineEdit().setTextMargins(S, 0, 0, 0)
            box.setPrefix("≥ ")
            box.setSuffix(" % same")
            box.setValue(100 * GATES[name].agreement)
            box.setToolTip(TIP)
            box.setFocusPolicy(Qt.FocusPolicy.StrongFocus)  # not by the wheel, which scrolls the page
            box.setAccessibleName(f"Gate of {name}: least share of same answers, in percent")
            box.valueChanged.connect(lambda _: self._follow())
        self.reset = QPushButton("Usual gates")
        self.reset.setProperty("role", "flat")
        self.reset.clicked.connect(lambda: self.restore({}))
        self._follow()

    @property
    def changes(self) -> tuple[str, ...]:
        """The gates that are not the usual ones, as `core.gates.gates_with` takes them."""
        return tuple(
            f"{name}={box.value() / 100:.3f}"
            for name, box in self.boxes.items()
            if abs(box.value() - 100 * GATES[name].agreement) > 0.01
        )

    def state(self) -> dict[str, float]:
        """Per cent by format."""
        return {name: box.value() for name, box in self.boxes.items()}

    def restore(self, state: object) -> None:
        """Put back what `state` gave; the usual value for what is missing or no number."""
        kept = state if isinstance(state, dict) else {}
        for name, box in self.boxes.items():
            value = kept.get(name)
            usual = 100 * GATES[name].agreement
            good = isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 100
            box.setValue(float(value or 0) if good else usual)

    def enable(self, enabled: bool) -> None:
        """Nothing can be changed while an export runs."""
        for box in self.boxes.values():
            box.setEnabled(enabled)
        self.reset.setEnabled(enabled)

    def _follow(self) -> None:
        self.reset.setVisible(bool(self.changes))
        self.changed.emit()
