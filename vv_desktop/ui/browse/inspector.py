"""The panel beside the grid: the selected image in large, what is known of it, and its label."""

from collections.abc import Callable
from pathlib import Path, PurePosixPath
from typing import TypeVar

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QGuiApplication, QImage, QResizeEvent, QShowEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QScrollArea,
    QStackedLayout,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from vv_desktop.core.records import ImageRow
from vv_desktop.jobs import Jobs
from vv_desktop.session import Message, Session
from vv_desktop.tasks.data import Picture
from vv_desktop.ui import theme as look
from vv_desktop.ui import words
from vv_desktop.ui.browse import image_facts
from vv_desktop.ui.browse.class_buttons import ClassButtons
from vv_desktop.ui.browse.picture_view import PictureView
from vv_desktop.ui.browse.probability_bars import ProbabilityBars
from vv_desktop.ui.elided_label import ElidedLabel
from vv_desktop.ui.theme import XS, M, S, Theme

AnyLabel = TypeVar("AnyLabel", bound=QLabel)
PICTURE_SHAPE = 0.78
"""Height of the picture's place by its width, unless the window is too low."""
HISTORY = 20
"""Edits of an image that are listed."""


class Inspector(QWidget):
    """Owns the large picture and the facts of the session's selection. Lives on the window's thread; no signals.

    While it cannot be seen it does nothing, and catches up when it is shown.
    """

    def __init__(
        self,
        session: Session,
        jobs: Jobs,
        theme: Theme,
        resources: Path,
        thumbnail: Callable[[int], QImage | None],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._session, self._thumbnail = session, thumbnail
        self._soon = QTimer(self, singleShot=True, interval=0)
        self._soon.timeout.connect(self._show_selection)
        self.picture = PictureView(session, jobs, theme)
        self.buttons = ClassButtons(theme)
        self._bars = ProbabilityBars(theme)
        self._build_labels(theme, resources)
        self._place()
        self.picture.loaded.connect(self._show_picture_facts)
        self.picture.failed.connect(lambda _: self._size.setText("unreadable"))
        self.buttons.chosen.connect(self._label)
        for signal in (session.selection_changed, session.images_changed, session.evaluation_changed):
            signal.connect(self._refresh_soon)
        session.quality_changed.connect(self._refresh_soon)
        session.project_changed.connect(self._follow_project)
        session.classes_changed.connect(self._follow_project)
        self._follow_project()

    def _build_labels(self, theme: Theme, resources: Path) -> None:
        self._name = ElidedLabel()
        font = self._name.font()
        font.setBold(True)
        self._name.setFont(font)
        self._path, self._size = _small(ElidedLabel()), _small(QLabel())
        self._split, self._group = ElidedLabel(), ElidedLabel()
        self._summary, self._history, self._answering = QLabel(), _small(QLabel()), QLabel()
        self._wrong = QLabel()  # what is wrong with the picture itself
        self._changed = QLabel()
        for label in (self._size, self._summary, self._history, self._wrong, self._changed):
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setWordWrap(True)
        self._copy = QToolButton()
        self._copy.setProperty("role", "flat")
        self._copy.setIcon(look.icon(resources, "copy", theme.muted, 16))
        self._copy.setToolTip("Copy the path")
        self._copy.setAccessibleName("Copy the path")
        self._copy.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._copy.clicked.connect(self._copy_path)

    def _place(self) -> None:
        path_row = QHBoxLayout()
        path_row.addWidget(self._path, 1)
        path_row.addWidget(self._copy)
        facts = QVBoxLayout()
        facts.setContentsMargins(0, 0, 0, 0)
        facts.setSpacing(0)
        facts.addLayout(path_row)
        facts.addWidget(self._size)
        facts.addWidget(self._changed)
        facts.addWidget(self._wrong)
        self._facts_box = _box(facts)
        self._more = [
            _section(QLabel("Split"), self._split),
            _section(QLabel("Group"), self._group),
            _section(self._answering, self._bars),
            _section(QLabel("History"), self._history),
        ]
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(0, S, 0, M)
        label = _section(QLabel("Label"), self.buttons)
        for widget in (self._name, self._facts_box, self._summary, label, *self._more):
            column.addWidget(widget)
        column.setSpacing(S)
        column.addStretch(1)
        scroll = QScrollArea()
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setWidgetResizable(True)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setWidget(inside)
        content = QWidget()
        whole = QVBoxLayout(content)
        whole.setContentsMargins(M, S, M, 0)
        whole.setSpacing(0)
        whole.addWidget(self.picture)
        whole.addWidget(scroll, 1)
        self._stack = QStackedLayout(self)
        self._stack.addWidget(_nothing())
        self._stack.addWidget(content)

    # What is shown

    def _follow_project(self) -> None:
        project = self._session.project
        self.buttons.show_classes(project.classes if project else None)
        self._refresh_soon()

    def _refresh_soon(self) -> None:
        if self.isVisible():
            self._soon.start()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._soon.start()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        shape = round((event.size().width() - 2 * M) * PICTURE_SHAPE)
        self.picture.setFixedHeight(max(1, min(shape, event.size().height() * 2 // 5)))

    def _show_selection(self) -> None:
        project = self._session.project
        rows = [project.images[i] for i in self._session.selection if i in project.images] if project else []
        self._stack.setCurrentIndex(1 if rows else 0)
        if not rows:
            self.picture.show_image(None)
            return
        one = len(rows) == 1
        first = rows[0]
        if self.picture.image != first.id:
            self._size.setText(" ")
            self._changed.hide()
        self.picture.show_image(first.id, self._thumbnail(first.id))
        self.buttons.show_labels({row.label for row in rows})
        self._name.show_text(
            words.shown(PurePosixPath(first.path).name) if one else f"{words.images(len(rows))} selected"
        )
        self._facts_box.setVisible(one)
        self._summary.setVisible(not one)
        self._summary.setText("" if one else image_facts.label_summary(rows))
        for section in self._more:
            section.setVisible(one)
        if one:
            self._show_facts(first)

    def _show_facts(self, row: ImageRow) -> None:
        project = self._session.project
        assert project is not None
        self._path.show_text(words.shown(row.path))
        self._path.setToolTip(words.tooltip(str(project.path_of(row.id))))
        quality = self._session.quality
        wrong = quality.sentences(row.id) if quality is not None else ()
        self._wrong.setText("\n".join(map(words.shown, wrong)))
        self._wrong.setVisible(bool(wrong))
        self._split.show_text((row.split or "none") + (", excluded" if row.excluded else ""))
        self._group.show_text(words.shown(row.group or "none"))
        lines = image_facts.history_lines(project.store.journal(image=row.id, limit=HISTORY))
        self._history.setText("\n".join(lines) or "Not edited yet.")
        classes, probabilities = self._session.answering, self._session.probabilities(row.id)
        self._answering.setText("Prediction" if self._session.live is None else "Prediction of the live head")
        self._more[2].setVisible(probabilities is not None)
        if classes is not None and probabilities is not None:
            self._bars.show_probabilities(classes, probabilities, project.classes)

    def _show_picture_facts(self, picture: Picture) -> None:
        self._size.setText(image_facts.picture_line(picture))
        project, image = self._session.project, self.picture.image
        row = project.images.get(image) if project is not None and image is not None else None
        self._changed.setText(image_facts.changed_line(row, picture) if row is not None else "")
        self._changed.setVisible(bool(self._changed.text()))

    # What is done

    def _label(self, label: str | None) -> None:
        self._session.edits.relabel(self._session.selection, label, "mouse")
        self._refresh_soon()

    def _copy_path(self) -> None:
        project, selection = self._session.project, self._session.selection
        if project is not None and selection:
            QGuiApplication.clipboard().setText(words.shown(str(project.path_of(selection[0]))))
            self._session.said.emit(Message("Copied the path"))


def _small(label: AnyLabel) -> AnyLabel:
    label.setProperty("role", "small")
    label.setTextFormat(Qt.TextFormat.PlainText)
    return label


def _nothing() -> QLabel:
    """What is there while nothing is selected."""
    label = QLabel(
        "Select an image to see it here.\n\nThe digits label what is selected and move on to the next image."
    )
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setProperty("role", "muted")
    label.setWordWrap(True)
    label.setAlignment(Qt.AlignmentFlag.AlignCenter)
    label.setContentsMargins(M, M, M, M)
    return label


def _box(layout: QVBoxLayout) -> QWidget:
    box = QWidget()
    box.setLayout(layout)
    return box


def _section(title: QLabel, content: QWidget) -> QWidget:
    layout = QVBoxLayout()
    layout.setContentsMargins(0, XS, 0, 0)
    layout.setSpacing(XS)
    layout.addWidget(_small(title))
    layout.addWidget(content)
    return _box(layout)
