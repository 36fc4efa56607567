"""The class lock: an old run in a project whose classes are others by now answers by name, never by place."""

import json
import shutil
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from vv_desktop import cli
from vv_desktop.core.advice import what_to_photograph
from vv_desktop.core.classes import ClassList, named_today
from vv_desktop.core.comparison import dataset_before
from vv_desktop.core.errors import UserError
from vv_desktop.core.evaluation import evaluate
from vv_desktop.core.importing import create_project, read_sources
from vv_desktop.core.plans import QUICK
from vv_desktop.core.progress import EpochEnd, NullProgress
from vv_desktop.core.project import Project
from vv_desktop.core.records import NewImage
from vv_desktop.core.runs import (  # fmt: skip
    Predictions,
    Run,
    find_run,
    labels_when_trained,
    load_run,
    save_labels,
    save_predictions,
    save_run,
    today,
)
from vv_desktop.core.suspects import Suspects, load_suspects, save_suspects

THEN = ("car", "truck", "bus")
SHARES = (0.7, 0.2, 0.1)


def make(folder: Path, classes: tuple[str, ...], labels: list[str]) -> Project:
    rows = [NewImage(f"../{i}.jpg", 1, 1, str(i), label, split="test") for i, label in enumerate(labels)]
    return Project.create(folder, ClassList(classes), rows)


def add_run(project: Project, classes: tuple[str, ...] = THEN, name: str = "old") -> Run:
    """A run of these classes whose answer to each image of the project is its label, if it knows it, or the first."""
    folder = project.runs_folder / name
    folder.mkdir(parents=True)
    epoch = EpochEnd("head", 1, 1.0, 0.5, 0.9, 0.5, 0.8, 1e-3, True)
    run = Run(folder, name, QUICK, ClassList(classes), datetime(2026, 11, 22), (epoch,), (), 1.0, False, "none", "0",
              {"test": 1}, {}, {})  # fmt: skip
    save_labels(folder, project.dataset())
    tops = [classes.index(row.label) if row.label in classes else 0 for row in project.images.values()]
    rows = np.array([np.roll(SHARES, top) for top in tops], np.float32)
    save_predictions(folder, Predictions(np.array(list(project.images)), rows))
    save_run(run)
    return run


@pytest.fixture
def before(tmp_path: Path) -> Project:
    """A project with a run that is right about all six of its images."""
    project = make(tmp_path / "before", THEN, ["car", "truck", "bus", "car", "truck", "bus"])
    add_run(project)
    return project


def made_anew(before: Project, classes: tuple[str, ...], labels: list[str]) -> Project:
    """The same images under other classes, with the old project's runs."""
    project = make(before.folder.parent / "anew", classes, labels)
    shutil.copytree(before.runs_folder, project.runs_folder)
    return project


def the_run(project: Project) -> Run:
    return today(find_run(project.runs_folder, None), project.classes)


def test_D11_names_changed_inside_a_run_are_refused(before: Project) -> None:
    """The order of the names is what gives the model's outputs their meaning."""
    file = the_run(before).folder / "run.json"
    file.write_text(file.read_text().replace('"car"', '"lorry"', 1))
    assert "lorry" in file.read_text()
    with pytest.raises(UserError, match=f"class names were changed after the training: {file}$"):
        load_run(file.parent)


def test_D10_a_labels_txt_that_is_changed_outside_moves_nothing(tmp_path: Path) -> None:
    """It is read when the project is made; from then on the store owns the order, and nobody asks the file."""
    for name in THEN:
        (tmp_path / "photos" / name).mkdir(parents=True)
        Image.new("RGB", (8, 8)).save(tmp_path / "photos" / name / "1.jpg")
    labels = tmp_path / "photos" / "labels.txt"
    labels.write_text("".join(f"{name}\n" for name in THEN))
    plan = read_sources([tmp_path / "photos"], None, NullProgress())
    project = Project.open(create_project(plan, tmp_path / "p", NullProgress()))
    project.resplit([(image, "test") for image in project.images], "mouse")
    add_run(project)
    for changed in ("bus\ncar\ntruck\n", "car\n", "lorry\ncar\n", ""):
        labels.write_text(changed)
        project.relabel(list(project.images)[:1], "truck", "mouse")
        project.undo()
        project.close()
        project = Project.open(tmp_path / "p")
        run = the_run(project)
        assert project.classes.names == run.classes.names == THEN
        scores = evaluate(project.dataset(), "test", run.predictions(), run.classes)
        assert (scores.accuracy, len(scores.images)) == (1.0, 3)
    assert labels.read_text() == "", "nor is it written"
    project.close()


def test_D11_reordered_classes_are_matched_by_name(before: Project) -> None:
    anew = made_anew(before, ("bus", "car", "truck"), ["car", "truck", "bus", "car", "truck", "bus"])
    run = the_run(anew)
    scores = evaluate(anew.dataset(), "test", run.predictions(), run.classes)
    assert run.classes.names == THEN
    assert (scores.accuracy, scores.left_out, scores.unknown) == (1.0, 0, ())
    assert labels_when_trained(run) == {row.id: row.label for row in anew.images.values()}
    then = dataset_before(anew.dataset(), labels_when_trained(run))
    assert then.samples == anew.dataset().samples


def test_a_renamed_class_keeps_its_answers_and_undo_gives_the_name_back(before: Project) -> None:
    before.rename_class("truck", "lorry", "mouse")
    assert the_run(before).classes.names == ("car", "lorry", "bus")
    run = the_run(before)
    assert evaluate(before.dataset(), "test", run.predictions(), run.classes).accuracy == 1.0
    assert set(labels_when_trained(run).values()) == {"car", "lorry", "bus"}
    before.rename_class("lorry", "van", "mouse")
    assert the_run(before).classes.names == ("car", "van", "bus")
    later = add_run(before, ("car", "van", "bus"), "z-later")
    before.undo()
    before.undo()
    assert the_run(before).classes.names == THEN
    assert today(later, before.classes).classes.names == THEN, "trained between a rename and its undo"
    folder = before.folder
    before.close()
    again = Project.open(folder)
    assert today(later, again.classes).classes.names == THEN
    again.close()


def test_an_added_class_is_left_out_and_counted(before: Project) -> None:
    anew = made_anew(before, ("tram", *THEN), ["tram", "tram", "bus", "car", "truck", "bus"])
    run = the_run(anew)
    scores = evaluate(anew.dataset(), "test", run.predictions(), run.classes)
    assert (scores.left_out, scores.unknown, len(scores.images), scores.accuracy) == (2, (("tram", 2),), 4, 1.0)


def test_another_class_in_the_place_of_a_removed_one_never_gets_its_answers(before: Project) -> None:
    anew = made_anew(before, ("car", "tram", "bus"), ["car", "tram", "bus", "car", "tram", "bus"])
    run = the_run(anew)
    scores = evaluate(anew.dataset(), "test", run.predictions(), run.classes)
    assert run.classes.names == THEN
    assert anew.classes.missing(run.classes) == ("truck",)
    assert scores.unknown == (("tram", 2),)
    assert all(one.name != "truck" for one in what_to_photograph(anew.dataset(), scores, "test"))


def test_a_class_that_a_run_knows_by_two_names_is_not_guessed_at(before: Project) -> None:
    before.rename_class("truck", "lorry", "mouse")
    both = today(add_run(before, ("truck", "lorry", "bus"), "both"), before.classes)
    assert both.classes.names == ("truck", "lorry", "bus")
    assert before.classes.missing(both.classes) == ("truck",)


def test_a_name_that_two_classes_had_is_not_guessed_at() -> None:
    now = ClassList(("a", "b"), former=(("x", "a"), ("x", "b"), ("y", "b")))
    assert named_today(ClassList(("x", "y")), now).names == ("x", "b")
    assert now == ClassList(("a", "b")), "what classes were called makes no other list of them"


def test_a_ranking_of_suspects_in_another_order_is_made_again(tmp_path: Path) -> None:
    none, nothing = np.zeros(0, np.int64), np.zeros((0, 3), np.float32)
    ranking = Suspects(ClassList(THEN), none, none, nothing, nothing[:, 0], none > 0, none, none, "0", 1.0)
    save_suspects(ranking, tmp_path / "s.npz")
    assert load_suspects(tmp_path / "s.npz", ClassList(("bus", "car", "truck"))) is None
    assert load_suspects(tmp_path / "s.npz", ClassList(("car", "tram", "bus"))) is None
    renamed = ClassList(("car", "lorry", "bus"), former=(("truck", "lorry"),))
    found = load_suspects(tmp_path / "s.npz", renamed)
    assert found is not None
    assert found.classes == renamed


def test_the_command_line_says_which_classes_are_whose(before: Project, capsys: pytest.CaptureFixture[str]) -> None:
    anew = made_anew(before, ("bus", "tram", "car"), ["car", "tram", "bus", "car", "tram", "bus"])
    anew.rename_class("bus", "coach", "mouse")
    anew.close()
    with pytest.raises(SystemExit) as done:
        cli.main(["evaluate", str(anew.folder), "--json"])
    answer = json.loads(capsys.readouterr().out)
    assert done.value.code == 0
    assert answer["classes"] == ["car", "truck", "coach"]
    assert answer["not_in_project"] == ["truck"]
    assert (answer["left_out"], answer["unknown_to_run"], answer["accuracy"]) == (2, {"tram": 2}, 1.0)
    with pytest.raises(SystemExit):
        cli.main(["evaluate", str(anew.folder)])
    said = capsys.readouterr().out
    assert "2 images are left out: the run does not know tram (2)." in said
    assert "The run also answers truck: not a class of this project." in said
