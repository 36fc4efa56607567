"""The child's side of an export: writes each format, loads it again, and asks it and the model about every image."""

import hashlib
from pathlib import Path
from typing import Any

import keras
import numpy as np

from vv_desktop.core.arrays import Float32Array, Uint8Array
from vv_desktop.core.classes import ClassList
from vv_desktop.core.errors import UserError
from vv_desktop.core.files import atomic_write
from vv_desktop.ml.conversion import Report, load, to_tflite
from vv_desktop.ml.device import keep_off_gpus
from vv_desktop.ml.litert import LiteRtNetwork
from vv_desktop.ml.onnx_files import to_onnx
from vv_desktop.ml.parity import file_answers, keras_answers, refuse_another
from vv_desktop.ml.rounding import ROUNDED, Rounder
from vv_desktop.ml.tflite_metadata import with_metadata


def export_files(request: dict[str, Any], report: Report) -> dict[str, Any]:
    """Write `source` (.keras) into the folder `out` as each of `files` (format to file name), and ask them all.

    pixels, rows, size: the pixel cache, uint8 (rows, size, size, 3); check, calibration: rows of it.
    name, classes: what is written inside each .tflite. answers: an .npz to write, with the probabilities
    (images, classes) of `model` and of each format.
    Returns `parameters`, and `files`: format, file, bytes, sha256, quantisation (None but for .tflite).
    Raises UserError if a file does not run, or holds another network.
    """
    keep_off_gpus()
    report("Loading the model", 0, 1)
    model = load(Path(request["source"]))
    check, calibration = (_pixels(request, name) for name in ("check", "calibration"))
    answers = {"model": keras_answers(model, check, "Asking the model", report)}
    rounder = Rounder(model, calibration, report) if ROUNDED & set(request["files"]) else None
    rows = []
    for format, name in request["files"].items():
        report(f"Writing {format}", 0, 1)
        path = Path(request["out"]) / name
        _write(model, format, path, calibration, request, rounder)
        answers[format] = _answers(format, path, check, report)
        refuse_another(format, answers[format], answers["model"])
        rows.append({"format": format, "file": name, **_content(path), **_measured(path, format, report)})
    _save(request["answers"], answers)
    return {"files": rows, "parameters": int(model.count_params())}


def ask_files(request: dict[str, Any], report: Report) -> dict[str, Any]:
    """Ask `model` (format and path) and each of `files` (format to path) about all `pixels`, a .npy; write `answers`.

    pixels: uint8 RGB (N, size, size, 3). Raises UserError if a file does not run.
    """
    keep_off_gpus()
    pixels = np.load(request["pixels"], mmap_mode="r", allow_pickle=False)
    asked = {"model": tuple(request["model"]), **{name: (name, path) for name, path in request["files"].items()}}
    _save(
        request["answers"],
        {name: _answers(format, Path(path), pixels, report) for name, (format, path) in asked.items()},
    )
    return {}


def _save(path: str, answers: dict[str, Float32Array]) -> None:
    arrays: Any = answers
    np.savez(path, **arrays)


def _measured(path: Path, format: str, report: Report) -> dict[str, Any]:
    if path.suffix != ".tflite":
        return {"quantisation": None}
    return {"quantisation": LiteRtNetwork(path).quantisation}


def _answers(format: str, path: Path, pixels: Uint8Array, report: Report) -> Float32Array:
    try:
        return file_answers(format, path, pixels, report)
    except UserError as error:  # XNNPACK refuses some quantised networks, on a phone just as here
        raise UserError(f"The {format} file does not run and was not kept; received: {error}") from error


def _pixels(request: dict[str, Any], name: str) -> Uint8Array:
    size = request["size"]
    try:
        rows = np.memmap(request["pixels"], np.uint8, "r", shape=(request["rows"], size, size, 3))
        return np.asarray(rows[request[name]])
    except (OSError, ValueError, IndexError) as error:
        raise UserError(f"The cached pixels cannot be read ({error}): {request['pixels']}") from error


def _write(
    model: keras.Model,
    format: str,
    path: Path,
    calibration: Uint8Array,
    request: dict[str, Any],
    rounder: Rounder | None,
) -> None:
    if format == "keras":
        model.save(path)
    elif format == "saved_model":
        model.export(path, format="tf_saved_model", verbose=False)
    elif format == "onnx":
        atomic_write(path, to_onnx(model, ClassList(tuple(request["classes"]))))
    else:
        classes = ClassList(tuple(request["classes"]))
        network = model if rounder is None or format not in ROUNDED else rounder.rounded(format)
        plain = to_tflite(network, format, calibration if format == "int8" else None)
        atomic_write(path, with_metadata(plain, request["name"], classes, request["size"], format == "int8"))


def _content(path: Path) -> dict[str, Any]:
    """Size in bytes of a file or of all files in a folder, and the SHA-256 of a file."""
    if path.is_dir():
        return {"bytes": sum(part.stat().st_size for part in path.rglob("*") if part.is_file()), "sha256": None}
    data = path.read_bytes()
    return {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}
