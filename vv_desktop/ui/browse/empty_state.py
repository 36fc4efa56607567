"""What a page says when it has nothing to show: one sentence and the one button that helps."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QLabel, QPushButton, QVBoxLayout, QWidget

from vv_desktop.ui.theme import L


class EmptyState(QWidget):
    """Owns a sentence and a button. Lives on the window's thread.

    Signals:
        wanted: the button was pressed.
    """

    wanted = Signal()

    def __init__(self, sentence: str, button: str, primary: bool = True, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        label = QLabel(sentence)
        label.setTextFormat(Qt.TextFormat.PlainText)
        label.setAlignment(Qt.AlignmentFlag.AlignCenter)
        label.setWordWrap(True)
        label.setProperty("role", "muted")
        self.button = QPushButton(button)
        self.button.setProperty("role", "primary" if primary else "")
        self.button.clicked.connect(self.wanted)
        self.setFocusProxy(self.button)
        layout = QVBoxLayout(self)
        layout.setSpacing(L)
        layout.addStretch(2)
        layout.addWidget(label)
        layout.addWidget(self.button, 0, Qt.AlignmentFlag.AlignCenter)
        layout.addStretch(3)
