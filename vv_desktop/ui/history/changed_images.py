"""The images that an edit changed, or in which a snapshot differs, in the grid where they can be relabelled."""

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from vv_desktop.core.records import Edit
from vv_desktop.jobs import Jobs
from vv_desktop.session import Session
from vv_desktop.ui import words
from vv_desktop.ui.browse.image_grid import ImageGrid
from vv_desktop.ui.elided_label import ElidedLabel
from vv_desktop.ui.history.differences import notes, sentence
from vv_desktop.ui.theme import XS, L, S, Theme

_SIDE = 120
"""Of a thumbnail in pixels: a row of them fits below the journal in a small window."""


class ChangedImages(QWidget):
    """Owns the list that was opened: it stays as it is while its images are relabelled. Window's thread.

    Signals: left, Escape in the grid or its button.
    """

    left = Signal()

    def __init__(
        self, session: Session, jobs: Jobs, theme: Theme, resources: Path, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._session = session
        self._notes: dict[int, str] = {}
        self.title = ElidedLabel()
        self.title.setStyleSheet("font-weight: 600;")
        self.note = QLabel(wordWrap=True, textFormat=Qt.TextFormat.PlainText)
        self.note.setProperty("role", "small")
        self.close_button = QPushButton("Close")
        self.close_button.setProperty("role", "flat")
        self.close_button.setAccessibleName("Close the images")
        self.close_button.clicked.connect(self.left)
        self.grid = ImageGrid(session, jobs, theme, resources)
        self.grid.origin = "history"
        self.grid.set_side(_SIDE)
        self.grid.model.note = lambda image: self._notes.get(image, "")
        self.grid.escaped.connect(self.left)
        self._place()

    def show_edits(self, title: str, edits: Sequence[Edit]) -> None:
        """Open the images of these edits, and have the keyboard on the first."""
        self.refresh(edits)
        ids = tuple(self._notes)
        self.title.show_text(f"{title}: {words.images(len(ids))}")
        self.grid.show_images(ids)
        self._session.select(ids[:1])
        self.grid.setFocus()

    def refresh(self, edits: Sequence[Edit]) -> None:
        """The same images, whose edits are these by now."""
        self._notes = notes(edits)
        self.note.setText(sentence(edits) or "Nothing differs any more.")
        self.grid.model.refresh_all()

    def _place(self) -> None:
        head = QHBoxLayout()
        head.setSpacing(S)
        head.addWidget(self.title, 1)
        head.addWidget(self.close_button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(L, S, L, S)
        layout.setSpacing(XS)
        layout.addLayout(head)
        layout.addWidget(self.note)
        layout.addWidget(self.grid, 1)
