"""The line of the Evaluate page that says what was relabelled since the run, and asks whether it helped."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from vv_desktop.core.comparison import by_both_versions
from vv_desktop.core.evaluation import Evaluation
from vv_desktop.session import Session
from vv_desktop.ui.elided_label import ElidedLabel
from vv_desktop.ui.evaluate.did_it_help import DidItHelp
from vv_desktop.ui.evaluate.help_panel import HelpPanel
from vv_desktop.ui.evaluate.score_words import accuracy_with_interval, images_of
from vv_desktop.ui.theme import XS, S

ASK_TIP = (
    "Train by the plan and seed of this run, once on the labels as they were then and once on those now, and compare "
    "the two on the same images. The second one is kept as a run."
)
FLATTERS_TIP = (
    "Where labels of test images were fixed by looking at what the network says, the score by the new labels is "
    "inflated: only mistakes that were found so are gone. Compare runs by one version of the labels."
)


class HelpRow(QWidget):
    """Shows what `DidItHelp` does, and its answer in `panel`, which the page puts in its place. Window's thread."""

    def __init__(self, session: Session, help_: DidItHelp, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session, self._help = session, help_
        self.words = ElidedLabel(mode=Qt.TextElideMode.ElideRight)
        self.words.setProperty("role", "muted")
        self.ask = QPushButton("Did it help?")
        self.ask.setProperty("role", "flat")
        self.ask.setToolTip(ASK_TIP)
        self.ask.clicked.connect(help_.begin)
        policy = self.ask.sizePolicy()
        policy.setRetainSizeWhenHidden(True)  # the page must not jump at the first relabelling
        self.ask.setSizePolicy(policy)
        self.cancel = QPushButton("Cancel")
        self.cancel.setProperty("role", "flat")
        self.cancel.setAccessibleName("Cancel the comparison")
        self.cancel.clicked.connect(help_.cancel)
        self.problem = QLabel()
        self.problem.setProperty("role", "error")
        self.problem.setTextFormat(Qt.TextFormat.PlainText)
        self.problem.setWordWrap(True)
        self.panel = HelpPanel()
        self.panel.put_away.connect(help_.put_away)
        self.panel.kept_wanted.connect(self._look_at_kept)
        self._place()
        for signal in (help_.changed, session.evaluation_changed, session.run_changed, session.images_changed):
            signal.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        """Say how it stands."""
        run, help_ = self._session.run, self._help
        count = len(self._session.changed_since_run)
        idle = not (count or help_.job or help_.problem or help_.asked)
        self.setHidden(idle)  # the head says that none changed
        if idle:
            self.panel.hide()
        if not self.isVisible():
            return
        self.words.show_text(help_.doing or self._changed(count))
        self.words.setToolTip(FLATTERS_TIP)
        trained = run is not None and not run.members  # an average cannot be trained again
        self.ask.setVisible(not help_.job and count > 0 and bool(self._session.labels_then) and trained)
        self.cancel.setVisible(help_.job is not None)
        self.problem.setText(help_.problem)
        self.problem.setVisible(bool(help_.problem))
        about = {of.id for of in (help_.asked, help_.kept) if of is not None}
        comparison = help_.comparison if run is not None and run.id in about else None
        self.panel.setVisible(comparison is not None)
        if comparison is not None and run is not None and help_.asked is not None:
            looked_at = help_.kept is not None and help_.kept.id == run.id
            self.panel.show_comparison(comparison, help_.asked, help_.stale, looked_at)

    # How

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.refresh()

    def _changed(self, count: int) -> str:
        if self._session.run is None:
            return "There is no run yet whose labels could have changed."
        if not count:
            return "No label changed since this run."
        since = f"{count:,} label{'' if count == 1 else 's'} changed since this run"
        evaluation = self._session.run_evaluation
        versions = both_versions(evaluation, self._session) if evaluation is not None else ""
        return f"{since} · {versions}" if versions else f"{since}."

    def _look_at_kept(self) -> None:
        kept = self._help.kept
        run = next((r for r in self._session.runs if kept is not None and r.id == kept.id), None)
        if run is not None:
            self._session.look_at(run)

    def _place(self) -> None:
        row = QHBoxLayout()
        row.setSpacing(S)
        row.addWidget(self.words, 1)
        row.addWidget(self.ask)
        row.addWidget(self.cancel)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(XS)
        layout.addLayout(row)
        layout.addWidget(self.problem)


def both_versions(now: Evaluation, session: Session) -> str:
    """The run's score by the labels then and by those now, where labels of the split it is scored on changed."""
    old, new = by_both_versions(now, session.labels_then)
    count = int((old.labels != new.labels).sum())
    if not count:
        return ""
    flatters = " (this flatters)" if session.split != "train" else ""
    return (
        f"{count:,} of {images_of(len(old.images), session.split)}: {accuracy_with_interval(old)} right by the "
        f"labels then, {accuracy_with_interval(new)} now{flatters}"
    )
