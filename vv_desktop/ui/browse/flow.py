"""Buttons that wrap to lines like words do, and scroll when the lines get too many."""

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QRect, QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QLayout, QLayoutItem, QScrollArea, QWidget

from vv_desktop.ui.theme import XS, S


class FlowLayout(QLayout):
    """Places widgets in lines, as many in a line as fit. Lives on the window's thread; no signals."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._items: list[QLayoutItem] = []
        self.setContentsMargins(0, 0, 0, 0)

    def addItem(self, item: QLayoutItem) -> None:
        self._items.append(item)

    def count(self) -> int:
        return len(self._items)

    def itemAt(self, index: int) -> QLayoutItem | None:
        return self._items[index] if 0 <= index < len(self._items) else None

    def takeAt(self, index: int) -> QLayoutItem | None:
        return self._items.pop(index) if 0 <= index < len(self._items) else None

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        return self._place(QRect(0, 0, width, 0), move=False)

    def sizeHint(self) -> QSize:
        return self.minimumSize()

    def minimumSize(self) -> QSize:
        sizes = [item.minimumSize() for item in self._items]
        return QSize(max((s.width() for s in sizes), default=0), max((s.height() for s in sizes), default=0))

    def setGeometry(self, rect: QRect) -> None:
        super().setGeometry(rect)
        self._place(rect, move=True)

    def _place(self, rect: QRect, move: bool) -> int:
        x, y, line = rect.x(), rect.y(), 0
        for item in self._items:
            if item.isEmpty():
                continue
            size = item.sizeHint()
            if x > rect.x() and x + size.width() > rect.x() + rect.width():
                x, y, line = rect.x(), y + line + XS, 0
            if move:
                item.setGeometry(QRect(x, y, min(size.width(), rect.width()), size.height()))
            x += size.width() + S - XS // 2
            line = max(line, size.height())
        return y + line - rect.y()


class FlowArea(QScrollArea):
    """Owns widgets in lines; grows with them up to `tallest` pixels and scrolls from there on.

    Lives on the window's thread; no signals of its own.
    """

    def __init__(self, tallest: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._tallest = tallest
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._inside = QWidget()
        self._inside.setAutoFillBackground(False)
        self._flow = FlowLayout(self._inside)
        self.setWidget(self._inside)
        self.viewport().setAutoFillBackground(False)
        self._inside.setAutoFillBackground(False)
        self._inside.installEventFilter(self)

    def set_widgets(self, widgets: Sequence[QWidget]) -> None:
        """Show these instead of those that were there, which are deleted."""
        while self._flow.count():
            item = self._flow.takeAt(0)
            old = item.widget() if item else None
            if old is not None and old not in widgets:
                old.hide()
                old.deleteLater()
        for widget in widgets:
            self._flow.addWidget(widget)
        self._fit()

    def eventFilter(self, watched: object, event: QEvent) -> bool:
        if event.type() == QEvent.Type.LayoutRequest:
            self._fit()
        return False

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        height = self._flow.heightForWidth(self.viewport().width())
        self._inside.setMinimumHeight(height)
        self.setFixedHeight(max(1, min(height, self._tallest)))
