"""The Evaluate page: how good a run is, where it errs, and the images behind each mistake, ready to be relabelled."""

from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QSplitter, QStackedLayout, QVBoxLayout, QWidget

from vv_desktop.jobs import Jobs
from vv_desktop.session import Session
from vv_desktop.ui.evaluate.advice_lines import AdviceLines
from vv_desktop.ui.evaluate.cell_images import CellImages
from vv_desktop.ui.evaluate.class_table import COLUMNS, ClassTable
from vv_desktop.ui.evaluate.did_it_help import DidItHelp
from vv_desktop.ui.evaluate.help_row import HelpRow
from vv_desktop.ui.evaluate.live_row import TIP, LiveRow
from vv_desktop.ui.evaluate.matrix_pane import MatrixPane
from vv_desktop.ui.evaluate.score_head import ScoreHead
from vv_desktop.ui.evaluate.score_words import cell_title
from vv_desktop.ui.live_head import LiveUpdates
from vv_desktop.ui.theme import L, M, S, Theme


class EvaluatePage(QWidget):
    """Places the scores of what the session looks at, and owns which cell is open. Window's thread.

    Signals: train_requested, there is no run yet, or it is behind the labels.
    """

    train_requested = Signal()

    def __init__(
        self,
        session: Session,
        jobs: Jobs,
        theme: Theme,
        resources: Path,
        live: LiveUpdates,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._session, self._live = session, live
        self._shown: tuple[object, ...] | None = None
        self._behind = True
        self.head = ScoreHead(session)
        self.live = LiveRow(session, live)
        self.help = HelpRow(session, DidItHelp(session, jobs, self))
        self.advice = AdviceLines(session)
        self.matrix = MatrixPane(theme)
        self.table = ClassTable(theme)
        self.images = CellImages(session, jobs, theme, resources)
        self.columns = QSplitter(Qt.Orientation.Horizontal)
        self.scores = QSplitter(Qt.Orientation.Vertical)
        self._stack = QStackedLayout(self)
        self._stack.addWidget(self._invitation())
        self._stack.addWidget(self._place())
        self._connect()

    # What the window may ask for

    def state(self) -> dict[str, object]:
        """What should be as it is now after a restart."""
        return {
            "percent": self.matrix.percent.isChecked(),
            "order": list(self.table.order),
            "side": self.images.grid.side,
            "columns": list(self.columns.sizes()),
            "scores": list(self.scores.sizes()),
            "advice": self.advice.title.isChecked(),
            "sides": self.matrix.sides.isChecked(),
            "confidence": self.matrix.sureness.isChecked(),
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Take what `state` gave; anything else is passed over."""
        (self.matrix.percent if state.get("percent") is True else self.matrix.counts).setChecked(True)
        self.advice.title.setChecked(state.get("advice") is True)
        for chip, key in ((self.matrix.sides, "sides"), (self.matrix.sureness, "confidence")):
            if state.get(key) is True:
                chip.setChecked(True)
        order, side = state.get("order"), state.get("side")
        if isinstance(order, list) and len(order) == 2 and order[0] in range(len(COLUMNS)):
            self.table.sort_by(int(order[0]), bool(order[1]))
        if isinstance(side, int):
            self.images.grid.set_side(side)
        for splitter, key in ((self.columns, "columns"), (self.scores, "scores")):
            sizes = state.get(key)
            if isinstance(sizes, list) and len(sizes) == 2 and all(isinstance(s, int) for s in sizes) and any(sizes):
                splitter.setSizes(sizes)

    def open_cell(self, label: int, predicted: int) -> None:
        """Show the images of one cell of the matrix."""
        evaluation = self._session.evaluation
        if evaluation is None:
            return
        title = cell_title(evaluation, label, predicted)
        self.matrix.view.mark_open((label, predicted))
        self.matrix.circle.show_label(label)
        self.images.show_list(title, evaluation.cell(label, predicted).tolist(), cell=True)

    def show_mistakes(self) -> None:
        """Show the images whose label is not predicted, the surest mistakes first."""
        evaluation = self._session.evaluation
        self.matrix.view.mark_open(None)
        self.matrix.circle.show_label(None)
        self.images.show_list(
            "Most confident mistakes", evaluation.mistakes().tolist() if evaluation else (), cell=False
        )

    def show_far(self, title: str, images: list[int]) -> None:
        """Show the mistakes that are so far off."""
        self.matrix.view.mark_open(None)
        self.images.show_list(title, images, cell=True)

    def show_unsure(self) -> None:
        """Show the images whose answer is less sure than the threshold, least sure first."""
        evaluation, pane = self._session.evaluation, self.matrix.confidence
        if evaluation is not None:
            from vv_desktop.core.confidence import below

            self.matrix.view.mark_open(None)
            title = f"Not sure, below {100 * pane.threshold:.0f} %"
            self.images.show_list(title, below(evaluation, pane.threshold).tolist(), cell=True)

    def show_moved(self) -> None:
        """Show the images whose answer the newest update of the live head changed."""
        self.matrix.view.mark_open(None)
        self.images.show_list("Answers changed by the live head", self._live.moved, cell=True)

    def refresh(self) -> None:
        """Follow the session: scores at once, the opened list only when run, split or who answers are others."""
        self._behind = not self.isVisible()
        if self._behind:
            return
        session = self._session
        self._stack.setCurrentIndex(1 if session.run is not None or self._live.mode != "off" else 0)
        classes = session.project.classes if session.project else None
        self.head.refresh()
        who = "live head" if session.live is not None else session.run.name if session.run else ""
        stem = f"confusion {who} {session.split}".replace("/", "-") if who else "confusion"
        calibration = session.run.calibration if session.run is not None and session.live is None else None
        self.matrix.show_evaluation(session.evaluation, classes, stem, calibration)
        if session.project is not None:
            self.matrix.folder = session.project.folder
        self._follow_threshold()
        self.table.show_evaluation(session.evaluation, classes)
        shown = (session.project, session.run.id if session.run else None, session.split, session.live is None)
        if shown != self._shown:
            self._shown = shown
            self.show_mistakes()
        self.images.refresh()

    # How

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self._behind:
            self.refresh()
        self._live.resume()

    def _connect(self) -> None:
        session = self._session
        session.evaluation_changed.connect(self.refresh)
        session.runs_changed.connect(self.refresh)
        session.project_changed.connect(self.refresh)
        session.run_changed.connect(self._run_changed)
        self._live.changed.connect(self._follow_live)
        self.live.moved_wanted.connect(self.show_moved)
        self.head.train_wanted.connect(self.train_requested)
        self.matrix.opened.connect(self.open_cell)
        self.matrix.view.entered.connect(self.images.begin_relabelling)
        self.matrix.circle.listed.connect(self.show_far)
        self.matrix.said.connect(session.said)
        self.matrix.turned.connect(self.table.setHidden)
        self.matrix.confidence.unsure_wanted.connect(self.show_unsure)
        self.matrix.confidence.threshold_changed.connect(session.edits.set_threshold)
        session.threshold_changed.connect(self._follow_threshold)
        self.images.mistakes_wanted.connect(self.show_mistakes)
        self.images.left.connect(lambda: self.matrix.view.setFocus())

    def _follow_threshold(self) -> None:
        if self._session.project is not None:
            self.matrix.confidence.set_threshold(self._session.project.threshold)

    def _follow_live(self) -> None:
        """Its mode decides which half is shown where there is no run; its line follows by itself."""
        if self._session.run is None:
            self.refresh()

    def _run_changed(self) -> None:
        """The session scores a run after it says so: until then its scores are those of the run before."""
        self.refresh()
        self._shown = None

    def _place(self) -> QWidget:
        self.scores.addWidget(self.matrix)
        self.scores.addWidget(self.table)
        self.scores.setStretchFactor(0, 3)
        self.scores.setStretchFactor(1, 2)
        self.scores.setSizes([420, 260])
        self.columns.addWidget(self.scores)
        right = QWidget()
        answer_above = QVBoxLayout(right)
        answer_above.setContentsMargins(0, 0, 0, 0)
        answer_above.setSpacing(S)
        inset = QHBoxLayout()  # as the title of the images is
        inset.setContentsMargins(S, 0, 0, 0)
        inset.addWidget(self.help.panel)
        answer_above.addLayout(inset)
        answer_above.addWidget(self.images, 1)
        self.columns.addWidget(right)
        self.columns.setSizes([560, 560])
        right.setMinimumWidth(220)
        self.scores.setMinimumWidth(280)
        for splitter in (self.scores, self.columns):
            splitter.setChildrenCollapsible(False)
        self.scores.setCollapsible(1, True)  # in a small window the matrix may want all of it
        page = QWidget()
        layout = QVBoxLayout(page)
        layout.setContentsMargins(L, M, L, M)
        layout.setSpacing(S)
        layout.addWidget(self.head)
        layout.addWidget(self.live)
        layout.addWidget(self.help)
        layout.addWidget(self.columns, 1)
        layout.addWidget(self.advice)
        return page

    def _invitation(self) -> QWidget:
        words = QLabel("Nothing to evaluate yet: a trained model shows here what it gets wrong, picture by picture.")
        words.setWordWrap(True)
        words.setAlignment(Qt.AlignmentFlag.AlignCenter)
        words.setProperty("role", "muted")
        button = QPushButton("Train a first model")
        button.setProperty("role", "primary")
        button.clicked.connect(self.train_requested)
        self.first = button
        self.start_live = QPushButton("Or start the live head")
        self.start_live.setProperty("role", "flat")
        self.start_live.setToolTip(TIP)
        self.start_live.clicked.connect(lambda: self._live.choose("on"))
        page = QWidget()
        column = QVBoxLayout(page)
        column.setSpacing(M)
        column.addStretch()
        column.addWidget(words)
        for choice in (button, self.start_live):
            column.addWidget(choice, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addStretch()
        return page
