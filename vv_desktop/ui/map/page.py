"""The Map page: every image as a point near those that look alike; the points that are chosen, as images beside it."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QColor, QKeyEvent, QShowEvent
from PySide6.QtWidgets import QLabel, QSplitter, QStackedWidget, QVBoxLayout, QWidget

from vv_desktop.core.classes import ClassList
from vv_desktop.core.records import ImageRow
from vv_desktop.core.suspect_queue import is_suspect
from vv_desktop.jobs import Jobs
from vv_desktop.session import Session
from vv_desktop.ui import words
from vv_desktop.ui.browse.image_grid import ImageGrid
from vv_desktop.ui.browse.thumbnail_loader import ThumbnailLoader
from vv_desktop.ui.elided_label import ElidedLabel
from vv_desktop.ui.empty_state import EmptyState
from vv_desktop.ui.map.drawing import Drawing
from vv_desktop.ui.map.head import MapHead
from vv_desktop.ui.map.hover import Hover
from vv_desktop.ui.start.progress_line import ProgressLine
from vv_desktop.ui.theme import XS, L, M, S, Theme

if TYPE_CHECKING:
    from vv_desktop.core.arrays import BoolArray
    from vv_desktop.ui.map.scatter import Scatter, Spots

TEACHING = (
    "Each image becomes a point, near those that look like it. A point of one colour among those of another, or "
    "far from all, deserves a look."
)
KEYS = "Drag moves, the wheel zooms, Shift and a drag draws around points, arrows walk, digits label, Enter to images"
FAINT = 0.25


class MapPage(QWidget):
    """Places map and images, and follows session and drawing while it is shown. Window's thread; no signals."""

    def __init__(
        self,
        session: Session,
        jobs: Jobs,
        theme: Theme,
        resources: Path,
        weights: Callable[[], Path | Literal["random"] | None] = lambda: None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._session, self._theme = session, theme
        self._made: Scatter | None = None
        self._fitted = False
        self.drawing = Drawing(session, jobs, weights, self)
        self.empty = EmptyState("Map", TEACHING, "Draw the map")
        self.line = ProgressLine()
        self.head = MapHead(theme)
        self.keys = ElidedLabel(mode=Qt.TextElideMode.ElideRight)
        self.keys.setProperty("role", "small")
        self.keys.show_text(KEYS)
        self.loader = ThumbnailLoader(session, jobs, self)
        self.grid = ImageGrid(session, jobs, theme, resources)
        self.grid.origin = "map"
        self.title = QLabel(textFormat=Qt.TextFormat.PlainText)
        self.left = QVBoxLayout()
        self.layers, self.split = QStackedWidget(), QSplitter(Qt.Orientation.Horizontal)
        self._soon = QTimer(self, singleShot=True, interval=0)
        self._soon.timeout.connect(self.refresh)
        self._place()
        self._connect()
        self.entry: QWidget = self.empty

    def state(self) -> dict[str, object]:
        """What it wants to be remembered, as plain JSON values."""
        return {"side": self.grid.side, "split": list(self.split.sizes())}

    def restore(self, state: Mapping[str, object]) -> None:
        """What `state` gave; anything else is passed over."""
        if isinstance(side := state.get("side"), int):
            self.grid.set_side(side)
        sizes = state.get("split")
        if isinstance(sizes, list) and len(sizes) == 2 and all(isinstance(one, int) for one in sizes) and any(sizes):
            self.split.setSizes(sizes)

    @property
    def scatter(self) -> "Scatter":
        """The points; what draws them is imported when they are first wanted."""
        if self._made is None:
            from vv_desktop.ui.map.scatter import Scatter

            self._made = Scatter(self._theme)
            self.hover = Hover(self._session, self.loader, self._theme, self._made)
            self.left.insertWidget(0, self._made, 1)
            self._made.chosen.connect(self.choose)
            self._made.pointed.connect(self._point)
            self._made.entered.connect(self._enter)
            self._made.passed_on.connect(self._take_key)
            self._made.box.lasso = self.head.lasso.isChecked()
        return self._made

    def choose(self, rows: Sequence[int]) -> None:
        """Show the images of these points of the map, the first one being looked at."""
        points = self.drawing.points
        if points is None:
            return
        images = [int(points.images[row]) for row in rows]
        self.grid.show_images(images)
        self.title.setText(f"{words.images(len(images))} chosen" if images else "Nothing chosen")
        self.scatter.mark(rows)
        self._session.select(images[:1])

    def refresh(self) -> None:
        """Draw what session and drawing say now."""
        if not self.isVisible():
            return
        drawing = self.drawing
        first = self.layers.currentIndex() == 0 and drawing.points is not None
        self.entry = self.empty if drawing.points is None else self.scatter
        self.layers.setCurrentIndex(0 if drawing.points is None else 1)
        if drawing.running:
            self.line.show_progress(drawing.doing, drawing.done, drawing.total)
        elif drawing.problem:
            self.line.show_error(drawing.problem)
        else:
            self.line.idle()
        self.empty.button.setEnabled(not drawing.running)
        self.head.again.setEnabled(not drawing.running)
        if drawing.points is not None:
            self._draw()
        if first:
            self.entry.setFocus()  # what had the keyboard is hidden now

    # How

    def _draw(self) -> None:
        import numpy as np

        points, project = self.drawing.points, self._session.project
        assert points is not None
        assert project is not None
        rows = [project.images.get(int(image)) for image in points.images]
        wanted = np.array([row is not None and self._wanted(row) for row in rows], bool)
        queue, names = self._session.queue, project.classes.names
        ringed = np.array([row is not None and is_suspect(queue, row, names) for row in rows], bool)
        if self.head.suspects.isChecked():
            wanted &= ringed
        where = {int(image): row for row, image in enumerate(points.images)}  # other rows than in the map before
        self.scatter.rows = tuple(where[image] for image in self.grid.model.ids if image in where)
        kinds = _kinds(rows, wanted, project.classes, self._theme)
        self.scatter.show_places(points.places, kinds, ringed & wanted, not self._fitted)
        self._look_at_selection()
        self._fitted = points.settled
        known = [row for row in rows if row is not None]
        self.head.show_counts(dict(Counter(row.label for row in known)), int(ringed.sum()))
        new = len(project.images) - len(known)
        self.head.note.setText(f"{words.images(new)} not on the map" if new and not self.drawing.running else "")

    def _wanted(self, row: ImageRow) -> bool:
        split = self.head.chosen_split
        return row.label not in self.head.hidden and split in ("all", row.split or "none")

    def _point(self, row: int | None) -> None:
        points = self.drawing.points
        self.hover.show_image(None if row is None or points is None else int(points.images[row]))

    def _enter(self) -> None:
        """Enter on the map: the keyboard goes to the images, where digits label."""
        if self.grid.model.rowCount():
            self.grid.setFocus()

    def _take_key(self, event: QKeyEvent) -> None:
        """A key that means nothing on the map is one of the images': a digit labels the point that was walked to."""
        if self.grid.model.rowCount():
            self.grid.view.keyPressEvent(event)
        else:
            event.ignore()

    def _look_at_selection(self) -> None:
        """The image that is looked at in the grid is found on the map."""
        points, selection = self.drawing.points, self._session.selection
        if self._made is not None and points is not None:
            self._made.look_at([row for row in self._made.rows if int(points.images[row]) in selection[:1]])

    def _moved(self) -> None:
        if self.drawing.points is None:
            self._fitted = False
            self.choose(())
        elif not self.drawing.points.settled:
            self._fitted = False
        self._soon.start()

    def _project_changed(self) -> None:
        self._show_classes()
        self.grid.show_images(())
        self.title.setText("Nothing chosen")

    def _show_classes(self) -> None:
        project = self._session.project
        self.head.show_classes(project.classes if project else None)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.refresh()

    def _connect(self) -> None:
        session, drawing = self._session, self.drawing
        drawing.changed.connect(self._soon.start)
        drawing.moved.connect(self._moved)
        self.empty.pressed.connect(drawing.make)
        self.head.again_wanted.connect(drawing.make)
        self.line.cancel_wanted.connect(drawing.cancel)
        self.head.changed.connect(self.refresh)
        self.head.lasso_changed.connect(lambda on: setattr(self.scatter.box, "lasso", on))
        self.grid.escaped.connect(lambda: self.scatter.setFocus())
        session.selection_changed.connect(self._look_at_selection)
        session.images_changed.connect(self._soon.start)
        session.suspects_changed.connect(self._soon.start)
        session.project_changed.connect(self._project_changed)
        session.classes_changed.connect(self._show_classes)
        self._project_changed()

    def _place(self) -> None:
        map_side, images = QWidget(), QWidget()
        self.left.setContentsMargins(0, 0, S, 0)
        self.left.setSpacing(XS)
        self.left.addWidget(self.keys)
        map_side.setLayout(self.left)
        right = QVBoxLayout(images)
        right.setContentsMargins(S, 0, 0, 0)
        right.setSpacing(XS)
        self.title.setStyleSheet("font-weight: 600;")
        right.addWidget(self.title)
        right.addWidget(self.grid, 1)
        self.split.addWidget(map_side)
        self.split.addWidget(images)
        self.split.setChildrenCollapsible(False)
        self.split.setSizes([700, 380])
        images.setMinimumWidth(220)
        map_side.setMinimumWidth(320)
        whole = QWidget()
        column = QVBoxLayout(whole)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(M)
        column.addWidget(self.head)
        column.addWidget(self.split, 1)
        self.layers.addWidget(self.empty)
        self.layers.addWidget(whole)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(L, L, L, L)
        layout.setSpacing(M)
        layout.addWidget(self.layers, 1)
        layout.addWidget(self.line)


def _kinds(rows: Sequence[ImageRow | None], wanted: "BoolArray", classes: ClassList, theme: Theme) -> "list[Spots]":
    """The wanted rows by label, excluded ones faint and beneath the others."""
    import numpy as np

    from vv_desktop.ui.map.scatter import Spots

    order = [(label, faint) for faint in (True, False) for label in (None, *classes.names)]
    place = {kind: number for number, kind in enumerate(order)}
    kinds = np.array([-1 if row is None else place[row.label, row.excluded] for row in rows], np.int64)
    spots = []
    for number, (label, faint) in enumerate(order):
        colour = QColor(theme.muted if label is None else theme.colour_of(classes, label))
        colour.setAlphaF(FAINT if faint else 0.85)
        spots.append(Spots((kinds == number) & wanted, colour, filled=label is not None))
    return spots
