"""The images to which an exported file gives another answer than the model: before → after, to be looked at."""

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from vv_desktop.jobs import Jobs
from vv_desktop.session import Session
from vv_desktop.ui import words
from vv_desktop.ui.browse.image_grid import ImageGrid
from vv_desktop.ui.elided_label import ElidedLabel
from vv_desktop.ui.theme import XS, S, Theme

HEIGHT, _SIDE = 260, 120
"""Of the grid, and of a thumbnail in it, in pixels."""


class ChangedImage(Protocol):
    """One image of one file."""

    @property
    def image(self) -> int: ...
    @property
    def before(self) -> str: ...
    @property
    def before_probability(self) -> float: ...
    @property
    def after(self) -> str: ...
    @property
    def after_probability(self) -> float: ...


class ChangedAnswers(QWidget):
    """Owns the grid, and which file it is of. Hidden while no file changes an answer. Window's thread.

    Signals: image_wanted(int), Enter or a double click on an image.
    """

    image_wanted = Signal(int)

    def __init__(
        self, session: Session, jobs: Jobs, theme: Theme, resources: Path, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._session = session
        self._notes: dict[int, str] = {}
        self.chips: list[QPushButton] = []
        self._group = QButtonGroup(self)
        self.grid = ImageGrid(session, jobs, theme, resources)
        self.grid.set_side(_SIDE)
        self.grid.setFixedHeight(HEIGHT)
        self.grid.model.note = lambda image: self._notes.get(image, "")
        self.grid.activated.connect(self.image_wanted)
        title = QLabel("Other answers than the model's")
        title.setStyleSheet("font-weight: 600;")
        self._row = QHBoxLayout()
        self._row.setSpacing(XS)
        self._sure = ElidedLabel(mode=Qt.TextElideMode.ElideRight)
        self._sure.setProperty("role", "muted")
        self._row.addWidget(title)
        self._row.addSpacing(S)
        self._row.addWidget(self._sure, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(S)
        layout.addLayout(self._row)
        layout.addWidget(self.grid)
        self.hide()

    def show_files(self, files: Sequence[tuple[str, Sequence[ChangedImage]]]) -> None:
        """The changed images of each file, the surest first; files without any are left out."""
        for chip in self.chips:
            self._group.removeButton(chip)
            chip.deleteLater()
        self.chips = []
        found = [(name, changed) for name, changed in files if changed]
        for name, changed in found:
            chip = QPushButton(f"{words.button_text(name)}  {len(changed):,}")
            chip.setCheckable(True)
            chip.setProperty("role", "chip")
            chip.setAccessibleName(f"{name}: {words.images(len(changed))} with another answer")
            chip.toggled.connect(lambda on, changed=changed: self._open(changed) if on else None)
            self._group.addButton(chip)
            self._row.insertWidget(self._row.count() - 1, chip)
            self.chips.append(chip)
        self.setVisible(bool(found))
        if found:
            self.chips[-1].setChecked(True)
        else:
            self._open(())

    def _open(self, changed: Sequence[ChangedImage]) -> None:
        there = self._session.project.images if self._session.project else {}
        order = sorted((one for one in changed if one.image in there), key=lambda one: -one.after_probability)
        surest = max((one.before_probability for one in changed), default=0.0)
        self._sure.show_text(f"the model is at most {100 * surest:.0f} % sure of them")
        self._notes = {one.image: f"{one.before} → {one.after}" for one in order}
        self.grid.show_images(tuple(self._notes))
