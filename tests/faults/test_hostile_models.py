"""Models that were made to do harm, or were damaged: refused before Keras sees them, with a sentence."""

import io
import json
import random
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import keras
import numpy as np
import pytest

from vv_desktop.core.errors import UserError
from vv_desktop.ml.conversion import load
from vv_desktop.ml.keras_archive import check_archive

MUTANTS, SEED = 300, 0
Parts = dict[str, bytes]


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small classifier as this app makes them."""
    path = tmp_path_factory.mktemp("good") / "model.keras"
    pixels = keras.Input((16, 16, 3))
    x = keras.layers.Rescaling(1 / 127.5, offset=-1.0)(pixels)
    x = keras.layers.ReLU()(keras.layers.BatchNormalization()(keras.layers.Conv2D(4, 3, strides=2)(x)))
    x = keras.layers.Dense(3, "softmax")(keras.layers.Dropout(0.5)(keras.layers.GlobalAveragePooling2D()(x)))
    keras.Model(pixels, x).save(path)
    return path


def parts_of(path: Path) -> Parts:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def pack(path: Path, parts: Parts, compression: int = zipfile.ZIP_STORED) -> Path:
    with zipfile.ZipFile(path, "w", compression) as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return path


def with_layer(parts: Parts, layer: dict[str, Any]) -> Parts:
    """The same with the second layer in another's place."""
    config = json.loads(parts["config.json"])
    config["config"]["layers"][1] |= layer
    return {**parts, "config.json": json.dumps(config).encode()}


def with_weights(parts: Parts, spoil: Callable[[h5py.File], None]) -> Parts:
    data = io.BytesIO(parts["model.weights.h5"])
    with h5py.File(data, "r+") as file:
        spoil(file)
    return {**parts, "model.weights.h5": data.getvalue()}


def virtual(file: h5py.File) -> None:
    layout = h5py.VirtualLayout((4,), "f4")
    layout[:] = h5py.VirtualSource("/etc/passwd", "x", (4,))
    file.create_virtual_dataset("v", layout)


LAYERS = {
    "H1_lambda": {"class_name": "Lambda", "module": "keras.layers"},
    "H3_another_module": {"class_name": "Popen", "module": "subprocess"},
    "H3_a_module_that_looks_right": {"class_name": "Dense", "module": "keras.layers.evil"},
    "H3_a_function": {"class_name": "function", "module": "builtins", "config": "eval"},
    "H3_a_function_of_keras": {"class_name": "get_file", "module": "keras.utils"},
    "H3_registered": {"class_name": "Dense", "module": "keras.layers", "registered_name": "mine>Dense"},
    "H4_string_lookup": {"class_name": "StringLookup", "module": "keras.layers"},
    "H4_text_vectorization": {"class_name": "TextVectorization", "module": "keras.layers"},
    "H4_a_saved_model_inside": {"class_name": "TFSMLayer", "module": "keras.layers"},
    "H8_a_layer_of_theirs": {"class_name": "MyLayer", "module": "builtins"},
    "H3_deeper": {"config": {"activation": {"class_name": "system", "module": "os"}}},
    "H3_no_text": {"class_name": ["Dense"], "module": "keras.layers"},
}
WEIGHTS: dict[str, Callable[[h5py.File], None]] = {
    "H5_external_link": lambda file: file.__setitem__("x", h5py.ExternalLink("/etc/passwd", "/")),
    "H5_soft_link": lambda file: file.__setitem__("x", h5py.SoftLink("/layers")),
    "H5_virtual": virtual,
    "H5_external_file": lambda file: file.create_dataset("e", (4,), "f4", external=[("/etc/hostname", 0, 16)]),
    "H5_shape_bomb": lambda file: file.create_dataset("b", (200_000, 200_000), "f4", chunks=(64, 64)),
}


def archives(parts: Parts) -> dict[str, Parts | bytes]:
    """Damaged or odd files by name."""
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w") as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    h5 = parts["model.weights.h5"]
    return {
        "H2_h5_by_another_name": h5,
        "H6_out_of_the_tree": {**parts, "../../evil.py": b"import os"},
        "H6_an_absolute_name": {**parts, "/tmp/evil": b"x"},
        "H6_assets": {**parts, "assets/vocabulary.txt": b"x"},
        "H6_without_weights": {name: data for name, data in parts.items() if name != "model.weights.h5"},
        "H6_a_huge_description": {**parts, "config.json": b" " * 30_000_000 + parts["config.json"]},
        "H6_deep": {**parts, "config.json": b"[" * 200_000 + b"]" * 200_000},
        "H7_empty": b"",
        "H7_short": whole.getvalue()[: len(whole.getvalue()) // 2],
        "H7_text": b"no model at all",
        "H7_no_json": {**parts, "config.json": b"{"},
        "H7_no_weights": {**parts, "model.weights.h5": b"text"},
    }


def refused(path: Path) -> str:
    """By the check, and by what loads models here: Keras never sees it."""
    with pytest.raises(UserError) as found:
        check_archive(path)
    with pytest.raises(UserError):
        load(path)
    assert str(found.value).endswith(str(path))
    return str(found.value)


def test_a_model_of_this_app_passes(good: Path) -> None:
    check_archive(good)
    assert load(good).output_shape == (None, 3)


@pytest.mark.parametrize("name", LAYERS)
def test_H1_H3_H4_H8_what_is_not_on_the_list_is_not_built(good: Path, tmp_path: Path, name: str) -> None:
    said = refused(pack(tmp_path / "evil.keras", with_layer(parts_of(good), LAYERS[name])))
    assert "made of something that is not loaded here" in said


@pytest.mark.parametrize("name", WEIGHTS)
def test_H5_weights_lead_nowhere_and_are_as_large_as_their_file(good: Path, tmp_path: Path, name: str) -> None:
    said = refused(pack(tmp_path / "evil.keras", with_weights(parts_of(good), WEIGHTS[name])))
    assert "out of its file" in said or "far larger than its file" in said


@pytest.mark.parametrize("name", archives({"config.json": b"", "model.weights.h5": b"", "metadata.json": b""}))
def test_H2_H6_H7_what_is_no_whole_archive_of_three_parts_is_refused(good: Path, tmp_path: Path, name: str) -> None:
    found = archives(parts_of(good))[name]
    path = tmp_path / "evil.keras"
    if isinstance(found, bytes):
        path.write_bytes(found)
    else:
        pack(path, found)
    said = refused(path)
    assert said.startswith(
        (
            "This is no .keras file",
            "The model holds a part",
            "The model would",
            "The weights of the model",
            "The model's",
        )
    )


def test_H6_a_bomb_is_refused_without_being_unpacked(good: Path, tmp_path: Path) -> None:
    bomb = {**parts_of(good), "model.weights.h5": bytes(300_000_000)}
    path = pack(tmp_path / "bomb.keras", bomb, zipfile.ZIP_DEFLATED)
    assert path.stat().st_size < 1_000_000
    assert "far more than it is" in refused(path)


def test_H6_a_part_that_is_there_twice_is_refused(good: Path, tmp_path: Path) -> None:
    path = tmp_path / "twice.keras"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with zipfile.ZipFile(path, "w") as archive:
            for name, data in [*parts_of(good).items(), ("config.json", b"{}")]:
                archive.writestr(name, data)
    assert "there twice" in refused(path)


def test_H7_mutants_pass_or_are_a_sentence(good: Path, tmp_path: Path) -> None:
    whole = np.frombuffer(good.read_bytes(), np.uint8)
    chance, refusals = random.Random(SEED), 0
    for number in range(MUTANTS):
        data = whole.copy()
        for _ in range(chance.randint(1, 8)):
            data[chance.randrange(len(data))] = chance.randrange(256)
        path = tmp_path / f"{number}.keras"
        path.write_bytes(data[: chance.randrange(len(data)) if chance.random() < 0.2 else len(data)].tobytes())
        said = ""
        try:
            check_archive(path)
        except UserError as error:
            said = str(error)
        refusals += bool(said)
        assert not said or said.endswith(str(path))
        path.unlink()
    assert refusals > MUTANTS // 10, "most changes of weights are seen by the archive's own checksum"
