"""What is shown while a training runs: how far, how long still, and the two ways to end it."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from vv_desktop.ui.theme import XS, S
from vv_desktop.ui.train.course import BAR, Course


class ProgressPanel(QWidget):
    """Shows a course. Window's thread.

    Signals: stop_wanted, keep the best so far; cancel_wanted, discard it.
    """

    stop_wanted = Signal()
    cancel_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._ending = False
        self.headline = _line("")
        self.headline.setStyleSheet("font-weight: 600;")
        self.pace = _line("muted")
        self.line = _line("small")
        self.bar = QProgressBar()
        self.bar.setRange(0, BAR)
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName("Progress of this phase")
        self.stop = QPushButton("Stop and keep best")
        self.stop.setToolTip("End after this batch; the best epoch so far becomes a run.")
        self.cancel = QPushButton("Cancel")
        self.cancel.setAccessibleName("Cancel the training and discard it")
        self.cancel.setToolTip("End after this batch and keep nothing.")
        self.stop.clicked.connect(self.stop_wanted)
        self.cancel.clicked.connect(self.cancel_wanted)
        buttons = QHBoxLayout()
        buttons.setSpacing(S)
        buttons.addWidget(self.stop, 1)
        buttons.addWidget(self.cancel)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(XS)
        for part in (self.headline, self.bar, self.pace, self.line):
            layout.addWidget(part)
        layout.addSpacing(XS)
        layout.addLayout(buttons)

    def begin(self) -> None:
        """A training starts."""
        self._ending = False
        self.stop.setEnabled(False)
        self.cancel.setEnabled(True)

    def show_course(self, course: Course) -> None:
        """Bring everything up to date."""
        self.headline.setText("Ending after this batch" if self._ending else course.headline)
        self.bar.setValue(course.bar)
        self.pace.setText(course.pace)
        self.line.setText(course.line)
        self.stop.setEnabled(
            bool(course.epochs) and not self._ending
        )  # before the first epoch there is no best to keep

    def say_waiting(self, other: str) -> None:
        """Another job is before it."""
        self.headline.setText(f"Waits for: {other}")

    def say_ending(self) -> None:
        """The wish to end was heard."""
        self._ending = True
        self.stop.setEnabled(False)
        self.headline.setText("Ending after this batch")


def _line(role: str) -> QLabel:
    label = QLabel()
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
    if role:
        label.setProperty("role", role)
    return label
