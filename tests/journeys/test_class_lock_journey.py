"""A run copied into a project with other classes: every page speaks of its answers by the right name, or says so."""

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from tests.conftest import copy_project
from vv_desktop import cli
from vv_desktop.core.classes import ClassList
from vv_desktop.core.project import Project, stored_path
from vv_desktop.core.records import NewImage
from vv_desktop.core.runs import Run
from vv_desktop.ui.browse.probability_bars import ProbabilityBars

ORDER = ("Tram", "Rear", "FrontRight", "FrontLeft", "RearRight", "Background", "RearLeft")


@pytest.fixture
def lock(trained: Path, tmp_path: Path) -> Path:
    """The toy project made anew in another order: Front is gone, half of it is Tram now, the rest has no label."""
    source = copy_project(trained, tmp_path / "source")
    old, target = Project.open(source), tmp_path / "anew"
    rows, fronts = [], 0
    for r in old.images.values():
        label = r.label
        if label == "Front":
            label, fronts = ("Tram" if fronts % 2 else None), fronts + 1
        path = stored_path(target.resolve(), old.path_of(r.id))
        rows.append(NewImage(path, r.size, r.mtime_ns, r.group, label, "test"))
    old.close()
    Project.create(target, ClassList(ORDER), rows).close()
    shutil.copytree(source / "runs", target / "runs")
    return target


def said_by(run: Run) -> dict[int, str]:
    """The surest class of each image that it has an answer for."""
    predictions = run.predictions()
    top = predictions.probabilities.argmax(axis=1)
    return {int(i): run.classes.names[k] for i, k in zip(predictions.images, top, strict=True)}


def predicted(folder: Path, images: list[int], capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    """What the command line says of images of the project."""
    project = Project.open(folder)
    photos = [str(project.path_of(image)) for image in images]
    project.close()
    with pytest.raises(SystemExit):
        cli.main(["predict", str(folder), *photos, "--json"])
    return json.loads(capsys.readouterr().out)  # type: ignore[no-any-return]


def test_every_page_names_what_the_old_run_says(  # type: ignore[no-untyped-def]
    open_app, qtbot: QtBot, lock: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    app = open_app(lock)
    window, session = app.window, app.session
    run, said = session.run, said_by(session.run)
    assert "Front" in run.classes.names
    assert "Front" not in session.project.classes.names
    fronts = [i for i, row in session.project.images.items() if row.label is None]
    strange = next(i for i in fronts if said[i] == "Front")

    window.show_page("evaluate")
    head = window.pages.evaluate.head.left_out
    trams = sum(row.label == "Tram" for row in session.project.images.values())
    assert f"left out: the run does not know Tram ({trams})." in head.text()
    assert "The run also answers Front: not a class of this project." in head.text()
    right = [said[i] == r.label for i, r in session.project.images.items() if r.label and r.label != "Tram"]
    assert session.evaluation.accuracy == pytest.approx(np.mean(right))
    assert session.evaluation.classes.names == run.classes.names

    window.show_page("browse")
    inspector = window.pages.browse.inspector
    session.select([strange])
    bars = inspector.findChild(ProbabilityBars)
    qtbot.waitUntil(lambda: "Front (not a class of this project)" in bars.accessibleName())

    window.show_page("predict")
    page, path = window.pages.predict, session.project.path_of(strange)
    page.predict_paths([path])
    qtbot.waitUntil(lambda: page.model.count == 1 and not page.model.results[0].waiting, timeout=20_000)
    assert page.model.index(0, 1).data() == "Front (not a class of this project)"
    assert not page.view.detail.add_button.isEnabled()
    QTest.keyClick(page.view.table, Qt.Key.Key_Return)
    assert session.project.images[strange].label is None
    assert page.view.noted == "1 photo is not labelled by that answer, not a class of this project: Front"
    QTest.keyClick(page.view.table, Qt.Key.Key_2)
    assert session.project.images[strange].label == "Rear", "a digit is of the project's order"
    session.edits.undo()

    assert session.edits.rename_class("Rear", "Back", "mouse") == ""
    assert session.run.classes.names == tuple("Back" if n == "Rear" else n for n in run.classes.names)
    assert session.edits.rename_class("Back", "Front", "mouse").startswith("A run knows another class by that name")
    session.close_project()
    rears = next(i for i, name in said.items() if name == "Rear")
    answers = predicted(lock, [rears, strange], capsys)
    assert answers[0]["label"] == "Back"
    assert (answers[1]["label"], answers[1]["problem"]) == ("Front", "not a class of this project")


def test_the_user_says_which_class_the_unknown_one_is(open_app, lock: Path) -> None:  # type: ignore[no-untyped-def]
    app = open_app(lock)
    session, window = app.session, app.window
    window.show_page("evaluate")
    left_out = window.pages.evaluate.head.left_out
    assert "Edit > Classes…" in left_out.toolTip()
    before = session.evaluation.left_out
    assert session.edits.rename_class("Tram", "Front", "mouse") == ""
    assert session.edits.rename_class("Front", "Tram", "mouse") == ""
    assert "Tram" in session.run.classes.names
    assert "Front" not in session.run.classes.names
    assert before > 0
    assert session.evaluation.left_out == 0
    assert not left_out.isVisible()
