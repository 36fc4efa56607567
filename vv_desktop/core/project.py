"""A project: a folder with the label store, the runs and the caches, and the images it speaks of.

project.vv     the label store        runs/    one folder a run
cache/         can be deleted at any time: thumbnails, pixels, features
"""

import os
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path, PurePosixPath

from vv_desktop.core.classes import ClassList
from vv_desktop.core.dataset import UNLABELLED, Dataset, Sample, Split
from vv_desktop.core.errors import UserError
from vv_desktop.core.looking import look, open_or_look
from vv_desktop.core.marks import YES, Change
from vv_desktop.core.mirror import MirrorPairs, find_pairs
from vv_desktop.core.records import Edit, EditGroup, ImageRow, NewImage, Origin, Review
from vv_desktop.core.store import Store

STORE_NAME = "project.vv"
_MIRROR, _THRESHOLD = "mirror", "threshold"
USUAL_THRESHOLD = 0.8
"""Probability below which an answer is not sure, until the user says another."""
PROJECT_NAME = "vv-project"


class Project:
    """An open project. Used by one thread at a time; what leaves for a task is `dataset()`.

    Keeps every image row in memory, always equal to the store.
    """

    def __init__(self, folder: Path, store: Store) -> None:
        self.folder = folder
        self.store, self.id = store, store.id
        self.classes = store.classes
        self.images: dict[int, ImageRow] = {row.id: row for row in store.images()}
        kept = store.value(_MIRROR)
        self.mirror = find_pairs(self.classes) if kept is None else MirrorPairs.from_dict(kept, self.classes)
        threshold = store.value(_THRESHOLD)
        self.threshold = threshold if isinstance(threshold, float) and 0 <= threshold <= 1 else USUAL_THRESHOLD

    @staticmethod
    def create(folder: Path, classes: ClassList, images: Iterable[NewImage]) -> "Project":
        """A new project in `folder`, which is made if need be. Raises UserError."""
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise UserError(f"The project's folder cannot be made ({error.strerror}): {folder}") from error
        store = Store.create(folder / STORE_NAME, classes)
        store.add_images(images)
        return Project(folder.resolve(), store)

    @staticmethod
    def open(folder: Path) -> "Project":
        """The project in `folder` (or whose store is the file `folder`). Raises UserError."""
        folder = folder.parent if folder.name == STORE_NAME else folder
        return Project(folder.resolve(), Store.open(folder / STORE_NAME))

    @staticmethod
    def open_or_look(folder: Path) -> "Project":
        """The same, but where it cannot be written: as it is now, to be looked at (`store.read_only`)."""
        folder = folder.parent if folder.name == STORE_NAME else folder
        return Project(folder.resolve(), open_or_look(folder / STORE_NAME))

    def read_again(self) -> None:
        """Open the store anew and take over what it holds. Raises UserError; then the project is closed."""
        path = self.store.path
        self.store.close()
        if look(path, "is not known yet").id != self.id:
            raise UserError(f"Another project lies there now, so nothing was written: {path}")
        self.store = Store.open(path)
        self._follow_classes()

    def close(self) -> None:
        """Let go of the store."""
        self.store.close()

    @property
    def name(self) -> str:
        """What the window's title says."""
        return self.folder.parent.name if self.folder.name == PROJECT_NAME else self.folder.name

    @property
    def runs_folder(self) -> Path:
        """One folder a run."""
        return self.folder / "runs"

    @property
    def cache_folder(self) -> Path:
        """Can be deleted at any time."""
        return self.folder / "cache"

    def path_of(self, image: int) -> Path:
        """Where the image's file is expected, absolute."""
        return absolute_path(self.folder, self.images[image].path)

    def dataset(self) -> Dataset:
        """The labels as they are now, frozen; excluded images are in no split."""
        index = {name: i for i, name in enumerate(self.classes.names)}
        return Dataset(
            self.classes,
            tuple(
                Sample(
                    row.id,
                    absolute_path(self.folder, row.path),
                    UNLABELLED if row.label is None else index[row.label],
                    None if row.excluded else row.split,
                    row.group,
                )
                for row in self.images.values()
            ),
            self.mirror.of,
        )

    def set_mirror(self, pairs: MirrorPairs | None) -> None:
        """Keep these mirror pairs; None: those found by name. Raises UserError if the disk refuses."""
        self.store.set_value(_MIRROR, None if pairs is None else pairs.as_dict())
        self.mirror = find_pairs(self.classes) if pairs is None else pairs

    def set_threshold(self, threshold: float) -> None:
        """Say "not sure" below this probability, 0 to 1. Raises UserError if the disk refuses."""
        self.store.set_value(_THRESHOLD, threshold)
        self.threshold = threshold

    def relabel(self, images: Sequence[int], label: str | None, origin: Origin) -> EditGroup | None:
        """Give images a label (None takes it away) as one undo step; None if all have it already. Raises UserError."""
        images = [i for i in images if self.images[i].label != label]  # the words count what changes
        count = self._count(images)
        what = f"Label {count} {label}" if label is not None else f"Take the label off {count}"
        return self._edited(self.store.edit([(i, "label", label) for i in images], origin, what))

    def relabel_each(self, labels: Sequence[tuple[int, str | None]], origin: Origin) -> EditGroup | None:
        """Give each image a label of its own as one undo step; None if all have it already. Raises UserError."""
        changes: list[Change] = [(i, "label", label) for i, label in labels if self.images[i].label != label]
        return self._edited(self.store.edit(changes, origin, f"Relabel {self._count([i for i, *_ in changes])}"))

    def resplit(
        self,
        splits: Sequence[tuple[int, Split | None]],
        origin: Origin,
        groups: Sequence[tuple[int, str | None]] = (),
    ) -> EditGroup | None:
        """Put images into splits, and into groups where some are given, as one undo step. Raises UserError."""
        changes: list[Change] = [(i, "split", split) for i, split in splits if self.images[i].split != split]
        what = f"Put {self._count([i for i, *_ in changes])} into splits"
        changes += [(image, "group", group) for image, group in groups]
        return self._edited(self.store.edit(changes, origin, what))

    def exclude(self, images: Sequence[int], excluded: bool, origin: Origin) -> EditGroup | None:
        """Leave images out of training and scoring, or take them in again, as one undo step. Raises UserError."""
        images = [i for i in images if self.images[i].excluded != excluded]
        what = f"Exclude {self._count(images)}" if excluded else f"Take {self._count(images)} in again"
        return self._edited(self.store.edit([(i, "excluded", YES if excluded else None) for i in images], origin, what))

    def regroup(self, groups: Sequence[tuple[int, str | None]], origin: Origin) -> EditGroup | None:
        """Put images into groups (None: the one they came with) as one undo step. Raises UserError."""
        changes: list[Change] = [(image, "group", group) for image, group in groups]
        return self._edited(self.store.edit(changes, origin, f"Put {self._count([i for i, _ in groups])} into groups"))

    def review(self, images: Sequence[int], reviews: Sequence[Review | None], origin: Origin) -> EditGroup | None:
        """Keep what was said of suspects (None: forget it) as one undo step. Raises UserError."""
        verdicts = {review.verdict if review else None for review in reviews}
        verbs: dict[str | None, str] = {"kept": "Keep {} as labelled", "unsure": "Not sure of {}"}
        verb = verbs.get(verdicts.pop(), "Forget what was said of {}") if len(verdicts) == 1 else "Review {}"
        changes: list[Change] = [(image, "review", review) for image, review in zip(images, reviews, strict=True)]
        return self._edited(self.store.edit(changes, origin, verb.format(self._count(images))))

    def rename_class(self, old: str, new: str, origin: Origin) -> EditGroup | None:
        """Give a class another name as one undo step; it keeps its images, and who mirrors it. Raises UserError."""
        named = ClassList(tuple(new if name == old else name for name in self.classes.names))
        if self.store.value(_MIRROR) is None and find_pairs(named).partners != self.mirror.partners:
            self.set_mirror(
                self.mirror
            )  # first: kept without the new name it changes nothing, after it it could be lost
        return self._edited(self.store.rename_class(old, new, origin))

    def back_to(self, group: int, origin: Origin) -> EditGroup | None:
        """Take back an edit group and all later ones as one new step. Raises UserError."""
        return self._edited(self.store.back_to(group, origin))

    def restore(self, snapshot: int, origin: Origin) -> EditGroup | None:
        """Make labels, splits, groups and exclusions as a snapshot has them, as one undo step. Raises UserError."""
        return self._edited(self.store.restore(snapshot, origin))

    def undo(self) -> EditGroup | None:
        """Take back the newest edit group. Raises UserError."""
        return self._edited(self.store.undo())

    def redo(self) -> EditGroup | None:
        """Do the oldest taken-back edit group again. Raises UserError."""
        return self._edited(self.store.redo())

    def add_images(self, images: Sequence[NewImage]) -> tuple[int, ...]:
        """Store images that are not there yet; the ids of all of them, in order. Raises UserError."""
        self.store.add_images(images)
        self.images = {row.id: row for row in self.store.images()}
        by_path = {row.path: row.id for row in self.images.values()}
        return tuple(by_path[image.path] for image in images)

    def _edited(self, group: EditGroup | None) -> EditGroup | None:
        if group is None:
            return None
        if any(edit.field == "class" for edit in group.edits):
            self._follow_classes()
        else:
            self._refresh(group.edits)
        return group

    def _refresh(self, edits: Iterable[Edit]) -> None:
        for row in self.store.images(sorted({edit.image for edit in edits})):
            self.images[row.id] = row

    def _follow_classes(self) -> None:
        """Every image may have another label's name now; which classes mirror each other stays as it is."""
        self.classes = self.store.classes
        self.images = {row.id: row for row in self.store.images()}
        self.mirror = replace(self.mirror, classes=self.classes)

    def _count(self, images: Sequence[int]) -> str:
        return f"{len(images)} images" if len(images) != 1 else PurePosixPath(self.images[images[0]].path).name


def is_project(path: Path) -> bool:
    """True for a project's folder or the store inside it."""
    return (path / STORE_NAME).is_file() or (path.name == STORE_NAME and path.is_file())


def default_project_folder(sources: Sequence[Path]) -> Path:
    """Where a project of these sources is kept unless the user says otherwise: beside the images, in vv-project."""
    first = sources[0]
    return (first if first.is_dir() else first.parent) / PROJECT_NAME


def stored_path(folder: Path, path: Path) -> str:
    """How a project in `folder` (absolute) remembers an absolute `path`: relative to itself where there is a way."""
    try:
        return Path(os.path.relpath(path, folder)).as_posix()
    except ValueError:  # another drive
        return path.as_posix()


def absolute_path(folder: Path, stored: str) -> Path:
    """The absolute path of what `stored_path` wrote."""
    return Path(os.path.normpath(folder / stored))
