"""Says that the open project is only looked at, why, and as it was when."""

import time

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QWidget

from vv_desktop.session import Session
from vv_desktop.ui import words
from vv_desktop.ui.opening import Opening
from vv_desktop.ui.theme import L, M, S

SENTENCE = "Read-only: the project {why}. Shown as of {moment}; nothing can be changed."


class ReadOnlyNotice(QFrame):
    """Hidden while the open project can be written. Lives on the window's thread; no signals."""

    def __init__(self, session: Session, opening: Opening, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self.setProperty("role", "panel")
        self.setAccessibleName("The project is read-only")
        self.words = QLabel()
        self.words.setTextFormat(Qt.TextFormat.PlainText)
        self.words.setWordWrap(True)
        self.again = QPushButton("Try again")
        self.again.setAccessibleName("Try again to open the project for writing")
        self.again.setToolTip("Open it for writing if that can be by now, or else show it as it is now")
        self.again.clicked.connect(opening.open_again)
        row = QHBoxLayout(self)
        row.setContentsMargins(L, S, M, S)
        row.setSpacing(S)
        row.addWidget(self.words, 1)
        row.addWidget(self.again)
        session.project_changed.connect(self._follow)
        self._follow()

    def _follow(self) -> None:
        store = self._session.project.store if self._session.project is not None else None
        self.setVisible(store is not None and bool(store.read_only))
        if store is not None and store.read_only:
            moment = time.strftime("%H:%M:%S", time.localtime(store.opened))
            self.words.setText(words.shown(SENTENCE.format(why=store.read_only, moment=moment)))
