"""The map of the open project: the kept one is read, a new one is projected at once and spread in the background."""

from PySide6.QtCore import Signal

from vv_desktop import tasks
from vv_desktop.core.map_points import MapPoints, MapRows, Moved
from vv_desktop.core.progress import Event
from vv_desktop.ui.finding import Finding


class Drawing(Finding):
    """Owns the points, and the jobs that read, project and spread them. Window's thread, as long as the app.

    points: the newest there are, None before the first.

    Signals: as of `Finding`, and moved: there are other points.
    """

    moved = Signal()
    points: MapPoints | None = None

    def make(self) -> None:
        """Draw the map anew; nothing if that is under way already."""
        project = self._session.project
        if project is not None and not self.running:
            self._make(
                tasks.review.project_map, project.dataset(), project.folder, self._weights(),
                name="Drawing the map", on_done=self._take_rows,
            )  # fmt: skip

    def read_kept(self) -> None:
        """Have the map that was kept read."""
        project = self._session.project
        if project is not None:
            self._read(tasks.review.load_map, project.folder, name="Reading the map", on_done=self.show)

    def forget(self) -> None:
        """Another project is open, or none."""
        self.points = None
        self.moved.emit()

    def show(self, points: MapPoints) -> None:
        """Have these as the newest points."""
        self.points = points
        self.moved.emit()

    def _take_rows(self, answer: tuple[MapRows, MapPoints]) -> None:
        project = self._session.project
        assert project is not None
        rows, points = answer
        self.show(points)
        self._make(
            tasks.review.spread_map, rows, project.folder, name="Spreading the map", lane="map", on_done=self.show
        )

    def _hear(self, event: Event) -> None:
        if isinstance(event, Moved):
            self._tell("Spreading the points", event.done, event.total)
            self.show(event.points)
            self.changed.emit()
        else:
            super()._hear(event)
