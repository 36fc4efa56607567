"""Opening what a person has: folders of images or CSV files become a plan to look at, then a project."""

import dataclasses
import itertools
import os
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from zipfile import is_zipfile

from natsort import natsorted

from vv_desktop.core.bundled import bundled_labels
from vv_desktop.core.classes import ClassList, read_labels_txt
from vv_desktop.core.dataset import Split
from vv_desktop.core.errors import UserError
from vv_desktop.core.folders import walk_images
from vv_desktop.core.import_checks import case_twins, outside, with_class_names
from vv_desktop.core.import_plan import Found, ImportPlan
from vv_desktop.core.label_csv import LabelRow, Problem, is_label_csv, read_label_csv, split_of_name
from vv_desktop.core.pixels import ImageProblem, read_header
from vv_desktop.core.progress import Progress, Step
from vv_desktop.core.project import STORE_NAME, Project, stored_path
from vv_desktop.core.records import NewImage
from vv_desktop.core.splits import split_by_group
from vv_desktop.core.store_file import identity

MANY_CLASSES = 50
_ARCHIVES = frozenset({".zip", ".tar", ".gz", ".tgz", ".bz2", ".xz", ".7z", ".rar"})
_CSV_NAMES = ("train.csv", "val.csv", "test.csv", "labels.csv")


def read_sources(sources: Sequence[Path], labels: Path | None, progress: Progress) -> ImportPlan:
    """Read a folder, or CSV files, without writing anything. Raises UserError if there is nothing to import."""
    sources = tuple(path.absolute() for path in sources)
    for path in sources:
        if not path.exists():
            raise UserError(f"There is no such file or folder: {path}")
        if path.is_file() and (path.suffix.lower() in _ARCHIVES or is_zipfile(path)):
            raise UserError(f"An archive is not opened here; unpack it and open its folder: {path}")
    folders = [path for path in sources if path.is_dir()]
    if folders and len(sources) > 1:
        raise UserError(
            f"One folder, or one or several CSV files, can be opened at once; received {len(sources)} paths"
        )
    tables = [folders[0] / name for name in _CSV_NAMES if is_label_csv(folders[0] / name)] if folders else list(sources)
    if tables:
        images, problems = _from_tables(tables)
    else:
        images, problems = _from_folder(folders[0])
    if not images:
        detail = f" ({problems[0].path}: {problems[0].reason})" if problems else ""
        raise UserError(f"No image was found{detail}: {sources[0]}")
    root = tables[0].parent if tables else folders[0]
    images, odd_names = with_class_names(images)
    images, unreadable = _looked_at(images, progress)
    classes, labels_source = _classes(images, labels, root)
    images = [dataclasses.replace(i, label=i.wanted if i.wanted in classes.names else None) for i in images]
    unknown = Counter(i.wanted for i in images if i.wanted and i.label is None)
    progress.report(Step("Making splits", 0, 1))
    images, splits_made, splits_source = _with_splits(images)
    return ImportPlan(
        sources, classes, tuple(images), (*problems, *odd_names, *unreadable),
        tuple(natsorted(unknown.items())), splits_made, splits_source, labels_source,
        (*outside(images, root), *case_twins(classes)),
    )  # fmt: skip


def create_project(plan: ImportPlan, folder: Path, progress: Progress) -> Path:
    """Make the project in `folder`, which must hold none. Returns the folder. Raises UserError."""
    folder = folder.absolute()
    total = len(plan.images)
    if not os.path.isdir(folder) and folder.exists():
        raise UserError(f"A project needs a folder of its own; received a file: {folder}")

    def images() -> Iterable[NewImage]:
        for done, i in enumerate(plan.images):
            if done % 1000 == 0:
                progress.report(Step("Storing labels", done, total))
            yield NewImage(stored_path(folder.resolve(), i.path), i.size, i.mtime_ns, i.group, i.label, i.split)

    try:
        Project.create(folder, plan.classes, images()).close()
    except BaseException:
        _remove_unfinished(folder, plan)
        raise
    return folder


def _remove_unfinished(folder: Path, plan: ImportPlan) -> None:
    """A project whose making broke off holds no image and is taken away; one that was there before stays."""
    try:
        project = Project.open(folder)
    except UserError:
        return
    empty = not project.images and not project.store.journal(limit=1)
    project.close()
    if empty and plan.images:
        for name in (STORE_NAME, f"{STORE_NAME}-wal", f"{STORE_NAME}-shm", "project.lock"):
            (folder / name).unlink(missing_ok=True)


def _from_tables(tables: Sequence[Path]) -> tuple[list[Found], list[Problem]]:
    """Every file that the CSV files name, once; differing labels of one file are a conflict and leave none."""
    problems: list[Problem] = []
    named: dict[Path, tuple[str, LabelRow]] = {}
    conflicts: set[Path] = set()
    spellings: dict[tuple[int, int, str], Path] = {}
    for table in tables:
        rows, wrong = read_label_csv(table)
        problems.extend(wrong)
        for row in rows:
            where = f"{table.name}:{row.line}"
            path, reason = resolved(table.parent, row.filepath)
            path = path and _first_spelling(path, spellings)
            if path is None:
                problems.append(Problem(where, reason))
            elif path not in named:
                named[path] = (where, row)
            elif named[path][1].label != row.label:
                conflicts.add(path)
                first = named[path]
                problems.append(
                    Problem(
                        where,
                        f"{row.filepath} is {row.label!r} here and {first[1].label!r} in {first[0]}; "
                        "it is left without label",
                    )
                )
            else:
                problems.append(Problem(where, f"{row.filepath} is listed before, in {named[path][0]}"))
    several = len({path.parent for path in named}) > 1
    images = []
    for path, (where, row) in named.items():
        found = _found(path, row.group or (path.parent.name if several else path.stem), row.split)
        if found.size < 0:
            problems.append(Problem(where, f"There is no such file; its label is kept: {row.filepath}"))
        images.append(dataclasses.replace(found, wanted="" if path in conflicts else row.label))
    return images, problems


def resolved(root: Path, name: str) -> tuple[Path | None, str]:
    """The file that a row names, tried as it is, with forward slashes and in both Unicode forms."""
    if "://" in name or name.startswith(("//", "\\\\")):
        return None, f"Only files of this machine are read; received {name!r}"
    if "\0" in name:
        return None, f"The name holds a zero byte; received {name!r}"
    spellings = [name, name.replace("\\", "/")]
    spellings += [unicodedata.normalize(form, s) for s in list(spellings) for form in ("NFC", "NFD")]
    paths = [Path(os.path.normpath(root / s)) for s in dict.fromkeys(spellings)]
    return next((p for p in paths if p.exists()), paths[0] if "\\" not in name else paths[1]), ""


def _first_spelling(path: Path, seen: dict[tuple[int, int, str], Path]) -> Path:
    """As the same file was named before: to some disks IMG.JPG is img.jpg. Another link to a file is another name."""
    file = identity(path)
    return path if file is None else seen.setdefault((*file, unicodedata.normalize("NFC", str(path)).casefold()), path)


def _from_folder(folder: Path) -> tuple[list[Found], list[Problem]]:
    """Pictures below a folder; folder names are classes where they look like it, groups otherwise."""
    paths, problems = walk_images(folder)
    parts = [path.relative_to(folder).parts[:-1] for path in paths]
    by_split = bool(paths) and all(len(p) >= 1 and split_of_name(p[0]) for p in parts)
    if by_split:
        splits = [split_of_name(p[0]) for p in parts]
        parts = [p[1:] for p in parts]
    else:
        splits = [None] * len(paths)
    as_classes = _are_classes(parts, folder)
    images = []
    for path, inner, split in zip(paths, parts, splits, strict=True):
        group = path.stem if as_classes or not inner else "/".join(inner)
        found = _found(path, group, split)
        images.append(dataclasses.replace(found, wanted=inner[0] if as_classes else ""))
    return images, problems


def _are_classes(parts: Sequence[tuple[str, ...]], folder: Path) -> bool:
    """Do the folders inside stand for classes? If they are called like the classes of a labels.txt, or if there are
    2 to 50 of them, every picture lies in one, and they are not numbered like things."""
    names = {p[0] for p in parts if p}
    if len(names) < 2 or not all(parts):
        return False
    beside = folder / "labels.txt"
    known = set(read_labels_txt(beside if beside.is_file() else bundled_labels()).names)
    if len(names & known) * 2 >= len(names):
        return True
    numbered = sum(1 for name in names if sum(c.isdigit() for c in name) * 3 >= len(name))
    return not beside.is_file() and len(names) <= MANY_CLASSES and numbered * 2 < len(names)


def _found(path: Path, group: str, split: Split | None) -> Found:
    """With size −1 for a file that is not there."""
    try:
        status = path.stat()
    except OSError:
        return Found(path, -1, 0, group, None, split)
    return Found(path, status.st_size, status.st_mtime_ns, group, None, split)


def _looked_at(images: Sequence[Found], progress: Progress) -> tuple[list[Found], list[Problem]]:
    """Read every header; a file that is no picture stays in the list with its label, and is a problem."""

    def problem(image: Found) -> str | None:
        if image.size < 0:
            return None
        try:
            read_header(image.path)
        except ImageProblem as error:
            return str(error)
        return None

    problems = []
    done = itertools.count(1)
    for image, reason in zip(images, progress.map(problem, images), strict=True):
        if reason is not None:
            problems.append(Problem(str(image.path), reason))
        count = next(done)
        if count % 100 == 0 or count == len(images):
            progress.report(Step("Looking at photos", count, len(images)))
    return [dataclasses.replace(i, size=max(0, i.size)) for i in images], problems


def _classes(images: Sequence[Found], labels: Path | None, beside: Path) -> tuple[ClassList, str]:
    """The class list, and where it comes from."""
    if labels is not None:
        return read_labels_txt(labels), f"from {labels.name}, as chosen"
    if (beside / "labels.txt").is_file():
        return read_labels_txt(beside / "labels.txt"), "from labels.txt beside the images"
    names = natsorted({image.wanted for image in images if image.wanted})
    bundled = read_labels_txt(bundled_labels())
    if not names:
        return bundled, "vehicle viewpoints, since nothing here names classes"
    if set(names) <= set(bundled.names):
        return bundled, "vehicle viewpoints, as the labels are called so"
    return ClassList(tuple(names)), "from the labels themselves, in alphabetical order"


def _with_splits(images: Sequence[Found]) -> tuple[list[Found], bool, str]:
    """Splits for images that have none: made by group if no image has one, else the one its group is in, or train."""
    given: dict[str, Split] = {image.group: image.split for image in images if image.split}
    if not given:
        splits, how = split_by_group([i.label for i in images], [i.group for i in images])
        return [dataclasses.replace(i, split=s) for i, s in zip(images, splits, strict=True)], True, how
    missing = sum(1 for image in images if image.split is None)
    how = "From the files" + (f"; {missing} images without one go where their group is, or to train" if missing else "")
    return [i if i.split else dataclasses.replace(i, split=given.get(i.group, "train")) for i in images], False, how
