"""What is open now: project, run, evaluation, selection; one signal for each."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from vv_desktop.core.classes import ClassList, named_today
from vv_desktop.core.dataset import Split
from vv_desktop.core.errors import UserError
from vv_desktop.core.project import Project
from vv_desktop.core.runs import Predictions, Run, labels_when_trained, list_runs, today
from vv_desktop.core.suspect_queue import Suspect, read_queue
from vv_desktop.edits import Edits

if TYPE_CHECKING:
    from vv_desktop.core.evaluation import Evaluation
    from vv_desktop.core.live import LiveHead
    from vv_desktop.core.quality_cache import Quality
    from vv_desktop.core.suspects import Suspects

log = logging.getLogger(__name__)
Answers = tuple[Predictions, ClassList]
"""Predictions, and the classes that their columns are."""


@dataclass(frozen=True)
class Message:
    """A quiet line at the bottom of the window; `undo` offers to take the edit back."""

    text: str
    undo: bool = False
    error: bool = False


class Session(QObject):
    """Owns the open project. Lives on the window's thread; only its `edits` write to the store.

    evaluation: scores of what is shown, the live head or else the run that is looked at, on the split that is
    looked at; run_evaluation: of that run always. None where there is nothing to score.

    Signals:
        project_changed: another project is open, or none.
        classes_changed: a class has another name; images and runs follow.
        images_changed(frozenset[int]): labels or splits of these images changed, or they are new.
        runs_changed: a run was added, renamed or deleted.
        run_changed: another run is looked at, or none.
        evaluation_changed: the scores changed: another run, another split, other labels, or a live head's answers.
        suspects_changed: images were ranked by how likely their label is wrong, or the ranking is gone.
        quality_changed: pictures were measured, or that is gone.
        mirror_changed: other classes mirror each other, or mirroring was switched on or off.
        threshold_changed: another probability is the one below which an answer is not sure.
        selection_changed: other images are selected.
        heat_changed: pictures are to show where the run's answer comes from, or no longer.
        said(Message): a line for the user.
    """

    project_changed = Signal()
    classes_changed = Signal()
    images_changed = Signal(object)
    runs_changed = Signal()
    run_changed = Signal()
    evaluation_changed = Signal()
    suspects_changed = Signal()
    quality_changed = Signal()
    mirror_changed = Signal()
    threshold_changed = Signal()
    selection_changed = Signal()
    heat_changed = Signal()
    said = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.project: Project | None = None
        self.runs: tuple[Run, ...] = ()
        self.run: Run | None = None
        self.split: Split = "test"
        self.selection: tuple[int, ...] = ()
        self.heat = False
        self.edits = Edits(self)
        self.changed_since_run: frozenset[int] = frozenset()
        self._predictions: Predictions | None = None
        self.labels_then: dict[int, str] = {}  # when the run was trained, by image id
        self.suspects: Suspects | None = None
        self.queue: dict[int, Suspect] = {}  # of that ranking, worst first, by image
        self.quality: Quality | None = None  # what is wrong with the pictures themselves, once they were measured
        self.live: LiveHead | None = None  # answers in the run's place while it is there
        self.evaluation: Evaluation | None = None
        self.run_evaluation: Evaluation | None = None

    # Project

    def open(self, project: Project) -> None:
        """Make `project` the open one; the one before is closed."""
        self.close_project(announce=False)
        log.info("opened a project of %d images: %s", len(project.images), project.folder)
        self.project = project
        self.project_changed.emit()  # first: what is said after it is of images that every page knows
        self._read_runs()
        self.look_at(self.runs[0] if self.runs else None)
        for problem in list_runs(project.runs_folder)[1]:
            self.said.emit(Message(problem, error=True))

    def reopen(self, project: Project) -> None:
        """Have `project` in the place of the open one, which is the same one, read again: what is looked at stays."""
        assert self.project is not None
        self.project.close()
        self.project, self.live = project, None
        self.selection = tuple(image for image in self.selection if image in project.images)
        self.suspects, self.queue, self.quality = None, {}, None
        self._find_changed()
        self.evaluation = self.run_evaluation = _evaluation(project, self.split, self._of_run)
        self.project_changed.emit()
        self.show_suspects(None)
        self.show_quality(None)
        self.runs_moved()
        self.selection_changed.emit()

    def close_project(self, announce: bool = True) -> None:
        """Let go of the open project."""
        if self.project is not None:
            self.project.close()
        self.edits.forget_waiting()
        self.project, self.live, self.selection = None, None, ()
        self.runs = ()
        self.show_suspects(None)
        self.show_quality(None)
        self.look_at(None)
        if announce:
            self.project_changed.emit()

    # What was found out

    def show_suspects(self, suspects: Suspects | None) -> None:
        """Have this ranking as the one that pages speak of."""
        self.suspects = suspects
        self.queue = {one.image: one for one in read_queue(suspects)} if suspects is not None else {}
        self.suspects_changed.emit()

    def show_quality(self, quality: Quality | None) -> None:
        """Have this as what is known of the pictures themselves."""
        if quality is not self.quality:
            self.quality = quality
            self.quality_changed.emit()

    # Selection

    def select(self, images: Sequence[int]) -> None:
        """Select these images, the first one being looked at."""
        if tuple(images) != self.selection:
            self.selection = tuple(images)
            self.selection_changed.emit()

    def show_heat(self, shown: bool) -> None:
        """Have heat maps over large pictures, or not."""
        if shown != self.heat:
            self.heat = shown
            self.heat_changed.emit()

    # Runs and scores

    def runs_moved(self, look_at: str | None = None) -> None:
        """Read the runs again after one was added, renamed or deleted, and look at the one with this id."""
        self._read_runs()
        wanted = look_at or (self.run.id if self.run else None)
        self.look_at(next((r for r in self.runs if r.id == wanted), self.runs[0] if self.runs else None))

    def look_at(self, run: Run | None) -> None:
        """Make `run` the one that Evaluate, Predict and Export speak of."""
        self.run, self._predictions, self.labels_then = run, None, {}
        if run is not None:
            try:
                self._predictions = run.predictions()
                self.labels_then = labels_when_trained(run)
            except UserError as error:
                self.said.emit(Message(str(error), error=True))
            self._find_split()
        self._find_changed()
        self.run_changed.emit()
        self._score()

    def show_live(self, live: LiveHead | None) -> None:
        """Show what the live head says in place of the run's predictions; None gives those back as they were."""
        self.live = live
        if live is not None:
            self._find_split()
        self._score()

    def look_at_split(self, split: Split) -> None:
        """Score this split."""
        if split != self.split:
            self.split = split
            self._score()

    @property
    def answering(self) -> ClassList | None:
        """The classes of what is shown, in the order of `probabilities`; None if nothing answers."""
        return self._shown[1] if self._shown else None

    def probabilities(self, image: int) -> tuple[float, ...] | None:
        """What the live head, or else the run that is looked at, says of an image."""
        if self._shown is None:
            return None
        import numpy as np

        found, rows = self._shown[0].of(np.array([image]))
        return tuple(float(p) for p in rows[0]) if found[0] else None

    # What its edits tell

    def say(self, text: str, undo: bool = False, error: bool = False) -> None:
        """A line for the user."""
        self.said.emit(Message(text, undo, error))

    def mirror_moved(self) -> None:
        """Tell the pages that other classes mirror each other."""
        self.mirror_changed.emit()

    def threshold_moved(self) -> None:
        """Tell the pages that "not sure" means another probability."""
        self.threshold_changed.emit()

    def labels_moved(self, images: frozenset[int]) -> None:
        """Tell the pages, and score again."""
        self._find_changed()
        self.images_changed.emit(images)
        self._score()

    def project_lost(self, sentence: str) -> None:
        """Let go of a project whose store cannot be read any more, and say so."""
        self.close_project()
        self.say(sentence, error=True)

    def names_moved(self) -> None:
        """Runs, what they knew, and the ranking are by class name."""
        assert self.project is not None
        classes = self.project.classes
        self.runs = tuple(today(run, classes) for run in self.runs)
        if self.run is not None:
            names = dict(zip(self.run.classes, today(self.run, classes).classes, strict=True))
            self.run = today(self.run, classes)
            self.labels_then = {image: names.get(name, name) for image, name in self.labels_then.items()}
        if self.live is not None:
            self.live = replace(self.live, classes=named_today(self.live.classes, classes))
        if self.suspects is not None:
            self.show_suspects(replace(self.suspects, classes=named_today(self.suspects.classes, classes)))
        self.classes_changed.emit()
        self.runs_changed.emit()
        self.run_changed.emit()

    # How

    def _read_runs(self) -> None:
        found = list_runs(self.project.runs_folder)[0] if self.project else ()
        self.runs = tuple(today(run, self.project.classes) for run in found) if self.project else ()
        self.runs_changed.emit()

    def _find_changed(self) -> None:
        """Images whose label is another one than when the run was trained."""
        rows = self.project.images.values() if self.project is not None and self.labels_then else ()
        then = self.labels_then
        self.changed_since_run = frozenset(row.id for row in rows if (row.label or "") != then.get(row.id, ""))

    def _find_split(self) -> None:
        """Another split if nothing is labelled in this one."""
        rows = self.project.images.values() if self.project else ()
        labelled = {row.split for row in rows if row.used}
        if self.split not in labelled:
            self.split = next((split for split in ("test", "val", "train") if split in labelled), "test")

    @property
    def _of_run(self) -> Answers | None:
        return (self._predictions, self.run.classes) if self.run is not None and self._predictions is not None else None

    @property
    def _shown(self) -> Answers | None:
        return self._of_run if self.live is None else (self.live.predictions, self.live.classes)

    def _score(self) -> None:
        before = self.evaluation
        self.run_evaluation = _evaluation(self.project, self.split, self._of_run)
        self.evaluation = self.run_evaluation
        if self.live is not None:
            self.evaluation = _evaluation(self.project, self.split, self._shown)
        if before is not None or self.evaluation is not None:
            self.evaluation_changed.emit()


def _evaluation(project: Project | None, split: Split, answers: Answers | None) -> Evaluation | None:
    """Answers held against the labels of a split as they are now."""
    if project is None or answers is None:
        return None
    from vv_desktop.core.evaluation import evaluate_labels

    labels = [(r.id, r.label) for r in project.images.values() if r.split == split and r.label and not r.excluded]
    return evaluate_labels(labels, *answers)
