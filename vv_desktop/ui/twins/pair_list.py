"""The pairs of twins side by side, as many in a row as fit, with pictures loaded as they come into view."""

from PySide6.QtCore import QItemSelection, QTimer, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QListView, QWidget

from vv_desktop.core.twins import Pair
from vv_desktop.jobs import Jobs
from vv_desktop.session import Session
from vv_desktop.ui.browse.thumbnail_loader import ThumbnailLoader
from vv_desktop.ui.theme import XS, Theme
from vv_desktop.ui.twins.pair_cell import PairCell
from vv_desktop.ui.twins.pair_model import PairModel

SPACING = XS


class PairList(QListView):
    """Owns the shown pairs and their pictures. Lives on the window's thread.

    Signals:
        pair_changed: another pair is selected, or none.
    """

    pair_changed = Signal()

    def __init__(self, session: Session, jobs: Jobs, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.pairs = PairModel(session, self)
        self.loader = ThumbnailLoader(session, jobs, self)
        self._cell = PairCell(session, self.loader, self.pairs, theme, self)
        self._look = QTimer(self, singleShot=True, interval=30)
        self._look.timeout.connect(self._want)
        self.setModel(self.pairs)
        self.setItemDelegate(self._cell)
        self.setViewMode(QListView.ViewMode.IconMode)
        self.setMovement(QListView.Movement.Static)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setUniformItemSizes(True)
        self.setSpacing(SPACING)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setProperty("role", "grid")
        self.setAccessibleName("Pairs of twins")
        self.verticalScrollBar().valueChanged.connect(lambda _: self._look.start())
        self.loader.arrived.connect(lambda _: self.viewport().update())

    @property
    def pair(self) -> Pair | None:
        """The pair that is selected."""
        chosen = self.selectedIndexes()
        return self.pairs.pairs[chosen[0].row()] if chosen else None

    def show_pairs(self, pairs: tuple[Pair, ...]) -> None:
        """Show these; the pair that was selected stays so, or else the one that took its place is."""
        before, row = self.pair, max(0, self.currentIndex().row())
        if pairs != self.pairs.pairs:
            self.pairs.show_pairs(pairs)
            if pairs:
                place = pairs.index(before) if before in pairs else min(row, len(pairs) - 1)
                self.setCurrentIndex(self.pairs.index(place))
        self.pairs.refresh()
        self._look.start()
        self.pair_changed.emit()

    def selectionChanged(self, selected: QItemSelection, deselected: QItemSelection) -> None:
        super().selectionChanged(selected, deselected)
        self.pair_changed.emit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        # The bar's room is kept free whether or not it is there, or the pairs would jump as it comes and goes.
        bar = 0 if self.verticalScrollBar().isVisible() else self.verticalScrollBar().sizeHint().width()
        self._cell.fit(event.size().width() - bar - 3 * SPACING, 2 * SPACING)
        self.scheduleDelayedItemsLayout()
        super().resizeEvent(event)
        self._look.start()

    def _want(self) -> None:
        """Pictures of what is on the screen, and of a screenful more."""
        self._cell.pixel_ratio = self.devicePixelRatioF()
        screen = self.viewport().rect().adjusted(0, 0, 0, self.viewport().height())
        shown = [
            pair
            for row, pair in enumerate(self.pairs.pairs)
            if self.visualRect(self.pairs.index(row)).intersects(screen)
        ]
        self.loader.want([image for pair in shown for image in (pair.a, pair.b)], self._cell.loaded_side)
