"""The line of the Evaluate page that turns the live head on, and says what it does or has done."""

import time

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from vv_desktop.session import Session
from vv_desktop.ui.elided_label import ElidedLabel
from vv_desktop.ui.live_head import LiveUpdates, Mode
from vv_desktop.ui.theme import XS, M, S

CHOICES: dict[Mode, tuple[str, str]] = {
    "off": ("Off", "Show what the run says."),
    "on": ("On", "Train the live head on after each burst of relabels, and show what it says."),
    "demand": ("On demand", "Show what the live head says, and train it on when you press Update now."),
}
TIP = (
    "A head on features of the pretrained network, computed once. After relabels it is trained on from where it was, "
    "in seconds; the run is not touched."
)


class LiveRow(QWidget):
    """Shows and changes what the live head does. Window's thread.

    Signals: moved_wanted, the images whose answer the newest update changed.
    """

    moved_wanted = Signal()

    def __init__(self, session: Session, live: LiveUpdates, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session, self._live = session, live
        self._group = QButtonGroup(self)
        self.choices = {mode: self._chip(mode) for mode in CHOICES}
        self.update_now = QPushButton("Update now")
        self.update_now.setProperty("role", "flat")
        self.update_now.setToolTip("Train the live head on with the labels as they are (Ctrl+L)")
        self.update_now.setAccessibleName("Update the live head now")
        self.update_now.clicked.connect(live.update_now)
        self.words = ElidedLabel(mode=Qt.TextElideMode.ElideRight)
        self.words.setProperty("role", "muted")
        self.problem = QLabel()
        self.problem.setProperty("role", "error")
        self.problem.setTextFormat(Qt.TextFormat.PlainText)
        self.problem.setWordWrap(True)
        self.moved = QPushButton()
        self.moved.setProperty("role", "flat")
        self.moved.setToolTip("Show the images that the newest update answers otherwise than the one before")
        self.moved.clicked.connect(self.moved_wanted)
        self._place()
        live.changed.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        """Say what the live head says."""
        if not self.isVisible():
            return
        live = self._live
        self.choices[live.mode].setChecked(True)
        self.words.show_text(sentence(live, self._session.run is not None))
        self.problem.setText(live.problem)
        self.problem.setVisible(bool(live.problem) and live.mode != "off" and not live.doing)
        count = len(live.moved)
        self.moved.setText(f"{count:,} answer{'' if count == 1 else 's'} changed")
        self.moved.setVisible(count > 0 and live.mode != "off")

    # How

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.refresh()

    def _chip(self, mode: Mode) -> QPushButton:
        text, tip = CHOICES[mode]
        button = QPushButton(text)
        button.setCheckable(True)
        button.setProperty("role", "chip")
        button.setToolTip(tip)
        button.setAccessibleName(f"Live head: {text.lower()}")
        button.clicked.connect(lambda: self._live.choose(mode))
        self._group.addButton(button)
        return button

    def _place(self) -> None:
        title = QLabel("Live head")
        title.setToolTip(TIP)
        row = QHBoxLayout()
        row.setSpacing(XS)
        row.addWidget(title)
        row.addSpacing(XS)
        for button in self.choices.values():
            row.addWidget(button)
        row.addWidget(self.update_now)
        row.addSpacing(S)
        row.addWidget(self.words, 1)
        row.addSpacing(M)
        row.addWidget(self.moved)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(XS)
        layout.addLayout(row)
        layout.addWidget(self.problem)


def sentence(live: LiveUpdates, run: bool) -> str:
    """What the live head does now, or what its newest update was; run: there is one to show in its place."""
    if live.mode == "off":
        return "The run is shown"
    instead = " · the run is shown until then" if run and live.head is None else ""
    if live.doing:
        return f"{live.doing}…{instead}"
    if live.head is None:
        return f"Not updated yet{instead}"
    when = time.strftime("%H:%M:%S", time.localtime(live.updated))
    since = live.labels_since
    behind = f"{since:,} image{'' if since == 1 else 's'} changed since" if since else "nothing changed since"
    return f"Updated {when} in {live.head.seconds:.1f} s · {behind}"
