"""What can be done with the selected pair: see either image in Browse, exclude one, settle a conflict."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QWidget

from vv_desktop.core.twins import Pair
from vv_desktop.session import Session
from vv_desktop.ui import words
from vv_desktop.ui.theme import M, S

SIDES = ("left", "right")


class PairBar(QWidget):
    """Owns the buttons of one pair; labels and exclusions go to the session. Lives on the window's thread.

    Signals:
        image_wanted(int): show this image in Browse.
    """

    image_wanted = Signal(int)

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._pair: Pair | None = None
        self._labels: tuple[str, str] | None = None
        self.show_buttons = tuple(QPushButton(f"Show {side}") for side in SIDES)
        self.exclude_buttons = tuple(QPushButton(f"Exclude {side}") for side in SIDES)
        self.label_buttons = tuple(QPushButton() for _ in SIDES)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(S)
        for buttons in (self.show_buttons, self.exclude_buttons, self.label_buttons):
            for button in buttons:
                row.addWidget(button)
            row.addSpacing(M)
        row.addStretch(1)
        for side in (0, 1):
            self.show_buttons[side].setToolTip("In Browse, where it can be labelled")
            self.show_buttons[side].setAccessibleName(f"Show the {SIDES[side]} image in Browse")
            self.show_buttons[side].clicked.connect(lambda _=False, side=side: self._show(side))
            self.exclude_buttons[side].clicked.connect(lambda _=False, side=side: self._exclude(side))
            self.label_buttons[side].clicked.connect(lambda _=False, side=side: self._label(side))
        self.show_pair(None, None)

    def show_pair(self, pair: Pair | None, labels: tuple[str, str] | None) -> None:
        """Offer what goes with this pair; labels: what would settle its conflict, for either side; None without one."""
        self._pair, self._labels = pair, labels
        images = self._session.project.images if self._session.project else {}
        for side in (0, 1):
            row = None if pair is None else images.get(_image(pair, side))
            self.show_buttons[side].setEnabled(row is not None)
            self.exclude_buttons[side].setEnabled(row is not None)
            excluded = row is not None and row.excluded
            self.exclude_buttons[side].setText(f"{'Take in' if excluded else 'Exclude'} {SIDES[side]}")
            self.exclude_buttons[side].setToolTip("An excluded image is neither learnt from nor scored")
            button = self.label_buttons[side]
            button.setVisible(labels is not None)
            if labels is not None:
                button.setText(f"Label {SIDES[side]} {words.button_text(labels[side])}")
                button.setAccessibleName(f"Label the {SIDES[side]} image {words.shown(labels[side])}")

    def _show(self, side: int) -> None:
        if self._pair is not None:
            self.image_wanted.emit(_image(self._pair, side))

    def _exclude(self, side: int) -> None:
        project = self._session.project
        if self._pair is not None and project is not None:
            image = _image(self._pair, side)
            self._session.edits.exclude([image], not project.images[image].excluded, "twins")

    def _label(self, side: int) -> None:
        if self._pair is not None and self._labels is not None:
            self._session.edits.relabel([_image(self._pair, side)], self._labels[side], "twins")


def _image(pair: Pair, side: int) -> int:
    return pair.b if side else pair.a
