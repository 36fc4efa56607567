"""The chip that filters by what is wrong with the pictures themselves; its menu lists every kind with its count."""

from collections.abc import Mapping
from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtGui import QActionGroup, QColor
from PySide6.QtWidgets import QMenu, QWidget

from vv_desktop.core.quality import FAULTS, Fault
from vv_desktop.ui.browse.chips import Chip, dot
from vv_desktop.ui.browse.filters import QualityChoice
from vv_desktop.ui.theme import Theme

ARROW = "  ▾"
"""Says that there is a menu, in the colour of the text, which Qt's own arrow has not."""


class QualityChip(Chip):
    """Owns its menu; down while it filters. Lives on the window's thread.

    choice: the kind that is filtered by, `any` kind, or `all` pictures.

    Signals:
        chosen: `choice` is another one, by the user.
    """

    chosen = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__("Quality", None, parent)
        self.choice: QualityChoice = "all"
        self._counts: Mapping[Fault | None, int] = {}
        self.setIcon(dot(QColor(theme.muted), filled=False))
        self.setToolTip("Pictures that are dark, bright, blurred, tiny, odd-shaped, nearly uniform or unreadable")
        self.setMenu(QMenu(self))
        self.menu().aboutToShow.connect(self._fill)
        self.hide()

    def choose(self, choice: QualityChoice) -> None:
        """Filter by this; says nothing."""
        self.choice = choice
        self.setChecked(choice != "all")
        self._show()

    def show_counts(self, counts: Mapping[Fault | None, int] | None) -> None:
        """How many images there are with each fault, None: with any; None instead if nothing was measured yet."""
        self._counts = counts or {}
        self.setVisible(counts is not None or self.choice != "all")
        self._show()

    def nextCheckState(self) -> None:
        """The menu decides, and not the click that opens it."""

    def _show(self) -> None:
        self.name = "Quality" if self.choice in ("all", "any") else self.choice.capitalize()
        self.show_count(self._counts.get(_counted(self.choice), 0))
        self.setText(f"{self.text().removesuffix(ARROW)}{ARROW}")

    def _fill(self) -> None:
        menu = self.menu()
        menu.clear()
        group = QActionGroup(menu)
        choices: tuple[QualityChoice, ...] = ("all", "any", *FAULTS)
        for choice in choices:
            words = {"all": "All pictures", "any": "Anything wrong"}.get(choice, choice.capitalize())
            count = self._counts.get(_counted(choice), 0)
            action = menu.addAction(words if choice == "all" else f"{words}\t{count:,}")
            action.setCheckable(True)
            action.setChecked(choice == self.choice)
            action.setEnabled(choice in ("all", self.choice) or count > 0)
            action.triggered.connect(partial(self._take, choice))
            group.addAction(action)

    def _take(self, choice: QualityChoice, checked: bool = False) -> None:
        if choice != self.choice:
            self.choose(choice)
            self.chosen.emit()


def _counted(choice: QualityChoice) -> Fault | None:
    return None if choice == "all" or choice == "any" else choice
