"""What an export says of itself: labels.txt, model.json for programs and README.md for people."""

import json
import math
from dataclasses import asdict, dataclass
from pathlib import Path
from string import Template
from typing import Any

from vv_desktop.core.bundled import resources_folder
from vv_desktop.core.calibration import Calibration, calibration_error
from vv_desktop.core.dataset import Dataset
from vv_desktop.core.plain_json import plain
from vv_desktop.core.proof import Proof
from vv_desktop.core.runs import Run

SCHEMA = 2
RESIZE_RULE = "EXIF orientation applied, stretched to a square (aspect ratio not kept), antialiased bilinear"
NAMES = {
    "fp32": "float32",
    "fp16": "float16",
    "int8": "int8",
    "keras": "Keras",
    "saved_model": "SavedModel",
    "onnx": "ONNX",
}
"""Format name to how people write it."""


@dataclass(frozen=True)
class ExportedFile:
    """One exported file or folder, and the proof of it.

    quantisation: type, scale and zero point of input and output. latency_ms: median, p95 and runs by
    number of threads. memory: bytes by which a process grows at most to load it and answer. All None but for .tflite.
    """

    format: str
    path: Path
    bytes: int
    sha256: str | None
    quantisation: dict[str, Any] | None
    latency_ms: dict[str, dict[str, float]] | None
    memory: int | None
    proof: Proof

    @property
    def images(self) -> int:
        """How many images it was checked with."""
        return self.proof.images

    @property
    def top1_agreement(self) -> float:
        """Share of images with the same most probable class as the model's."""
        return self.proof.top1_agreement

    @property
    def max_abs_diff(self) -> float:
        """Largest difference of a probability from the model's."""
        return self.proof.max_abs_diff


@dataclass(frozen=True)
class OtherResize:
    """How far the model's answers move where photos are resized otherwise than here, over `images` photos."""

    name: str
    images: int
    top1_agreement: float
    mean_abs_diff: float
    max_abs_diff: float


@dataclass(frozen=True)
class Described:
    """The files of an export, the number of parameters of the model, and what another resize does to its answers."""

    files: tuple[ExportedFile, ...]
    parameters: int
    resizes: tuple[OtherResize, ...] = ()


def proof_document(proof: Proof) -> dict[str, Any]:
    """A proof as plain JSON values; accuracy and macro F1 are of the split that counts, test before val."""
    score = proof.scores[proof.split] if proof.split else None
    return {
        "images": proof.images,
        "split": proof.split,
        "accuracy": score.accuracy if score else None,
        "interval": list(score.interval) if score else None,
        "macro_f1": score.macro_f1 if score else None,
        "macro_f1_interval": list(score.macro_f1_interval) if score else None,
        "top1_agreement": proof.top1_agreement,
        "max_abs_diff": proof.max_abs_diff,
        "mean_abs_diff": proof.mean_abs_diff,
        "accuracy_loss": proof.accuracy_loss,
        "splits": {name: asdict(one) for name, one in proof.scores.items()},
        "per_class": [asdict(one) for one in proof.per_class],
        "changed": [asdict(one) for one in proof.changed],
        "gate": "pass" if proof.passed else "fail",
        "gate_asked": asdict(proof.gate),
        "gate_reasons": list(proof.reasons),
    }


def file_document(file: ExportedFile) -> dict[str, Any]:
    """An exported file as the command line prints it: latency as the median alone."""
    latency = {n: one["median"] for n, one in file.latency_ms.items()} if file.latency_ms else None
    return {
        "format": file.format,
        "path": str(file.path),
        "bytes": file.bytes,
        **proof_document(file.proof),
        "latency_ms": latency,
        "memory": file.memory,
    }


def write_texts(folder: Path, run: Run, dataset: Dataset, described: Described) -> None:
    """Write labels.txt, model.json and README.md into `folder`. Raises OSError."""
    (folder / "labels.txt").write_bytes("".join(f"{name}\n" for name in run.classes.names).encode())
    document = _model_document(run, dataset, described)
    (folder / "model.json").write_bytes(json.dumps(plain(document), indent=1, ensure_ascii=False).encode())
    (folder / "README.md").write_bytes(_readme(run, described).encode())


def _model_document(run: Run, dataset: Dataset, described: Described) -> dict[str, Any]:
    names = run.classes.names
    return {
        "schema": SCHEMA,
        "name": run.name,
        "run": run.id,
        "trained": run.trained.isoformat(timespec="seconds"),
        "classes": list(names),
        "classes_digest": run.classes.digest,
        "input": {
            "width": run.plan.image_size,
            "height": run.plan.image_size,
            "channels": "RGB",
            "layout": "NHWC",
            "values": "0 to 255",
        },
        "resize": RESIZE_RULE,
        "other_resizes": [asdict(one) for one in described.resizes],
        "normalisation": "inside the model",
        "output": "class probabilities in the order of classes",
        "temperature": calibration_row(run.calibration),
        "parameters": described.parameters,
        "files": [_file_row(file) for file in described.files],
        "metrics": run.scores,
        "metrics_of": "the mean of two answers" if run.averaged else "one answer",
        "mirror": None if run.averaged is None else dict(zip(names, (names[p] for p in run.averaged), strict=True)),
        "images": run.counts,
        "data_digest": run.data_digest,
        "labels_digest_when_exported": dataset.digest,
        "plan": run.plan.as_dict(),
        "pretrained_weights": run.weights,
        "versions": run.versions,
    }


def calibration_row(calibration: Calibration | None) -> dict[str, Any] | None:
    """How the probabilities were scaled, as plain JSON values; None if they are as the training left them."""
    if calibration is None:
        return None
    return {
        "value": calibration.temperature,
        "applied": "in the weights: divide nothing by it",
        "fitted_on_val_images": calibration.images,
        "calibration_error_before": calibration_error(calibration.before),
    }


def _file_row(file: ExportedFile) -> dict[str, Any]:
    """With file names alone: where the photos lay on the machine of the export is nobody's business."""
    proof = proof_document(file.proof)
    proof["changed"] = [{**one, "file": Path(one["file"]).name} for one in proof["changed"]]
    return {
        "format": file.format,
        "file": file.path.name,
        "bytes": file.bytes,
        "sha256": file.sha256,
        "quantisation": file.quantisation,
        "latency_ms": file.latency_ms,
        "memory": file.memory,
        **proof,
    }


def _readme(run: Run, described: Described) -> str:
    tflite = {file.format: file for file in described.files if file.latency_ms is not None}
    best = next((tflite[f] for f in ("int8", "fp16", "fp32") if f in tflite and tflite[f].proof.passed), None)
    shown = best or next(iter(tflite.values()), None)
    text = (resources_folder() / "export" / "README.md").read_text(encoding="utf-8")
    parts = dict(part.split(" -->\n", 1) for part in text.split("<!-- part: ")[1:])
    values = {
        "name": _escaped(run.name),
        "size": run.plan.image_size,
        "count": len(run.classes),
        "labels": ", ".join(f"{i} {_escaped(name)}" for i, name in enumerate(run.classes.names)),
        "resize": RESIZE_RULE,
        "files": "\n".join(_readme_row(file) for file in described.files),
        "images": described.files[0].images,
        "resizes": "\n".join(
            f"* {one.name}: the same answer for {one.top1_agreement:.1%} of {one.images} photos, "
            f"probabilities {one.mean_abs_diff:.3f} apart on average, {one.max_abs_diff:.2f} at most"
            for one in described.resizes
        ),
        "model": shown.path.name if shown else "",
        "stem": shown.path.stem if shown else "",
        "pairs": ", ".join(
            f"{_escaped(name)} ↔ {_escaped(run.classes.names[p])}"
            for name, p in zip(run.classes.names, run.averaged or (), strict=False)
        ),
    }
    wanted = ["head", *(["failed"] if any(not f.proof.passed for f in described.files) else [])]
    wanted += [*(["averaged"] if run.averaged else []), *(["phones"] if shown else [])]
    wanted += ["onnx"] * any(file.format == "onnx" for file in described.files)
    wanted += [*(["resizes"] if described.resizes else []), "check"]
    return "".join(Template(parts[name]).substitute(values) for name in wanted)


def _readme_row(file: ExportedFile) -> str:
    proof, latency = file.proof, file.latency_ms
    score = proof.scores.get(proof.split or "")
    low, high = score.interval if score else (math.nan, math.nan)
    cells = [
        f"`{file.path.name}`",
        f"{file.bytes / 1e6:.2f} MB",
        f"{proof.gate.agreement_figure(proof.top1_agreement)}%",
        f"{score.accuracy:.1%} ({low:.1%} to {high:.1%}) of {score.images} {proof.split}" if score else "–",
        f"{latency['2']['median']:.1f} ms" if latency else "–",
        "passed" if proof.passed else f"**not passed**: {'; '.join(proof.reasons)}",
    ]
    return f"| {' | '.join(cells)} |"


def _escaped(name: str) -> str:
    """A class name or run name as plain text in Markdown."""
    plain = " ".join(name.split())
    return "".join(f"\\{c}" if c in "\\`*_{}[]<>#|&" else c for c in plain)
