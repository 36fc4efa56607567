"""What a run says of one image: its most probable classes as bars."""

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from vv_desktop.core.class_words import named_here
from vv_desktop.core.classes import ClassList
from vv_desktop.ui import words
from vv_desktop.ui.theme import XS, M, S, Theme

LINE, BAR, TOP = 20, 8, 3


class ProbabilityBars(QWidget):
    """Owns the few numbers it paints. Lives on the window's thread; no signals."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._bars: list[tuple[str, float, QColor]] = []
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)

    def show_probabilities(self, classes: ClassList, probabilities: tuple[float, ...], here: ClassList) -> None:
        """Show the highest of them, in the order of `classes`; here: the classes of the project, whose colours."""
        top = sorted(zip(classes.names, probabilities, strict=True), key=lambda pair: -pair[1])[:TOP]
        self._bars = [(named_here(name, here.names), p, self._theme.colour_of(here, name)) for name, p in top]
        ranked = [(name, p) for name, p, _ in self._bars]
        self.setToolTip(words.tooltip("\n".join(f"{name} {p:.0%}" for name, p in ranked)))
        self.setAccessibleName("Prediction: " + ", ".join(f"{words.shown(name)} {p:.0%}" for name, p in ranked))
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(200, LINE * len(self._bars))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        metrics = painter.fontMetrics()
        names = min(
            self.width() // 2, max((metrics.horizontalAdvance(words.shown(n)) for n, _, _ in self._bars), default=0)
        )
        percent = metrics.horizontalAdvance("100 %")
        for at, (name, probability, colour) in enumerate(self._bars):
            line = QRectF(0, at * LINE, self.width(), LINE)
            text = metrics.elidedText(words.shown(name), Qt.TextElideMode.ElideRight, names)
            painter.setPen(QColor(self._theme.text))
            painter.drawText(line, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, text)
            painter.setPen(QColor(self._theme.muted))
            painter.drawText(
                line,
                Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight,
                f"{probability:.0%}".replace("%", " %"),
            )
            room = QRectF(names + M, line.center().y() - BAR / 2, self.width() - names - percent - M - S, BAR)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(self._theme.sunken))
            painter.drawRoundedRect(room, XS, XS)
            painter.setBrush(colour)
            room.setWidth(max(2.0, room.width() * probability))
            painter.drawRoundedRect(room, XS, XS)
        painter.end()
