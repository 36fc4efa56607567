"""The Twins page: near-duplicates side by side, leaks between the splits, conflicts of labels, and what helps."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Literal

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from vv_desktop import tasks
from vv_desktop.core import twins
from vv_desktop.core.progress import Event, Step
from vv_desktop.core.records import ImageRow
from vv_desktop.core.twins import Pair, Twins
from vv_desktop.jobs import Jobs
from vv_desktop.session import Session
from vv_desktop.ui.awaited_job import AwaitedJob
from vv_desktop.ui.empty_state import EmptyState
from vv_desktop.ui.start.progress_line import ProgressLine
from vv_desktop.ui.theme import M, S, Theme
from vv_desktop.ui.twins.head import FILTERS, TwinsHead
from vv_desktop.ui.twins.pair_bar import PairBar
from vv_desktop.ui.twins.pair_list import PairList
from vv_desktop.ui.twins.sentences import found_sentence, groups_sentence, leak_sentence

TEACHING = (
    "Two photos of one moment, a copy, a mirrored copy: if one is in train and its twin in test, "
    "the test score is too good. Find such pairs, and labels that contradict each other."
)

STALE = ". Images were added or changed since: look again"


class TwinsPage(QWidget):
    """Owns the twins that were found last, until another project is open. Lives on the window's thread.

    Signals:
        image_wanted(int): show this image where it can be labelled.
    """

    image_wanted = Signal(int)

    def __init__(
        self,
        session: Session,
        jobs: Jobs,
        theme: Theme,
        resources: Path,
        weights: Callable[[], Path | Literal["random"] | None] = lambda: None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._session, self._jobs, self._weights = session, jobs, weights
        self.pairs: tuple[Pair, ...] | None = None
        self._conflicts: frozenset[Pair] = frozenset()
        self._job, self._loading = AwaitedJob(self), AwaitedJob(self)
        self.entry: QWidget = self
        self.empty = EmptyState("Twins", TEACHING, "Find twins")
        self.progress = ProgressLine()
        self.head, self.list, self.bar = TwinsHead(), PairList(session, jobs, theme), PairBar(session)
        self.none = EmptyState("No such pairs", "", "Show all pairs")
        self._layers, self._lists = QStackedWidget(), QStackedWidget()
        self._place()
        self.empty.pressed.connect(self.look)
        self.none.pressed.connect(lambda: self.show_filter("all"))
        self.progress.cancel_wanted.connect(self._stop)
        self.head.again.clicked.connect(self.look)
        self.head.filter.currentIndexChanged.connect(lambda _: self._refresh())
        self.head.regroup.clicked.connect(self.regroup)
        self.head.split.clicked.connect(self.split_again)
        self.list.pair_changed.connect(self._show_pair)
        self.bar.image_wanted.connect(self.image_wanted)
        session.project_changed.connect(self._forget)
        session.images_changed.connect(self._refresh)
        session.mirror_changed.connect(self._refresh)
        self._forget()

    def look(self) -> None:
        """Look for twins in the open project, in the background."""
        project = self._session.project
        if project is None or self._job.running:
            return
        self.progress.show_progress("Looking for twins", 0, 0)
        self._job.replace(
            self._jobs.start(
                tasks.review.find_twins, project.dataset(), project.folder, self._weights(), name="Looking for twins",
                on_event=self._hear, on_done=self._take, on_failed=lambda failure: self._end(failure.sentence),
                on_cancelled=self._end,
            )
        )  # fmt: skip
        self._refresh()

    def regroup(self) -> None:
        """Put every image into the group that the chosen source gives, as one undo step."""
        rows = self._rows
        source = self.head.source.currentData()
        groups: Mapping[int, str | None] = dict.fromkeys(rows)
        if source == "folder":
            groups = twins.folder_groups(rows)
        elif source == "stem":
            groups = twins.stem_groups(rows)
        elif source == "twins":
            groups = twins.cluster_groups(rows, twins.clusters(self.pairs or ()))
        changed = self._session.edits.regroup(list(groups.items()), "twins")
        count = len({row.group for row in self._rows.values()})
        self.head.note.setText(groups_sentence(len(rows), count) + ("" if changed else ", as they were"))

    def split_again(self) -> None:
        """Make the splits anew so that twins and groups stay together, as one undo step; or say why it cannot be."""
        from vv_desktop.core.splits import split_again

        rows = self._rows
        before = {image: row.group for image, row in rows.items()}
        groups = twins.joined_groups(before, twins.clusters(self.pairs or ()))
        splits, how = split_again(rows.values(), groups)
        if splits:
            moved = [(image, group) for image, group in groups.items() if group != before[image]]
            self._session.edits.resplit(splits, "twins", moved)
        self.head.note.setText(how)

    def show_filter(self, key: str) -> None:
        """Show the pairs of this filter."""
        self.head.filter.setCurrentIndex(list(FILTERS).index(key))

    def state(self) -> dict[str, object]:
        """What it wants to be remembered, as plain JSON values."""
        return {"filter": self.head.filter.currentData()}

    def restore(self, state: Mapping[str, object]) -> None:
        """What `state` gave."""
        key = state.get("filter")
        if isinstance(key, str) and key in FILTERS:
            self.show_filter(key)

    # How

    @property
    def _rows(self) -> Mapping[int, ImageRow]:
        return self._session.project.images if self._session.project else {}

    @property
    def _mirrored_class(self) -> dict[str, str] | None:
        project = self._session.project
        if project is None or project.mirror.of is None:
            return None
        names = project.classes.names
        return {name: names[partner] for name, partner in zip(names, project.mirror.of, strict=True)}

    def _hear(self, event: Event) -> None:
        if isinstance(event, Step):
            self.progress.show_progress(event.name, event.done, event.total)

    def _load(self) -> None:
        """Have what was found last read in the background."""
        project = self._session.project
        if project is not None:
            self._loading.replace(
                self._jobs.start(
                    tasks.review.load_twins, project.dataset(), project.folder, name="Reading the twins",
                    lane="predict", quiet=True, on_done=self._take_kept,
                )
            )  # fmt: skip

    def _take_kept(self, kept: tuple[Twins, bool] | None) -> None:
        self._loading.done()
        if kept is not None and self.pairs is None:
            found, stale = kept
            rows = self._rows  # a cache may have been left by another project in this folder
            self.pairs = tuple(pair for pair in found.pairs() if pair.a in rows and pair.b in rows)
            self.head.note.setText(found_sentence(found) + (STALE if stale else ""))
            self._refresh()

    def _take(self, found: Twins) -> None:
        self.pairs = found.pairs()
        self.head.note.setText(found_sentence(found))
        self._end()

    def _end(self, problem: str = "") -> None:
        self._job.done()
        self.progress.idle()
        if problem:
            self.progress.show_error(problem)
        self._refresh()

    def _stop(self) -> None:
        self._job.cancel()
        self._end()

    def _forget(self) -> None:
        self.pairs = None
        self._loading.cancel()
        self._stop()
        self._load()

    def _refresh(self) -> None:
        """Count and show anew: labels, splits or the filter are others."""
        self.empty.button.setEnabled(bool(self._rows) and not self._job.running)
        self.head.again.setEnabled(not self._job.running)
        self._layers.setCurrentIndex(0 if self.pairs is None else 1)
        pairs, rows = self.pairs or (), self._rows
        lists = {
            "leaks": twins.leaks(pairs, rows),
            "conflicts": twins.conflicts(pairs, rows, self._mirrored_class),
            "exact": tuple(pair for pair in pairs if pair.kind == "exact"),
            "all": pairs,
        }
        self._conflicts = frozenset(lists["conflicts"])
        self.head.show_counts({key: len(found) for key, found in lists.items()})
        counts = [twins.leak_count(pairs, rows, split, "train") for split in ("test", "val")]
        self.head.leaks.setText(leak_sentence(*counts))
        shown = lists[self.head.filter.currentData()]
        self.list.show_pairs(shown)
        self.none.words.setText(f"{FILTERS[self.head.filter.currentData()]}: none among the {len(pairs):,} pairs found")
        self.none.button.setVisible(bool(pairs))
        self._lists.setCurrentIndex(0 if shown else 1)
        self._lead(self.empty if self.pairs is None else self.list if shown else self.head.filter)

    def _lead(self, part: QWidget) -> None:
        """Have the keyboard on what there is to do now; not taken away from it while that stays the same."""
        if self.entry is not part:
            self.entry = part
            if self.isVisible():
                part.setFocus()

    def _show_pair(self) -> None:
        pair, rows, mirrored = self.list.pair, self._rows, self._mirrored_class
        labels = None
        if pair is not None and pair in self._conflicts:
            a, b = rows[pair.a].label or "", rows[pair.b].label or ""
            labels = (b, a)
            if pair.kind == "mirror" and mirrored is not None:
                labels = (mirrored[b], mirrored[a])
        self.bar.show_pair(pair, labels)

    def _place(self) -> None:
        self._lists.addWidget(self.list)
        self._lists.addWidget(self.none)
        found = QWidget()
        column = QVBoxLayout(found)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(S)
        column.addWidget(self.head)
        column.addWidget(self._lists, 1)
        column.addWidget(self.bar)
        self._layers.addWidget(self.empty)
        self._layers.addWidget(found)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(M, M, M, M)
        layout.setSpacing(S)
        layout.addWidget(self.progress)
        layout.addWidget(self._layers, 1)
