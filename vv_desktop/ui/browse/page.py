"""The Browse page: find images, look at them, relabel them."""

from collections.abc import Mapping
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QSplitter, QStackedWidget, QVBoxLayout, QWidget

from vv_desktop.jobs import Jobs
from vv_desktop.session import Session
from vv_desktop.ui.browse import filter_state
from vv_desktop.ui.browse.class_counts import ClassCounts
from vv_desktop.ui.browse.filter_bar import FilterBar
from vv_desktop.ui.browse.filters import Filter, ImageIndex
from vv_desktop.ui.browse.image_grid import LARGEST, SMALLEST, USUAL, ImageGrid
from vv_desktop.ui.browse.inspector import Inspector
from vv_desktop.ui.browse.session_facts import SessionFacts
from vv_desktop.ui.empty_state import EmptyState
from vv_desktop.ui.theme import Theme

INSPECTOR = 320
"""Width of the inspector in pixels until the user drags it."""


class BrowsePage(QWidget):
    """Owns the filter bar, the grid and the inspector. Lives on the window's thread.

    After a relabel the shown images stay where they are until the filter is applied again; the
    counts follow at once.

    Signals:
        open_wanted: nothing is open, or it is empty, and the user wants to open photos.
    """

    open_wanted = Signal()

    def __init__(
        self, session: Session, jobs: Jobs, theme: Theme, resources: Path, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._session = session
        self._index = ImageIndex({})
        self._folder: Path | None = None
        self.entry: QWidget = self
        self._stale = False
        self._misfits: set[int] = set()
        self._facts = SessionFacts(session)
        self.bar = FilterBar(theme, resources, (SMALLEST, USUAL, LARGEST))
        self.histogram = ClassCounts(theme)
        self.histogram.hide()
        self.grid = ImageGrid(session, jobs, theme, resources)
        self.inspector = Inspector(session, jobs, theme, resources, self.grid.thumbnail)
        self._no_project = EmptyState("Nothing is open", "Open a folder of photos to look through them here.", "Open…")
        self._no_images = EmptyState("No images yet", "This project has none; open a folder of photos.", "Open photos…")
        self._no_match = EmptyState("Nothing to show", "No image matches the search and the filters.", "Show all")
        self._place()
        self._connect()
        self._follow_project()

    def _place(self) -> None:
        self._stack = QStackedWidget()
        for widget in (self.grid, self._no_match, self._no_images, self._no_project):
            self._stack.addWidget(widget)
        self._splitter = QSplitter(Qt.Orientation.Horizontal)
        self._splitter.addWidget(self._stack)
        self._splitter.addWidget(self.inspector)
        self._splitter.setStretchFactor(0, 1)
        self._splitter.setStretchFactor(1, 0)
        self._splitter.setCollapsible(0, False)
        self._splitter.setSizes([1000, INSPECTOR])
        self.inspector.setMinimumWidth(240)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.bar)
        below = QHBoxLayout()
        below.setSpacing(0)
        below.addWidget(self.histogram)
        below.addWidget(self._splitter, 1)
        layout.addLayout(below, 1)

    def _connect(self) -> None:
        bar, grid, session = self.bar, self.grid, self._session
        bar.filter_changed.connect(self.apply_filter)
        bar.refresh_wanted.connect(self.apply_filter)
        bar.zoom_changed.connect(grid.set_side)
        bar.left.connect(grid.setFocus)
        bar.histogram.toggled.connect(self.histogram.setVisible)
        bar.histogram.toggled.connect(self._fill_histogram)
        self.histogram.wanted.connect(bar.set_filter)
        grid.zoomed.connect(bar.set_zoom)
        grid.activated.connect(lambda _: grid.toggle_preview())
        self._no_match.pressed.connect(bar.clear)
        self._no_images.pressed.connect(self.open_wanted)
        self._no_project.pressed.connect(self.open_wanted)
        session.project_changed.connect(self._follow_project)
        session.classes_changed.connect(self._follow_project)
        session.images_changed.connect(self._follow_images)
        session.run_changed.connect(self._follow_run)
        session.quality_changed.connect(self._follow_quality)
        for keys, do in (("/", self.search), (QKeySequence.StandardKey.Find, self.search), ("F5", self.refresh)):
            shortcut = QShortcut(QKeySequence(keys), self)
            shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            shortcut.activated.connect(do)

    # What the window asks for

    def state(self) -> dict[str, object]:
        """Filters, order, zoom and the inspector's width, as plain JSON values."""
        return {
            **filter_state.to_values(self.bar.filter),
            "zoom": self.bar.zoom,
            "splitter": self._splitter.sizes(),
            "histogram": self.bar.histogram.isChecked(),
        }

    def restore(self, state: Mapping[str, object]) -> None:
        """What `state` gave, before or after a project is opened; what makes no sense is left as it is."""
        self.bar.histogram.setChecked(state.get("histogram") is True)
        zoom = state.get("zoom")
        if isinstance(zoom, int):
            self.bar.set_zoom(zoom)
        if sizes := filter_state.two_sizes(state.get("splitter")):
            self._splitter.setSizes(sizes)
        self.bar.set_filter(filter_state.from_values(state))

    def search(self) -> None:
        """Give the keyboard to the search box."""
        self.bar.search.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.bar.search.selectAll()

    def refresh(self) -> None:
        """Apply the filter again and try unreadable files once more."""
        self.grid.loader.forget()
        self.apply_filter()

    def apply_filter(self) -> None:
        """Show the images that match the filter as labels are now."""
        project = self._session.project
        self._misfits.clear()
        ids = self._index.find(self.bar.filter, self._facts.of(self.bar.filter)) if project else []
        self.grid.show_images(ids, offer_all=self.bar.filter.quality != "all")
        self._fill_histogram()
        self._show_what_fits(len(ids))
        if self.isVisible():
            self._let_go_of_hidden()
        else:
            self._stale = True

    # What changed

    def _follow_project(self) -> None:
        project = self._session.project
        self._index = ImageIndex(project.images if project else {})
        self._facts = SessionFacts(self._session)
        self.bar.show_classes(project.classes if project else None)
        self.histogram.show_classes(project.classes if project else None)
        if project is not None:
            if self._folder not in (None, project.folder):
                self.bar.set_filter(Filter(sort=self.bar.filter.sort))
            self._folder = project.folder
        self.bar.setEnabled(project is not None and bool(project.images))
        self._count()
        self.apply_filter()

    def _follow_images(self, images: frozenset[int]) -> None:
        project = self._session.project
        if project is None:
            return
        if not all(self._index.knows(project.images[image]) for image in images):
            self._index = ImageIndex(project.images)
            self.bar.setEnabled(True)
            self.apply_filter()
        elif self.bar.filter.narrows:
            shown = [image for image in images if self.grid.model.row_of(image) is not None]
            fitting = self._index.find(self.bar.filter, self._facts.of(self.bar.filter), among=shown)
            self._misfits = self._misfits.difference(shown) | set(shown).difference(fitting)
        self._count()

    def _follow_run(self) -> None:
        self._count()
        if self.bar.filter.changed or self.bar.filter.sort == "confidence":
            self.apply_filter()

    def _follow_quality(self) -> None:
        self._count()
        if self.bar.filter.quality != "all" or self.bar.filter.sort == "quality":
            self.apply_filter()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self._stale:
            self._stale = False
            self._let_go_of_hidden()

    # How

    def _fill_histogram(self) -> None:
        """Count by class; nothing while nobody sees it."""
        if self._session.project is not None and not self.histogram.isHidden():
            wanted = self.bar.filter
            self.histogram.show_counts(self._index.count_labels(wanted, self._facts.of(wanted)), wanted)

    def _count(self) -> None:
        project = self._session.project
        total = len(project.images) if project else 0
        self._fill_histogram()
        self.bar.show_counts(self._facts.counts())
        self.bar.show_found(len(self.grid.model.ids), total, len(self._misfits))

    def _show_what_fits(self, found: int) -> None:
        project = self._session.project
        total = len(project.images) if project else 0
        empty = self._no_project if project is None else self._no_images if not total else self._no_match
        had_focus = self.grid.view.hasFocus()
        self._stack.setCurrentWidget(self.grid if found else empty)
        self.entry = self.grid if found else empty
        if had_focus and not found:
            empty.setFocus()
        self.bar.show_found(found, total, 0)

    def _let_go_of_hidden(self) -> None:
        """What cannot be seen is not selected: a digit must not label it."""
        self._session.select([i for i in self._session.selection if self.grid.model.row_of(i) is not None])
