"""How often answers are right that are so sure: a bar for each tenth, beside the diagonal where both would be equal."""

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QHelpEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QToolTip, QWidget

from vv_desktop.core.calibration import ReliabilityBin
from vv_desktop.ui.evaluate.score_words import images_of, percent
from vv_desktop.ui.theme import SMALL, XS, L, S, Theme

GAP, RING = 3, 4
TICKS = (0.0, 0.5, 1.0)


class ReliabilityDiagram(QWidget):
    """Owns nothing but what it paints: bins as they are now, and rings where they were before scaling. Window's thread.

    A bar's strength says how many images it stands on.
    """

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._bins: tuple[ReliabilityBin, ...] = ()
        self._before: tuple[ReliabilityBin, ...] = ()
        self.setAccessibleName("Reliability diagram")
        self.setMinimumSize(180, 150)

    def sizeHint(self) -> QSize:
        return QSize(320, 260)

    def show_bins(self, bins: Sequence[ReliabilityBin], before: Sequence[ReliabilityBin]) -> None:
        """Draw these bins; before: those without the temperature, or none."""
        self._bins, self._before = tuple(bins), tuple(before)
        self.setAccessibleDescription("; ".join(sentence(one) for one in self._bins))
        self.update()

    def bin_at(self, position: QPointF) -> ReliabilityBin | None:
        """The bin whose column is there."""
        room = self._room()
        if not room.contains(position):
            return None
        share = (position.x() - room.left()) / room.width()
        return next((one for one in self._bins if one.low <= share < one.high), None)

    # How

    def _room(self) -> QRectF:
        small = QFontMetrics(self._font()).height()
        return QRectF(self.rect()).adjusted(small * 2.6 + XS, S, -L, -(2 * small + XS))

    def _font(self) -> QFont:
        font = self.font()
        font.setPixelSize(SMALL)
        return font

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            found = self.bin_at(QPointF(event.pos()))
            QToolTip.showText(event.globalPos(), sentence(found) if found is not None else "", self)
            return True
        return super().event(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(self._font())
        room = self._room()
        self._draw_axes(painter, room)
        most = max((one.count for one in self._bins), default=1)
        for one in self._bins:
            self._draw_bin(painter, room, one, one.count / most)
        painter.setPen(QPen(QColor(self._theme.muted), 1, Qt.PenStyle.DashLine))
        painter.drawLine(room.bottomLeft(), room.topRight())
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(QColor(self._theme.danger), 1.5))
        for one in self._before:
            painter.drawEllipse(_place(room, (one.low + one.high) / 2, one.accuracy), RING, RING)
        painter.end()

    def _draw_axes(self, painter: QPainter, room: QRectF) -> None:
        height = painter.fontMetrics().height()
        for tick in TICKS:
            painter.setPen(QColor(self._theme.line))
            painter.drawLine(_place(room, 0, tick), _place(room, 1, tick))
            painter.setPen(QColor(self._theme.muted))
            text = percent(tick, 0)
            left = QRectF(0, _place(room, 0, tick).y() - height / 2, room.left() - XS, height)
            painter.drawText(left, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, text)
            under = QRectF(_place(room, tick, 0).x() - 30, room.bottom() + XS, 60, height)
            painter.drawText(under, Qt.AlignmentFlag.AlignCenter, text)
        caption = QRectF(room.left(), room.bottom() + XS + height, room.width(), height)
        painter.drawText(caption, Qt.AlignmentFlag.AlignCenter, "how sure → how often right")

    def _draw_bin(self, painter: QPainter, room: QRectF, one: ReliabilityBin, weight: float) -> None:
        top, bottom = _place(room, one.low, one.accuracy), _place(room, one.high, 0)
        colour = QColor(self._theme.accent)
        colour.setAlphaF(0.25 + 0.75 * weight**0.5)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour)
        painter.drawRect(QRectF(top, bottom).adjusted(GAP / 2, 0, -GAP / 2, 0))


def _place(room: QRectF, share: float, height: float) -> QPointF:
    return QPointF(room.left() + share * room.width(), room.bottom() - height * room.height())


def sentence(one: ReliabilityBin) -> str:
    """What a bin says: "70 to 80 % sure: 74.6 % on average, 81.0 % right, of 42 images"."""
    between = f"{100 * one.low:.0f} to {100 * one.high:.0f} % sure"
    return f"{between}: {percent(one.confidence)} on average, {percent(one.accuracy)} right, of {images_of(one.count)}"
