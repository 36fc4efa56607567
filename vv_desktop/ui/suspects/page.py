"""The Suspects page. Labels that are probably wrong, one after the other."""

from collections.abc import Mapping
from pathlib import Path

from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from vv_desktop.jobs import Jobs
from vv_desktop.session import Session
from vv_desktop.ui.empty_state import EmptyState
from vv_desktop.ui.start.progress_line import ProgressLine
from vv_desktop.ui.suspects.bulk_view import BulkView
from vv_desktop.ui.suspects.focus_view import FocusView
from vv_desktop.ui.suspects.queue_head import QueueHead
from vv_desktop.ui.suspects.ranking import Ranking
from vv_desktop.ui.suspects.suspect_walk import SuspectWalk
from vv_desktop.ui.theme import L, M, Theme

INVITATION = (
    "Every image is asked of classifiers that did not learn from it. Where they disagree with its label,"
    " you look at it and answer by one key."
)


class SuspectsPage(QWidget):
    """Places the queue, and follows the session and the ranking that is made. Window's thread; no signals."""

    def __init__(
        self,
        session: Session,
        jobs: Jobs,
        theme: Theme,
        resources: Path,
        ranking: Ranking,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._session, self._ranking = session, ranking
        self.entry: QWidget = self
        self.walk = SuspectWalk(session, self)
        self.invitation = EmptyState("Find labels that are probably wrong", INVITATION, "Find suspects")
        self.head = QueueHead(self.walk)
        self.focus = FocusView(session, jobs, theme, self.walk)
        self.bulk = BulkView(session, jobs, theme, resources, self.walk)
        self.over = EmptyState("Done", "", "Rank again")
        self.line = ProgressLine()
        self.parts, self.whole = QStackedWidget(), QStackedWidget()
        self._place()
        self._connect()
        self.refresh()

    def state(self) -> dict[str, object]:
        """What it wants to be remembered, as plain JSON values."""
        return {"grid": self.head.grid.isChecked(), "side": self.bulk.grid.side}

    def restore(self, state: Mapping[str, object]) -> None:
        """What `state` gave; anything else is passed over."""
        (self.head.grid if state.get("grid") is True else self.head.one).setChecked(True)
        if isinstance(side := state.get("side"), int):
            self.bulk.grid.set_side(side)

    def refresh(self) -> None:
        """Follow the queue."""
        ranked = self._session.suspects is not None and self._session.project is not None
        self.whole.setCurrentIndex(1 if ranked else 0)
        part: QWidget = self.invitation
        if ranked:
            self.head.refresh()
            part = self._part()
            self.parts.setCurrentWidget(part)
            self.focus.refresh()
            self.bulk.refresh()
            self._select(part)
        if part is self.entry:
            return
        self.entry = part
        if self.isVisible():  # hiding or disabling what had the keyboard made Qt pass it to whatever came next
            part.setFocus()

    def _part(self) -> QWidget:
        """The grid or one suspect, as chosen; where there is none, what to do next."""
        if self.head.grid.isChecked() and self.walk.remaining:
            return self.bulk
        if not self.head.grid.isChecked() and self.walk.shown is not None:
            return self.focus
        self._say_what_next()
        return self.over

    def _say_what_next(self) -> None:
        counts, filtered = self.walk.tally, len(self.walk.queue) < len(self.walk.everything)
        doubts = f" You were not sure of {counts.unsure:,}; the grid shows them." if counts.unsure else ""
        if filtered:
            words, button = f"Nothing is left here of what the filters show.{doubts}", "Show all"
        elif not counts.total:
            words, button = "No label stands out as wrong.", "Rank again"
        else:
            words = f"{counts.looked_at:,} of {counts.total:,} looked at, {counts.fixed:,} fixed.{doubts}"
            words += " Better labels make better classifiers: rank again to see what they find now."
            button = "Rank again"
        self.over.words.setText(words)
        self.over.button.setText(button)

    def _select(self, part: QWidget) -> None:
        """The suspect that is looked at is the session's selection, so that an undo that selects another is heard."""
        if self.isVisible() and part is not self.bulk:
            self._session.select((self.walk.current,) if part is self.focus and self.walk.current is not None else ())

    def _go_on(self) -> None:
        if len(self.walk.queue) < len(self.walk.everything):
            self.walk.filter_by(None)
        else:
            self._ranking.make()

    def _follow_ranking(self) -> None:
        ranking = self._ranking
        if ranking.running:
            self.line.show_progress(ranking.doing, ranking.done, ranking.total)
        elif ranking.problem:
            self.line.show_error(ranking.problem)
        else:
            self.line.idle()
        for button in (self.invitation.button, self.head.again, self.over.button):
            button.setEnabled(not ranking.running)

    def _follow_selection(self) -> None:
        """An undo, or another page, selects an image: it is looked at if it is a suspect."""
        if self.isVisible() and self._session.selection:
            self.walk.jump(self._session.selection[0])

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._follow_selection()
        self.refresh()

    def _connect(self) -> None:
        self.walk.changed.connect(self.refresh)
        self._session.project_changed.connect(self.refresh)
        self._session.selection_changed.connect(self._follow_selection)
        self._ranking.changed.connect(self._follow_ranking)
        self.invitation.pressed.connect(self._ranking.make)
        self.over.pressed.connect(self._go_on)
        self.head.rank_wanted.connect(self._ranking.make)
        self.head.grid_chosen.connect(lambda _: self._change_mode())
        self.head.left.connect(self._enter)
        self.line.cancel_wanted.connect(self._ranking.cancel)

    def _change_mode(self) -> None:
        self.refresh()
        self._enter()

    def _enter(self) -> None:
        self.entry.setFocus()

    def _place(self) -> None:
        self.bulk.setFocusProxy(self.bulk.grid)
        for part in (self.focus, self.bulk, self.over):
            self.parts.addWidget(part)
        queue = QWidget()
        column = QVBoxLayout(queue)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(M)
        column.addWidget(self.head)
        column.addWidget(self.parts, 1)
        self.whole.addWidget(self.invitation)
        self.whole.addWidget(queue)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(L, L, L, L)
        layout.setSpacing(M)
        layout.addWidget(self.whole, 1)
        layout.addWidget(self.line)
