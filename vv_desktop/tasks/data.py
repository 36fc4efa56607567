"""Tasks that read and make data: sources, projects, thumbnails, pictures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from vv_desktop.core.progress import Event, Progress, Step
from vv_desktop.core.project import Project

if TYPE_CHECKING:
    from vv_desktop.core.arrays import Uint8Array
    from vv_desktop.core.backups import Backup
    from vv_desktop.core.import_plan import ImportPlan
    from vv_desktop.core.label_csv import Problem


@dataclass(frozen=True)
class ThumbnailRequest:
    """A thumbnail that the grid wants: of which image, and where its file is."""

    image: int
    path: Path


@dataclass(frozen=True)
class ThumbnailReady(Event):
    """A thumbnail (height, width, 3) RGB, or the sentence that says why there is none."""

    image: int
    side: int
    pixels: Uint8Array | None
    problem: str | None


@dataclass(frozen=True)
class Picture:
    """A picture at screen size (height, width, 3) RGB, with its full size in pixels, format and bytes."""

    pixels: Uint8Array
    width: int
    height: int
    format: str
    bytes: int


def read_sources(sources: Sequence[Path], labels: Path | None, progress: Progress) -> ImportPlan:
    """What a folder or CSV files hold, with everything that could not be matched; nothing is written."""
    from vv_desktop.core.importing import read_sources

    return read_sources(sources, labels, progress)


def create_project(plan: ImportPlan, folder: Path, progress: Progress) -> Path:
    """A new project of what was read; its folder."""
    from vv_desktop.core.importing import create_project

    return create_project(plan, folder, progress)


def find_missing_folders(folders: Sequence[str], progress: Progress) -> tuple[str, ...]:
    """Those of these folders that are not there; asked here, as a sleeping network drive answers late."""
    return tuple(folder for folder in folders if not Path(folder).is_dir())


def find_photos(paths: Sequence[Path], progress: Progress) -> tuple[tuple[Path, ...], tuple[Problem, ...]]:
    """Files that were given and the photos in folders (and what is inside them), and what there is none, with reasons.

    Pictures in a format that has to be converted are among the photos: their answer is the sentence that says so.
    """
    from vv_desktop.core.folders import walk_images
    from vv_desktop.core.formats import CONVERT

    photos: list[Path] = []
    others: list[Problem] = []
    for path in paths:
        progress.check()
        if path.is_dir():
            inside, passed_over = walk_images(path)
            photos += inside
            for problem in passed_over:
                there = Path(problem.path)
                photos.append(there) if there.suffix.lower() in CONVERT else others.append(problem)
        else:
            photos.append(path)  # whatever it is: if it is no picture, its answer says so
    return tuple(dict.fromkeys(photos)), tuple(others)


def look_into_folder(folder: Path, progress: Progress) -> dict[str, tuple[int, int]]:
    """Size in bytes and time of change in ns of each photo in a folder, by name. Raises UserError if it is gone."""
    from vv_desktop.core.folders import photos_in

    return photos_in(folder)


def open_project(folder: Path, progress: Progress) -> Project:
    """The project in `folder`, every row checked; where it cannot be written, to be looked at.

    It is handed over whole: from here on it is the window's. Raises UserError.
    """
    progress.report(Step("Checking the labels", 0, 1))
    return Project.open_or_look(folder)


def find_backups(folder: Path, progress: Progress) -> tuple[tuple[Backup, ...], int | None]:
    """The backups of a project that are whole, newest first, and how many edits its store has, if that can be told."""
    from vv_desktop.core.backups import backups, edits_in
    from vv_desktop.core.project import STORE_NAME

    return backups(folder), edits_in(folder / STORE_NAME)


def restore_backup(folder: Path, backup: Path, progress: Progress) -> Path:
    """Put a backup back into a project that nobody has open; the folder where what was there lies. Raises UserError."""
    from vv_desktop.core.backups import restore_backup
    from vv_desktop.core.project import STORE_NAME

    return restore_backup(folder / STORE_NAME, backup)


def make_demo(folder: Path, progress: Progress) -> Path:
    """Draw the toy vehicles and make a project of them, or find the one that is there; its folder."""
    from vv_desktop.core.demo import make_demo

    return make_demo(folder, progress)


def load_thumbnails(requests: Sequence[ThumbnailRequest], side: int, cache: Path, progress: Progress) -> None:
    """Report a `ThumbnailReady` for each request, in order."""
    from vv_desktop.core.thumbnails import thumbnail

    for request in requests:
        pixels, problem = thumbnail(request.path, side, cache)
        progress.report(ThumbnailReady(request.image, side, pixels, problem))


def load_picture(path: Path, side: int, progress: Progress) -> Picture:
    """A picture with its longer side `side` at most. Raises ImageProblem."""
    import numpy as np

    from vv_desktop.core import pixels

    header = pixels.read_header(path)
    image = pixels.scaled(pixels.decode(path, at_least=side), side)
    return Picture(np.asarray(image), header.width, header.height, header.format, path.stat().st_size)
