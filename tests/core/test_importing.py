"""Opening folders and CSV files: everything is matched or named, nothing is dropped."""

from pathlib import Path

import pytest

from tests.importing import picture, read, reasons
from vv_desktop.core.errors import UserError
from vv_desktop.core.importing import create_project
from vv_desktop.core.progress import NullProgress
from vv_desktop.core.project import Project, default_project_folder, is_project


def test_csv_files_named_after_splits(tmp_path: Path) -> None:
    for name, label in (("train", "cat"), ("val", "dog"), ("test", "cat")):
        picture(tmp_path / f"img/{name}.jpg")
        (tmp_path / f"{name}.csv").write_text(f"filepath,label\nimg/{name}.jpg,{label}\n")
    plan = read(tmp_path / "train.csv", tmp_path / "val.csv", tmp_path / "test.csv")
    assert plan.classes.names == ("cat", "dog")
    assert plan.counts() == {("cat", "train"): 1, ("dog", "val"): 1, ("cat", "test"): 1}
    assert plan.problems == ()
    assert read(tmp_path).counts() == plan.counts(), "the folder that holds them opens the same"


def test_folder_of_class_folders(tmp_path: Path) -> None:
    for name in ("apple", "pear"):
        for i in range(12):
            picture(tmp_path / name / f"{i}.jpg")
    plan = read(tmp_path)
    assert plan.classes.names == ("apple", "pear")
    assert {label for label, _ in plan.counts()} == {"apple", "pear"}
    assert plan.splits_made
    assert {split for _, split in plan.counts()} == {"train", "val", "test"}


def test_folder_of_split_folders(tmp_path: Path) -> None:
    for split in ("train", "valid"):
        for name in ("apple", "pear"):
            picture(tmp_path / split / name / "1.jpg")
    assert read(tmp_path).counts() == {(n, s): 1 for n in ("apple", "pear") for s in ("train", "val")}


def test_folder_of_numbered_folders_is_unlabelled_with_groups(tmp_path: Path) -> None:
    for i in range(4):
        picture(tmp_path / f"5f3e735459dc8c{i}" / "a.jpg")
    plan = read(tmp_path)
    assert {i.label for i in plan.images} == {None}
    assert {i.group for i in plan.images} == {f"5f3e735459dc8c{i}" for i in range(4)}
    assert "Front" in plan.classes.names


def test_labels_txt_is_neither_rewritten_nor_reordered(tmp_path: Path) -> None:
    """D9: an unused class stays, in its place."""
    text = "zebra\r\n  ant \r\n\r\nunused\r\n"
    (tmp_path / "labels.txt").write_bytes(text.encode())
    picture(tmp_path / "a.jpg")
    (tmp_path / "x.csv").write_text("filepath,label\na.jpg,ant\n")
    plan = read(tmp_path / "x.csv")
    create_project(plan, tmp_path / "p", NullProgress())
    assert plan.classes.names == ("zebra", "ant", "unused")
    assert (tmp_path / "labels.txt").read_bytes() == text.encode()


@pytest.mark.parametrize("label", ["NA", "None", "null", "nan", "N/A", "001", "1e5", "True", "2024-01-01", "0" * 30])
def test_D1_D2_labels_stay_text(tmp_path: Path, label: str) -> None:
    picture(tmp_path / "a.jpg")
    (tmp_path / "x.csv").write_text(f"filepath,label\na.jpg,{label}\n")
    plan = read(tmp_path / "x.csv")
    assert plan.classes.names == (label,)
    assert plan.images[0].label == label


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_D3_D4_encodings_and_separators(tmp_path: Path, encoding: str, separator: str) -> None:
    picture(tmp_path / "ü.jpg")
    (tmp_path / "x.csv").write_bytes(f"filepath{separator}label\nü.jpg{separator}größer\n".encode(encoding))
    assert read(tmp_path / "x.csv").images[0].label == "größer"


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", "empty"),
        (b"filepath,label\n", "no rows"),
        (b"name,label\na,b\n", "column filepath is missing; received the columns name, label"),
        (b"filepath,klass\na,b\n", "column label is missing"),
        (b"filepath,label,label\na,b,c\n", "column label stands there twice"),
        (b'filepath,label\n"a.jpg,b\nc,d\n', "Line 3 cannot be read"),
        (b"filepath,label\n\xe9.jpg,b\n", "not UTF-8"),
        (b"filepath,label\na\0.jpg,b\n", "zero bytes"),
        (b"PK\x03\x04\x14\0", "workbook of a spreadsheet program, which can save it as CSV"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "no text but a workbook"),
        (b"\xff\xd8\xff\xe0\0\x10JFIF", "no text but a picture"),
        (b"\x89PNG\r\n", "no text but a picture"),
    ],
)
def test_D5_D7_unusable_tables_say_why(tmp_path: Path, content: bytes, expected: str) -> None:
    (tmp_path / "x.csv").write_bytes(content)
    with pytest.raises(UserError, match=expected) as error:
        read(tmp_path / "x.csv")
    assert str(error.value).endswith(str(tmp_path / "x.csv"))


def test_D6_a_field_too_many_shifts_nothing(tmp_path: Path) -> None:
    for name in "abc":
        picture(tmp_path / f"{name}.jpg")
    (tmp_path / "x.csv").write_text("filepath,label\na.jpg,one,extra\nb.jpg\nc.jpg,two\n")
    plan = read(tmp_path / "x.csv")
    assert [(i.path.name, i.label) for i in plan.images] == [("c.jpg", "two")]
    assert "x.csv:2: The line has 3 fields" in reasons(plan)
    assert "x.csv:3: The line has 1 fields" in reasons(plan)


def test_D8_unknown_labels_wait_for_a_choice(tmp_path: Path) -> None:
    (tmp_path / "labels.txt").write_text("cat\ndog\n")
    for name in "abc":
        picture(tmp_path / f"{name}.jpg")
    (tmp_path / "x.csv").write_text("filepath,label\na.jpg,cat\nb.jpg,hound\nc.jpg,cow\n")
    plan = read(tmp_path / "x.csv")
    assert plan.unknown_labels == (("cow", 1), ("hound", 1))
    chosen = plan.resolved({"hound": "dog", "cow": "cow"})
    assert [i.label for i in chosen.images] == ["cat", "dog", "cow"]
    assert chosen.classes.names == ("cat", "dog", "cow")
    assert chosen.unknown_labels == ()
    assert plan.resolved({"hound": "dog"}).unknown_labels == (("cow", 1),)


def test_D12_the_same_file_with_two_labels_is_a_conflict(tmp_path: Path) -> None:
    picture(tmp_path / "a.jpg")
    picture(tmp_path / "b.jpg")
    (tmp_path / "x.csv").write_text("filepath,label\na.jpg,one\n./a.jpg,two\nb.jpg,one\nb.jpg,one\n")
    plan = read(tmp_path / "x.csv")
    assert {i.path.name: i.label for i in plan.images} == {"a.jpg": None, "b.jpg": "one"}
    assert "x.csv:3: ./a.jpg is 'two' here and 'one' in x.csv:2" in reasons(plan)
    assert "listed before" in reasons(plan)


def test_D13_a_row_without_its_file_keeps_its_label(tmp_path: Path) -> None:
    picture(tmp_path / "a.jpg")
    (tmp_path / "x.csv").write_text("filepath,label\na.jpg,one\ngone.jpg,one\n")
    plan = read(tmp_path / "x.csv")
    assert [i.label for i in plan.images] == ["one", "one"]
    assert "no such file" in reasons(plan)


def test_what_is_no_picture_is_named(tmp_path: Path) -> None:
    picture(tmp_path / "a.jpg")
    (tmp_path / "text.jpg").write_text("<html>")
    (tmp_path / "empty.png").touch()
    (tmp_path / "phone.heic").write_bytes(b"x")
    (tmp_path / "film.mp4").write_bytes(b"x")
    text = reasons(read(tmp_path))
    for part in ("text.jpg", "empty.png", "HEIC is not read here; convert", "1 files (.mp4)"):
        assert part in text


@pytest.mark.parametrize(
    "make", [lambda p: None, lambda p: p.mkdir(), lambda p: (p.mkdir(), (p / "a.txt").write_text("x"))]
)
def test_nothing_to_open_is_a_sentence_that_ends_with_the_path(tmp_path: Path, make: object) -> None:
    path = tmp_path / "x"
    make(path)  # type: ignore[operator]
    with pytest.raises(UserError, match=f"{path}$"):
        read(path)


def test_splits_keep_groups_whole(tmp_path: Path) -> None:
    for group in range(20):
        for i in range(3):
            picture(tmp_path / f"{group:08d}" / f"{i}.jpg")
    plan = read(tmp_path)
    sides = {group: {i.split for i in plan.images if i.group == group} for group in {i.group for i in plan.images}}
    assert all(len(splits) == 1 for splits in sides.values())
    assert {s for (_, s) in plan.counts()} == {"train", "val", "test"}
    assert read(tmp_path).images == plan.images, "the same photos get the same splits"


def test_B1_a_moved_project_opens(tmp_path: Path) -> None:
    picture(tmp_path / "old" / "photos" / "a.jpg")
    create_project(read(tmp_path / "old" / "photos"), tmp_path / "old" / "photos" / "vv-project", NullProgress())
    (tmp_path / "old").rename(tmp_path / "new")
    project = Project.open(default_project_folder([tmp_path / "new" / "photos"]))
    assert [project.path_of(i) for i in project.images] == [tmp_path / "new" / "photos" / "a.jpg"]
    project.close()


def test_a_project_is_never_overwritten(tmp_path: Path) -> None:
    picture(tmp_path / "a.jpg")
    plan = read(tmp_path)
    create_project(plan, tmp_path / "p", NullProgress())
    before = (tmp_path / "p" / "project.vv").read_bytes()
    with pytest.raises(UserError, match="a project here already"):
        create_project(plan, tmp_path / "p", NullProgress())
    assert (tmp_path / "p" / "project.vv").read_bytes() == before
    assert is_project(tmp_path / "p")
