"""A .keras file looked through before Keras sees it: only what a classifier of pictures is made of may be inside.

Models are programs: Keras builds whatever a file names, and has been talked into running code by it again and again
(CVE-2025-1550, -8747, -9906, -12058, CVE-2026-0897, -1669). So nothing is built that is not on this list.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import h5py

from vv_desktop.core.errors import UserError

PARTS = {"metadata.json", "config.json", "model.weights.h5"}
MAX_UNPACKED, MAX_CONFIG, MAX_RATIO = 2_000_000_000, 20_000_000, 20
"""Bytes of all parts, of the description alone, and how much smaller a part may be packed than it is."""
_LAYERS = frozenset({
    "Functional", "Sequential", "Model", "InputLayer", "Conv2D", "DepthwiseConv2D", "SeparableConv2D", "Dense",
    "BatchNormalization", "LayerNormalization", "GroupNormalization", "UnitNormalization", "Activation", "ReLU",
    "LeakyReLU", "PReLU", "ELU", "Softmax", "Dropout", "SpatialDropout2D", "GaussianNoise", "GaussianDropout",
    "Flatten", "Reshape", "Permute", "GlobalAveragePooling2D", "GlobalMaxPooling2D", "AveragePooling2D",
    "MaxPooling2D", "ZeroPadding2D", "Cropping2D", "UpSampling2D", "Add", "Subtract", "Multiply", "Average",
    "Maximum", "Minimum", "Concatenate", "Rescaling", "Normalization", "Resizing", "CenterCrop", "Identity",
})  # fmt: skip
_OTHERS = frozenset({"__keras_tensor__", "__tuple__", "__numpy__", "__tensor__", "DTypePolicy", "L1", "L2", "L1L2"})
_INITIALIZERS = frozenset({
    "Zeros", "Ones", "Constant", "RandomNormal", "RandomUniform", "TruncatedNormal", "VarianceScaling",
    "GlorotNormal", "GlorotUniform", "HeNormal", "HeUniform", "LecunNormal", "LecunUniform", "Orthogonal",
})  # fmt: skip
_PACKAGES = (
    *("keras", "keras.layers", "keras.models", "keras.initializers", "keras.regularizers", "builtins", None),
    *("keras.src.models.functional", "keras.src.models.sequential", "keras.src.ops.numpy"),
)


def check_archive(path: Path) -> None:
    """Look through a .keras file. Raises UserError that ends with the path if anything in it is not to be opened."""
    try:
        with zipfile.ZipFile(path) as archive:
            _check_members(archive, path)
            config = json.loads(archive.read("config.json"))
            weights = archive.read("model.weights.h5")
    except UserError:
        raise
    except Exception as error:  # a damaged zip raises whatever its damaged part makes it raise
        raise UserError(f"This is no .keras file ({' '.join(str(error).split())[:80]}): {path}") from error
    _check_classes(config, path)
    try:
        with h5py.File(io.BytesIO(weights), "r") as file:
            _check_weights(file, len(weights), path)
    except UserError:
        raise
    except Exception as error:
        raise UserError(
            f"The weights of the model are damaged ({' '.join(str(error).split())[:80]}): {path}"
        ) from error


def _check_members(archive: zipfile.ZipFile, path: Path) -> None:
    members = archive.infolist()
    names = [member.filename for member in members]
    if len(names) != len(set(names)):
        raise UserError(f"This is no .keras file (a part is there twice): {path}")
    if not set(names) >= PARTS:
        raise UserError(f"This is no .keras file (it lacks {', '.join(sorted(PARTS - set(names)))}): {path}")
    if strange := sorted(set(names) - PARTS):
        raise UserError(f"The model holds a part that is not loaded here, {strange[0]!r}: {path}")
    if (unpacked := sum(member.file_size for member in members)) > MAX_UNPACKED:
        raise UserError(f"The model would unpack to {unpacked // 1_000_000} MB, which is not loaded here: {path}")
    for member in members:
        tight = member.file_size > MAX_RATIO * max(member.compress_size, 1000)
        if tight or (member.filename != "model.weights.h5" and member.file_size > MAX_CONFIG):
            raise UserError(f"The model would unpack to far more than it is, which is not loaded here: {path}")


def _check_classes(config: Any, path: Path) -> None:
    """Every object that Keras would build."""
    for node in _nodes(config):
        name, package = node["class_name"], node.get("module")
        known = isinstance(name, str) and name in _LAYERS | _OTHERS | _INITIALIZERS
        if not known or package not in _PACKAGES or node.get("registered_name") not in (None, name):
            shown = f"{package}.{name}" if isinstance(package, str) else str(name)
            raise UserError(f"The model is made of something that is not loaded here, {shown[:80]}: {path}")


def _nodes(value: Any) -> Iterator[dict[str, Any]]:
    """Dicts that name a class, wherever they are; a deep nest is walked without recursion."""
    waiting = [value]
    while waiting:
        one = waiting.pop()
        if isinstance(one, dict):
            if "class_name" in one:
                yield one
            waiting.extend(one.values())
        elif isinstance(one, list):
            waiting.extend(one)


def _check_weights(file: h5py.File, size: int, path: Path) -> None:
    """No link leads out of the file, and no array is larger than what the file can hold."""
    total = 0

    def look(group: h5py.Group) -> None:
        nonlocal total
        for name in group:
            link = group.get(name, getlink=True)
            if not isinstance(link, h5py.HardLink):
                raise UserError(f"The weights of the model lead out of its file, which is not followed: {path}")
            found = group[name]
            if isinstance(found, h5py.Group):
                look(found)
            elif found.is_virtual or found.external:
                raise UserError(f"The weights of the model lead out of its file, which is not followed: {path}")
            else:
                total += found.nbytes
                if total > MAX_RATIO * size:
                    raise UserError(f"The weights of the model would be far larger than its file: {path}")

    look(file)
