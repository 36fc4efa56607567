"""The column on the left: one button a page."""

from pathlib import Path

from PySide6.QtCore import QSize, Signal
from PySide6.QtWidgets import QButtonGroup, QPushButton, QVBoxLayout, QWidget

from vv_desktop.ui.theme import XS, M, Theme, icon

WIDTH = 144
TITLES = {
    "browse": "Browse",
    "train": "Train",
    "evaluate": "Evaluate",
    "suspects": "Suspects",
    "twins": "Twins",
    "map": "Map",
    "predict": "Predict",
    "export": "Export",
    "history": "History",
}


class Navigation(QWidget):
    """Owns the buttons. Lives on the window's thread.

    Signals:
        chosen(str): a page's name.
    """

    chosen = Signal(str)

    def __init__(self, theme: Theme, resources: Path, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFixedWidth(WIDTH)
        column = QVBoxLayout(self)
        column.setContentsMargins(M, M, M, M)
        column.setSpacing(XS)
        group = QButtonGroup(self)
        self._buttons: dict[str, QPushButton] = {}
        for number, (name, title) in enumerate(TITLES.items(), 1):
            button = QPushButton(icon(resources, f"page-{name}", theme.text), f"  {title}")
            button.setIconSize(QSize(18, 18))
            button.setCheckable(True)
            button.setProperty("role", "page")
            button.setToolTip(f"{title} (Ctrl+{number})")
            button.setAccessibleName(title)
            button.clicked.connect(lambda _=False, name=name: self.chosen.emit(name))
            group.addButton(button)
            column.addWidget(button)
            self._buttons[name] = button
        column.addStretch(1)

    def show_chosen(self, name: str) -> None:
        """Mark a page as the one in front."""
        self._buttons[name].setChecked(True)
