"""Exported files: each answers as the model does, old ones are replaced whole, and nothing else is touched."""

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from tests.holding import full_disk, held
from tests.ml.conftest import Recorder, draw
from vv_desktop.core.dataset import Dataset, Sample
from vv_desktop.core.errors import Cancelled, UserError
from vv_desktop.core.export_folder import check_sums
from vv_desktop.core.export_formats import FILES, formats_here
from vv_desktop.core.gates import GATES, Gate
from vv_desktop.core.pixels import network_input
from vv_desktop.core.progress import ChildDied, Note, Predicted
from vv_desktop.core.runs import Run
from vv_desktop.ml import export_child
from vv_desktop.ml.export import Exported, export
from vv_desktop.ml.foreign import classes_beside, predict_with_model
from vv_desktop.ml.verification import verify


@pytest.fixture
def run(exported_run: Run) -> Run:
    return exported_run


@pytest.fixture
def cache(export_cache: Path) -> Path:
    return export_cache


def listing(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def test_F3_every_format_is_there_and_answers_as_the_model(exported: Exported) -> None:
    found = {file.format: file for file in exported.files}
    assert list(found) == list(formats_here())
    for format, file in found.items():
        assert file.path == exported.folder / FILES[format]
        assert file.images == 18, "every validation and test image"
        assert file.bytes > 1000
    for format in {"keras", "saved_model", "fp32", "onnx"} & set(found):
        assert found[format].top1_agreement == 1.0
        assert found[format].max_abs_diff < 1e-4
    assert found["fp16"].top1_agreement >= 0.95
    assert found["int8"].top1_agreement >= 0.9
    assert found["fp16"].max_abs_diff > 0
    assert 0 < found["int8"].max_abs_diff <= 1
    for format in ("fp32", "fp16", "int8"):
        memory = found[format].memory
        assert memory is not None
        assert 0 <= memory < 50_000_000, "what the file takes, not what this process has"
    assert found["fp32"].memory, "counted beside what the imports have had"


def test_the_description_tells_another_program_all_it_needs(exported: Exported, run: Run) -> None:
    assert (exported.folder / "labels.txt").read_text() == "circle\nsquare\ntriangle\n"
    told = json.loads((exported.folder / "model.json").read_text())
    assert told["schema"] == 2
    assert told["classes"] == list(run.classes.names)
    assert told["classes_digest"] == run.classes.digest
    assert told["input"]["width"] == told["input"]["height"] == 96
    assert told["normalisation"] == "inside the model"
    assert told["metrics"] == run.scores
    assert told["data_digest"] == run.data_digest
    assert told["versions"] == run.versions
    int8 = next(file for file in told["files"] if file["format"] == "int8")
    assert int8["quantisation"]["input"] == {"type": "uint8", "scale": 1.0, "zero_point": 0}
    assert [f["file"] for f in told["files"]] == [file.path.name for file in exported.files]


def test_an_exported_file_answers_by_itself(exported: Exported, run: Run, toys: Dataset) -> None:
    ids = np.array([s.image for s in toys.samples[:3]])
    _, expected = run.predictions().of(ids)
    progress = Recorder()
    predict_with_model([s.path for s in toys.samples[:3]], exported.folder / "model_float32.tflite", progress)
    answers = [e.answer for e in progress.of(Predicted)]
    assert classes_beside(exported.folder / "model_float32.tflite") == (run.classes, None)
    assert np.allclose([a.probabilities for a in answers], expected, atol=2e-3)


def test_old_exports_are_replaced_and_other_files_left_alone(exported: Exported) -> None:
    out = exported.folder
    beside = {"labels.txt", "model.json", "README.md", "report.html", "check.py", "golden", "SHA256SUMS"}
    assert {p.name for p in out.iterdir()} == {*(FILES[name] for name in formats_here()), *beside, "mine.txt"}
    assert (out / "mine.txt").read_text() == "mine"
    assert not (out / "saved_model" / "old").exists()
    assert keras.saving.load_model(out / "model.keras", compile=False).output_shape == (None, 3)


def test_a_file_that_does_not_answer_as_the_model_is_not_kept(
    run: Run, toys: Dataset, cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def write_another(model: keras.Model, format: str, path: Path, *_: Any) -> None:
        other = keras.models.clone_model(model)
        other.set_weights(model.get_weights())
        other.get_layer("probabilities").set_weights([w * -1 for w in model.get_layer("probabilities").get_weights()])
        other.save(path)

    (tmp_path / "model.keras").write_text("old")
    before = listing(tmp_path)
    monkeypatch.setattr(export_child, "_write", write_another)
    with pytest.raises(UserError, match="keras file does not answer as the model"):
        export(run, toys, tmp_path, ["keras"], cache, GATES, True, Recorder())
    assert listing(tmp_path) == before


def test_a_converter_that_dies_changes_nothing(
    run: Run, toys: Dataset, cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def died(function: str, request: dict[str, Any]) -> dict[str, Any]:
        (Path(request["out"]) / "half").write_text("half")
        raise ChildDied("thread 0:\nSegmentation fault")

    (tmp_path / "model_int8.tflite").write_text("old")
    before = listing(tmp_path)
    progress = Recorder()
    monkeypatch.setattr(progress, "in_child", died)
    with pytest.raises(UserError, match=r"nothing was changed; received: Segmentation fault$"):
        export(run, toys, tmp_path, ["int8"], cache, GATES, True, progress)
    assert listing(tmp_path) == before


def test_a_cancel_changes_nothing(run: Run, toys: Dataset, cache: Path, tmp_path: Path) -> None:
    (tmp_path / "model.keras").write_text("old")
    before = listing(tmp_path)
    whole = Recorder()
    export(run, toys, tmp_path / "elsewhere", ["keras"], cache, GATES, True, whole)
    for moment in {*range(1, whole.checks, 5), whole.checks}:
        with pytest.raises(Cancelled):
            export(run, toys, tmp_path, ["keras"], cache, GATES, True, Recorder(cancel_when=lambda n, m=moment: n >= m))
        assert {k: v for k, v in listing(tmp_path).items() if "elsewhere" not in k} == before


@pytest.mark.parametrize("largest", [1_000, 60_000])
def test_F2_a_full_disk_leaves_the_old_export_whole(
    run: Run, toys: Dataset, cache: Path, exported: Exported, tmp_path: Path, largest: int
) -> None:
    """In the middle of a model, and in the middle of what goes with it."""
    out = tmp_path / "out"
    shutil.copytree(exported.folder, out)
    before = listing(out)
    with full_disk(largest), pytest.raises(UserError, match=r"could not be written \(File too large\)"):
        export(run, toys, out, ["fp32"], cache, GATES, True, Recorder())
    assert listing(out) == before
    assert [path.name for path in tmp_path.iterdir()] == ["out"]
    check_sums(out)
    export(run, toys, out, ["fp32"], cache, GATES, True, Recorder())
    assert listing(out) != before


class Overhearing(Recorder):
    """Keeps what the child that converts is asked for."""

    asked: dict[str, Any]

    def in_child(self, function: str, request: dict[str, Any]) -> dict[str, Any]:
        if function.endswith(":export_files"):
            self.asked = request
        return super().in_child(function, request)


def test_F4_ranges_are_measured_on_readable_images_of_every_class_in_turn(
    run: Run, toys: Dataset, cache: Path, tmp_path: Path
) -> None:
    """Of a training split that is nearly all circles, with a damaged image in three."""
    rare = [s for s in toys.of("train") if s.label != 0][6:10]
    assert sorted({sample.label for sample in rare}) == [1, 2]
    train = list(rare)
    for number in range(45):
        path = tmp_path / f"{number}.png"
        draw(path, "circle", 900 + number)
        if number % 3 == 0:
            path.write_bytes(path.read_bytes()[:500])
        train.append(Sample(5000 + number, path, 0, "train", path.name))
    dataset = Dataset(toys.classes, (*train, *toys.of("val")))
    progress = Overhearing()
    made = export(run, dataset, tmp_path / "out", ["int8"], cache, GATES, True, progress)
    label_of = {network_input(s.path, 96).tobytes(): s.label for s in train if s.image < 5000 or s.image % 3 != 2}
    rows = np.memmap(progress.asked["pixels"], np.uint8, "r", shape=(progress.asked["rows"], 96, 96, 3))
    labels = [label_of[rows[place].tobytes()] for place in progress.asked["calibration"]]
    assert len(labels) == len(rare) + 30, "every image that can be read, decoded as for the training, and no other"
    counts = [labels.count(label) for label in range(3)]
    least = min(counts)
    assert all(sorted(labels[3 * turn : 3 * turn + 3]) == [0, 1, 2] for turn in range(least)), "all classes in turn"
    assert made.caution.endswith(f"200 or more are better; received {len(rare) + 30}")
    assert Note(made.caution) in progress.events
    assert made.files[0].format == "int8"
    assert made.files[0].images == len(toys.of("val"))


def test_F2_a_read_only_folder_leaves_the_old_export_whole(
    run: Run, toys: Dataset, cache: Path, exported: Exported, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    shutil.copytree(exported.folder, out)
    before = listing(out)
    with held(out), pytest.raises(UserError, match=f"Cannot write here .*{out}$"):
        export(run, toys, out, ["fp32"], cache, GATES, True, Recorder())
    assert listing(out) == before


def test_what_cannot_be_exported_is_a_sentence(run: Run, toys: Dataset, cache: Path, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"received gguf$"):
        export(run, toys, tmp_path, ["keras", "gguf"], cache, GATES, True, Recorder())
    with pytest.raises(UserError, match=r"received none$"):
        export(run, toys, tmp_path, [], cache, GATES, True, Recorder())
    nothing = Dataset(toys.classes, tuple(s for s in toys.samples if s.split == "train"))
    with pytest.raises(UserError, match="no validation images"):
        export(run, nothing, tmp_path, ["keras"], cache, GATES, True, Recorder())
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError, match="Cannot write here"):
        export(run, toys, tmp_path / "file", ["keras"], cache, GATES, True, Recorder())


def test_below_its_gate_nothing_is_written_until_that_is_accepted(
    run: Run, toys: Dataset, cache: Path, tmp_path: Path
) -> None:
    gates = {**GATES, "fp16": Gate(1.01)}
    out = tmp_path / "out"
    refused = export(run, toys, out, ["fp16"], cache, gates, False, Recorder())
    assert not refused.written
    assert not out.exists()
    assert "where 101% is asked" in refused.files[0].proof.reasons[0]
    assert export(run, toys, out, ["fp16"], cache, gates, True, Recorder()).written
    told = json.loads((out / "model.json").read_text())["files"][0]
    assert (told["gate"], told["gate_asked"]["agreement"]) == ("fail", 1.01)
    assert "**not passed**: 0 of 18 images" in (out / "README.md").read_text()
    assert "exported all the same" in (out / "report.html").read_text()
    assert verify(out, None, Recorder()).golden == 6


def test_verify_proves_an_export_again_on_any_photos(exported: Exported, toys: Dataset, tmp_path: Path) -> None:
    rows = [f"{s.path},{toys.classes.names[s.label]}" for s in toys.of("train")[:10]]
    (tmp_path / "photos.csv").write_text("\n".join(["filepath,label", *rows, f"{toys.of('val')[0].path},star"]))
    (tmp_path / "labels.txt").write_text("triangle\nstar\ncircle\nsquare\n")
    found = verify(exported.folder, tmp_path / "photos.csv", Recorder())
    assert (found.unchanged, found.golden) == (21 + ("onnx" in formats_here()), 6)
    assert found.reference.endswith("model.keras")
    proofs = {name: proof for name, _, proof in found.files}
    assert set(proofs) == set(formats_here()) - {"keras"}
    assert all(proof.images == 11 for proof in proofs.values())
    assert proofs["fp32"].scores["test"].images == 10, "a label that the model does not know counts for nothing"
    assert proofs["fp32"].scores["test"].accuracy >= 0.9, "classes go by name, whatever their order elsewhere"
    assert proofs["fp32"].passed
    assert found.problems == ("The model has no class of this name: 'star'",)


def test_H12_what_is_written_about_a_run_is_text_and_never_markup(
    run: Run, toys: Dataset, cache: Path, tmp_path: Path
) -> None:
    odd = replace(run, name="<script>alert(1)</script> | `x`")
    export(odd, toys, tmp_path / "out", ["fp32"], cache, GATES, True, Recorder())
    page = (tmp_path / "out" / "report.html").read_text()
    assert "<script" not in page
    assert "&lt;script&gt;" in page
    assert "Asked of float32: at least 99.9% the same, |Δp| at most 0.001.</p>" in page
    assert "http" not in page.replace("http-equiv", ""), "nothing is loaded from elsewhere"
    first = (tmp_path / "out" / "README.md").read_text().splitlines()[0]
    assert first == r"# \<script\>alert(1)\</script\> \| \`x\`"
