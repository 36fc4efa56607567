"""The scrolling part of the image grid: where cells lie, which are in sight, and what keys and mouse ask for."""

from PySide6.QtCore import QEvent, QItemSelectionModel, QModelIndex, QPersistentModelIndex, QPoint, Qt, Signal
from PySide6.QtGui import QKeyEvent, QKeySequence, QResizeEvent, QShowEvent, QWheelEvent
from PySide6.QtWidgets import QAbstractItemView, QListView, QStyle, QWidget

from vv_desktop.ui.browse.image_cell import ImageCell
from vv_desktop.ui.browse.image_model import ImageModel
from vv_desktop.ui.theme import S

_COMMANDS = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier | Qt.KeyboardModifier.MetaModifier
_ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)
_STEPS = (Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_Home)


class GridView(QListView):
    """Owns scrolling and the size of the cells, which share the width evenly. Lives on the window's thread.

    A wrapping list and not Qt's icon mode, which takes twice the time for 100,000 images.

    Signals:
        sight_changed: other images are in sight, or the same ones at another size.
        digit_pressed(int): 0 to 9.
        enter_pressed, preview_wanted, exclude_wanted, escape_pressed, copy_wanted, drag_wanted: what they say.
        zoom_wanted(int): larger or smaller by so many pixels.
    """

    sight_changed = Signal()
    digit_pressed = Signal(int)
    enter_pressed = Signal()
    preview_wanted = Signal()
    exclude_wanted = Signal()
    escape_pressed = Signal()
    copy_wanted = Signal()
    drag_wanted = Signal()
    zoom_wanted = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._cell: ImageCell | None = None
        self.least_side = 160
        self.setProperty("role", "grid")
        self.setFlow(QListView.Flow.LeftToRight)
        self.setWrapping(True)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setUniformItemSizes(True)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setDragEnabled(True)
        self.setTabKeyNavigation(False)
        self.verticalScrollBar().valueChanged.connect(lambda _: self.sight_changed.emit())

    def set_parts(self, model: ImageModel, cell: ImageCell) -> None:
        """The model and the painter of cells, once."""
        self._cell = cell
        self.setModel(model)
        self.setItemDelegate(cell)
        model.modelReset.connect(self.sight_changed)

    def set_side(self, side: int) -> None:
        """Thumbnails with this side at least, so that columns fill the width; the place in the list is kept."""
        if side != self.least_side:
            self.least_side = side
            self._fit(self.width())

    def rows_in_sight(self) -> range:
        """Rows of which something can be seen."""
        count = self.model().rowCount() if self.model() else 0
        if not count or not self.gridSize().isValid():
            return range(0)
        columns = self.columns
        height = self.gridSize().height()
        top = self.verticalScrollBar().value() // height
        bottom = (self.verticalScrollBar().value() + max(1, self.viewport().height()) - 1) // height
        return range(min(count, top * columns), min(count, (bottom + 1) * columns))

    @property
    def columns(self) -> int:
        """Cells beside each other."""
        return max(1, self._room(self.width()) // max(1, self.gridSize().width()))

    def _room(self, width: int) -> int:
        """Width for cells: that beside a scroll bar, there or not, so that nothing jumps when it appears."""
        return width - self.style().pixelMetric(QStyle.PixelMetric.PM_ScrollBarExtent) - 2 * self.frameWidth() - 1

    def _fit(self, width: int) -> None:
        if self._cell is None:
            return
        self._cell.pixel_ratio = self.devicePixelRatioF()
        room = self._room(width)
        side = max(1, room // max(1, room // (self.least_side + 2 * S)) - 2 * S)
        if side == self._cell.side and self.gridSize() == self._cell.size:
            return
        anchor = self._anchor()
        self._cell.side = side
        size = self._cell.size
        self.setGridSize(size)
        self.verticalScrollBar().setSingleStep(max(1, size.height() // 3))
        if anchor is not None and anchor.isValid():
            self.executeDelayedItemsLayout()
            self.scrollTo(anchor, QAbstractItemView.ScrollHint.EnsureVisible)
        self.sight_changed.emit()

    def _anchor(self) -> QPersistentModelIndex | None:
        """The image that should stay in sight while cells change their size."""
        rows = self.rows_in_sight()
        if not rows or self.verticalScrollBar().value() == 0:
            return None
        current = self.currentIndex()
        return QPersistentModelIndex(current if current.row() in rows else self.model().index(rows.start, 0))

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._fit(event.size().width() + self.width() - self.viewport().width())
        super().resizeEvent(event)
        self.sight_changed.emit()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.sight_changed.emit()

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent) and self._signal_of(event):
            event.accept()  # a window-wide shortcut on the same key must not take it away while the grid has the focus
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        digit = _digit(event)
        if digit is not None:
            self.digit_pressed.emit(digit)
        elif event.matches(QKeySequence.StandardKey.ZoomIn):
            self.zoom_wanted.emit(32)
        elif event.matches(QKeySequence.StandardKey.ZoomOut):
            self.zoom_wanted.emit(-32)
        elif event.key() == Qt.Key.Key_Escape:
            self.escape_pressed.emit()
        elif self._signal_of(event):
            wishes = {"space": self.preview_wanted, "enter": self.enter_pressed, "copy": self.copy_wanted}
            wishes["exclude"] = self.exclude_wanted
            wishes[self._signal_of(event)].emit()
        elif not self._enter_by(event):
            super().keyPressEvent(event)

    def _enter_by(self, event: QKeyEvent) -> bool:
        """With nothing selected, an arrow or Home selects the image where the keyboard is instead of passing it."""
        if self.selectionModel().hasSelection() or not self.model().rowCount():
            return False
        if not self.currentIndex().isValid():
            first = self.model().index(self.rows_in_sight().start, 0)
            self.selectionModel().setCurrentIndex(first, QItemSelectionModel.SelectionFlag.NoUpdate)
        if event.modifiers() & _COMMANDS or event.key() not in _STEPS:
            return False
        at = self.model().index(0, 0) if event.key() == Qt.Key.Key_Home else self.currentIndex()
        self.selectionModel().setCurrentIndex(at, QItemSelectionModel.SelectionFlag.ClearAndSelect)
        self.scrollTo(at)
        return True

    def _signal_of(self, event: QKeyEvent) -> str:
        if event.matches(QKeySequence.StandardKey.Copy):
            return "copy"
        if event.modifiers() & _COMMANDS:
            return ""
        if event.key() in _ENTER:
            return "enter"
        if event.key() == Qt.Key.Key_X:
            return "exclude"
        return "space" if event.key() == Qt.Key.Key_Space else "digit" if _digit(event) is not None else ""

    def keyboardSearch(self, search: str) -> None:
        """Letters do nothing here: jumping to a file name by typing would lose the place in the list."""

    def mouseDoubleClickEvent(self, event: object) -> None:
        super().mouseDoubleClickEvent(event)  # type: ignore[arg-type]
        self.enter_pressed.emit()

    def wheelEvent(self, event: QWheelEvent) -> None:
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.zoom_wanted.emit(16 if event.angleDelta().y() > 0 else -16)
            event.accept()
        else:
            super().wheelEvent(event)

    def startDrag(self, supported: Qt.DropAction) -> None:
        self.drag_wanted.emit()

    def point_of(self, index: QModelIndex) -> QPoint:
        """Where a menu for this image opens when the keyboard asks for it."""
        return self.viewport().mapToGlobal(self.visualRect(index).center())


def _digit(event: QKeyEvent) -> int | None:
    """By the character and not the key, since on some keyboards digits need Shift."""
    text = event.text()
    return int(text) if len(text) == 1 and text in "0123456789" and not event.modifiers() & _COMMANDS else None
