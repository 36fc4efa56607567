"""Odd names, places and archives in what is opened: said before the project is made, never guessed at."""

import io
import os
import tarfile
import zipfile
from pathlib import Path

import pytest

from tests.importing import picture, read, reasons
from vv_desktop.core.classes import ClassList, check_new_name, fits_labels_txt, read_labels_txt
from vv_desktop.core.errors import UserError
from vv_desktop.core.importing import create_project
from vv_desktop.core.progress import NullProgress
from vv_desktop.core.project import Project


@pytest.mark.parametrize(
    ("content", "names"),
    [
        (b"b\r\na\r\n\r\n  c  \r\n", ("b", "a", "c")),
        (b"\xef\xbb\xbfb\na", ("b", "a")),
        (b"# the classes\nb\n# and\n#\n#1\na # no comment\n", ("b", "#", "#1", "a # no comment")),
        ("größer\nde\u0301ja\n".encode(), ("größer", "de\u0301ja")),
        (b"Dent\ndent\nDENT\n", ("Dent", "dent", "DENT")),
    ],
)
def test_D9_labels_txt_is_read_for_what_it_says_and_never_written(
    tmp_path: Path, content: bytes, names: tuple[str, ...]
) -> None:
    path = tmp_path / "labels.txt"
    path.write_bytes(content)
    assert read_labels_txt(path).names == names
    picture(tmp_path / "a.jpg")
    (tmp_path / "x.csv").write_text(f"filepath,label\na.jpg,{names[-1]}\n")
    create_project(read(tmp_path / "x.csv"), tmp_path / "p", NullProgress())
    project = Project.open(tmp_path / "p")
    assert project.classes.names == names, "the order is the file's, and unused classes stay"
    project.close()
    assert path.read_bytes() == content


def test_D9_a_name_that_stands_twice_is_refused_as_the_places_behind_it_are_doubtful(tmp_path: Path) -> None:
    (tmp_path / "labels.txt").write_text("a\nb\na \n")
    with pytest.raises(UserError, match=r"named once; received 'a' twice in .*labels\.txt$"):
        read_labels_txt(tmp_path / "labels.txt")


def test_D9_case_twins_are_two_classes_and_said(tmp_path: Path) -> None:
    (tmp_path / "labels.txt").write_text("Dent\nscratch\ndent\n")
    picture(tmp_path / "a.jpg")
    (tmp_path / "x.csv").write_text("filepath,label\na.jpg,dent\n")
    plan = read(tmp_path / "x.csv")
    assert plan.images[0].label == "dent"
    assert "Classes: Dent and dent differ in capitals only" in reasons(plan)


@pytest.mark.parametrize("name", ["two\nlines", "# like a comment", "form\x0cfeed", "line\u2028separator"])
def test_D9_a_label_that_labels_txt_cannot_hold_is_no_class(tmp_path: Path, name: str) -> None:
    """Exported, it would be none or two lines, and every class behind it would answer by its neighbour's name."""
    assert not fits_labels_txt(name)
    for file in "ab":
        picture(tmp_path / f"{file}.jpg")
    (tmp_path / "x.csv").write_text(f'filepath,label\na.jpg,"{name}"\nb.jpg,fine\n')
    plan = read(tmp_path / "x.csv")
    assert plan.classes.names == ("fine",)
    assert [image.label for image in plan.images] == [None, "fine"]
    assert f"received {name!r}" in reasons(plan)
    with pytest.raises(UserError, match="A class name is one line"):
        check_new_name(ClassList(("fine",)), "fine", name)


def test_columns_that_a_project_has_no_place_for_are_named(tmp_path: Path) -> None:
    picture(tmp_path / "a.jpg")
    path = tmp_path / "x.csv"
    path.write_text("filepath,photographer,label,note\na.jpg,me,one,nice\n")
    before = path.read_bytes()
    plan = read(path)
    assert reasons(plan) == "x.csv:1: Not taken over into the project: columns photographer, note"
    assert plan.images[0].label == "one"
    assert path.read_bytes() == before


def test_H15_what_lies_outside_is_listed_once_before_anything_is_made(tmp_path: Path) -> None:
    root = tmp_path / "root"
    picture(root / "in.jpg")
    (root / "link.jpg").symlink_to(picture(tmp_path / "linked" / "a.jpg"))
    (root / "folder").symlink_to(tmp_path / "linked")
    other = picture(tmp_path / "other" / "b.jpg")
    secret = tmp_path / "secret"
    secret.write_text("root:x:0:0")
    names = ["in.jpg", "./sub/../in.jpg", "link.jpg", "folder/a.jpg", "../other/b.jpg", str(other), "../secret"]
    (root / "x.csv").write_text("filepath,label\n" + "".join(f"{name},one\n" for name in names))
    plan = read(root / "x.csv")
    (outside,) = plan.notes
    assert outside.reason == f"4 files that do not lie in {root} are read where they are"
    assert outside.path == f"{tmp_path}, {tmp_path / 'linked'}, {tmp_path / 'other'}", "where links lead"
    assert "secret: Not a picture in a format that is read here" in reasons(plan)
    assert not (root / "vv-project").exists()
    assert [i.path for i in plan.images if i.path.is_relative_to(root / "sub")] == []


def test_H15_a_project_of_its_own_folder_has_nothing_outside(tmp_path: Path) -> None:
    picture(tmp_path / "real" / "a" / "in.jpg")
    (tmp_path / "here").symlink_to(tmp_path / "real")
    (tmp_path / "real" / "x.csv").write_text(f"filepath,label\n{tmp_path}/real/a/in.jpg,one\n")
    assert reasons(read(tmp_path / "here" / "x.csv")) == "", "the same folder by another name"


def archives(folder: Path) -> list[Path]:
    """Archives that would write where they should not, and one under the name of a table."""
    paths = [folder / "evil.zip", folder / "train.csv", folder / "evil.tar.gz"]
    for path in paths[:2]:
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("../escaped.txt", "x")
            archive.writestr("/tmp/vv-escaped.txt", "x")
            archive.writestr("project.vv", "x")
    with tarfile.open(paths[2], "w:gz") as archive:
        link = tarfile.TarInfo("link")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc"
        archive.addfile(link)
        archive.addfile(tarfile.TarInfo("link/escaped"), io.BytesIO())
    return paths


def test_H16_an_archive_is_refused_whole_whatever_it_is_given_as(tmp_path: Path) -> None:
    folder = tmp_path / "given"
    folder.mkdir()
    paths = archives(folder)
    before = {path: path.read_bytes() for path in paths}
    for path in paths:
        with pytest.raises(UserError, match=f"An archive is not opened here; unpack it and open its folder: {path}$"):
            read(path)
        with pytest.raises(UserError, match=str(path)):
            Project.open(path)
    assert {path: path.read_bytes() for path in folder.iterdir()} == before
    assert os.listdir(tmp_path) == ["given"]
    assert not Path("/tmp/vv-escaped.txt").exists()
