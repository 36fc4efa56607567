"""Photos that were asked about become images of the project: where they go, and with which group and split."""

import os
import shutil
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from vv_desktop.core.dataset import Split
from vv_desktop.core.errors import UserError
from vv_desktop.core.files import atomic_path
from vv_desktop.core.project import Project, stored_path
from vv_desktop.core.records import NewImage
from vv_desktop.session import Session
from vv_desktop.ui.predict.result_model import ResultsModel
from vv_desktop.ui.predict.results import Result


@dataclass(frozen=True)
class TakenIn:
    """A photo that is in the project now: where it was, where it is, and its id."""

    before: Path
    path: Path
    image: int


class ProjectPaths:
    """Which photos are in the project already. Reads the project again when images were added.

    Lives on the window's thread.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self._known: dict[str, int] = {}
        self._of: tuple[int, int] = (0, 0)

    @property
    def outdated(self) -> bool:
        """True if images were added since a photo was last looked for."""
        return self._state() != self._of

    def find(self, path: Path) -> int | None:
        """The id of the image at this absolute path."""
        project = self._session.project
        if project is None:
            return None
        if self.outdated:
            self._known, self._of = _absolute_names(project), self._state()
        return self._known.get(str(path))

    def _state(self) -> tuple[int, int]:
        project = self._session.project
        return (id(project), len(project.images)) if project else (0, 0)


def _absolute_names(project: Project) -> dict[str, int]:
    """Image ids by absolute path, as `absolute_path` gives it; written out, as there may be a hundred thousand."""
    above = [str(folder).rstrip(os.sep) + os.sep for folder in (project.folder, *project.folder.parents)]
    names: dict[str, int] = {}
    for row in project.images.values():
        ups = 0
        while row.path.startswith("../", 3 * ups) and ups + 1 < len(above):
            ups += 1
        rest = row.path[3 * ups :].replace("/", os.sep)
        names[rest if os.path.isabs(rest) else above[ups] + rest] = row.id
    return names


def label_photos(session: Session, model: ResultsModel, labels: Sequence[tuple[Result, str]]) -> None:
    """Put photos into the project and label them: one undo step for each class. Raises UserError."""
    taken = take_in(session, [result for result, _ in labels])
    by_name: dict[str, list[int]] = {}
    for (_, name), photo in zip(labels, taken, strict=False):
        model.moved(photo.before, photo.path, photo.image)
        by_name.setdefault(name, []).append(photo.image)
    for name, images in by_name.items():
        session.edits.relabel(images, name, "predict")


def take_in(session: Session, results: Sequence[Result]) -> tuple[TakenIn, ...]:
    """Put photos into the project, without a label yet; those that are there already are only found.

    A photo stays where it is and is referenced; a pasted one is copied to photos/ first. Its group
    is its folder's name, if it came with the folder or the project knows such a group, and its
    own name otherwise. It goes to train, or where its group is, as groups stay on one side.
    Raises UserError if a file is gone or the disk refuses.
    """
    project = session.project
    assert project is not None
    project.store.check_writable()
    splits = _splits(project)
    places, images = [], []
    for result in results:
        path = _kept(project, result) if result.pasted else result.path
        try:
            status = path.stat()
        except OSError as error:
            raise UserError(f"The file cannot be read ({error.strerror}): {path}") from error
        group = (
            path.parent.name if not result.pasted and (not result.loose or path.parent.name in splits) else path.stem
        )
        split = splits[group].most_common(1)[0][0] if splits.get(group) else "train"
        images.append(
            NewImage(stored_path(project.folder, path), status.st_size, status.st_mtime_ns, group, split=split)
        )
        places.append((result.path, path))
    ids = session.edits.add_images(images)
    return tuple(TakenIn(before, path, image) for (before, path), image in zip(places, ids, strict=False))


def _splits(project: Project) -> dict[str, Counter[Split]]:
    """How often each group stands in each split."""
    found: dict[str, Counter[Split]] = {}
    for row in project.images.values():
        counter = found.setdefault(row.group, Counter())
        if row.split is not None:
            counter[row.split] += 1
    return found


def _kept(project: Project, result: Result) -> Path:
    """The copy of a pasted photo in the project's photos folder."""
    folder = project.folder / "photos"
    try:
        folder.mkdir(exist_ok=True)
    except OSError as error:
        raise UserError(f"The folder for pasted photos cannot be made ({error.strerror}): {folder}") from error
    target = folder / result.path.name
    for count in range(2, 10_000):
        if not target.exists():
            break
        target = folder / f"{result.path.stem}-{count}{result.path.suffix}"
    with atomic_path(target) as temporary:
        shutil.copyfile(result.path, temporary)
    return target
