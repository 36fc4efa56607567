"""The command line as scripts use it: JSON on stdout and nothing else, sentences on stderr, the right exit status."""

import csv
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from tests.bare import check, make_bare
from tests.read_only import read_only
from vv_desktop.cli import main
from vv_desktop.core.caches import cache_of
from vv_desktop.core.classes import ClassList
from vv_desktop.core.project import USUAL_THRESHOLD, Project
from vv_desktop.core.records import NewImage
from vv_desktop.core.toys import draw_vehicle

NAMES = ["Front", "FrontLeft", "FrontRight", "Rear", "RearLeft", "RearRight", "Background"]


def call(*arguments: object, status: int = 0) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "vv_desktop", *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=200)
    assert done.returncode == status, done.stdout + done.stderr
    return done


def answer(*arguments: object, status: int = 0) -> Any:
    return json.loads(call(*arguments, "--json", status=status).stdout)


def test_import(toy_folder: Path, tmp_path: Path) -> None:
    (tmp_path / "extra.csv").write_text(f"filepath,label\n{toy_folder}/images/nothing.jpg,Front\n")
    document = answer("import", toy_folder / "labels.csv", tmp_path / "extra.csv", "--project", tmp_path / "p")
    assert document["classes"] == NAMES
    assert document["images"] == document["labelled"] == sum(document["splits"].values())
    assert all(document["splits"].values())
    assert [p["path"] for p in document["problems"]] == ["extra.csv:2"]


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
    assert all(Path(f["path"]).stat().st_size == f["bytes"] and f["images"] > 0 for f in files)
    for file in files:
        assert file["interval"][0] <= file["accuracy"] <= file["interval"][1]
        assert {"1", "2", "4"} == set(file["latency_ms"])
        assert file["gate"] in ("pass", "fail")
        assert 0 <= file["mean_abs_diff"] <= file["max_abs_diff"]
        assert len(file["changed"]) == round((1 - file["top1_agreement"]) * file["images"])
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


def test_predict_names_what_it_cannot_read(trained: Path, toy_folder: Path, tmp_path: Path) -> None:
    (tmp_path / "bad.jpg").write_text("no picture")
    Image.new("RGB", (9, 9)).save(tmp_path / "good.png")
    documents = answer("predict", trained, tmp_path / "bad.jpg", tmp_path / "good.png", tmp_path / "gone.jpg", status=1)
    assert "bad.jpg" in documents[0]["error"]
    assert "label" in documents[1]
    assert "gone.jpg" in documents[2]["error"]


def test_predict_streams_a_folder_into_a_csv(trained: Path, tmp_path: Path) -> None:
    folder = tmp_path / "in" / "deep"
    folder.mkdir(parents=True)
    for i in range(3):
        Image.new("RGB", (9, 9)).save(folder / f"{i}.png")
    (folder / "phone.heic").write_bytes(b"no picture")
    out = tmp_path / "out.csv"
    assert answer("predict", trained, folder.parent, "--csv", out, status=1) == {"csv": str(out), "photos": 4}
    with out.open(newline="") as file:
        rows = list(csv.DictReader(file))
    said = ["not sure", "unlike the training photos", "problem"]
    assert list(rows[0]) == ["filepath", "label", "confidence", *NAMES, *said]
    assert [Path(row["filepath"]).name for row in rows] == ["0.png", "1.png", "2.png", "phone.heic"]
    assert all(row["label"] in NAMES and float(row["confidence"]) == float(row[row["label"]]) for row in rows[:3])
    assert all((row["not sure"] == "yes") == (float(row["confidence"]) < USUAL_THRESHOLD) for row in rows[:3])
    assert rows[3]["problem"] == "HEIC is not read here; convert it to JPEG or PNG: phone.heic"
    said = call("predict", trained, folder, status=1).stdout.splitlines()
    assert len(said) == 4
    assert said[3] == rows[3]["problem"]


def test_train_reports_its_phases(untrained_copy: Path) -> None:
    document = answer("train", untrained_copy, "--plan", "quick", "--set", "head_epochs=2", "--seed", 3)
    assert [p["name"] for p in document["phases"]] == ["head"]
    assert document["phases"][0]["epochs"] == 2
    assert set(document["test"]) >= {"accuracy", "macro_f1"}
    run = json.loads((untrained_copy / "runs" / document["run"] / "run.json").read_text())
    assert run["plan"]["seed"] == 3


def test_train_like_a_run_repeats_it(untrained_copy: Path) -> None:
    values = ["--set", "head_epochs=2", "--set", "mirror=yes", "--set", "mirror_average=yes", "--seed", 5]
    first = answer("train", untrained_copy, *values)["run"]
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


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        (["import", "/nowhere", "--project", "{tmp}/p"], 1, "/nowhere"),
        (["train", "{tmp}"], 1, "There is no project here"),
        (["train", "{project}", "--set", "head_epochs=many"], 1, "received 'many'"),
        (["train", "{project}", "--set", "nonsense=1"], 1, "received 'nonsense'"),
        (["train", "{project}", "--set", "dropout"], 1, "received 'dropout'"),
        (["train", "{project}", "--set", "dropout=7"], 1, "received 7"),
        (["train", "{project}", "--plan", "best-ever"], 2, "best-ever"),
        (["train", "{project}", "--weights", "{tmp}/none.h5"], 1, "none.h5"),
        (["train", "{project}", "--resume", "nothing"], 1, "received 'nothing'"),
        (["train", "{project}", "--resume", "it", "--seed", "7"], 1, "received --seed 7"),
        (["evaluate", "{project}", "--run", "other"], 1, "no run"),
        (["predict", "{project}", "a.jpg"], 1, "no run"),
        (["predict", "{tmp}/model.tflite", "a.jpg"], 1, "model.tflite"),
        (["export", "{project}", "--out", "{tmp}/x", "--formats", "gif"], 1, "received 'gif'"),
        (["export", "{project}"], 2, "--out"),
        (["export", "{project}", "--out", "{tmp}/x", "--gate", "int8=97"], 1, "received 'int8=97'"),
        (["verify", "{tmp}"], 1, "no whole export"),
        (["evaluate"], 2, "project"),
    ],
)  # fmt: skip
def test_wrong_input_gets_one_sentence(
    untrained: Path, tmp_path: Path, arguments: list[str], status: int, words: str
) -> None:
    done = call(*(a.format(tmp=tmp_path, project=untrained) for a in arguments), status=status)
    assert words in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


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


def test_duplicates(toy_folder: Path, tmp_path: Path) -> None:
    first, second = sorted((toy_folder / "images").rglob("*.jpg"))[:2]
    for name, source in {"Front/a.jpg": first, "Front/b.jpg": second, "Rear/c.jpg": first}.items():
        (tmp_path / "photos" / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(source, tmp_path / "photos" / name)
    call("import", tmp_path / "photos", "--project", tmp_path / "p")
    (pair,) = answer("duplicates", tmp_path / "p")
    assert [Path(pair[side]).name for side in "ab"] == ["a.jpg", "c.jpg"]
    assert pair["kind"] == "exact"
    assert pair["similarity"] == 1
    assert pair["labels"] == ["Front", "Rear"]
    assert len(pair["splits"]) == 2
    assert call("duplicates", tmp_path / "p").stdout.startswith(" exact  1.000")


def test_quality(tmp_path: Path) -> None:
    sharp = draw_vehicle("Front", 3, 0)
    pictures = {"dark.png": sharp.point(lambda v: v * 0.2), "sharp.png": sharp, "tiny.png": sharp.resize((20, 20))}
    for name, picture in pictures.items():
        picture.save(tmp_path / name)
    (tmp_path / "torn.png").write_bytes(b"no picture")
    images = [NewImage(name, 1, 0, "car", "Front", "train") for name in (*pictures, "torn.png")]
    Project.create(tmp_path, ClassList(("Front", "Rear")), images).close()
    found = answer("quality", tmp_path)
    assert {kind: count for kind, count in found["counts"].items() if count} == {"dark": 1, "tiny": 1}
    assert [(Path(one["path"]).name, one["kind"]) for one in found["images"]] == [
        ("dark.png", "dark"),
        ("tiny.png", "tiny"),
    ]
    assert found["images"][1]["value"] == 20
    assert [Path(one["path"]).name for one in found["unreadable"]] == ["torn.png"]


def test_labels_go_out_and_come_in_again(untrained_copy: Path, tmp_path: Path) -> None:
    """A label is changed in the CSV, one row is of no image and one of no class: the rest is one undo step."""
    out = tmp_path / "labels.csv"
    told = answer("export-labels", untrained_copy, out)
    lines = out.read_text().splitlines()
    assert (told["images"], lines[0]) == (len(lines) - 1, "filepath,label,split,group")
    assert answer("relabel", untrained_copy, out) == {"matched": told["images"], "changed": 0, "problems": []}
    name, label, *rest = lines[1].split(",")
    other = next(n for n in NAMES if n != label)
    wrong = [",".join((name, other, *rest)), "nowhere.jpg,Front,,", lines[2].replace(lines[2].split(",")[1], "Side")]
    out.write_text("\n".join([lines[0], *wrong, *lines[3:]]))
    told = answer("relabel", untrained_copy, out)
    assert (told["matched"], told["changed"]) == (len(lines) - 2, 1)
    assert [problem["path"] for problem in told["problems"]] == ["labels.csv:3", "labels.csv:4"]
    (tmp_path / "foreign.csv").write_text("filepath,label\nnowhere.jpg,Front\n")
    assert "foreign.csv" in call("relabel", untrained_copy, tmp_path / "foreign.csv", status=1).stderr
    project = Project.open(untrained_copy)
    image = next(i for i in project.images if str(project.path_of(i)) == os.path.normpath(tmp_path / name))
    assert project.images[image].label == other
    assert project.store.journal()[0].origin == "command line"
    assert project.undo() is not None
    assert project.images[image].label == label
    project.close()


def test_A12_what_the_window_has_open_can_be_read(untrained_copy: Path, tmp_path: Path) -> None:
    out = tmp_path / "labels.csv"
    project = Project.open(untrained_copy)  # as this process has it, every other one finds it held
    image = next(iter(project.images))
    project.relabel([image], NAMES[5], "keyboard")
    told = call("export-labels", untrained_copy, out, "--json")
    assert told.stderr.startswith(
        f"Read-only, as it is now: the project is open in another window by process {os.getpid()} since "
    )
    assert json.loads(told.stdout)["images"] == len(project.images)
    assert out.read_text().splitlines()[1].split(",")[1] == NAMES[5], "the edit that only the -wal has"
    project.relabel([image], NAMES[0], "keyboard")
    project.close()


@pytest.mark.parametrize(("command", "status"), [("quality", 0), ("export-labels", 0), ("relabel", 1)])
def test_A10_a_read_only_folder_can_be_read(
    untrained_copy: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], command: str, status: int
) -> None:
    """In this process, as root gets its rights back in each new one."""
    out = tmp_path / "labels.csv"
    out.write_text("filepath,label\na.jpg,Front\n")
    with read_only(untrained_copy), pytest.raises(SystemExit) as ended:
        kept = cache_of(untrained_copy)
        main([command, str(untrained_copy), *([] if command == "quality" else [str(out)])])
    if command == "quality":
        assert not kept.is_relative_to(untrained_copy)
        assert list(kept.glob("pixels/*.bin")), "what is worked out is kept with the user"
    assert cache_of(untrained_copy) == untrained_copy / "cache"
    assert ended.value.code == status
    said = capsys.readouterr()
    begins = "Read-only, as it is now: the project" if status == 0 else "The project"
    assert said.err.splitlines()[0].startswith(f"{begins} is in a place that cannot be written to")
    assert bool(said.out) == (status == 0)


def test_doctor() -> None:
    document = answer("doctor")
    assert document["keras"].startswith("3.")
    assert "pretrained weights" in document
    assert str(Path.home()) not in json.dumps(document)


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
