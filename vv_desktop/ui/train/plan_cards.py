"""The choice between plans: one card each, with what it is good for, how long it takes and how good it was."""

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QButtonGroup, QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from vv_desktop.core.plans import EXPLANATIONS, PLANS
from vv_desktop.ui import words as shown
from vv_desktop.ui.theme import RADIUS, XS, L, M, S, Theme

RECOMMENDED = "quick"


class PlanCard(QAbstractButton):
    """One plan as a button. Window's thread."""

    def __init__(self, name: str, theme: Theme) -> None:
        super().__init__()
        self._name, self._theme = name, theme
        self.setCheckable(True)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(f"Plan {name}")
        self.setAccessibleDescription(EXPLANATIONS.get(name, ""))
        title = QLabel(name.capitalize())
        title.setStyleSheet("font-weight: 600;")
        words = QLabel(EXPLANATIONS.get(name, ""))
        words.setProperty("role", "muted")
        self.time = QLabel("")
        self.time.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.best = QLabel("")
        head = QHBoxLayout()
        head.setSpacing(S)
        head.addWidget(title)
        head.addWidget(self.time, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(L + M, S, M, S)
        layout.setSpacing(XS)
        layout.addLayout(head)
        for label in (words, self.best):
            label.setWordWrap(True)
            layout.addWidget(label)
        for label in (title, words, self.time, self.best):
            label.setTextFormat(Qt.TextFormat.PlainText)
        self.best.hide()
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    def show_facts(self, time: str, where: str, best: str) -> None:
        """How long it takes, where that time goes (lines), and how good it was so far; empty where unknown."""
        self.time.setText(time)
        self.setToolTip(shown.tooltip(where) if where else "")
        self.best.setText(best)
        self.best.setVisible(bool(best))
        said = ". ".join(part for part in (EXPLANATIONS.get(self._name, ""), time.capitalize(), best) if part)
        self.setAccessibleDescription(said)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        strong = self.isChecked() and self.isEnabled()
        edge = (
            self._theme.accent
            if strong or self.hasFocus()
            else self._theme.muted
            if self.underMouse()
            else self._theme.line
        )
        painter.setPen(QPen(QColor(edge), 2 if self.hasFocus() else 1))
        painter.setBrush(QColor(self._theme.base))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), RADIUS, RADIUS)
        self._draw_dot(painter, strong)
        painter.end()

    def _draw_dot(self, painter: QPainter, strong: bool) -> None:
        ring = QRectF(M - 2, S + 2, 14, 14)
        painter.setPen(QPen(QColor(self._theme.accent if strong else self._theme.muted), 1.5))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawEllipse(ring)
        if self.isChecked():
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(self._theme.accent if strong else self._theme.muted))
            painter.drawEllipse(ring.adjusted(3.5, 3.5, -3.5, -3.5))


class PlanChooser(QWidget):
    """The plans as cards, one chosen. Window's thread.

    Signals: chosen(str), the plan's name, when the user took another one.
    """

    chosen = Signal(str)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Plan")
        self._group = QButtonGroup(self)
        self.cards: dict[str, PlanCard] = {}
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(S)
        for name in PLANS:
            card = PlanCard(name, theme)
            card.clicked.connect(lambda _=False, name=name: self.chosen.emit(name))
            self._group.addButton(card)
            self.cards[name] = card
            layout.addWidget(card)
        self.choose(RECOMMENDED)

    @property
    def choice(self) -> str:
        """Name of the plan that is chosen."""
        return next(name for name, card in self.cards.items() if card.isChecked())

    def choose(self, name: str) -> None:
        """Check the card of this plan."""
        self.cards[name if name in self.cards else RECOMMENDED].setChecked(True)
