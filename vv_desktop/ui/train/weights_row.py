"""Where the pretrained network comes from: found by itself, a file that was chosen, or random numbers."""

from pathlib import Path
from typing import Literal

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QCheckBox, QFileDialog, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from vv_desktop.ui.theme import XS, S

FILES = "Weights (*.h5 *.hdf5 *.keras *.whl);;All files (*)"


class WeightsRow(QWidget):
    """Owns the wish where weights come from. Window's thread.

    Signals: edited, they are to come from elsewhere.
    """

    edited = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.file: Path | None = None
        self._words = QLabel()
        self._words.setTextFormat(Qt.TextFormat.PlainText)
        self._words.setProperty("role", "muted")
        self._words.setWordWrap(True)
        self.choose = QPushButton("Choose file…")
        self.choose.setProperty("role", "flat")
        self.choose.setAccessibleName("Choose the file of the pretrained network")
        self.choose.clicked.connect(self._choose_or_forget)
        self.random = QCheckBox("Start from random weights")
        self.random.setToolTip("Without what the pretrained network has learned: needs far more photos and time.")
        self.random.toggled.connect(self._changed)
        row = QHBoxLayout()
        row.setSpacing(S)
        row.addWidget(self._words, 1)
        row.addWidget(self.choose)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(XS)
        layout.addLayout(row)
        layout.addWidget(self.random)
        self.show_advanced(False)
        self._changed()

    @property
    def wish(self) -> Path | Literal["random"] | None:
        """What the training is given; None finds the pretrained network by itself."""
        return "random" if self.random.isChecked() else self.file

    def use(self, file: Path | None, random: bool = False) -> None:
        """Show another wish."""
        self.file = file
        self.random.setChecked(random)
        self._changed()

    def show_advanced(self, shown: bool) -> None:
        """Random weights are offered among the rarer settings, and where they are chosen."""
        self.random.setVisible(shown or self.random.isChecked())

    def _choose_or_forget(self) -> None:
        if self.file is not None:
            self.use(None)
            return
        chosen, _ = QFileDialog.getOpenFileName(self, "Pretrained network", "", FILES)
        if chosen:
            self.use(Path(chosen))

    def _changed(self) -> None:
        found = self.file.name if self.file else "found automatically"
        where = "none, random weights" if self.random.isChecked() else found
        self._words.setText(f"Pretrained network:\n{where}")
        self.choose.setText("Find automatically" if self.file else "Choose file…")
        self.choose.setEnabled(not self.random.isChecked())
        self.edited.emit()
