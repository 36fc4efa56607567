"""The suspects that are left as a grid: select several, and answer for all of them at once."""

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from vv_desktop.core.suspect_queue import state_of
from vv_desktop.jobs import Jobs
from vv_desktop.session import Session
from vv_desktop.ui.browse.image_grid import ImageGrid
from vv_desktop.ui.suspects.suspect_walk import SuspectWalk
from vv_desktop.ui.theme import S, Theme


class BulkView(QWidget):
    """Owns a grid of what is left of the filtered queue. Lives on the window's thread; no signals."""

    def __init__(
        self,
        session: Session,
        jobs: Jobs,
        theme: Theme,
        resources: Path,
        walk: SuspectWalk,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._session, self._walk = session, walk
        self.grid = ImageGrid(session, jobs, theme, resources)
        self.grid.origin = "suspects"
        self.grid.model.note = self._note
        self.accept = QPushButton()
        self.accept.setProperty("role", "primary")
        self.accept.setToolTip("Give each selected image the label that is suggested for it, as one undo step")
        self.keep = QPushButton()
        self.keep.setToolTip("The labels of the selected images are right: they are not asked again")
        self.everything = QPushButton("Select all")
        self.everything.setProperty("role", "flat")
        self.hint = QLabel("Under each image: the suggested label. A digit gives the selection another one.")
        self.hint.setProperty("role", "small")
        for button in (self.accept, self.keep, self.everything):
            button.setAutoDefault(False)
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._place()
        self.accept.clicked.connect(lambda: self._answer(walk.accept_all))
        self.keep.clicked.connect(lambda: self._answer(walk.keep_all))
        self.everything.clicked.connect(self._select_all)
        self.grid.selection.moved.connect(self._count)

    def refresh(self) -> None:
        """Show what is left now."""
        if not self.isVisible():
            return
        if self._walk.remaining != self.grid.model.ids:
            self.grid.show_images(self._walk.remaining)
        self._count()

    def _count(self) -> None:
        count = len(self.grid.selection.rows())
        self.accept.setText(f"Accept suggestions of {count:,} selected" if count else "Accept suggestions")
        self.keep.setText(f"Keep labels of {count:,} selected" if count else "Keep labels")
        self.accept.setEnabled(count > 0)
        self.keep.setEnabled(count > 0)

    def _answer(self, answer: object) -> None:
        assert callable(answer)
        answer(self.grid.selected())
        self.grid.setFocus()

    def _select_all(self) -> None:
        self._session.select(self.grid.model.ids)
        self.grid.setFocus()

    def _note(self, image: int) -> str:
        suspect, project = self._walk.suspect(image), self._session.project
        if suspect is None or project is None:
            return ""
        names = project.classes.names
        doubt = " · not sure" if state_of(suspect, project.images[image], names) == "unsure" else ""
        return f"→ {names[suspect.suggestion]} {100 * suspect.p_suggestion:.0f} %{doubt}"

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.refresh()

    def _place(self) -> None:
        row = QHBoxLayout()
        row.setSpacing(S)
        for widget in (self.accept, self.keep, self.everything):
            row.addWidget(widget)
        row.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(S)
        column.addWidget(self.hint)
        column.addWidget(self.grid, 1)
        column.addLayout(row)
