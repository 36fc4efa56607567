"""Golden pictures: a few real inputs that travel with a model, with what it has to answer to them."""

import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from vv_desktop.core.arrays import Float32Array, Uint8Array
from vv_desktop.core.classes import ClassList
from vv_desktop.core.dataset import Sample
from vv_desktop.core.plain_picture import without_metadata

PER_CLASS = 2
TOLERANCES = {"fp32": 1e-3, "fp16": 2e-2, "int8": 6e-2}
"""Largest |Δp| on another machine: other kernels add in another order, and an int8 step is 1/256."""


@dataclass(frozen=True)
class Golden:
    """The golden pictures: places (N,) among the checked images, and what is said of each."""

    places: tuple[int, ...]
    samples: tuple[Sample, ...]

    @classmethod
    def chosen(cls, checked: Sequence[Sample], seed: int) -> "Golden":
        """PER_CLASS of each class, drawn by seed, validation images before test images."""
        order = np.random.default_rng(seed).permutation(len(checked))
        found: dict[int, list[int]] = {}
        for i in sorted((int(i) for i in order), key=lambda i: checked[i].split != "val"):
            if len(found.setdefault(checked[i].label, [])) < PER_CLASS:
                found[checked[i].label].append(i)
        places = tuple(i for _, some in sorted(found.items()) for i in some)
        return cls(places, tuple(checked[i] for i in places))


def write_golden(
    folder: Path,
    golden: Golden,
    inputs: Uint8Array,
    classes: ClassList,
    answers: Mapping[str, Float32Array],
    files: Mapping[str, str],
) -> None:
    """Write golden/ into `folder`: inputs.npy, the pictures without what a camera says of them, expected.json.

    Raises OSError, and ImageProblem for a picture that is gone.

    inputs: uint8 RGB (N, size, size, 3), exactly what the network got. answers: probabilities (N, classes) by
    format and of "model". files: format to name, of those .tflite files that are to be checked.
    """
    inside = folder / "golden"
    inside.mkdir()
    array = io.BytesIO()  # into a file NumPy writes with words of its own for a full disk
    np.save(array, inputs, allow_pickle=False)
    (inside / "inputs.npy").write_bytes(array.getvalue())
    pictures = []
    for number, sample in enumerate(golden.samples):
        data, ending = without_metadata(sample.path)
        name = f"{number:02}{ending}"
        (inside / name).write_bytes(data)
        pictures.append({"file": name, "label": classes.names[sample.label], "split": sample.split})
    expected = {
        "schema": 1,
        "classes": list(classes.names),
        "inputs": "inputs.npy",
        "pictures": pictures,
        "model": answers["model"].tolist(),
        "files": [
            {"format": format, "file": name, "tolerance": TOLERANCES[format], "probabilities": answers[format].tolist()}
            for format, name in files.items()
        ],
    }
    (inside / "expected.json").write_bytes(json.dumps(expected, indent=1, ensure_ascii=False).encode())
