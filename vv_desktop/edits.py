"""What is written to the open project: each edit is saved, said, and an undo step."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from vv_desktop.core.classes import check_new_name
from vv_desktop.core.dataset import Split
from vv_desktop.core.errors import NotSaved, UserError
from vv_desktop.core.mirror import MirrorPairs
from vv_desktop.core.project import Project
from vv_desktop.core.records import EditGroup, NewImage, Origin, Review
from vv_desktop.core.runs import Run, knows_another

Change = Callable[[Project], EditGroup | None]
"""One edit: what it makes of a project as one undo step. Raises UserError."""


class Listener(Protocol):
    """Whoever has the project open, and hears what became of it."""

    project: Project | None
    runs: tuple[Run, ...]

    def say(self, text: str, undo: bool = False, error: bool = False) -> None:
        """Tell the user; undo: it can be taken back."""

    def labels_moved(self, images: frozenset[int]) -> None:
        """These images have another label, split, group, exclusion or review, or are new."""

    def names_moved(self) -> None:
        """A class has another name."""

    def threshold_moved(self) -> None:
        """Another probability is the one below which an answer is not sure."""

    def mirror_moved(self) -> None:
        """Other classes mirror each other, or mirroring was switched on or off."""

    def project_lost(self, sentence: str) -> None:
        """The project can be read no more, so it is no longer open."""

    def select(self, images: Sequence[int]) -> None:
        """Look at these images."""


class Edits:
    """The only way to the store of the open project; owned by the session. Window's thread.

    A refusal of the disk is said, never raised. waiting: the edits that the disk refused, oldest first; they are seen
    nowhere until they are saved, by `try_again` or before the next edit.
    """

    def __init__(self, listener: Listener) -> None:
        self._listener = listener
        self.waiting: list[Change] = []

    @property
    def not_saved(self) -> bool:
        """True while edits wait for the disk."""
        return bool(self.waiting)

    def try_again(self, read_again: bool = False) -> bool:
        """Save what waits, in order; True once nothing does. read_again: after a disk that failed, too."""
        project = self._listener.project
        if project is None or not self.waiting:
            return True
        if project.store.doubtful and read_again:
            try:
                project.read_again()
            except UserError as error:
                self._listener.project_lost(str(error))
                return True
            self._listener.labels_moved(frozenset(project.images))
        try:
            while self.waiting:
                self._make_first()
        except UserError as error:
            self._listener.say(self._refused(error), error=True)
        else:
            self._listener.say("What waited is saved", undo=True)
        return not self.waiting

    def forget_waiting(self) -> None:
        """Give up what waits."""
        self.waiting.clear()

    def relabel(self, images: Sequence[int], label: str | None, origin: Origin) -> bool:
        """Label images as one undo step; True once it is saved. A refusal is said, never raised."""
        return self._edit(lambda project: project.relabel(images, label, origin), undo=True)

    def relabel_each(self, labels: Sequence[tuple[int, str | None]], origin: Origin) -> bool:
        """Give each image a label of its own as one undo step."""
        return self._edit(lambda project: project.relabel_each(labels, origin), undo=True)

    def resplit(
        self,
        splits: Sequence[tuple[int, Split | None]],
        origin: Origin,
        groups: Sequence[tuple[int, str | None]] = (),
    ) -> bool:
        """Put images into splits, and into groups where some are given, as one undo step."""
        return self._edit(lambda project: project.resplit(splits, origin, groups), undo=True)

    def exclude(self, images: Sequence[int], excluded: bool, origin: Origin) -> bool:
        """Leave images out of training and scoring, or take them in again, as one undo step."""
        return self._edit(lambda project: project.exclude(images, excluded, origin), undo=True)

    def regroup(self, groups: Sequence[tuple[int, str | None]], origin: Origin) -> bool:
        """Put images into groups as one undo step."""
        return self._edit(lambda project: project.regroup(groups, origin), undo=True)

    def review(self, images: Sequence[int], reviews: Sequence[Review | None], origin: Origin) -> bool:
        """Keep what was said of suspects as one undo step."""
        return self._edit(lambda project: project.review(images, reviews, origin), undo=True)

    def rename_class(self, old: str, new: str, origin: Origin) -> str:
        """Give a class another name as one undo step: "", or the sentence why it cannot have it."""
        assert self._listener.project is not None
        try:
            check_new_name(self._listener.project.classes, old, new)
        except UserError as error:
            return str(error)
        former, runs = self._listener.project.classes.former, self._listener.runs
        if (new, old) not in former and any(knows_another(run, old, new) for run in runs):
            return f"A run knows another class by that name; received {new!r}"
        if not self._edit(lambda project: project.rename_class(old, new, origin), undo=True):
            return f"The new name is not saved; received {new!r}"
        return ""

    def back_to(self, group: int, origin: Origin) -> bool:
        """Take back an edit group and all later ones as one new step."""
        return self._edit(lambda project: project.back_to(group, origin), undo=True)

    def restore(self, snapshot: int, origin: Origin) -> bool:
        """Make everything as a snapshot has it, as one undo step."""
        return self._edit(lambda project: project.restore(snapshot, origin), undo=True)

    def take_snapshot(self, name: str) -> bool:
        """Keep the labels as they are now under a name; a refusal is said, never raised."""
        return self._keep(lambda project: project.store.take_snapshot(name), f"Snapshot taken: {name}")

    def rename_snapshot(self, snapshot: int, name: str) -> bool:
        """Give a snapshot another name; a refusal is said, never raised."""
        return self._keep(lambda project: project.store.rename_snapshot(snapshot, name), f"Snapshot renamed: {name}")

    def delete_snapshot(self, snapshot: int, name: str) -> bool:
        """Forget a snapshot; the labels stay."""
        return self._keep(lambda project: project.store.delete_snapshot(snapshot), f"Snapshot deleted: {name}")

    def undo(self) -> bool:
        """Take back the newest edit: one that waits for the disk is given up."""
        if self.waiting:
            self.waiting.pop()
            self._listener.say("An edit that was not saved is given up")
            return True
        return self._edit(lambda project: project.undo(), said="Undone: ")

    def redo(self) -> bool:
        """Do the oldest taken-back edit again."""
        return self._edit(lambda project: project.redo(), said="Done again: ")

    def set_mirror(self, pairs: MirrorPairs | None, said: str) -> None:
        """Keep mirror pairs, None for those found by name, and say so; a refusal is said, never raised."""
        assert self._listener.project is not None
        try:
            self._listener.project.set_mirror(pairs)
        except UserError as error:
            self._listener.say(str(error), error=True)
        else:
            self._listener.mirror_moved()
            self._listener.say(said)

    def set_threshold(self, threshold: float) -> None:
        """Keep the probability, 0 to 1, below which an answer is not sure; a refusal is said, never raised."""
        project = self._listener.project
        if project is None or threshold == project.threshold:
            return
        try:
            project.set_threshold(threshold)
        except UserError as error:
            self._listener.say(str(error), error=True)
        self._listener.threshold_moved()

    def add_images(self, images: Sequence[NewImage]) -> tuple[int, ...]:
        """Add photos to the project; their ids."""
        assert self._listener.project is not None
        try:
            ids = self._listener.project.add_images(images)
        except UserError as error:
            self._listener.say(str(error), error=True)
            return ()
        self._listener.labels_moved(frozenset(ids))
        return ids

    # How

    def _edit(self, change: Change, said: str = "", undo: bool = False) -> bool:
        """undo: the change is new, and can be taken back; otherwise it is an undo or redo itself."""
        if self._listener.project is None:
            return False
        if self.waiting and undo:
            self.waiting.append(change)  # after those before it
            return self.try_again()
        if not self.try_again():
            return False
        try:
            return self._make(change, said, undo)
        except NotSaved as error:
            if undo:
                self.waiting.append(change)
            self._listener.say(self._refused(error), error=True)
        except UserError as error:
            self._listener.say(str(error), error=True)
        return False

    def _make_first(self) -> None:
        """The oldest edit that waits. Raises UserError if the disk refuses again."""
        try:
            self._make(self.waiting[0], "", undo=True)
        except NotSaved:
            raise
        except UserError as error:  # it makes no sense any more
            self._listener.say(str(error), error=True)
        self.waiting.pop(0)

    def _refused(self, error: UserError) -> str:
        count = len(self.waiting)
        wait = f"{count} edits wait" if count > 1 else "The edit waits"
        return f"{wait} to be saved. {error}" if count else str(error)

    def _make(self, change: Change, said: str, undo: bool) -> bool:
        """Raises UserError."""
        assert self._listener.project is not None
        names = self._listener.project.classes.names
        group = change(self._listener.project)
        if group is None:
            return False
        images = tuple(dict.fromkeys(edit.image for edit in group.edits if edit.field != "class"))
        moved = frozenset(images)
        if (now := self._listener.project.classes.names) != names:
            self._listener.names_moved()
            other = {new for new, old in zip(now, names, strict=True) if new != old}
            moved |= {row.id for row in self._listener.project.images.values() if row.label in other}
        self._listener.labels_moved(moved)
        if not undo:
            self._listener.select(images)  # what was taken back is what one wants to see
        self._listener.say(said + group.what, undo=undo)
        return True

    def _keep(self, change: Callable[[Project], object], said: str) -> bool:
        """A change of the store that moves no label."""
        if self._listener.project is None:
            return False
        try:
            change(self._listener.project)
        except UserError as error:
            self._listener.say(str(error), error=True)
            return False
        self._listener.say(said)
        return True
