"""Over the list of twins: how much leaks, which pairs are shown, how images are grouped, and the way to split again."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from vv_desktop.ui.theme import XS, M, S

FILTERS = {"leaks": "Leaks", "conflicts": "Conflicts", "exact": "Exact copies", "all": "All pairs"}
SOURCES = {
    "imported": "Groups as imported",
    "folder": "Groups by folder",
    "stem": "Groups by file name",
    "twins": "Groups by twins",
}
SPLIT_TIP = (
    "Makes train, val and test anew so that twins, and images of one group, are all in the same one. One undo step"
)


class TwinsHead(QWidget):
    """Owns its widgets; lives on the window's thread, no signals but theirs."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.leaks = _label("title")
        self.note = _label("muted")
        self.filter, self.source = QComboBox(), QComboBox()
        self.filter.setAccessibleName("Which pairs are shown")
        self.source.setAccessibleName("How images are grouped")
        for key, text in FILTERS.items():
            self.filter.addItem(text, key)
        for key, text in SOURCES.items():
            self.source.addItem(text, key)
        self.source.setItemData(
            list(SOURCES).index("stem"), "car7_001.jpg and car7_002.jpg are of one group", Qt.ItemDataRole.ToolTipRole
        )
        self.regroup = QPushButton("Apply groups")
        self.regroup.setToolTip("A group stays on one side when images are split. One undo step")
        self.split = QPushButton("Split again so that twins stay together")
        self.split.setProperty("role", "primary")
        self.split.setToolTip(SPLIT_TIP)
        self.again = QPushButton("Look again")
        self._place()

    def show_counts(self, counts: dict[str, int]) -> None:
        """How many pairs each filter has."""
        for place, (key, text) in enumerate(FILTERS.items()):
            self.filter.setItemText(place, f"{text}  {counts[key]:,}")

    def _place(self) -> None:
        top, row = QHBoxLayout(), QHBoxLayout()
        top.setSpacing(M)
        top.addWidget(self.leaks, 1)
        top.addWidget(self.split)
        row.setSpacing(S)
        for widget in (self.filter, self.again):
            row.addWidget(widget)
        row.addStretch(1)
        for widget in (self.source, self.regroup):
            row.addWidget(widget)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(XS)
        layout.addLayout(top)
        layout.addWidget(self.note)
        layout.addSpacing(XS)
        layout.addLayout(row)


def _label(role: str) -> QLabel:
    label = QLabel(wordWrap=True, textFormat=Qt.TextFormat.PlainText)
    label.setProperty("role", role)
    return label
