"""Predictions of .tflite files, of float and of bytes, good and bad; and of models that were not made here."""

import json
import shutil
import struct
import zipfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import flatbuffers
import keras
import numpy as np
import pytest
from ai_edge_litert import schema_py_generated as schema

from tests.ml.conftest import Recorder
from vv_desktop.core.classes import ClassList
from vv_desktop.core.dataset import Dataset
from vv_desktop.core.errors import Cancelled, UserError
from vv_desktop.core.pixels import network_input
from vv_desktop.core.progress import ChildDied, Predicted
from vv_desktop.ml.conversion import to_tflite
from vv_desktop.ml.foreign import classes_beside, predict_with_model
from vv_desktop.ml.litert import LiteRtNetwork
from vv_desktop.ml.predictor import Predictor, predict_files
from vv_desktop.workers import Flags, WorkerProgress

T = TypeVar("T")
R = TypeVar("R")

SIZE = 24
CLASSES = ClassList(("circle", "square", "triangle"))
PIXELS = np.random.default_rng(0).integers(0, 256, (200, SIZE, SIZE, 3)).astype(np.uint8)


def classifier(activation: str | None = "softmax", outputs: int = 3) -> keras.Model:
    inputs = keras.Input((SIZE, SIZE, 3))
    x = keras.layers.Rescaling(1 / 127.5, -1)(inputs)
    x = keras.layers.Conv2D(4, 3, strides=2, activation="relu", kernel_initializer=keras.initializers.HeNormal(1))(x)
    x = keras.layers.GlobalAveragePooling2D()(x)
    kernel = keras.initializers.RandomNormal(stddev=3.0, seed=2)
    return keras.Model(inputs, keras.layers.Dense(outputs, activation, kernel_initializer=kernel)(x))


@pytest.fixture(scope="module")
def model() -> keras.Model:
    return classifier()


@pytest.fixture(scope="module")
def files(model: keras.Model, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models")
    for format in ("fp32", "fp16", "int8"):
        (folder / f"{format}.tflite").write_bytes(to_tflite(model, format, PIXELS))
    model.save(folder / "model.keras")
    (folder / "labels.txt").write_text("circle\nsquare\ntriangle\n")
    return folder


def without_softmax(folder: Path, make: Callable[[], keras.Model]) -> Path:
    path = folder / "odd.tflite"
    path.write_bytes(to_tflite(make(), "fp32", None))
    return path


@pytest.mark.parametrize(("format", "tolerance"), [("fp32", 1e-5), ("fp16", 1e-2), ("int8", 0.06)])
def test_every_format_answers_as_the_model(format: str, tolerance: float, model: keras.Model, files: Path) -> None:
    predictor = Predictor(files / f"{format}.tflite", classes=3)
    assert (predictor.size, predictor.classes) == (SIZE, 3)
    answers = predictor.predict(PIXELS)
    assert (answers.dtype, answers.shape) == (np.float32, (200, 3))
    expected = np.asarray(model(PIXELS.astype(np.float32)))
    assert np.ptp(expected, axis=0).max() > 0.1, "every picture gets the same answer, so nothing is shown"
    assert np.abs(answers - expected).max() < tolerance


def test_the_bytes_of_the_picture_are_the_input_of_an_int8_file(files: Path) -> None:
    quantisation = LiteRtNetwork(files / "int8.tflite").quantisation
    assert quantisation["input"] == {"type": "uint8", "scale": 1.0, "zero_point": 0}
    assert quantisation["output"]["type"] == "uint8"


def test_int8_needs_images_that_hold_numbers(model: keras.Model) -> None:
    for none in (None, PIXELS[:0]):
        with pytest.raises(UserError, match=r"received none$"):
            to_tflite(model, "int8", none)
    poisoned = PIXELS.astype(np.float32)
    poisoned[7, 0, 0, 0] = -np.inf
    with pytest.raises(UserError, match="not numbers"):
        to_tflite(model, "int8", poisoned)  # type: ignore[arg-type]


def test_ranges_are_those_of_all_images_however_often_each_is_there(model: keras.Model) -> None:
    once = to_tflite(model, "int8", PIXELS[:20])
    assert to_tflite(model, "int8", PIXELS[np.arange(200) % 20]) == once
    assert to_tflite(model, "int8", PIXELS[:10]) != once


def test_what_is_no_classifier_of_pictures_is_refused(files: Path, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="tells 3 classes apart, but 7"):
        Predictor(files / "fp32.tflite", classes=7)
    (tmp_path / "junk.tflite").write_bytes(b"junk" * 100)
    with pytest.raises(UserError, match=r"cannot be loaded.*junk\.tflite$"):
        Predictor(tmp_path / "junk.tflite")
    flat = keras.Sequential([keras.Input((5,)), keras.layers.Dense(3)])
    with pytest.raises(UserError, match="one square RGB picture"):
        Predictor(without_softmax(tmp_path, lambda: flat))
    with pytest.raises(UserError, match="received float32"):
        Predictor(files / "fp32.tflite").predict(PIXELS.astype(np.float32))  # type: ignore[arg-type]
    with pytest.raises(UserError, match=r"received uint8 \(1, 9, 9, 3\)"):
        Predictor(files / "fp32.tflite").predict(PIXELS[:1, :9, :9])


def test_F7_answers_that_are_no_probabilities_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="softmax is missing"):
        Predictor(without_softmax(tmp_path, lambda: classifier(None))).predict(PIXELS)
    negative = classifier(None)
    negative.layers[-1].set_weights([np.zeros((4, 3)), np.array([1.5, -0.25, -0.25])])
    with pytest.raises(UserError, match="softmax is missing"):
        Predictor(without_softmax(tmp_path, lambda: negative)).predict(PIXELS)
    broken = classifier()
    broken.layers[-1].set_weights([np.full((4, 3), np.nan), np.zeros(3)])
    with pytest.raises(UserError, match="not numbers"):
        Predictor(without_softmax(tmp_path, lambda: broken)).predict(PIXELS)


def test_files_are_answered_in_order_and_a_bad_one_is_an_error(
    toys: Dataset, model: keras.Model, files: Path, tmp_path: Path
) -> None:
    bad = tmp_path / "bad.png"
    bad.write_bytes(b"no picture")
    paths = [*(s.path for s in toys.samples[:20]), bad, toys.samples[20].path]
    progress = Recorder()
    answers = tuple(predict_files(paths, files / "fp32.tflite", CLASSES, SIZE, progress))
    assert [a.path for a in answers] == paths
    assert answers[20].probabilities is None
    assert answers[20].error is not None
    assert answers[20].error.endswith("bad.png")
    for path, answer in [(paths[3], answers[3]), (paths[21], answers[21])]:
        expected = np.asarray(model(network_input(path, SIZE)[None].astype(np.float32)))[0]
        assert answer.error is None
        assert np.allclose(answer.probabilities, expected, atol=1e-5)


def test_whatever_a_file_is_it_gets_one_answer_and_the_next_one_comes(
    toys: Dataset, files: Path, tmp_path: Path, progress: WorkerProgress
) -> None:
    good = toys.samples[0].path
    half = tmp_path / "half.png"
    half.write_bytes(good.read_bytes()[: good.stat().st_size // 2])
    huge = tmp_path / "huge.bmp"
    huge.write_bytes(b"BM" + struct.pack("<IHHIIiiHH", 54, 0, 0, 54, 40, 60_000, 60_000, 1, 24) + bytes(24))
    (tmp_path / "empty.jpg").touch()
    (tmp_path / "text.jpg").write_text("no picture")
    (tmp_path / "phone.heic").write_bytes(b"no picture")
    (tmp_path / "folder.jpg").mkdir()
    names = ("half.png", "huge.bmp", "empty.jpg", "text.jpg", "phone.heic", "folder.jpg", "gone.jpg")
    bad = [tmp_path / name for name in names]
    paths = [path for pair in zip(bad, [good] * len(bad), strict=True) for path in pair]
    answers = list(predict_files(paths, files / "fp32.tflite", CLASSES, SIZE, progress))
    assert [answer.path for answer in answers] == paths
    for answer in answers:
        assert (answer.error is None) == (answer.path == good) == (answer.probabilities is not None)
        assert answer.error is None or answer.error.endswith(answer.path.name)
    assert "60000 × 60000" in (answers[2].error or "")


def test_the_first_answers_come_before_the_last_picture_is_read(toys: Dataset, files: Path) -> None:
    class Counting(WorkerProgress):
        read = 0

        def map(self, function: Callable[[T], R], items: Iterable[T]) -> Iterator[R]:
            for result in super().map(function, items):
                self.read += 1
                yield result

    flags = Flags()
    progress = Counting(flags, lambda event: None)
    answers = predict_files([s.path for s in toys.samples], files / "fp32.tflite", CLASSES, SIZE, progress)
    assert next(answers).error is None
    assert progress.read == 1 < len(toys.samples)
    flags.cancel.set()
    with pytest.raises(Cancelled):
        list(answers)


def test_F7_a_model_of_another_size_is_refused(toys: Dataset, files: Path) -> None:
    with pytest.raises(UserError, match="24 px where 32 px"):
        next(predict_files([toys.samples[0].path], files / "fp32.tflite", CLASSES, 32, Recorder()))


@pytest.mark.parametrize("name", ["fp32.tflite", "int8.tflite", "model.keras"])
def test_a_model_from_elsewhere_answers_too(name: str, toys: Dataset, files: Path, model: keras.Model) -> None:
    progress = Recorder()
    paths = [toys.samples[0].path, Path("/nowhere.png")]
    classes, assumed = classes_beside(files / name)
    assert classes == CLASSES
    predict_with_model(paths, files / name, progress)
    answers = [e.answer for e in progress.of(Predicted)]
    assert [a.path for a in answers] == paths
    expected = np.asarray(model(network_input(paths[0], SIZE)[None].astype(np.float32)))[0]
    assert np.allclose(answers[0].probabilities, expected, atol=0.06)
    assert answers[1].error is not None
    assert "0–255" in (assumed or "")


def test_D10_the_description_beside_a_model_comes_before_a_labels_txt_that_was_changed(
    toys: Dataset, files: Path, tmp_path: Path
) -> None:
    shutil.copy(files / "fp32.tflite", tmp_path)
    (tmp_path / "model.json").write_text(json.dumps({"classes": ["x", "y", "z"]}))
    for labels, changed in (("x\ny\nz\n", False), ("y\nx\nz\n", True), ("x\ny\n", True), ("x\nx\n", True)):
        (tmp_path / "labels.txt").write_text(labels)
        classes, assumed = classes_beside(tmp_path / "fp32.tflite")
        assert classes.names == ("x", "y", "z")
        assert (assumed is not None and "labels.txt beside this model was changed" in assumed) == changed
    (tmp_path / "labels.txt").unlink()
    assert classes_beside(tmp_path / "fp32.tflite") == (ClassList(("x", "y", "z")), None)


def test_models_that_cannot_be_trusted_are_refused(toys: Dataset, files: Path, tmp_path: Path) -> None:
    def refusal(model: Path, labels: str | None = "a\nb\nc\n") -> str:
        (tmp_path / "labels.txt").unlink(missing_ok=True)
        if labels is not None:
            (tmp_path / "labels.txt").write_text(labels)
        with pytest.raises(UserError) as refused:
            predict_with_model([toys.samples[0].path], model, Recorder())
        return str(refused.value)

    good = Path(shutil.copy(files / "model.keras", tmp_path))
    assert "labels.txt" in refusal(good, None)
    assert "2 classes" in refusal(good, "a\nb\n")
    old = tmp_path / "old.keras"
    classifier().save(tmp_path / "old.h5")
    (tmp_path / "old.h5").rename(old)
    assert "no .keras file" in refusal(old)
    with zipfile.ZipFile(tmp_path / "half.keras", "w") as archive:
        archive.writestr("config.json", "{}")
    assert "it lacks metadata.json, model.weights.h5" in refusal(tmp_path / "half.keras")
    assert "received 'model.onnx'" in refusal(Path(shutil.copy(good, tmp_path / "model.onnx")))
    assert "no model file" in refusal(tmp_path / "none.keras")


def test_H1_a_model_with_code_inside_is_not_run(toys: Dataset, tmp_path: Path) -> None:
    inputs = keras.Input((SIZE, SIZE, 3))
    trace = str(tmp_path / "was-run")
    x = keras.layers.Lambda(lambda t: (open(trace, "w").close(), t)[1])(inputs)
    x = keras.layers.Dense(3, "softmax")(keras.layers.GlobalAveragePooling2D()(x))
    keras.Model(inputs, x).save(tmp_path / "evil.keras")
    (tmp_path / "was-run").unlink(missing_ok=True)
    (tmp_path / "labels.txt").write_text("a\nb\nc\n")
    with pytest.raises(UserError, match=r"made of something that is not loaded here, keras\.layers\.Lambda"):
        predict_with_model([toys.samples[0].path], tmp_path / "evil.keras", Recorder())
    assert not (tmp_path / "was-run").exists()


def test_F8_H8_a_model_that_takes_its_process_down_is_a_sentence(files: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def died(function: str, request: object) -> dict[str, object]:
        raise ChildDied("Segmentation fault")

    progress = Recorder()
    monkeypatch.setattr(progress, "in_child", died)
    with pytest.raises(UserError, match=r"damaged, .*fp32\.tflite$"):
        predict_with_model([], files / "fp32.tflite", progress)


@pytest.mark.parametrize("damage", ["a constant without values", "a name that is no text"])
def test_F8_a_damaged_network_that_loads_is_a_sentence(damage: str, files: Path, tmp_path: Path) -> None:
    """Mutants 215 and 618 of seed 0 of `python -m tests.soak tflite`."""
    whole = schema.ModelT.InitFromObj(schema.Model.GetRootAsModel((files / "fp32.tflite").read_bytes(), 0))
    graph = whole.subgraphs[0]
    if damage == "a constant without values":
        graph.tensors[graph.operators[0].inputs[1]].buffer = 0
    else:
        graph.tensors[graph.inputs[0]].name = b"\xff\xfe"
    builder = flatbuffers.Builder()
    builder.Finish(whole.Pack(builder), b"TFL3")
    (tmp_path / "odd.tflite").write_bytes(bytes(builder.Output()))
    with pytest.raises(UserError, match=r"cannot be (used|loaded) \(.*odd\.tflite$"):
        Predictor(tmp_path / "odd.tflite", classes=3).predict(PIXELS[:1])


def test_F8_an_output_that_nothing_computes_is_a_sentence(files: Path) -> None:
    """As two of 5,000 damaged files had it: it shows only when the answer is read."""
    network = LiteRtNetwork(files / "fp32.tflite")
    pixels = np.zeros((1, network.size, network.size, 3), np.uint8)
    network.run(pixels)
    network._output = {**network._output, "index": next(_unread(network._interpreter))}
    with pytest.raises(UserError, match=r"cannot be used \(Tensor data is null"):
        network.run(pixels)


def _unread(interpreter: Any) -> Iterator[int]:
    """Tensors that hold nothing, as they are inside of what runs faster in one piece."""
    for tensor in interpreter.get_tensor_details():
        try:
            interpreter.get_tensor(tensor["index"])
        except ValueError:
            yield tensor["index"]
