"""The answers to one suspect as buttons, each with its key."""

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QWidget

from vv_desktop.ui import words
from vv_desktop.ui.theme import S

LONGEST = 12
"""Characters of a class name on a button."""


class AnswerRow(QWidget):
    """Owns the buttons, which leave the keyboard where it is when they are clicked. Window's thread; no signals."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.accept = _button("Accept the suggestion", "primary", "Give it the suggested label (Enter)")
        self.keep = _button("Keep the label", "", "The label is right: it is not asked again (Space)")
        self.unsure = _button("Not sure", "", "Come back to it at the end (B)")
        self.back = _button("Back", "flat", "The one before, without an answer (Left)")
        self.on = _button("Next", "flat", "The next one, without an answer (Right)")
        self.undo = _button("Undo", "flat", "Take the last answer back and look at it again (Ctrl+Z)")
        self.unsure.setText("Not sure   B")
        self.back.setText("←")
        self.on.setText("→")
        self.undo.setText("Undo")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(S)
        for button in (self.accept, self.keep, self.unsure):
            row.addWidget(button)
        row.addStretch(1)
        for button in (self.back, self.on, self.undo):
            row.addWidget(button)

    def fit(self, names: Sequence[str]) -> None:
        """Be as wide as the longest of these class names needs, so that no button moves under the mouse."""
        metrics = self.fontMetrics()
        longest = max(names, key=lambda name: metrics.horizontalAdvance(words.button_text(name, LONGEST)))
        self.show_names(longest, longest)
        for button in (self.accept, self.keep):
            button.setMinimumWidth(0)
            button.setMinimumWidth(button.sizeHint().width())

    def show_names(self, label: str, suggestion: str) -> None:
        """What would be accepted and what kept."""
        self.accept.setText(f"Accept {words.button_text(suggestion, LONGEST)}   Enter")
        self.accept.setAccessibleName(f"Accept {words.shown(suggestion)}")
        self.keep.setText(f"Keep {words.button_text(label, LONGEST)}   Space")
        self.keep.setAccessibleName(f"Keep {words.shown(label)}")


def _button(name: str, role: str, tip: str) -> QPushButton:
    button = QPushButton(name)
    button.setAccessibleName(name)
    button.setToolTip(tip)
    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    button.setAutoDefault(False)
    if role:
        button.setProperty("role", role)
    return button
