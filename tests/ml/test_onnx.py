"""model.onnx: held against the model like every other file where the optional extra is installed, else a sentence."""

import json
from pathlib import Path

import numpy as np
import pytest

from vv_desktop.core import export_formats
from vv_desktop.core.dataset import Dataset
from vv_desktop.core.errors import UserError
from vv_desktop.core.export_formats import formats_here, why_not
from vv_desktop.core.gates import GATES
from vv_desktop.core.runs import Run
from vv_desktop.ml.export import Exported, export
from vv_desktop.ml.onnx_files import OnnxNetwork
from vv_desktop.ml.verification import verify

from .conftest import Recorder

with_extra = pytest.mark.skipif(why_not("onnx") is not None, reason=why_not("onnx") or "")


@pytest.fixture
def no_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(export_formats, "ONNX_EXTRA", ("onnx", "a_package_that_nobody_has"))


def test_without_the_extra_it_is_refused_with_how_to_get_it(
    no_extra: None, exported_run: Run, toys: Dataset, export_cache: Path, tmp_path: Path
) -> None:
    assert "onnx" not in formats_here()
    out = tmp_path / "out"
    with pytest.raises(UserError, match="pip install"):
        export(exported_run, toys, out, ["fp32", "onnx"], export_cache, GATES, True, Recorder())
    assert not out.exists()


@with_extra
def test_it_is_proved_like_every_other_file(exported: Exported) -> None:
    rows = json.loads((exported.folder / "model.json").read_text())["files"]
    (row,) = [row for row in rows if row["file"] == "model.onnx"]
    assert row["gate"] == "pass"
    assert row["gate_asked"] == {"agreement": 0.999, "difference": 0.001, "loss": None}
    assert (row["top1_agreement"], row["images"]) == (1.0, 18)
    assert row["max_abs_diff"] < 1e-4


@with_extra
def test_it_names_its_classes_and_runs_as_the_readme_says(exported: Exported, toys: Dataset) -> None:
    readme = (exported.folder / "README.md").read_text()
    code = readme.split("## ONNX")[1].split("```python\n")[1].split("```")[0]
    expected = json.loads((exported.folder / "golden" / "expected.json").read_text())
    photo = exported.folder / "golden" / expected["pictures"][0]["file"]
    for name, path in (("photo.jpg", photo), ("model.onnx", exported.folder / "model.onnx")):
        code = code.replace(f'"{name}"', repr(str(path)))
    said: list[tuple[str, float]] = []
    exec(compile(code, "README.md", "exec"), {"print": lambda label, share: said.append((label, share))})
    wanted = expected["model"][0]
    ((label, share),) = said
    assert label == toys.classes.names[int(np.argmax(wanted))]
    assert share == pytest.approx(max(wanted), abs=0.05), "another decoder"


@with_extra
def test_a_damaged_one_is_a_sentence_and_where_the_extra_is_missing_verify_says_that_it_was_not_asked(
    exported: Exported, toys: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "model.onnx").write_bytes(b"damaged")
    with pytest.raises(UserError, match=r"cannot be loaded .*model\.onnx$"):
        OnnxNetwork(tmp_path / "model.onnx")
    (tmp_path / "photos.csv").write_text(f"filepath,label\n{toys.of('val')[0].path},circle")
    monkeypatch.setattr(export_formats, "ONNX_EXTRA", ("a_package_that_nobody_has",))
    found = verify(exported.folder, tmp_path / "photos.csv", Recorder())
    assert "onnx" not in [name for name, _, _ in found.files]
    assert any(problem.startswith("model.onnx was not asked: ") for problem in found.problems)
