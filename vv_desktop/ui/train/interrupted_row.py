"""Says that a training was interrupted, and offers to continue it or to discard it."""

from datetime import date

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from vv_desktop.core.duration import PHASES
from vv_desktop.core.errors import UserError
from vv_desktop.core.interrupted import Interrupted, discard, interrupted_trainings
from vv_desktop.session import Message, Session
from vv_desktop.ui.theme import S


class InterruptedRow(QWidget):
    """Shows the newest interrupted training of the open project; hidden where there is none. Window's thread.

    Signals: continue_wanted, with an `Interrupted`.
    """

    continue_wanted = Signal(object)

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._found: Interrupted | None = None
        self.words, self.reason = plain_label(""), plain_label("muted")
        self.go_on = QPushButton("Continue")
        self.go_on.setAccessibleName("Continue the interrupted training")
        self.go_on.setToolTip("Goes on after that epoch; the result is the one it would have had.")
        self.go_on.clicked.connect(lambda: self.continue_wanted.emit(self._found))
        self.discard = QPushButton()
        self.discard.setProperty("role", "danger")
        self.discard.clicked.connect(self._discard)
        buttons = QHBoxLayout()
        buttons.setSpacing(S)
        for button in (self.go_on, self.discard):
            buttons.addWidget(button)
        buttons.addStretch()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, S)
        layout.setSpacing(S)
        layout.addWidget(self.words)
        layout.addWidget(self.reason)
        layout.addLayout(buttons)
        self._ask_first(True)
        self.hide()

    def look(self) -> None:
        """See what there is now, and whether the labels are still those that it was begun on."""
        project = self._session.project
        writable = project is not None and not project.store.read_only  # both write
        found = interrupted_trainings(project.runs_folder) if project is not None and writable else ()
        self._found = found[0] if found else None
        self._ask_first(True)
        if self._found is not None and project is not None:
            reason = self._found.why_not(project.dataset())
            self.words.setText(sentence(self._found))
            self.reason.setText(f"It cannot be continued. {reason}" if reason else "")
            self.reason.setVisible(bool(reason))
            self.go_on.setEnabled(not reason)
        self.setVisible(self._found is not None)

    def _discard(self) -> None:
        """The first click asks, the second one means it."""
        if self._asks_first:
            self._ask_first(False)
        elif self._found is not None:
            try:
                discard(self._found)
            except UserError as error:
                self._session.said.emit(Message(str(error), error=True))
            self.look()

    def _ask_first(self, first: bool) -> None:
        self._asks_first = first
        self.discard.setText("Discard" if first else "Discard for good")
        self.discard.setAccessibleName(f"{self.discard.text()}: the interrupted training")


def sentence(found: Interrupted) -> str:
    """Where it stood: "A training was interrupted after epoch 7 of 12 of phase 2 (plan best, 14:02)"."""
    day = "" if found.when.date() == date.today() else f"{found.when:%d %b} "
    where = f"epoch {found.epoch} of {found.epochs} of {PHASES[found.phase].lower()}"
    return f"A training was interrupted after {where} (plan {found.request.plan.name}, {day}{found.when:%H:%M})"


def plain_label(role: str) -> QLabel:
    """A label for text that may come from files, wrapped; role: of the style sheet, or empty."""
    label = QLabel()
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setWordWrap(True)
    if role:
        label.setProperty("role", role)
    return label
