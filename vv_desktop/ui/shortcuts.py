"""Every key of the app on one sheet, shown by `?`."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QGridLayout, QLabel, QVBoxLayout, QWidget

from vv_desktop.ui.theme import XL, L, S

KEYS = (
    ("Label the selection and go on", "1 … 9"),
    ("Take the label off", "0"),
    ("Exclude the selection from training, or take it in again", "X"),
    ("Undo, redo", "Ctrl+Z, Ctrl+Shift+Z"),
    ("Large preview", "Space"),
    ("Heat map over large pictures: why the run says so", "H"),
    ("Select", "Arrows, Shift, Ctrl, Ctrl+A"),
    ("Suspects: take the suggestion, keep the label, not sure", "Enter, Space, B"),
    ("History: the images of an edit, go back to before it", "Enter, Ctrl+Backspace"),
    ("Search", "/"),
    ("Copy paths", "Ctrl+C"),
    ("The pages, from Browse to History", "Ctrl+1 … Ctrl+9"),
    ("Start a training", "Ctrl+T"),
    ("Update the live head, turn it on or off", "Ctrl+L, Ctrl+Shift+L"),
    ("Paste a photo to predict", "Ctrl+V"),
    ("Open a folder, CSV files", "Ctrl+O, Ctrl+Shift+O"),
    ("This sheet", "?"),
    ("Quit", "Ctrl+Q"),
)


class ShortcutSheet(QDialog):
    """Owns the sheet; not modal, closed by Esc. Lives on the window's thread."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Keys")
        self.setAccessibleName("All keys")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(XL, XL, XL, XL)
        layout.setSpacing(L)
        title = QLabel("Keys")
        title.setProperty("role", "title")
        layout.addWidget(title)
        grid = QGridLayout()
        grid.setHorizontalSpacing(XL)
        grid.setVerticalSpacing(S)
        for row, (text, keys) in enumerate(KEYS):
            grid.addWidget(QLabel(text), row, 0)
            label = QLabel(keys)
            label.setProperty("role", "muted")
            label.setTextInteractionFlags(Qt.TextInteractionFlag.NoTextInteraction)
            grid.addWidget(label, row, 1)
        layout.addLayout(grid)
