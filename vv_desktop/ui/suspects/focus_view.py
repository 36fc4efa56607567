"""One suspect at a time: its picture large, the two classes beside it, and a key for each answer."""

from collections.abc import Callable
from pathlib import PurePosixPath

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from vv_desktop.core.suspect_queue import Standing
from vv_desktop.jobs import Jobs
from vv_desktop.session import Session
from vv_desktop.ui import words
from vv_desktop.ui.browse.class_buttons import ClassButtons
from vv_desktop.ui.browse.picture_view import PictureView
from vv_desktop.ui.browse.thumbnail_loader import ThumbnailLoader
from vv_desktop.ui.elided_label import ElidedLabel
from vv_desktop.ui.suspects.answer_row import AnswerRow
from vv_desktop.ui.suspects.facing import SIDE, Facing
from vv_desktop.ui.suspects.pictures_ahead import PicturesAhead
from vv_desktop.ui.suspects.suspect_walk import SuspectWalk
from vv_desktop.ui.theme import L, M, S, Theme

AHEAD = 3
"""So many of the coming suspects are made ready."""
TEST = "This is a test image: changing it changes the score. Compare scores on the same labels only."
_COMMANDS = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier | Qt.KeyboardModifier.MetaModifier


class FocusView(QWidget):
    """Owns the pictures of the suspect that is looked at and of the coming ones. Window's thread; no signals."""

    def __init__(
        self, session: Session, jobs: Jobs, theme: Theme, walk: SuspectWalk, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._session, self._walk = session, walk
        self._classes: tuple[str, ...] = ()
        self.loader = ThumbnailLoader(session, jobs, self)
        self.ahead = PicturesAhead(session, jobs, self)
        self.picture = PictureView(session, jobs, theme)
        self.file = ElidedLabel()
        self.file.setProperty("role", "muted")
        self.banner = QLabel(TEST)
        self.banner.setProperty("role", "error")
        self.labelled = Facing("Label", session, self.loader, theme)
        self.suggested = Facing("Suggested", session, self.loader, theme)
        self.note = QLabel(wordWrap=True, textFormat=Qt.TextFormat.PlainText)
        self.note.setProperty("role", "muted")
        self.buttons = ClassButtons(theme)
        self.answers = AnswerRow()
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName("Suspect")
        self._place()
        self._connect()

    def refresh(self) -> None:
        """Show the suspect that is looked at now."""
        shown = self._walk.shown
        if shown is None or not self.isVisible():
            return
        self._show_classes()
        self._show_words(shown)
        suspect, names = shown.suspect, self._walk.names
        self.labelled.show_class(
            names[suspect.label], suspect.p_label, self._still(suspect.near_label, names[suspect.label])
        )
        suggestion = names[suspect.suggestion]
        self.suggested.show_class(suggestion, suspect.p_suggestion, self._still(suspect.near_suggestion, suggestion))
        meanwhile = self.ahead.picture(shown.image) or self.loader.picture(shown.image, SIDE)
        self.picture.show_image(shown.image, meanwhile)
        self._look_ahead()

    def _show_words(self, shown: Standing) -> None:
        row, names = self._walk.row, self._walk.names
        name = words.shown(PurePosixPath(row.path).name)
        self.file.show_text(f"{name} · {shown.split or 'no split'}")
        self.banner.setVisible(shown.split == "test")
        suggestion = names[shown.suspect.suggestion]
        self.answers.show_names(row.label or "unlabelled", suggestion)
        now = words.shown(row.label or "unlabelled")
        marks = {"unsure": "You were not sure.", "kept": f"Kept as {now}.", "fixed": f"Fixed: it is {now} now."}
        mirror = "Its mirrored copy is not predicted as the mirrored class." if shown.suspect.mirror_differs else ""
        quality = self._session.quality
        wrong = quality.sentences(shown.image) if quality is not None else ()
        self.note.setText("\n".join(filter(None, [marks.get(shown.state, ""), mirror, *map(words.shown, wrong)])))
        self.setAccessibleName(f"Suspect {name}, label {now}, suggested {words.shown(suggestion)}")
        self.setAccessibleDescription(self.note.text())

    def _show_classes(self) -> None:
        classes = self._walk.project.classes
        if classes.names != self._classes:
            self._classes = classes.names
            self.buttons.show_classes(classes)
            self.answers.fit(classes.names)
        self.buttons.show_labels([self._walk.row.label])

    def _still(self, images: tuple[int, ...], label: str) -> list[int]:
        """Those that have the label still: a neighbour may have been fixed since it was ranked."""
        rows = self._walk.project.images
        return [image for image in images if image in rows and rows[image].label == label]

    def _look_ahead(self) -> None:
        coming = self._walk.coming(AHEAD)
        at = self._walk.current
        assert at is not None
        self.ahead.want(coming, max(256, round(max(self.picture.width(), self.picture.height()) * self._ratio())))
        thumbnails = [*self.labelled.images, *self.suggested.images]
        for image in coming:
            if (suspect := self._walk.suspect(image)) is not None:
                thumbnails += [*suspect.near_label, *suspect.near_suggestion]
        self.loader.want(list(dict.fromkeys(thumbnails)), SIDE)

    def _ratio(self) -> float:
        return float(self.devicePixelRatioF())

    # Keys

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key, text = event.key(), event.text()
        keys: dict[int, Callable[[], None]] = {
            Qt.Key.Key_Return: self._walk.accept,
            Qt.Key.Key_Enter: self._walk.accept,
            Qt.Key.Key_Space: self._walk.keep,
            Qt.Key.Key_B: self._walk.doubt,
            Qt.Key.Key_Left: lambda: self._walk.step(-1),
            Qt.Key.Key_Right: lambda: self._walk.step(1),
        }
        if event.modifiers() & _COMMANDS:
            super().keyPressEvent(event)
        elif key in keys:
            if not event.isAutoRepeat() or key in (Qt.Key.Key_Left, Qt.Key.Key_Right):  # a held key must not decide
                keys[key]()
        elif len(text) == 1 and text in "0123456789" and not event.isAutoRepeat():
            self._choose_digit(int(text))
        else:
            super().keyPressEvent(event)

    def _choose_digit(self, digit: int) -> None:
        if digit <= len(self._walk.names):
            self._walk.choose(self._walk.names[digit - 1] if digit else None)

    def _connect(self) -> None:
        walk, answers = self._walk, self.answers
        answers.accept.clicked.connect(walk.accept)
        answers.keep.clicked.connect(walk.keep)
        answers.unsure.clicked.connect(walk.doubt)
        answers.back.clicked.connect(lambda: walk.step(-1))
        answers.on.clicked.connect(lambda: walk.step(1))
        answers.undo.clicked.connect(self._session.edits.undo)
        self.buttons.chosen.connect(walk.choose)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.refresh()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.refresh()

    def _place(self) -> None:
        head = QHBoxLayout()
        head.setSpacing(M)
        head.addWidget(self.file, 1)
        head.addWidget(self.banner)
        right = QVBoxLayout()
        right.setSpacing(M)
        for widget in (self.labelled, self.suggested, self.note):
            right.addWidget(widget)
        right.addStretch(1)
        right.addWidget(self.buttons)
        middle = QHBoxLayout()
        middle.setSpacing(L)
        middle.addWidget(self.picture, 5)
        middle.addLayout(right, 3)
        rule = QFrame()
        rule.setProperty("role", "rule")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(S)
        column.addLayout(head)
        column.addLayout(middle, 1)
        column.addWidget(rule)
        column.addWidget(self.answers)
