"""Offers the report of a time at which the app ended unexpectedly."""

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QWidget

from vv_desktop.core.logbook import begun_at
from vv_desktop.core.store import Store
from vv_desktop.ui.text_sheet import TextSheet
from vv_desktop.ui.theme import L, M, S

SENTENCE = (
    "vv_desktop ended unexpectedly the last time. Every edit was saved when it was made{count}. What happened is in a "
    "report, which stays on this machine."
)


class CrashNotice(QFrame):
    """Hidden until there is a report. Lives on the window's thread; no signals."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._report: Path | None = None
        self.setProperty("role", "panel")
        self.setAccessibleName("The app ended unexpectedly")
        self.words = QLabel(SENTENCE.format(count=""))
        self.words.setWordWrap(True)
        self.show_report, self.dismiss = QPushButton("Show the report"), QPushButton("Dismiss")
        self.dismiss.setProperty("role", "flat")
        self.show_report.clicked.connect(self._open)
        self.dismiss.clicked.connect(self.hide)
        row = QHBoxLayout(self)
        row.setContentsMargins(L, S, M, S)
        row.setSpacing(S)
        row.addWidget(self.words, 1)
        row.addWidget(self.show_report)
        row.addWidget(self.dismiss)
        self.hide()

    def offer(self, reports: Sequence[Path]) -> None:
        """Offer the newest of these reports, oldest first; stay hidden if there is none."""
        self._report = reports[-1] if reports else None
        self.setVisible(self._report is not None)

    def count_edits(self, store: Store) -> None:
        """Say how many edits of the time that ended so are in the project that is open now."""
        begun = begun_at(self._report) if self._report is not None and not self.isHidden() else None
        if begun is not None:
            edits = sum(group.time >= begun for group in store.groups())
            count = f", and {edits:,} {'step is' if edits == 1 else 'steps are'} here" if edits else ""
            self.words.setText(SENTENCE.format(count=count))

    def _open(self) -> None:
        assert self._report is not None
        try:
            text = self._report.read_text(encoding="utf-8", errors="replace")
        except OSError as error:
            text = f"The report cannot be read ({error.strerror}): {self._report.name}"
        TextSheet("Report of an unexpected end", text, self.window()).show()
