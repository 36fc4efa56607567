"""What to photograph next, below the scores: one line that opens into at most three sentences."""

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QToolButton, QVBoxLayout, QWidget

from vv_desktop.core.advice import AT_MOST, Advice, what_to_photograph
from vv_desktop.session import Session
from vv_desktop.ui import words
from vv_desktop.ui.elided_label import ElidedLabel
from vv_desktop.ui.theme import XS

QUIET_MS = 300
TIP = (
    "By three rules: as many vehicles (groups of images) to learn from as the median class has; as many to score as "
    "bring its recall to ± 0.1; and a look at the mistakes of a class that has both and is weak all the same."
)


class AdviceLines(QWidget):
    """Owns what is advised, worked out a moment after the scores changed. Window's thread."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self.advice: tuple[Advice, ...] = ()
        self.title = QToolButton()
        self.title.setText("Photograph next")
        self.title.setProperty("role", "flat")
        self.title.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.title.setArrowType(Qt.ArrowType.RightArrow)
        self.title.setCheckable(True)
        self.title.setToolTip(TIP)
        self.title.setAccessibleName("What to photograph next")
        self.title.toggled.connect(self._unfold)
        self.short = ElidedLabel(mode=Qt.TextElideMode.ElideRight)
        self.short.setProperty("role", "muted")
        self.lines = tuple(QLabel() for _ in range(AT_MOST))
        for line in self.lines:
            line.setTextFormat(Qt.TextFormat.PlainText)
            line.setWordWrap(True)
        self._soon = QTimer(self, interval=QUIET_MS, singleShot=True)
        self._soon.timeout.connect(self._work_out)
        for signal in (session.evaluation_changed, session.run_changed, session.project_changed):
            signal.connect(self._later)
        self._place()

    # How

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._work_out()

    def _later(self) -> None:
        """After a burst of relabels, not in it: freezing a large project's labels takes its time."""
        if self.isVisible():
            self._soon.start()

    def _work_out(self) -> None:
        session = self._session
        self.advice = ()
        if session.project is not None and session.evaluation is not None:
            self.advice = what_to_photograph(session.project.dataset(), session.evaluation, session.split)
        sentences = [words.shown(one.sentence) for one in self.advice]
        if not sentences:
            sentences = [self._nothing()]
        self.short.show_text(sentences[0])
        for i, line in enumerate(self.lines):
            line.setText(sentences[i] if i < len(sentences) else "")
        self._unfold()

    def _nothing(self) -> str:
        if self._session.split == "train":
            return "Look at test or val images to be told: those it learned from flatter."
        evaluation = self._session.evaluation
        if evaluation is None or not len(evaluation.images):
            return "Nothing is scored yet."
        return "No class stands out: each is recognised as well as the others, and known to ± 0.1."

    def _unfold(self) -> None:
        unfolded = self.title.isChecked()
        self.title.setArrowType(Qt.ArrowType.DownArrow if unfolded else Qt.ArrowType.RightArrow)
        self.short.setVisible(not unfolded)
        for line in self.lines:
            line.setVisible(unfolded and bool(line.text()))

    def _place(self) -> None:
        row = QHBoxLayout()
        row.setSpacing(XS)
        row.addWidget(self.title)
        row.addWidget(self.short, 1)
        row.addStretch()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(XS)
        layout.addLayout(row)
        for line in self.lines:
            layout.addWidget(line)
