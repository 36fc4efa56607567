"""The selected result, large: the photo, how probable each class is, and the ways into the project."""

from collections.abc import Callable, Sequence
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QScrollArea, QVBoxLayout, QWidget

from vv_desktop.core.class_words import named_here
from vv_desktop.core.classes import ClassList
from vv_desktop.jobs import Jobs
from vv_desktop.session import Session
from vv_desktop.ui import theme, words
from vv_desktop.ui.elided_label import ElidedLabel
from vv_desktop.ui.predict.class_rows import ClassRows
from vv_desktop.ui.predict.photo_view import PhotoView
from vv_desktop.ui.predict.results import UNLIKE, Result, percent
from vv_desktop.ui.predict.thumbnails import PhotoThumbnails


class ResultDetail(QWidget):
    """Shows one result and speaks for all that are selected. Lives on the window's thread.

    Signals:
        add_wanted: put the selected photos into the project as their most probable classes.
        label_wanted(str): put them into the project as this class.
        image_wanted(int): show this image of the project.
    """

    add_wanted = Signal()
    label_wanted = Signal(str)
    image_wanted = Signal(int)

    def __init__(
        self,
        session: Session,
        jobs: Jobs,
        look: theme.Theme,
        thumbnails: PhotoThumbnails,
        picture_task: Callable[..., Any],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._image: int | None = None
        self._thumbnails = thumbnails
        self.photo = PhotoView(session, jobs, look, picture_task)
        self._name, self._folder = ElidedLabel(), ElidedLabel()
        self._folder.setProperty("role", "small")
        self._error = QLabel(wordWrap=True, textFormat=Qt.TextFormat.PlainText)
        self._error.setProperty("role", "error")
        self.unlike = QLabel(
            f"{UNLIKE}; the answer may mean nothing", wordWrap=True, textFormat=Qt.TextFormat.PlainText
        )
        self.unlike.setProperty("role", "error")
        self._here: tuple[str, ...] = ()
        self._strange = ElidedLabel()
        self._strange.setProperty("role", "error")
        self._strange.hide()
        self._second = ElidedLabel()
        self._second.setProperty("role", "muted")
        self.known = ElidedLabel(mode=Qt.TextElideMode.ElideRight)
        self.show_button = QPushButton("Show it there")
        self.show_button.setProperty("role", "flat")
        self.show_button.clicked.connect(self._show)
        self.add_button = QPushButton()
        self.add_button.setProperty("role", "primary")
        self.add_button.setFocusPolicy(Qt.FocusPolicy.TabFocus)  # a click must not take the keys from the list
        self.add_button.clicked.connect(lambda: self.add_wanted.emit())
        self._caption = QLabel("It is really … (press its digit)")
        self._caption.setProperty("role", "small")
        self.rows = ClassRows(look)
        self.rows.chosen.connect(self.label_wanted)
        self._lay_out()

    def show_classes(self, classes: ClassList) -> None:
        """The classes of the open project."""
        self._here = classes.names
        self.rows.show_classes(classes)

    def show_result(
        self,
        result: Result | None,
        selected: Sequence[Result],
        classes: ClassList | None,
        label: str | None,
        split: str | None,
    ) -> None:
        """Show `result`, which the run with these classes answered; label and split are those it has in the project."""
        self.setEnabled(result is not None)
        self.photo.show_photo(result.path if result else None, self._thumbnails.ready(result.key) if result else None)
        self._name.show_text(result.path.name if result else "")
        self._folder.show_text(str(result.path.parent) if result else "")
        self._error.setText(words.shown(result.error or "") if result else "")
        self._error.setVisible(bool(result and result.error))
        self.unlike.setVisible(bool(result and result.unlike))
        self._image = result.image if result else None
        self.known.show_text(f"In the project: {label or 'no label'}{f' ({split})' if split else ''}")
        self.known.setVisible(self._image is not None)
        self.show_button.setVisible(self._image is not None)
        p = (result.probabilities or ()) if result else ()
        names = classes.names if classes else ()
        self.rows.show_shares(dict(zip(names, p, strict=True)) if p else {}, label if self._image is not None else None)
        usable = [r for r in selected if r.error is None]
        top = names[result.ranking[0]] if result and p else ""
        self._strange.show_text(f"Answer: {named_here(top, self._here)} {percent(max(p))}" if p else "")
        self._strange.setVisible(bool(top) and top not in self._here)
        for widget in (self.rows, self._caption, self.add_button):
            widget.setVisible(bool(usable))
        known = [r for r in usable if r.probabilities and names[r.ranking[0]] in self._here]
        self._show_button(result, known, names, label)

    def show_second(self, sentence: str) -> None:
        """What the one that the run is compared with says of it; nothing hides the line."""
        self._second.show_text(sentence)
        self._second.setVisible(bool(sentence))

    def _show_button(
        self, result: Result | None, answered: Sequence[Result], names: Sequence[str], label: str | None
    ) -> None:
        several = len(answered) > 1
        top = names[result.ranking[0]] if result in answered and result else ""
        done = bool(top) and top == label and not several
        if several:
            text = f"Add {len(answered):,} photos as their top classes"
        elif done:
            text = f"It is labelled {words.button_text(top)}"
        elif self._image is not None:
            text = f"Label it {words.button_text(top)}" if top else "Label it"
        else:
            text = f"Add to project as {words.button_text(top)}" if top else "Add to project"
        self.add_button.setText(text)
        self.add_button.setToolTip("Enter")
        self.add_button.setEnabled(bool(answered) and not done)

    def _show(self) -> None:
        if self._image is not None:
            self.image_wanted.emit(self._image)

    def _lay_out(self) -> None:
        inner = QWidget()
        column = QVBoxLayout(inner)
        column.setContentsMargins(theme.L, 0, theme.XS, 0)
        column.setSpacing(theme.S)
        column.addWidget(self.photo, 1)
        texts = QVBoxLayout()
        texts.setSpacing(0)
        texts.addWidget(self._name)
        texts.addWidget(self._folder)
        column.addLayout(texts)
        column.addWidget(self._error)
        column.addWidget(self.unlike)
        column.addWidget(self._strange)
        column.addWidget(self._second)
        there = QHBoxLayout()
        there.addWidget(self.known, 1)
        there.addWidget(self.show_button)
        column.addLayout(there)
        column.addWidget(self.add_button)
        column.addWidget(self._caption)
        column.addWidget(self.rows)
        scroll = QScrollArea(widgetResizable=True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setStyleSheet("QScrollArea { background: transparent; border: none; }")
        scroll.setWidget(inner)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(scroll)
        self.setMinimumWidth(280)
