"""The child's side of an export: writes each format, loads it again, and compares its answers with the model's."""

import hashlib
from pathlib import Path
from typing import Any

import keras
import numpy as np

from vv_desktop.core.arrays import Float32Array, Uint8Array
from vv_desktop.core.errors import UserError
from vv_desktop.core.files import atomic_write
from vv_desktop.ml.conversion import Report, load, to_tflite
from vv_desktop.ml.device import keep_off_gpus
from vv_desktop.ml.litert import LiteRtNetwork
from vv_desktop.ml.parity import compared, file_answers, keras_answers


def export_files(request: dict[str, Any], report: Report) -> dict[str, Any]:
    """Write `source` (.keras) into the folder `out` as each of `files` (format to file name), all of them checked.

    pixels, rows, size: the pixel cache, uint8 (rows, size, size, 3); check, calibration: rows of it.
    Returns `files`: format, file, bytes, sha256, quantisation, images, top1_agreement, max_abs_diff.
    Raises UserError if a file does not answer as the model does.
    """
    keep_off_gpus()
    report("Loading the model", 0, 1)
    model = load(Path(request["source"]))
    check, calibration = (_pixels(request, name) for name in ("check", "calibration"))
    expected = keras_answers(model, check, "Asking the model", report)
    rows = []
    for format, name in request["files"].items():
        report(f"Writing {format}", 0, 1)
        path = Path(request["out"]) / name
        _write(model, format, path, calibration)
        parity = compared(format, _answers(format, path, check, report), expected)
        rows.append(
            {
                "format": format,
                "file": name,
                **_content(path),
                "quantisation": LiteRtNetwork(path).quantisation if path.suffix == ".tflite" else None,
                "images": parity.images,
                "top1_agreement": parity.top1_agreement,
                "max_abs_diff": parity.max_abs_diff,
            }
        )
    return {"files": rows}


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


def _write(model: keras.Model, format: str, path: Path, calibration: Uint8Array) -> None:
    if format == "keras":
        model.save(path)
    elif format == "saved_model":
        model.export(path, format="tf_saved_model", verbose=False)
    else:
        atomic_write(path, to_tflite(model, format, calibration))


def _content(path: Path) -> dict[str, Any]:
    """Size in bytes of a file or of all files in a folder, and the SHA-256 of a file."""
    if path.is_dir():
        return {"bytes": sum(part.stat().st_size for part in path.rglob("*") if part.is_file()), "sha256": None}
    data = path.read_bytes()
    return {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}
