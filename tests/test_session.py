"""What is open now: one signal for each change, and a refusal of the disk is said and shown."""

import shutil
import sqlite3
from pathlib import Path

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from vv_desktop.core.bundled import resources_folder
from vv_desktop.core.project import Project
from vv_desktop.core.runs import load_run
from vv_desktop.jobs import Jobs
from vv_desktop.session import Message, Session
from vv_desktop.ui.status_bar import StatusBar
from vv_desktop.ui.theme import LIGHT


@pytest.fixture
def session(qtbot: QtBot, untrained_copy: Path) -> Session:
    made = Session()
    made.open(Project.open(untrained_copy))
    yield made  # type: ignore[misc]
    made.close_project()


def test_relabel_is_saved_and_said(session: Session, qtbot: QtBot) -> None:
    said: list[Message] = []
    session.said.connect(said.append)
    with qtbot.waitSignal(session.images_changed) as changed:
        assert session.edits.relabel([1, 2], "Background", "keyboard")
    assert changed.args[0] <= {1, 2}
    assert said[-1].undo
    assert not session.edits.relabel([1, 2], "Background", "keyboard"), "nothing to change is no edit"


def test_a_refused_edit_is_never_shown_as_saved(
    session: Session, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    bar = StatusBar(session, Jobs(), LIGHT, resources_folder())
    qtbot.addWidget(bar)
    assert session.project is not None
    before = session.project.images[1].label
    store = session.project.store

    class Full:
        """A database on a full disk."""

        def __init__(self, real: sqlite3.Connection) -> None:
            self._real = real

        def execute(self, statement: str, *arguments: object) -> object:
            if statement == "COMMIT":
                raise sqlite3.OperationalError("database or disk is full")
            return self._real.execute(statement, *arguments)

        def __getattr__(self, name: str) -> object:
            return getattr(self._real, name)

    real = store._db
    monkeypatch.setattr(store, "_db", Full(real))
    other = "Rear" if before != "Rear" else "Front"
    assert not session.edits.relabel([1], other, "keyboard")
    assert session.project.images[1].label == before
    assert "disk is full" in bar._message.text()
    assert "not saved" in bar._saved.text()
    monkeypatch.setattr(store, "_db", real)
    assert [r.label for r in store.images([1])] == [before]
    assert session.edits.relabel([1], other, "keyboard")
    assert "not saved" not in bar._saved.text()


def test_undo_and_redo_are_said(session: Session) -> None:
    said: list[str] = []
    session.said.connect(lambda message: said.append(message.text))
    assert not session.edits.undo(), "there is nothing to undo"
    session.edits.relabel([3], "Background", "keyboard")
    session.select([7])
    session.edits.undo()
    assert session.selection == (3,), "what was taken back is looked at"
    session.edits.redo()
    assert said[-2].startswith("Undone: ")
    assert said[-1].startswith("Done again: ")


def test_a_project_is_told_of_before_anything_in_it(qtbot: QtBot, trained_copy: Path, tmp_path: Path) -> None:
    """A page that hears of a run or of suspects first would look for their images among those of the project before."""
    session, heard = Session(), list[tuple[str, Path | None]]()
    for name in ("project", "run", "evaluation", "suspects", "quality", "runs", "selection"):
        signal = getattr(session, f"{name}_changed")
        signal.connect(lambda *_, n=name: heard.append((n, session.project.folder if session.project else None)))
    shutil.copytree(trained_copy, tmp_path / "again")
    session.open(Project.open(trained_copy))
    session.reopen(Project.open(tmp_path / "again"))
    for folder in (trained_copy, tmp_path / "again"):
        told = [name for name, of in heard if of == folder.resolve()]
        assert told[0] == "project"
        assert "run" in told
    session.close_project()


def test_closing_lets_go_of_the_project(session: Session, untrained_copy: Path) -> None:
    session.close_project()
    assert session.project is None
    Project.open(untrained_copy).close()


def test_a_renamed_class_takes_its_runs_along(qtbot: QtBot, trained_copy: Path) -> None:
    session = Session()
    session.open(Project.open(trained_copy))
    session.look_at_split("train")
    assert session.project is not None
    assert session.run is not None
    assert session.evaluation is not None
    before, image = session.evaluation, next(iter(session.project.images))
    with qtbot.waitSignals([session.classes_changed, session.run_changed, session.images_changed]):
        assert session.edits.rename_class("Front", "Bow", "mouse") == ""
    assert session.evaluation.classes.names[0] == session.run.classes.names[0] == "Bow"
    assert np.array_equal(session.evaluation.confusion, before.confusion)
    assert session.evaluation.left_out == before.left_out
    assert not session.changed_since_run
    assert session.probabilities(image) is not None
    kept = load_run(session.run.folder)
    assert kept.classes.names[0] == "Front", "run.json is as the training wrote it"
    session.edits.relabel([image], "Bow", "keyboard")
    assert (
        session.edits.rename_class("Rear", "Front", "mouse")
        == "A run knows another class by that name; received 'Front'"
    )

    session.close_project()
    session.open(Project.open(trained_copy))
    session.look_at_split("train")
    assert session.run is not None
    assert session.run.classes.names[0] == "Bow"
    session.edits.undo()
    session.edits.undo()
    assert session.run.classes.names[0] == "Front"
    assert np.array_equal(session.evaluation.confusion, before.confusion)
    session.close_project()


def test_names_that_change_places_are_told_too(session: Session, qtbot: QtBot) -> None:
    assert session.project is not None
    names = session.project.classes.names
    before = session.project.store.groups(1)
    for old, new in ((names[0], "x"), (names[1], names[0]), ("x", names[1])):
        assert session.edits.rename_class(old, new, "mouse") == ""
    assert session.project.classes.names[:2] == (names[1], names[0])
    first = session.project.store.groups(3)[-1]
    assert not before or first.id > before[0].id
    labelled = {row.id for row in session.project.images.values() if row.label in names[:2]}
    with (
        qtbot.waitSignals([session.classes_changed, session.images_changed]),
        qtbot.waitSignal(session.images_changed) as heard,
    ):
        session.edits.back_to(first.id, "history")
    assert session.project.classes.names == names
    assert heard.args[0] >= labelled
