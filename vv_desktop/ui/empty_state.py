"""An empty page teaches: one sentence, one button."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from vv_desktop.ui import theme

WIDTH = 440


class EmptyState(QWidget):
    """A sentence and a button in the middle of the page. Lives on the window's thread.

    Signals: `pressed` when the button was.
    """

    pressed = Signal()

    def __init__(self, title: str, sentence: str, button: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        heading, self.words = (
            QLabel(title, textFormat=Qt.TextFormat.PlainText),
            QLabel(sentence, wordWrap=True, textFormat=Qt.TextFormat.PlainText),
        )
        heading.setProperty("role", "title")
        heading.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self.words.setProperty("role", "muted")
        self.words.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self.words.setFixedWidth(WIDTH)
        self.button = QPushButton(button)
        self.button.setProperty("role", "primary")
        self.button.clicked.connect(lambda: self.pressed.emit())
        self.setFocusProxy(self.button)
        column = QVBoxLayout(self)
        column.setSpacing(theme.M)
        column.addStretch(2)
        column.addWidget(heading)
        middle = QHBoxLayout()  # not by alignment: then the label would get one line's height
        middle.addStretch(1)
        middle.addWidget(self.words)
        middle.addStretch(1)
        column.addLayout(middle)
        column.addWidget(self.button, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addStretch(3)
