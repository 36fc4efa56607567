"""One row for each class: how probable the run finds it, and a button that says it is this one."""

from collections.abc import Mapping

from PySide6.QtCore import QRect, QSize, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QVBoxLayout, QWidget

from vv_desktop.core.classes import ClassList
from vv_desktop.ui import theme, words
from vv_desktop.ui.elided_label import one_line
from vv_desktop.ui.predict.result_delegate import paint_bar
from vv_desktop.ui.predict.results import percent

ROW, DIGIT, SHARE = 30, 20, 48
DIGITS = 9
RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


class ClassRow(QAbstractButton):
    """A class with its digit, its bar and its share; pressing it labels the photo. Lives on the window's thread.

    The name is painted and never the button's text, where `&` would be a mnemonic.
    """

    def __init__(
        self, name: str, digit: int | None, colour: QColor, look: theme.Theme, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.name, self._digit, self._colour, self._theme = name, digit, colour, look
        self._share: float | None = None
        self._top = self._labelled = False
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setToolTip(words.tooltip(f"It is really {name}" + (f" ({digit})" if digit else "")))

    def show_share(self, share: float | None, top: bool, labelled: bool) -> None:
        """Probability of the class, whether it is the most probable, and whether the photo has this label."""
        self._share, self._top, self._labelled = share, top, labelled
        said = "" if share is None else f", {percent(share)}"
        self.setAccessibleName(f"It is really {words.shown(self.name)}{said}")
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(260, ROW)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        inside = self.rect().adjusted(1, 1, -1, -1)
        if (self.underMouse() and self.isEnabled()) or self._labelled:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(self._theme.sunken))
            painter.drawRoundedRect(inside, theme.RADIUS, theme.RADIUS)
        if self.hasFocus():
            painter.setPen(QPen(QColor(self._theme.accent), 1))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(inside, theme.RADIUS, theme.RADIUS)
        left = inside.left() + theme.XS
        painter.setPen(QColor(self._theme.muted))
        painter.drawText(QRect(left, 0, DIGIT, self.height()), Qt.AlignmentFlag.AlignCenter, str(self._digit or ""))
        left += DIGIT + theme.XS
        name_width = max(72, (inside.width() - DIGIT) * 2 // 5)
        painter.setPen(QColor(self._theme.text if self.isEnabled() else self._theme.muted))
        font = painter.font()
        font.setBold(self._top)
        painter.setFont(font)
        flags = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine
        text = one_line(self.name) + ("  ✓" if self._labelled else "")
        painter.drawText(QRect(left, 0, name_width, self.height()), flags,
                         painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, name_width))  # fmt: skip
        if self._share is not None:
            right = inside.right() - theme.XS
            left += name_width + theme.S
            bar = QRect(left, self.height() // 2 - 4, right - SHARE - theme.S - left, 8)
            paint_bar(painter, bar, self._share, self._colour, QColor(self._theme.line))
            painter.drawText(QRect(right - SHARE, 0, SHARE, self.height()), RIGHT, percent(self._share))
        painter.end()


class ClassRows(QWidget):
    """The classes of the project; up to nine in their own order, more by probability. Lives on the window's thread.

    Signals: `chosen(str)` with the class that the photo really is.
    """

    chosen = Signal(str)

    def __init__(self, look: theme.Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = look
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)
        self.rows: dict[str, ClassRow] = {}

    def show_classes(self, classes: ClassList) -> None:
        """A row for each class."""
        for row in self.rows.values():
            row.hide()
            row.deleteLater()
        self.rows = {}
        for place, name in enumerate(classes.names):
            colour = self._theme.colour_of(classes, name)
            row = ClassRow(name, place + 1 if place < DIGITS else None, colour, self._theme)
            row.clicked.connect(lambda _=False, chosen=name: self.chosen.emit(chosen))
            self._column.addWidget(row)
            self.rows[name] = row

    def show_shares(self, shares: Mapping[str, float], label: str | None) -> None:
        """Probabilities by class name, and the label that the photo has in the project."""
        top = max(shares, key=lambda name: shares[name]) if shares else None
        for name, row in self.rows.items():
            row.show_share(shares.get(name), name == top, name == label)
        if len(self.rows) > DIGITS and shares:
            for place, name in enumerate(sorted(self.rows, key=lambda n: -shares.get(n, -1.0))):
                self._column.insertWidget(place, self.rows[name])
