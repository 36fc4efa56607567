"""What runs, how far it is, and a cancel; or the sentence that says why it ended."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QPushButton, QVBoxLayout, QWidget

from vv_desktop.ui import theme
from vv_desktop.ui.elided_label import ElidedLabel


class ProgressLine(QWidget):
    """A line of text over a bar with a Cancel button, or an error sentence; nothing while idle.

    Owns its widgets; lives on the window's thread.
    Signals: `cancel_wanted` when Cancel was pressed.
    """

    cancel_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._text = ElidedLabel()
        self._text.setProperty("role", "muted")
        self._bar = QProgressBar(textVisible=False)
        self._bar.setAccessibleName("Progress")
        self._cancel = QPushButton("Cancel")
        self._cancel.clicked.connect(self.cancel_wanted)
        self._error = QLabel(wordWrap=True, textFormat=Qt.TextFormat.PlainText)
        self._error.setProperty("role", "error")
        self._error.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._running = QWidget()
        column = QVBoxLayout(self._running)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.XS)
        column.addWidget(self._text)
        column.addWidget(self._bar)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.M)
        row.addWidget(self._running, 1)
        row.addWidget(self._error, 1)
        row.addWidget(self._cancel)
        self.idle()

    def show_progress(self, text: str, done: int, total: int, cancellable: bool = True) -> None:
        """`done` of `total` units of what `text` says; a total of 0 is work of unknown length."""
        counted = f" · {done:,} of {total:,}" if total > 1 else ""
        self._text.show_text(text + counted)
        self._bar.setRange(0, max(0, total))
        self._bar.setValue(min(done, total))
        self._show(running=True, error=False, cancellable=cancellable)

    def show_error(self, sentence: str) -> None:
        """What went wrong, in place of the bar."""
        self._error.setText(sentence)
        self._error.setAccessibleName(sentence)
        self._show(running=False, error=True, cancellable=False)

    def idle(self) -> None:
        """Nothing runs and nothing went wrong."""
        self._show(running=False, error=False, cancellable=False)

    @property
    def error(self) -> str:
        """The sentence that is shown, or nothing."""
        return self._error.text() if not self._error.isHidden() else ""

    def _show(self, running: bool, error: bool, cancellable: bool) -> None:
        self._running.setVisible(running)
        self._cancel.setVisible(cancellable)
        self._error.setVisible(error)
        self.setVisible(running or error)
