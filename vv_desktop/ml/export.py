"""Exports a run as files for other programs and devices, with the proof that each answers as the model does."""

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from vv_desktop.core.arrays import Float32Array, Int64Array, Uint8Array
from vv_desktop.core.bundled import resources_folder
from vv_desktop.core.classes import ClassList
from vv_desktop.core.dataset import UNLABELLED, Dataset, Sample
from vv_desktop.core.errors import UserError
from vv_desktop.core.export_folder import publish, staging, write_sums
from vv_desktop.core.export_formats import FILES, why_not
from vv_desktop.core.export_report import write_report
from vv_desktop.core.export_texts import Described, ExportedFile, write_texts
from vv_desktop.core.gates import Gate
from vv_desktop.core.golden import Golden, write_golden
from vv_desktop.core.pixel_cache import Pixels, cached_pixels
from vv_desktop.core.progress import ChildDied, Note, Progress, Step
from vv_desktop.core.proof import Checked, prove
from vv_desktop.core.runs import Run
from vv_desktop.ml.resizes import other_resizes

CALIBRATION_IMAGES = 700
"""A hundred of each of seven classes: int8 and float16 weights are fitted on all of them (ml/rounding.py)."""
FEW = 200
"""Fewer training images measure the ranges of an int8 file badly, and whoever exports is told so."""


@dataclass(frozen=True)
class Exported:
    """What an export came to. Not `written`: a gate failed and nobody accepted that, so `folder` is as it was.

    caution: a sentence about files that passed all the same; empty for none.
    """

    folder: Path
    files: tuple[ExportedFile, ...]
    written: bool = True
    caution: str = ""


def export(
    run: Run,
    dataset: Dataset,
    out: Path,
    formats: Sequence[str],
    cache: Path,
    gates: Mapping[str, Gate],
    accept_failed_gate: bool,
    progress: Progress,
) -> Exported:
    """Write the run's model in `formats` (keys of FILES) into `out`, with labels, description, golden pictures,
    check.py, README.md and report.html.

    Each file is loaded again and compared with the model on every labelled validation and test image
    before any takes its name; an older export is replaced, other files are left alone. Where a file
    does not pass its gate, nothing is written unless that was accepted. Raises Cancelled and UserError,
    and then `out` is as it was.
    """
    _check_formats(formats)
    if not run.keras_file.is_file():
        raise UserError(f"The run's model is missing; train again: {run.keras_file}")
    images = _Images.chosen(run, dataset, bool({"fp16", "int8"} & set(formats)))
    pixels = cached_pixels(images.samples, run.plan.image_size, cache, progress)
    with staging(out) as work:
        whole = work / "export"
        whole.mkdir()
        request = _request(run, images, pixels, work, formats)
        caution = _caution(request)
        if caution:
            progress.report(Note(caution))
        found = _written(request, progress)
        with np.load(work / "answers.npz", allow_pickle=False) as kept:
            evidence = _Evidence(images.readable(pixels), dict(kept))
        checked = evidence.checked(run.classes)
        files = tuple(_exported(row, whole, evidence.answers, checked, gates) for row in found["files"])
        files = tuple(_timed(file, progress) for file in files)
        if not accept_failed_gate and not all(file.proof.passed for file in files):
            return Exported(out, files, False, caution)
        progress.report(Note("Writing what goes with the files"))
        own = run.tflite_file
        resizes = other_resizes(own, evidence.paths, progress) if own.is_file() else ()
        _accompany(run, dataset, whole, Described(files, found["parameters"], resizes), evidence)
        progress.check()
        publish(whole, out)
    return Exported(out, tuple(replace(file, path=out / file.path.name) for file in files), True, caution)


def _request(run: Run, images: "_Images", pixels: Pixels, work: Path, formats: Sequence[str]) -> dict[str, Any]:
    return {
        **images.request(pixels),
        "source": str(run.keras_file),
        "size": run.plan.image_size,
        "out": str(work / "export"),
        "answers": str(work / "answers.npz"),
        "files": {name: FILES[name] for name in dict.fromkeys(formats)},
        "name": run.name,
        "classes": list(run.classes.names),
    }


def _written(request: dict[str, Any], progress: Progress) -> dict[str, Any]:
    """What the child wrote and measured. The converter can crash on a network it does not like."""
    progress.report(Note("Starting TensorFlow"))
    try:
        return progress.in_child("vv_desktop.ml.export_child:export_files", request)
    except ChildDied as error:
        last = (str(error).strip().splitlines() or ["no reason"])[-1]
        raise UserError(f"The conversion failed and nothing was changed; received: {last[:200]}") from error


@dataclass(frozen=True)
class _Evidence:
    """What was asked and answered: the images with their pixels, and probabilities (N, classes) by format."""

    seen: list[tuple[Sample, Uint8Array]]
    answers: dict[str, Float32Array]

    @property
    def paths(self) -> list[Path]:
        """Files of the images."""
        return [sample.path for sample, _ in self.seen]

    def checked(self, classes: ClassList) -> Checked:
        """The images as a proof wants them."""
        return Checked(
            classes,
            tuple(s.image for s, _ in self.seen),
            tuple(str(s.path) for s, _ in self.seen),
            np.array([s.label for s, _ in self.seen], np.int64),
            tuple(str(s.split) for s, _ in self.seen),
        )


@dataclass(frozen=True)
class _Images:
    """Images to check with (the first `checked` of `samples`), and images to fit weights and ranges on (the rest).

    Their labels are places in the class list of the run.
    """

    samples: tuple[Sample, ...]
    checked: int
    calibrated: bool

    @classmethod
    def chosen(cls, run: Run, dataset: Dataset, calibrated: bool) -> "_Images":
        """Every validation and test image to check with; training images by turns of their classes."""
        place = {name: i for i, name in enumerate(run.classes.names)}
        of_run = [place.get(name, UNLABELLED) for name in dataset.classes.names]
        known = [replace(s, label=of_run[s.label]) for s in dataset.samples if s.label != UNLABELLED]
        check = tuple(s for s in known if s.split in ("val", "test") and s.label != UNLABELLED)
        if not check:
            raise UserError(f"There are no validation images to check with; received {len(dataset.samples)} images")
        train = _balanced([s for s in known if s.split == "train"] or check, run.plan.seed) if calibrated else ()
        return cls(check + train, len(check), calibrated)

    def readable(self, pixels: Pixels) -> list[tuple[Sample, Uint8Array]]:
        """The samples that were checked, in order, with what the network saw: uint8 (size, size, 3)."""
        known = zip(self.samples[: self.checked], pixels.places, strict=False)
        return [(sample, pixels.rows[place]) for sample, place in known if place >= 0]

    def request(self, pixels: Pixels) -> dict[str, Any]:
        """Where the child finds the pixels. Raises UserError if none of the images can be read."""
        check = _readable(pixels.places[: self.checked])
        calibration = _readable(pixels.places[self.checked :])
        if not check or (self.calibrated and not calibration):
            raise UserError(f"None of the images to check with can be read; received {len(self.samples)} images")
        rows = pixels.rows
        assert isinstance(rows, np.memmap)
        return {"pixels": str(rows.filename), "rows": len(rows), "check": check, "calibration": calibration}


def _caution(request: dict[str, Any]) -> str:
    images = len(request["calibration"])
    if "int8" not in request["files"] or images >= FEW:
        return ""
    return (
        "The ranges of the int8 file are measured on few training images, so it may answer photos unlike them worse; "
        f"{FEW} or more are better; received {images}"
    )


def _readable(places: Int64Array) -> list[int]:
    return [int(place) for place in places if place >= 0]


def _balanced(samples: Sequence[Sample], seed: int) -> tuple[Sample, ...]:
    """One image of each class in turn, drawn by seed, until there are enough or none is left."""
    random = np.random.default_rng(seed)
    queues: dict[int, list[Sample]] = {}
    for i in random.permutation(len(samples)):
        queues.setdefault(samples[i].label, []).append(samples[i])
    chosen: list[Sample] = []
    while any(queues.values()) and len(chosen) < CALIBRATION_IMAGES:
        chosen += [queue.pop() for _, queue in sorted(queues.items()) if queue]
    return tuple(chosen[:CALIBRATION_IMAGES])


def _check_formats(formats: Sequence[str]) -> None:
    unknown = [name for name in formats if name not in FILES]
    if unknown or not formats:
        raise UserError(f"Formats are {', '.join(FILES)}; received {', '.join(unknown) or 'none'}")
    for reason in filter(None, map(why_not, formats)):
        raise UserError(reason)


def _exported(
    row: dict[str, Any], folder: Path, answers: Mapping[str, Float32Array], checked: Checked, gates: Mapping[str, Gate]
) -> ExportedFile:
    name = row["format"]
    proof = prove(answers[name], answers["model"], checked, gates[name])
    return ExportedFile(name, folder / row["file"], row["bytes"], row["sha256"], row["quantisation"], None, None, proof)


def _timed(file: ExportedFile, progress: Progress) -> ExportedFile:
    """With what it takes to answer, if LiteRT can run it here."""
    if file.path.suffix != ".tflite":
        return file
    progress.report(Step(f"Timing {file.format}", 0, 1))
    try:
        found = progress.in_child("vv_desktop.ml.latency:measure", {"model": str(file.path)})
    except ChildDied as error:
        raise UserError(
            f"The file could not be run here, and nothing was changed; received: {file.path.name}"
        ) from error
    return replace(file, latency_ms=found["latency_ms"], memory=found["memory"])


def _accompany(run: Run, dataset: Dataset, folder: Path, described: Described, evidence: _Evidence) -> None:
    """Everything beside the model files. Raises UserError."""
    golden = Golden.chosen([sample for sample, _ in evidence.seen], run.plan.seed)
    places = list(golden.places)
    inputs = np.stack([evidence.seen[i][1] for i in places])
    some = {name: values[places] for name, values in evidence.answers.items()}
    asked = {file.format: file.path.name for file in described.files if file.latency_ms is not None}
    try:
        write_golden(folder, golden, inputs, run.classes, some, asked)
        write_texts(folder, run, dataset, described)
        shutil.copyfile(resources_folder() / "export" / "check.py", folder / "check.py")
        paths = {sample.image: sample.path for sample, _ in evidence.seen}
        write_report(
            folder / "report.html", run, described, evidence.checked(run.classes), evidence.answers["model"], paths
        )
        write_sums(folder)
    except OSError as error:
        raise UserError(f"The export could not be written ({error.strerror or error}): {folder}") from error
