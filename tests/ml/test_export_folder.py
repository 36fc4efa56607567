"""The folder of an export: what others need to trust it, and what tools of others read in it."""

import ast
import io
import json
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import flatbuffers
import numpy as np
import pytest
from ai_edge_litert import schema_py_generated as schema
from flatbuffers.number_types import Float32Flags, Uint8Flags, Uint32Flags

from tests.bare import check, make_bare, run_bare
from tests.ml.conftest import Recorder
from vv_desktop.core.dataset import Dataset
from vv_desktop.core.errors import UserError
from vv_desktop.core.export_folder import write_sums
from vv_desktop.core.export_formats import FILES
from vv_desktop.core.pixels import network_input
from vv_desktop.core.runs import Run
from vv_desktop.ml.export import Exported
from vv_desktop.ml.verification import verify

MEDIAPIPE = """
import json, sys
import mediapipe as mp
from mediapipe.tasks.python import BaseOptions, vision
models, *pictures = sys.argv[1:]
answers = []
for model in json.loads(models):
    options = vision.ImageClassifierOptions(base_options=BaseOptions(model_asset_path=model), max_results=-1)
    with vision.ImageClassifier.create_from_options(options) as classifier:
        found = [classifier.classify(mp.Image.create_from_file(path)).classifications[0] for path in pictures]
    answers.append([[[one.category_name, one.score] for one in each.categories] for each in found])
print(json.dumps(answers))
"""


@pytest.fixture
def run(exported_run: Run) -> Run:
    return exported_run


@pytest.fixture(scope="session")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_bare(tmp_path_factory.mktemp("bare"))


def test_the_bare_environment_is_bare(bare: Path) -> None:
    for name in ("tensorflow", "keras", "PIL", "pandas", "vv_desktop"):
        assert f"No module named '{name}'" in run_bare(bare, f"import {name}").stderr
    assert run_bare(bare, "import numpy, ai_edge_litert.interpreter").returncode == 0


def test_check_passes_and_needs_only_numpy_and_litert(exported: Exported, bare: Path) -> None:
    assert check(bare, exported.folder) == (
        0,
        "PASS: 21 files unchanged; 3 models answer 6 golden pictures as they did",
    )
    source = (exported.folder / "check.py").read_text()
    nodes = list(ast.walk(ast.parse(source)))
    imported = {node.names[0].name.split(".")[0] for node in nodes if isinstance(node, ast.Import)}
    imported |= {str(node.module).split(".")[0] for node in nodes if isinstance(node, ast.ImportFrom)}
    assert imported - set(sys.stdlib_module_names) == {"numpy", "ai_edge_litert"}
    assert len(source.splitlines()) <= 60


@pytest.mark.parametrize(
    ("name", "place"),
    [("labels.txt", 0), ("model_int8.tflite", 20_000), ("model_float32.tflite", -1), ("golden/inputs.npy", 200)],
)
def test_one_changed_byte_fails_with_a_sentence(
    exported: Exported, bare: Path, tmp_path: Path, name: str, place: int
) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(exported.folder, copy)
    data = bytearray((copy / name).read_bytes())
    data[min(place, len(data) - 1)] ^= 1
    (copy / name).write_bytes(data)
    status, said = check(bare, copy)
    assert (status, said) == (1, f"FAIL: {name} is not the file that was exported: it was changed or damaged")
    with pytest.raises(UserError, match="changed or damaged"):
        verify(copy, None, Recorder())


def test_a_model_that_answers_otherwise_fails_even_with_new_sums(
    exported: Exported, bare: Path, tmp_path: Path
) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(exported.folder, copy)
    expected = json.loads((copy / "golden" / "expected.json").read_text())
    row = next(row for row in expected["files"] if row["format"] == "int8")
    row["probabilities"][4] = row["probabilities"][4][::-1]
    (copy / "golden" / "expected.json").write_text(json.dumps(expected))
    write_sums(copy)
    status, said = check(bare, copy)
    assert status == 1
    assert said.startswith("FAIL: model_int8.tflite answers golden picture 4 with")
    with pytest.raises(UserError, match=r"answered otherwise, by 0\.\d+: .*model_int8\.tflite$"):
        verify(copy, None, Recorder())


def test_golden_pictures_are_real_inputs_of_every_class(exported: Exported, toys: Dataset, run: Run) -> None:
    golden = exported.folder / "golden"
    expected = json.loads((golden / "expected.json").read_text())
    assert [p["label"] for p in expected["pictures"]] == [n for n in run.classes.names for _ in range(2)]
    assert {p["split"] for p in expected["pictures"]} == {"val"}
    inputs = np.load(golden / "inputs.npy")
    assert (inputs.dtype, inputs.shape) == (np.uint8, (6, 96, 96, 3))
    files = {s.path.read_bytes(): s for s in toys.of("val")}
    for picture, pixels, answer in zip(expected["pictures"], inputs, expected["model"], strict=True):
        sample = files[(golden / picture["file"]).read_bytes()]
        assert np.array_equal(network_input(golden / picture["file"], 96), pixels)
        _, kept = run.predictions().of(np.array([sample.image]))
        assert np.allclose(answer, kept[0], atol=2e-3)


def test_labels_and_metadata_are_inside_every_tflite(exported: Exported) -> None:
    for format in ("fp32", "fp16", "int8"):
        data = (exported.folder / FILES[format]).read_bytes()
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            assert archive.namelist() == ["labels.txt"]
            assert archive.read("labels.txt") == (exported.folder / "labels.txt").read_bytes()
        model = schema.Model.GetRootAs(data, 0)
        entries = {model.Metadata(i).Name(): model.Metadata(i).Buffer() for i in range(model.MetadataLength())}
        inside = model.Buffers(entries[b"TFLITE_METADATA"]).DataAsNumpy().tobytes()
        assert inside[4:8] == b"M001"
        for text in (b"quick", b"labels.txt", b"image", b"probability", b"1.0.0"):
            assert text in inside
        for i in range(model.BuffersLength()):
            if model.Buffers(i).DataLength() > 0:
                values = model.Buffers(i).DataAsNumpy()
                start = values.ctypes.data - np.frombuffer(data, np.uint8).ctypes.data
                assert start % 16 == 0, "weights lie where every processor can read them"


def test_metadata_is_read_field_by_field(exported: Exported) -> None:
    """The way of a reader that knows the schema's slots: vtable offsets, not our writer."""
    data = (exported.folder / "model_int8.tflite").read_bytes()
    model = schema.Model.GetRootAs(data, 0)
    inside = model.Buffers(model.Metadata(model.MetadataLength() - 1).Buffer()).DataAsNumpy().tobytes()
    root = flatbuffers.Table(bytearray(inside), flatbuffers.encode.Get(flatbuffers.packer.uoffset, inside, 0))

    def child(table: Any, slot: int, index: int | None = None) -> Any:
        at = table.Offset(4 + 2 * slot)
        assert at, f"slot {slot} is filled"
        place = table.Pos + at if index is None else table.Vector(at) + 4 * index
        return flatbuffers.Table(table.Bytes, table.Indirect(place))

    def text(table: Any, slot: int) -> bytes:
        return bytes(table.String(table.Pos + table.Offset(4 + 2 * slot)))

    def number(table: Any, slot: int, flags: Any) -> int:
        return int(table.Get(flags, table.Pos + table.Offset(4 + 2 * slot)))

    def floats(table: Any, slot: int) -> list[float]:
        at = table.Offset(4 + 2 * slot)
        return [table.Get(Float32Flags, table.Vector(at) + 4 * i) for i in range(table.VectorLen(at))]

    graph = child(root, 3, 0)
    image, answer = child(graph, 2, 0), child(graph, 3, 0)
    content = child(image, 3)
    assert number(content, 0, Uint8Flags) == 2, "ImageProperties"
    picture = child(content, 1)
    assert number(picture, 0, Uint8Flags) == 1, "RGB"
    assert [number(child(picture, 1), slot, Uint32Flags) for slot in (0, 1)] == [96, 96]
    unit = child(image, 4, 0)
    assert number(unit, 0, Uint8Flags) == 1, "NormalizationOptions"
    assert (floats(child(unit, 1), 0), floats(child(unit, 1), 1)) == ([0.0], [1.0])
    assert (floats(child(image, 5), 0), floats(child(image, 5), 1)) == ([255.0], [0.0])
    labels = child(answer, 6, 0)
    assert text(labels, 0) == b"labels.txt"
    assert number(labels, 2, Uint8Flags) == 2, "TENSOR_AXIS_LABELS"
    assert (text(root, 0), text(root, 7)) == (b"quick", b"1.0.0")


def test_mediapipe_reads_the_labels_and_names_the_golden_pictures(exported: Exported) -> None:
    """A tool that nobody here wrote, as an app on a phone would use it. In a process of its own: it brings OpenCV."""
    golden = exported.folder / "golden"
    expected = json.loads((golden / "expected.json").read_text())
    pictures = [str(golden / one["file"]) for one in expected["pictures"]]
    formats = ("fp32", "fp16", "int8")
    models = [str(exported.folder / FILES[format]) for format in formats]
    command = [sys.executable, "-c", MEDIAPIPE, json.dumps(models), *pictures]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    names = (exported.folder / "labels.txt").read_text().split()
    for format, answers in zip(formats, json.loads(done.stdout), strict=True):
        rows = next(row for row in expected["files"] if row["format"] == format)["probabilities"]
        for answer, row in zip(answers, rows, strict=True):
            assert {name for name, _ in answer} == set(names)
            assert answer[0][0] == names[int(np.argmax(row))], format
            # Its own decoder and resize: near what the golden inputs gave, not equal to it.
            assert abs(answer[0][1] - max(row)) < 0.15, format
