"""Summaries of the journal, and the journal as a CSV."""

import csv
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from vv_desktop.core.classes import ClassList
from vv_desktop.core.journal_csv import safe, write_journal
from vv_desktop.core.project import Project
from vv_desktop.core.records import NewImage


def test_summaries_count_edits_and_images_and_know_what_is_in_force(tmp_path: Path) -> None:
    new = [NewImage(f"{i}.jpg", 1, 1, "g") for i in range(4)]
    project = Project.create(tmp_path / "p", ClassList(("Front", "Rear")), new)
    project.relabel([1], "Front", "keyboard")
    project.undo()
    project.resplit([(1, "train"), (2, "val")], "split", [(1, "a")])
    project.relabel([3], "Rear", "map")
    project.undo()
    found = [(g.origin, g.edits, g.images, g.state) for g in project.store.groups()]
    assert found == [
        ("map", 1, 1, "undone"),
        ("split", 3, 2, "done"),
        ("keyboard", 1, 1, "abandoned"),
    ]
    assert [g.origin for g in project.store.groups(2)] == ["map", "split"]
    assert write_journal(tmp_path / "journal.csv", project) == 3  # of the one group in force
    project.close()


def test_the_words_of_a_step_count_what_changed(tmp_path: Path) -> None:
    new = [NewImage(f"{i}.jpg", 1, 1, "g") for i in range(4)]
    project = Project.create(tmp_path / "p", ClassList(("Front", "Rear")), new)
    project.relabel([1, 2], "Front", "keyboard")
    project.relabel([1, 2, 3, 4], "Front", "matrix")
    project.relabel([1, 2, 3], "Front", "matrix")
    project.exclude([1], True, "keyboard")
    project.exclude([1, 2, 3], True, "keyboard")
    project.resplit([(1, "train"), (2, "val")], "split")
    project.resplit([(1, "train"), (2, "train")], "split")
    found = [(g.what, g.images) for g in reversed(project.store.groups())]
    assert found == [
        ("Label 2 images Front", 2),
        ("Label 2 images Front", 2),
        ("Exclude 0.jpg", 1),
        ("Exclude 2 images", 2),
        ("Put 2 images into splits", 2),
        ("Put 1.jpg into splits", 1),
    ]
    project.close()


def test_a_renamed_class_is_in_the_csv_without_an_image(tmp_path: Path) -> None:
    project = Project.create(tmp_path / "p", ClassList(("-1", "Rear")), [NewImage("0.jpg", 1, 1, "g", "Rear")])
    project.rename_class("-1", "@home", "mouse")  # its id is that of an image, too
    write_journal(tmp_path / "journal.csv", project)
    with (tmp_path / "journal.csv").open(newline="", encoding="utf-8") as file:
        _, row = csv.reader(file)
    assert row[1:] == ["mouse", "Rename class -1 to @home", "", "class", "'-1", "'@home"]
    project.close()


@given(st.text(st.characters() | st.sampled_from("=+-@\t\r'")))
def test_no_cell_begins_like_a_formula_and_none_is_lost(cell: str) -> None:
    assert not safe(cell).startswith(("=", "+", "-", "@", "\t", "\r"))
    assert safe(cell) in (cell, f"'{cell}")
