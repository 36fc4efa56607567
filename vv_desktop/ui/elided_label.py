"""A line of text that is cut to the room it has, never rendered as rich text."""

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QLabel, QSizePolicy, QStyle, QStyleOption, QWidget

from vv_desktop.ui import words


class ElidedLabel(QLabel):
    """One line, cut in the middle (paths) or at the right; the whole text is its tooltip.

    Owns nothing beside its text; lives on the window's thread. No signals.
    """

    def __init__(
        self, text: str = "", mode: Qt.TextElideMode = Qt.TextElideMode.ElideMiddle, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._mode = mode
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.show_text(text)

    def show_text(self, text: str) -> None:
        """Show `text`, line breaks as a sign so that it stays one line."""
        self.setText(one_line(text))
        self.setToolTip(words.tooltip(text) if text else "")
        self.setAccessibleName(one_line(text))

    def minimumSizeHint(self) -> QSize:
        return QSize(0, super().minimumSizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        option = QStyleOption()
        option.initFrom(self)
        text = self.fontMetrics().elidedText(self.text(), self._mode, self.contentsRect().width())
        flags = int(self.alignment()) | int(Qt.TextFlag.TextSingleLine.value)
        style: QStyle = self.style()
        style.drawItemText(
            painter, self.contentsRect(), flags, option.palette, self.isEnabled(), text, self.foregroundRole()
        )


def one_line(text: str) -> str:
    """Text of a file's name as it can be painted in one line."""
    return words.shown(text).replace("\n", "⏎").replace("\r", "⏎")
