"""Averages: the mean by class name, on images that all answered, refused where there is none, and held to the best."""

import dataclasses
import json
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest

from vv_desktop import cli
from vv_desktop.core.averages import average_runs, gain_over_best, runs_of
from vv_desktop.core.classes import ClassList
from vv_desktop.core.dataset import Dataset
from vv_desktop.core.errors import UserError
from vv_desktop.core.plans import QUICK, Plan
from vv_desktop.core.project import Project
from vv_desktop.core.records import NewImage
from vv_desktop.core.runs import (
    Predictions,
    Run,
    averages_with,
    delete_run,
    labels_when_trained,
    list_runs,
    load_run,
    save_labels,
    save_predictions,
    save_run,
    today,
)

NAMES = ("car", "truck", "bus")
NOW = datetime(2026, 11, 25, 12)


@pytest.fixture
def project(tmp_path: Path) -> Project:
    rows = [NewImage(f"../{i}.jpg", 1, 1, str(i), NAMES[i % 3], split="test") for i in range(6)]
    return Project.create(tmp_path / "project", ClassList(NAMES), rows)


def add(project: Project, name: str, rows: dict[int, tuple[float, ...]], names: tuple[str, ...] = NAMES,
        plan: Plan = QUICK) -> Run:  # fmt: skip
    folder = project.runs_folder / name
    folder.mkdir(parents=True)
    save_labels(folder, project.dataset())
    ids = np.array(list(rows))
    save_predictions(folder, Predictions(ids, np.array(list(rows.values()), np.float32)))
    run = Run(folder, name, plan, ClassList(names), NOW, (), (), 1.0, False, "none", "0", {}, {}, {})
    save_run(run)
    return today(run, project.classes)


def right(label: int, by: float = 0.6) -> tuple[float, ...]:
    return tuple(by if i == label else (1 - by) / 2 for i in range(3))


def test_the_mean_is_by_name_and_of_images_that_all_answered(project: Project) -> None:
    one = add(project, "one", {1: (0.6, 0.3, 0.1), 2: (0.1, 0.8, 0.1)})
    other = add(project, "two", {3: (1.0, 0.0, 0.0), 2: (0.2, 0.4, 0.4), 1: (0.5, 0.3, 0.2)}, ("bus", "car", "truck"))
    average = average_runs((one, other), project.dataset(), None, NOW)
    kept = load_run(average.folder)
    assert kept == dataclasses.replace(average, classes_then=None)
    assert (kept.name, kept.plan.name, [m.run for m in kept.members]) == ("Average of 2", "average", ["one", "two"])
    found, rows = kept.predictions().of(np.array([1, 2, 3]))
    assert found.tolist() == [True, True, False]
    np.testing.assert_allclose(rows[:2], [[0.45, 0.25, 0.3], [0.25, 0.6, 0.15]], atol=1e-6)
    assert labels_when_trained(kept)[1] == "car"
    assert kept.scores["test"]["accuracy"] == 1.0
    assert [run.id for run in runs_of(kept)] == ["one", "two"]


def test_a_rename_between_two_trainings_does_not_part_their_classes(project: Project) -> None:
    add(project, "one", {1: right(0), 2: right(1)})
    project.rename_class("truck", "lorry", "mouse")
    add(project, "two", {1: right(0), 2: right(1)}, ("car", "lorry", "bus"))
    runs = tuple(today(run, project.classes) for run in list_runs(project.runs_folder)[0])
    average = average_runs(runs, project.dataset(), "both", NOW)
    again = today(load_run(average.folder), project.classes)
    assert again.classes.names == ("car", "lorry", "bus")
    assert again.name == "both"
    assert gain_over_best(again, project.dataset()) is not None


def test_the_gain_is_paired_and_over_the_best(project: Project) -> None:
    labels = {i + 1: i % 3 for i in range(6)}
    wrong = {i: (label + 1) % 3 for i, label in labels.items()}
    best = add(project, "best", {i: right(k if i > 2 else wrong[i], 0.5) for i, k in labels.items()})
    sure = add(project, "sure", {i: right(k, 0.9) if i < 4 else right(wrong[i], 0.4) for i, k in labels.items()})
    gain = gain_over_best(average_runs((sure, best), project.dataset(), None, NOW), project.dataset())
    assert gain is not None
    assert (gain.best.id, gain.split, gain.members) == ("best", "test", 2)
    pair = gain.paired
    assert (pair.both, pair.gained, pair.lost, pair.neither) == (4, 2, 0, 0)
    low, high = pair.interval
    assert low < pair.difference < high
    assert gain.sentence.startswith("No measurable difference: +33.3 points (")
    assert gain.sentence.endswith(") over best, the best of 2 runs, on 6 test images")


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        ({"names": ("car", "truck", "tram")}, "not all know bus, tram"),
        ({"plan": QUICK.changed(image_size=160)}, "received 224 px and 160 px"),
        ({"rows": {9: right(0)}}, "No image was answered by all of them"),
    ],
)
def test_what_cannot_be_averaged_is_refused_and_leaves_nothing(
    project: Project, more: dict[str, object], sentence: str
) -> None:
    one = add(project, "one", {1: right(0)})
    other = add(project, "two", **{"rows": {1: right(0)}, **more})  # type: ignore[arg-type]
    before = sorted(project.runs_folder.iterdir())
    with pytest.raises(UserError, match=sentence):
        average_runs((one, other), project.dataset(), None, NOW)
    assert sorted(project.runs_folder.iterdir()) == before


def test_an_average_is_of_two_different_trained_runs(project: Project) -> None:
    one, other = add(project, "one", {1: right(0)}), add(project, "two", {1: right(1)})
    with pytest.raises(UserError, match="two runs or more; received one"):
        average_runs((one, one), project.dataset(), None, NOW)
    average = average_runs((one, other, one), project.dataset(), None, NOW)
    with pytest.raises(UserError, match="not of other averages; received Average of 2"):
        average_runs((one, average), project.dataset(), None, NOW)


def test_without_one_of_its_runs_the_scores_stay_and_the_rest_says_why(project: Project) -> None:
    one, other = add(project, "one", {1: right(0)}), add(project, "two", {1: right(1)})
    average = average_runs((one, other), project.dataset(), None, NOW)
    assert averages_with(other, (one, other, average)) == (average,)
    delete_run(other)
    kept: Dataset = project.dataset()
    assert len(load_run(average.folder).predictions().images) == 1
    with pytest.raises(UserError, match="is the average of is gone; received two"):
        gain_over_best(load_run(average.folder), kept)


def test_the_command_line_averages_and_says_what_it_brought(
    project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("one", "two"):
        add(project, name, {i + 1: right(i % 3) for i in range(6)})
    project.close()
    with pytest.raises(SystemExit) as done:
        cli.main(["average", str(project.folder), "one", "two", "--name", "both", "--json"])
    answer = json.loads(capsys.readouterr().out)
    assert done.value.code == 0
    assert answer["members"] == ["one", "two"]
    assert (answer["gain"]["both"], answer["gain"]["difference"]) == (6, 0.0)
    assert load_run(project.runs_folder / answer["run"]).name == "both"
    with pytest.raises(SystemExit) as refused:
        cli.main(["average", str(project.folder), "one", "both"])
    assert refused.value.code == 1
    assert "not of other averages" in capsys.readouterr().err
