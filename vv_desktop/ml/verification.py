"""Holds an export folder against what it was, and its files against its model on any photos."""

import json
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from vv_desktop.core.classes import ClassList
from vv_desktop.core.dataset import UNLABELLED, Sample
from vv_desktop.core.errors import UserError
from vv_desktop.core.export_folder import check_sums
from vv_desktop.core.export_formats import why_not
from vv_desktop.core.gates import Gate
from vv_desktop.core.importing import read_sources
from vv_desktop.core.limits import limits_of_foreign
from vv_desktop.core.pixel_cache import cached_pixels
from vv_desktop.core.progress import ChildDied, Progress
from vv_desktop.core.proof import Checked, Proof, prove
from vv_desktop.ml.foreign import ended_its_process
from vv_desktop.ml.predictor import Predictor

Report = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Verified:
    """What came out. files: format, path and proof of each file that was held against `reference`, if photos were
    given. problems: a sentence for each photo that could not be read or has a label the model does not know.
    """

    unchanged: int
    golden: int
    reference: str = ""
    files: tuple[tuple[str, Path, Proof], ...] = ()
    problems: tuple[str, ...] = ()


def verify(folder: Path, photos: Path | None, progress: Progress) -> Verified:
    """Check every file, ask each .tflite about the golden pictures, and prove all files on `photos` if there are any.

    photos: a folder (of folders called like classes, or without labels) or a CSV (filepath,label).
    Raises UserError for the first thing that is not as it was, and Cancelled.
    """
    unchanged = check_sums(folder)
    described = json.loads((folder / "model.json").read_text(encoding="utf-8"))
    golden = _ask_golden(folder, progress)
    if photos is None:
        return Verified(unchanged, golden)
    return _proved(folder, described, photos, Verified(unchanged, golden), progress)


def _ask_golden(folder: Path, progress: Progress) -> int:
    """How many golden pictures there are. Raises UserError if a file answers one otherwise than it did."""
    try:
        request = {"folder": str(folder), "limits": limits_of_foreign(0)}
        answer = progress.in_child("vv_desktop.ml.verification:ask_golden", request)
    except ChildDied as error:
        raise UserError(ended_its_process(folder)) from error
    return int(answer["pictures"])


def ask_golden(request: dict[str, Any], report: Report) -> dict[str, Any]:
    """In the child, as the files may be anybody's: the number of golden pictures of `folder`, all answered as then.

    Raises UserError if a file answers one otherwise.
    """
    folder = Path(request["folder"])
    expected = json.loads((folder / "golden" / "expected.json").read_text(encoding="utf-8"))
    pictures = np.load(folder / "golden" / "inputs.npy", allow_pickle=False)
    for row in expected["files"]:
        apart = np.abs(Predictor(folder / row["file"]).predict(pictures) - np.array(row["probabilities"]))
        if not apart.max() <= row["tolerance"]:
            raise UserError(f"A golden picture is answered otherwise, by {apart.max():.2g}: {folder / row['file']}")
    return {"pictures": len(pictures)}


def _proved(folder: Path, described: dict[str, Any], photos: Path, found: Verified, progress: Progress) -> Verified:
    classes = ClassList(tuple(described["classes"]))
    samples, problems = _samples(photos, classes, progress)
    rows = {row["format"]: row for row in described["files"]}
    for name, reason in [(name, why_not(name)) for name in rows]:
        if reason is not None:
            problems.append(f"{rows.pop(name)['file']} was not asked: {reason}")
    reference = next(name for name in ("keras", "saved_model", "fp32", *rows) if name in rows)
    with tempfile.TemporaryDirectory(prefix="vv-verify-") as place:
        work = Path(place)
        pixels = cached_pixels(samples, described["input"]["width"], work, progress)
        problems += [f"{path.name}: {why}" for path, why in pixels.problems]
        kept = [i for i, row in enumerate(pixels.places) if row >= 0]
        if not kept:
            raise UserError(f"None of these photos can be read: {photos}")
        np.save(work / "pixels.npy", pixels.rows[pixels.places[kept]])
        request = {
            "pixels": str(work / "pixels.npy"),
            "model": [reference, str(folder / rows[reference]["file"])],
            "files": {name: str(folder / row["file"]) for name, row in rows.items() if name != reference},
            "answers": str(work / "answers.npz"),
            "limits": limits_of_foreign(len(kept) * len(rows)),
        }
        try:
            progress.in_child("vv_desktop.ml.export_child:ask_files", request)
        except ChildDied as error:
            raise UserError(ended_its_process(folder)) from error
        with np.load(work / "answers.npz", allow_pickle=False) as file:
            answers = dict(file)
    checked = _checked(classes, [samples[i] for i in kept])
    files = tuple(
        (name, folder / row["file"], prove(answers[name], answers["model"], checked, Gate(**row["gate_asked"])))
        for name, row in rows.items()
        if name != reference
    )
    return Verified(found.unchanged, found.golden, str(folder / rows[reference]["file"]), files, tuple(problems))


def _samples(photos: Path, classes: ClassList, progress: Progress) -> tuple[list[Sample], list[str]]:
    """The photos with labels by name, as one split; a label the model does not know counts as none, and is told."""
    plan = read_sources([photos], None, progress)
    place = {name: i for i, name in enumerate(classes.names)}
    samples = [
        Sample(i, image.path, place.get(image.wanted or image.label or "", UNLABELLED), "test", image.group)
        for i, image in enumerate(plan.images)
    ]
    unknown = {image.wanted or image.label or "" for image in plan.images} - {"", *classes.names}
    problems = [f"{problem.path}: {problem.reason}" for problem in plan.problems]
    return samples, problems + [f"The model has no class of this name: {name!r}" for name in sorted(unknown)]


def _checked(classes: ClassList, samples: list[Sample]) -> Checked:
    return Checked(
        classes,
        tuple(s.image for s in samples),
        tuple(str(s.path) for s in samples),
        np.array([s.label for s in samples], np.int64),
        tuple(str(s.split) for s in samples),
    )
