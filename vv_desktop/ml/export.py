"""Exports a run as files for other programs and devices, each one loaded again and compared before it counts."""

import json
import os
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from vv_desktop.core.arrays import Int64Array
from vv_desktop.core.dataset import Dataset, Sample
from vv_desktop.core.errors import UserError
from vv_desktop.core.files import TEMPORARY_PREFIX, atomic_write
from vv_desktop.core.pixel_cache import Pixels, cached_pixels
from vv_desktop.core.progress import ChildDied, Note, Progress
from vv_desktop.core.runs import Run

FORMATS = {
    "keras": "model.keras",
    "saved_model": "saved_model",
    "fp32": "model_float32.tflite",
    "fp16": "model_float16.tflite",
    "int8": "model_int8.tflite",
}
"""Format name to the name of its file or folder."""
CHECKED_IMAGES = 500
CALIBRATION_IMAGES = 210
"""Enough for steady ranges, and thirty of each of seven classes."""
RESIZE_RULE = "EXIF orientation applied, stretched to a square (aspect ratio not kept), antialiased bilinear"


@dataclass(frozen=True)
class ExportedFile:
    """One exported file or folder, and how it compares with the model over `images` pictures."""

    format: str
    path: Path
    bytes: int
    images: int
    top1_agreement: float
    max_abs_diff: float


@dataclass(frozen=True)
class Exported:
    """What an export wrote into `folder`, besides labels.txt and model.json."""

    folder: Path
    files: tuple[ExportedFile, ...]


def export(run: Run, dataset: Dataset, out: Path, formats: Sequence[str], cache: Path, progress: Progress) -> Exported:
    """Write the run's model in `formats` (keys of FORMATS) with labels.txt and model.json into `out`.

    Each file is loaded again and compared with the model on up to 500 validation images before any
    takes its name; older exports are replaced, other files left alone. Raises Cancelled and UserError,
    and then `out` is as it was.
    """
    _check_formats(formats)
    if not run.keras_file.is_file():
        raise UserError(f"The run's model is missing; train again: {run.keras_file}")
    images = _Images.chosen(run, dataset, "int8" in formats)
    pixels = cached_pixels(images.samples, run.plan.image_size, cache, progress)
    request = {**images.request(pixels), "source": str(run.keras_file), "size": run.plan.image_size}
    staging = _staging(out)
    try:
        progress.report(Note("Starting TensorFlow"))
        request |= {"out": str(staging), "files": {name: FORMATS[name] for name in dict.fromkeys(formats)}}
        rows = _written(request, progress)
        _write_texts(run, staging, rows)
        progress.check()
        for name in [*(row["file"] for row in rows), "labels.txt", "model.json"]:
            _move(staging / name, out / name)
    finally:
        shutil.rmtree(staging, ignore_errors=True)
    return Exported(out, tuple(_exported(row, out) for row in rows))


def _written(request: dict[str, Any], progress: Progress) -> list[dict[str, Any]]:
    """What the child wrote and measured. The converter can crash on a network it does not like."""
    try:
        return list(progress.in_child("vv_desktop.ml.export_child:export_files", request)["files"])
    except ChildDied as error:
        last = (str(error).strip().splitlines() or ["no reason"])[-1]
        raise UserError(f"The conversion failed and nothing was changed; received: {last[:200]}") from error


@dataclass(frozen=True)
class _Images:
    """Images to check with (the first `checked` of `samples`), and images to measure int8 ranges with (the rest)."""

    samples: tuple[Sample, ...]
    checked: int
    calibrated: bool

    @classmethod
    def chosen(cls, run: Run, dataset: Dataset, calibrated: bool) -> "_Images":
        """Validation images to check with, evenly over the split; training images by turns of their classes."""
        val = dataset.of("val") or dataset.of("test")
        if not val:
            raise UserError(f"There are no validation images to check with; received {len(dataset.samples)} images")
        even = np.unique(np.linspace(0, len(val) - 1, min(len(val), CHECKED_IMAGES)).round().astype(int))
        check = tuple(val[i] for i in even)
        train = _balanced(dataset.of("train") or val, run.plan.seed) if calibrated else ()
        return cls(check + train, len(check), calibrated)

    def request(self, pixels: Pixels) -> dict[str, Any]:
        """Where the child finds the pixels. Raises UserError if none of the images can be read."""
        check = _readable(pixels.places[: self.checked])
        calibration = _readable(pixels.places[self.checked :])
        if not check or (self.calibrated and not calibration):
            raise UserError(f"None of the images to check with can be read; received {len(self.samples)} images")
        # A small project has fewer images than the ranges need: they are used again, all as often.
        calibration = [calibration[i % len(calibration)] for i in range(CALIBRATION_IMAGES)] if self.calibrated else []
        rows = pixels.rows
        assert isinstance(rows, np.memmap)
        return {"pixels": str(rows.filename), "rows": len(rows), "check": check, "calibration": calibration}


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
    unknown = [name for name in formats if name not in FORMATS]
    if unknown or not formats:
        raise UserError(f"Formats are {', '.join(FORMATS)}; received {', '.join(unknown) or 'none'}")


def _staging(out: Path) -> Path:
    """A folder beside the final files, so that taking their names is one step each."""
    try:
        out.mkdir(parents=True, exist_ok=True)
        return Path(tempfile.mkdtemp(prefix=TEMPORARY_PREFIX, dir=out))
    except OSError as error:
        raise UserError(f"Cannot write here ({error.strerror}): {out}") from error


def _move(staged: Path, target: Path) -> None:
    """Give a staged file or folder its name; what had it before is gone only then."""
    try:
        if target.is_dir() and not target.is_symlink():
            # A folder cannot be replaced in one step: the old one goes away with the staging folder.
            os.rename(target, staged.with_name(f"old-{staged.name}"))
        os.replace(staged, target)
    except OSError as error:
        raise UserError(f"The file could not be written ({error.strerror}): {target}") from error


def _exported(row: dict[str, Any], out: Path) -> ExportedFile:
    return ExportedFile(
        row["format"], out / row["file"], row["bytes"], row["images"], row["top1_agreement"], row["max_abs_diff"]
    )


def _write_texts(run: Run, staging: Path, rows: list[dict[str, Any]]) -> None:
    atomic_write(staging / "labels.txt", "".join(f"{name}\n" for name in run.classes.names).encode())
    names = run.classes.names
    described = {
        "schema": 1,
        "name": run.name,
        "run": run.id,
        "trained": run.trained.isoformat(timespec="seconds"),
        "classes": list(run.classes.names),
        "classes_digest": run.classes.digest,
        "input": {
            "width": run.plan.image_size,
            "height": run.plan.image_size,
            "channels": "RGB",
            "layout": "NHWC",
            "values": "0 to 255",
        },
        "resize": RESIZE_RULE,
        "normalisation": "inside the model",
        "output": "class probabilities in the order of classes",
        "files": rows,
        "metrics": run.scores,
        "metrics_of": "the mean of two answers" if run.averaged else "one answer",
        "mirror": None if run.averaged is None else dict(zip(names, (names[p] for p in run.averaged), strict=True)),
        "images": run.counts,
        "data_digest": run.data_digest,
        "plan": run.plan.as_dict(),
        "pretrained_weights": run.weights,
        "versions": run.versions,
    }
    atomic_write(staging / "model.json", json.dumps(described, indent=1, ensure_ascii=False).encode())
