"""The images behind a cell of the matrix, or the surest mistakes, in the grid where they can be relabelled."""

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from vv_desktop.jobs import Jobs
from vv_desktop.session import Session
from vv_desktop.ui.browse.image_grid import ImageGrid
from vv_desktop.ui.elided_label import ElidedLabel
from vv_desktop.ui.evaluate.score_words import images_of
from vv_desktop.ui.theme import XS, S, Theme


class CellImages(QWidget):
    """Owns the list that was opened: it stays as it is while its images are relabelled. Window's thread.

    Signals: mistakes_wanted, back to the surest mistakes; left, Escape in the grid.
    """

    mistakes_wanted = Signal()
    left = Signal()

    def __init__(
        self, session: Session, jobs: Jobs, theme: Theme, resources: Path, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._session = session
        self._labels_then: dict[int, str | None] = {}
        self.ids: tuple[int, ...] = ()
        self.title = ElidedLabel()
        self.title.setStyleSheet("font-weight: 600;")
        self.note = QLabel()
        self.note.setProperty("role", "small")
        self.note.setTextFormat(Qt.TextFormat.PlainText)
        self.back = QPushButton("All mistakes")
        self.back.setProperty("role", "flat")
        self.back.setAccessibleName("Show the most confident mistakes")
        self.back.clicked.connect(self.mistakes_wanted)
        policy = self.back.sizePolicy()
        policy.setRetainSizeWhenHidden(True)
        self.back.setSizePolicy(policy)
        self.grid = ImageGrid(session, jobs, theme, resources)
        self.grid.origin = "matrix"
        self.grid.escaped.connect(self.left)
        self._place()

    def show_list(self, title: str, ids: Sequence[int], cell: bool) -> None:
        """Open a list; `cell` offers the way back to the mistakes."""
        images = self._session.project.images if self._session.project else {}
        self.ids = tuple(int(i) for i in ids)
        self._labels_then = {i: images[i].label for i in self.ids if i in images}
        self.title.show_text(f"{title}: {images_of(len(self.ids))}" if self.ids else f"{title}: none")
        self.back.setVisible(cell)
        self.grid.show_images(self.ids)
        self.refresh()

    def refresh(self) -> None:
        """Say what was relabelled since the list was opened."""
        images = self._session.project.images if self._session.project else {}
        moved = sum(i in images and images[i].label != label for i, label in self._labels_then.items())
        keys = "Select, then press a digit to relabel" if self.ids else ""
        self.note.setText(f"{images_of(moved)} relabelled since this list was opened" if moved else keys)

    def begin_relabelling(self) -> None:
        """Put the keyboard on the first image."""
        if self.ids:
            self._session.select(self.ids[:1])
            self.grid.setFocus()

    def _place(self) -> None:
        head = QHBoxLayout()
        head.setSpacing(S)
        head.addWidget(self.title, 1)
        head.addWidget(self.back)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(S, 0, 0, 0)
        layout.setSpacing(XS)
        layout.addLayout(head)
        layout.addWidget(self.note)
        layout.addWidget(self.grid, 1)
