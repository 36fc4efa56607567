"""Answers as a CSV: exact paths, no formulas, whole or not at all."""

import csv
from pathlib import Path

import pytest

from vv_desktop.core.answers_csv import AnswersCsv
from vv_desktop.core.classes import ClassList
from vv_desktop.core.errors import UserError


def test_H17_rows_come_back_and_no_cell_is_a_formula(tmp_path: Path) -> None:
    target = tmp_path / "out.csv"
    with AnswersCsv(target, ClassList(("=1+1", "b"))) as rows:
        rows.add(Path("=a.jpg"), (0.75, 0.25), None)
        rows.add(tmp_path / "ü,\n.jpg", None, "-not a picture: x")
        assert not target.exists()
    with target.open(newline="", encoding="utf-8") as file:
        header, first, second = csv.reader(file)
    said = ["not sure", "unlike the training photos", "problem"]
    assert header == ["filepath", "label", "confidence", "'=1+1", "b", *said]
    assert first == [str(Path.cwd() / "=a.jpg"), "'=1+1", "0.750000", "0.750000", "0.250000", "", "", ""]
    assert second == [str(tmp_path / "ü,\n.jpg"), "", "", "", "", "", "", "'-not a picture: x"]


@pytest.mark.parametrize(
    ("threshold", "said"), [(0.75, ["no", "", "yes"]), (None, ["", "", ""]), (0.76, ["yes", "", "yes"])]
)
def test_what_is_less_probable_than_the_threshold_is_not_sure(
    tmp_path: Path, threshold: float | None, said: list[str]
) -> None:
    target = tmp_path / "out.csv"
    with AnswersCsv(target, ClassList(("a", "b")), threshold=threshold) as rows:
        rows.add(tmp_path / "a.jpg", (0.75, 0.25), None, unlike=True)
        rows.add(tmp_path / "b.jpg", None, "The picture is damaged: b.jpg")
        rows.add(tmp_path / "c.jpg", (0.4, 0.6), None)
    with target.open(newline="", encoding="utf-8") as file:
        found = list(csv.DictReader(file))
    assert [row["not sure"] for row in found] == said
    assert [row["unlike the training photos"] for row in found] == ["yes", "", ""]


def test_a_stream_that_ends_badly_leaves_the_old_file(tmp_path: Path) -> None:
    target = tmp_path / "out.csv"
    target.write_text("old")
    with pytest.raises(ZeroDivisionError), AnswersCsv(target, ClassList(("a", "b"))) as rows:
        rows.add(tmp_path / "a.jpg", (1.0, 0.0), None)
        raise ZeroDivisionError
    assert target.read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["out.csv"]


def test_a_folder_that_is_not_there_is_a_sentence(tmp_path: Path) -> None:
    with (
        pytest.raises(UserError, match=r"none/out\.csv$"),
        AnswersCsv(tmp_path / "none" / "out.csv", ClassList(("a",))),
    ):
        pass
