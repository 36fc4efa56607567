"""The classes of the project: their names, and what each becomes in a mirrored picture."""

from PySide6.QtCore import QSize, QStringListModel, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from vv_desktop.core.mirror import MirrorPairs
from vv_desktop.session import Session
from vv_desktop.ui.browse.chips import dot
from vv_desktop.ui.elided_label import one_line
from vv_desktop.ui.start.unknown_labels import ChoiceBox
from vv_desktop.ui.theme import XL, XS, L, M, S, Theme

NOBODY = "No mirrored class"
EXPLANATION = (
    "A class that gets another name keeps its images and runs. A mirrored picture of a left side shows a right side: "
    "where every class has a mirrored class, a training can use each picture twice: as it is, and mirrored with the "
    "other label."
)


class NameField(QLineEdit):
    """A class's name, to be written over. Window's thread.

    Signals: renamed(str), another name was written; put_back, Escape gave the old one back.
    """

    renamed = Signal(str)
    put_back = Signal()

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(one_line(name), parent)
        self._name, self._refused = one_line(name), False
        self.setAccessibleName(f"Name of {one_line(name)}")
        self.setToolTip("Write another name over it; Enter takes it")
        self.setCursorPosition(0)
        self.editingFinished.connect(self._finish)

    def show_refused(self, refused: bool) -> None:
        """In the colour of an error while what is written cannot be a name."""
        self._refused = refused
        self.setProperty("role", "refused" if refused else None)
        self.style().polish(self)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and (self._refused or self.text() != self._name):
            self.setText(self._name)
            self.show_refused(False)
            self.put_back.emit()
            return
        super().keyPressEvent(event)
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            event.accept()  # the dialog would press a button

    def _finish(self) -> None:
        if self.isModified() and self.text().strip() != self._name:
            self.setModified(False)
            self.renamed.emit(self.text().strip())


class ClassesDialog(QDialog):
    """Edits names and mirror pairs of the open project, each change saved at once. Not modal; window's thread."""

    def __init__(self, session: Session, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session, self._theme = session, theme
        self.boxes: list[ChoiceBox] = []
        self.names: list[NameField] = []
        self.setWindowTitle("Classes")
        self.setAccessibleName("Classes and their mirrored classes")
        self.problem = QLabel(wordWrap=True, textFormat=Qt.TextFormat.PlainText)
        self.problem.setProperty("role", "error")
        self.problem.hide()
        self.sentence = QLabel(wordWrap=True)
        self.sentence.setTextFormat(Qt.TextFormat.PlainText)
        self.switch = QCheckBox("Use mirrored pictures in trainings")
        self.switch.clicked.connect(self._switch)
        self.by_name = QPushButton("Find by name again")
        self.by_name.setProperty("role", "flat")
        self.by_name.setAutoDefault(False)
        self.by_name.setToolTip("Forget what was chosen here and pair the classes by the sides in their names.")
        self.by_name.clicked.connect(lambda: self._save(None, "Mirror pairs were found by name again"))
        self._scroll = QScrollArea(widgetResizable=True)
        self._scroll.setFrameShape(QFrame.Shape.NoFrame)
        self._lay_out()
        session.project_changed.connect(self._project_changed)
        session.classes_changed.connect(self._project_changed)
        self._project_changed()

    def sizeHint(self) -> QSize:
        """Room for every row of a usual class list, and a scroll bar beyond that."""
        return QSize(480, 260 + 40 * min(10, len(self.boxes)))

    # How

    def _lay_out(self) -> None:
        title = QLabel("Classes")
        title.setProperty("role", "title")
        explanation = QLabel(EXPLANATION, wordWrap=True)
        explanation.setProperty("role", "muted")
        feet = QHBoxLayout()
        feet.addWidget(self.switch)
        feet.addStretch(1)
        feet.addWidget(self.by_name)
        column = QVBoxLayout(self)
        column.setContentsMargins(XL, XL, XL, L)
        column.setSpacing(M)
        column.addWidget(title)
        column.addWidget(explanation)
        column.addWidget(self._scroll, 1)
        column.addWidget(self.problem)
        column.addWidget(self.sentence)
        column.addLayout(feet)

    def _project_changed(self) -> None:
        self.boxes, self.names = [], []
        self.problem.hide()
        if (old := self._scroll.takeWidget()) is not None:
            old.deleteLater()  # not at once: the name that was just written over is in it
        self.setEnabled(self._session.project is not None)  # keys may reach what they reached last, hidden or not
        if self._session.project is None:
            self._scroll.setWidget(QWidget())
            self.close()
            return
        self._scroll.setWidget(self._table(self._session.project.mirror))
        self._show_pairs()

    def _table(self, pairs: MirrorPairs) -> QWidget:
        table = QWidget()
        grid = QGridLayout(table)
        grid.setContentsMargins(0, 0, M, 0)
        grid.setHorizontalSpacing(S)
        grid.setVerticalSpacing(XS)
        grid.setColumnStretch(1, 1)
        for column, text in ((1, "Class"), (2, "Mirrored")):
            heading = QLabel(text)
            heading.setProperty("role", "small")
            grid.addWidget(heading, 0, column)
        # One list of names for all rows: a box of its own each would be slow for hundreds of classes.
        names = QStringListModel([NOBODY, *(one_line(name) for name in pairs.classes)], table)
        for i, name in enumerate(pairs.classes):
            spot = QLabel()
            spot.setPixmap(dot(self._theme.colour_of(pairs.classes, name)).pixmap(M, M))
            self.boxes.append(self._box(i, name, names))
            grid.addWidget(spot, i + 1, 0)
            self.names.append(self._name(name))
            grid.addWidget(self.names[i], i + 1, 1)
            grid.addWidget(self.boxes[i], i + 1, 2)
        grid.setRowStretch(len(pairs.classes) + 1, 1)
        return table

    def _name(self, name: str) -> NameField:
        field = NameField(name)
        field.renamed.connect(lambda new: self._rename(field, name, new))
        field.put_back.connect(self.problem.hide)
        return field

    def _rename(self, field: NameField, old: str, new: str) -> None:
        if field not in self.names:
            return  # half a name that was left when another project came, or the classes got other names
        row = self.names.index(field)
        refusal = self._session.edits.rename_class(old, new, "mouse")
        self.problem.setText(refusal)
        self.problem.setVisible(bool(refusal))
        if refusal:
            field.show_refused(True)
        else:
            self.names[row].setFocus()

    def _box(self, i: int, name: str, names: QStringListModel) -> ChoiceBox:
        box = ChoiceBox()
        box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        box.setMinimumContentsLength(18)
        box.setModel(names)
        box.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        box.setAccessibleName(f"Mirrored class of {one_line(name)}")
        box.activated.connect(lambda place: self._pair(i, place - 1 if place else None))
        return box

    def _show_pairs(self) -> None:
        assert self._session.project is not None
        pairs = self._session.project.mirror
        for box, partner in zip(self.boxes, pairs.partners, strict=True):
            box.setCurrentIndex(0 if partner is None else partner + 1)
        self.sentence.setText(one_line(pairs.sentence) + ".")
        self.sentence.setProperty("role", None if pairs.whole else "error")
        self.sentence.style().polish(self.sentence)
        self.switch.setEnabled(pairs.whole)
        self.switch.setChecked(pairs.of is not None)
        self.switch.setAccessibleDescription(self.sentence.text())

    def _pair(self, one: int, other: int | None) -> None:
        assert self._session.project is not None
        pairs = self._session.project.mirror
        if pairs.partners[one] == other:
            return
        names = pairs.classes.names
        what = f"{names[one]} has no mirrored class" if other is None else f"{names[one]} mirrors to {names[other]}"
        self._save(pairs.paired(one, other), one_line(what))

    def _switch(self, on: bool) -> None:
        assert self._session.project is not None
        self._save(self._session.project.mirror.switched(on), f"Mirroring is switched {'on' if on else 'off'}")

    def _save(self, pairs: MirrorPairs | None, said: str) -> None:
        self._session.edits.set_mirror(pairs, said)
        self._show_pairs()
