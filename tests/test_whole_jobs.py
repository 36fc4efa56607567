"""Whole jobs on the command line: train, evaluate, predict, export, the demo; cancelled by Ctrl+C."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.bare import check, make_bare
from tests.test_cli import NAMES, answer, call
from vv_desktop.core.project import USUAL_THRESHOLD


@pytest.fixture(autouse=True)
def temporary_folder_stays_clean(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> Iterator[None]:
    """TensorFlow writes the code that it generates to files there, and a child that ends at once would leave them."""
    folder = tmp_path_factory.mktemp("temporary")
    monkeypatch.setenv("TMPDIR", str(folder))
    yield
    assert [path.name for path in folder.iterdir()] == []


def check_exported(files: list[dict[str, Any]]) -> None:
    """Each file says of itself what can be so."""
    assert all(Path(f["path"]).stat().st_size == f["bytes"] and f["images"] > 0 for f in files)
    for file in files:
        assert file["interval"][0] <= file["accuracy"] <= file["interval"][1]
        assert {"1", "2", "4"} == set(file["latency_ms"])
        assert file["gate"] in ("pass", "fail")
        assert 0 <= file["mean_abs_diff"] <= file["max_abs_diff"]
        assert len(file["changed"]) == round((1 - file["top1_agreement"]) * file["images"])


def test_the_whole_job(trained_copy: Path, toy_folder: Path, tmp_path: Path) -> None:
    """evaluate, predict and export on a trained project; the export is asked without the project."""
    scores = answer("evaluate", trained_copy, "--split", "train")
    assert scores["classes"] == NAMES
    assert scores["interval"][0] <= scores["accuracy"] <= scores["interval"][1]
    assert (
        sum(map(sum, scores["confusion"]))
        == scores["images"]
        == sum(c["support"] for c in scores["per_class"].values())
    )
    assert set(scores["per_class"]["Rear"]) == {"precision", "recall", "f1", "support"}

    mistakes = scores["images"] - sum(row[i] for i, row in enumerate(scores["confusion"]))
    assert sum(scores["viewpoint"]["off"].values()) + scores["viewpoint"]["background"] == mistakes
    assert scores["advice"] == [], "what it learned from flatters"
    advice = answer("evaluate", trained_copy, "--split", "test")["advice"]
    assert advice
    assert all(a["sentence"].startswith(f"{a['name']}: ") and a["name"] in NAMES for a in advice)

    photos = sorted((toy_folder / "images").rglob("*.jpg"))[:3]
    documents = answer("predict", trained_copy, *photos)
    assert [d["file"] for d in documents] == [str(p) for p in photos]
    for document in documents:
        assert document["label"] == document["top"][0][0]
        assert document["confidence"] == pytest.approx(document["top"][0][1])
        assert document["unlike"] == (document["distance"] > 1)
        assert document["not_sure"] == (document["confidence"] < USUAL_THRESHOLD)

    out = tmp_path / "out"
    wanted = ["--formats", "fp32,int8", "--accept-failed-gate"]  # of so few images one may well change
    files = answer("export", trained_copy, "--out", out, *wanted)["files"]
    assert [f["format"] for f in files] == ["fp32", "int8"]
    assert files[0]["top1_agreement"] == 1.0
    assert files[0]["max_abs_diff"] < 1e-3
    check_exported(files)
    assert (out / "labels.txt").read_text().split() == NAMES
    assert answer("verify", out)["golden"] == 14
    (out / "labels.txt").write_text("\n".join(reversed(NAMES)))
    assert "was changed or damaged" in call("verify", out, status=1).stderr
    (out / "labels.txt").write_text("".join(f"{name}\n" for name in NAMES))
    foreign = answer("predict", files[0]["path"], *photos)
    for mine, theirs in zip(documents, foreign, strict=True):
        assert mine["label"] == theirs["label"]
        assert mine["confidence"] == pytest.approx(theirs["confidence"], abs=1e-3)
        assert theirs["not_sure"] is None, "a file knows no threshold"


def test_train_reports_its_phases_and_like_a_run_repeats_it(untrained_copy: Path) -> None:
    values = ["--set", "head_epochs=2", "--set", "mirror=yes", "--set", "mirror_average=yes", "--seed", 5]
    document = answer("train", untrained_copy, "--plan", "quick", *values)
    assert [p["name"] for p in document["phases"]] == ["head"]
    assert document["phases"][0]["epochs"] == 2
    assert set(document["test"]) >= {"accuracy", "macro_f1"}
    first = document["run"]
    done = call("train", untrained_copy, "--like", first, "--json")
    second = json.loads(done.stdout)["run"]
    one, other = (json.loads((untrained_copy / "runs" / run / "run.json").read_text()) for run in (first, second))
    assert one["plan"] == other["plan"]
    assert one["plan"]["seed"] == 5
    for before, after in zip(one["history"], other["history"], strict=True):
        assert after["val_loss"] == pytest.approx(before["val_loss"], rel=1e-4)
    assert one["scores"] == other["scores"]
    assert "changed since" not in done.stderr
    changed = answer("train", untrained_copy, "--like", first, "--set", "head_epochs=1")
    assert changed["phases"][0]["epochs"] == 1
    assert "--like" in call("train", untrained_copy, "--like", first, "--plan", "quick", status=2).stderr
    assert "received 'nothing'" in call("train", untrained_copy, "--like", "nothing", status=1).stderr


def test_ctrl_c_cancels_and_leaves_no_run(untrained_copy: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "vv_desktop", "train", str(untrained_copy)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    time.sleep(1.0)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130, err
    assert "Cancelled." in err
    assert not list((untrained_copy / "runs").glob("*/run.json"))


def test_demo_without_a_window(tmp_path: Path) -> None:
    """With fewer toys than the real demo: it is drawn, trained, evaluated, exported, and reported with pictures."""
    environment = {k: v for k, v in os.environ.items() if k not in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")}
    code = (
        "import sys, vv_desktop.core.demo as d; d.COUNT = 60; d.make_demo.__defaults__ = (60,);"
        "from vv_desktop.cli import main; main(sys.argv[1:])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, "demo", "--dir", str(tmp_path / "demo"), "--json"],
        capture_output=True, text=True, env=environment, timeout=250,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "the same job runs without a window" in done.stderr
    document = json.loads(done.stdout)
    assert Path(document["project"]) == tmp_path / "demo" / "vv-project"
    page = Path(document["report"]).read_text()
    assert page.count("data:image/jpeg") >= 5
    assert "Confusion matrix" in page
    assert {f["format"] for f in document["files"]} == {"fp32", "int8"}
    (tmp_path / "bare").mkdir()
    status, said = check(make_bare(tmp_path / "bare"), Path(document["report"]).parent / "export")
    assert (status, said.split(":")[0]) == (0, "PASS"), said
    shutil.rmtree(tmp_path / "demo")
