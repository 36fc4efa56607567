"""The menu of the selected images: everything the keys do, for the mouse, and the splits."""

from collections.abc import Callable
from functools import partial
from typing import Protocol

from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QWidget

from vv_desktop.core.classes import ClassList
from vv_desktop.core.dataset import SPLITS, Split
from vv_desktop.ui import words


class Actions(Protocol):
    """What the menu can do to the selected images."""

    def label_selection(self, label: str | None) -> bool:
        """Give them a label."""

    def split_selection(self, split: Split | None) -> None:
        """Put them into a split."""

    def exclude_selection(self, excluded: bool) -> None:
        """Leave them out of training and scoring, or take them in again."""

    def exclude_shown(self) -> None:
        """Leave out all images that are shown."""

    def toggle_preview(self) -> None:
        """Show or hide the large preview."""

    def copy_selection(self) -> None:
        """Copy files and paths."""


def build_menu(
    actions: Actions, classes: ClassList, count: int, all_excluded: bool, parent: QWidget, shown: int = 0
) -> QMenu:
    """The menu for `count` selected images; `shown`: so many can be excluded at once, 0: none."""
    menu = QMenu(parent)
    if count:
        _add_for_selection(menu, actions, classes, count, all_excluded)
    if shown:
        menu.addSeparator()
        _add(menu, f"Exclude all {shown:,} shown from training", actions.exclude_shown)
    return menu


def _add_for_selection(menu: QMenu, actions: Actions, classes: ClassList, count: int, all_excluded: bool) -> None:
    title = menu.addAction(words.images(count))
    title.setEnabled(False)
    labels = menu.addMenu("Label")
    for place, name in enumerate(classes.names):
        key = str(place + 1) if place < 9 else ""
        _add(labels, words.button_text(name, 40), partial(actions.label_selection, name), key)
    labels.addSeparator()
    _add(labels, "Take the label off", partial(actions.label_selection, None), "0")
    splits = menu.addMenu("Split")
    for split in SPLITS:
        _add(splits, split, partial(actions.split_selection, split))
    _add(splits, "none", partial(actions.split_selection, None))
    verb = "Take in again" if all_excluded else "Exclude from training"
    _add(menu, verb, partial(actions.exclude_selection, not all_excluded), "X")
    menu.addSeparator()
    _add(menu, "Preview", actions.toggle_preview, "Space")
    _add(menu, "Copy files and paths", actions.copy_selection, "Ctrl+C")


def _add(menu: QMenu, text: str, do: Callable[[], object], key: str = "") -> QAction:
    """`key` is only shown, as text: a real shortcut here would take the key from the grid."""
    action = menu.addAction(f"{text}\t{key}" if key else text)
    action.triggered.connect(lambda _checked=False: do())
    return action
