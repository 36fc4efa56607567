"""Names of files as disks and tables have them: each is opened and stored, or said to be none."""

import ntpath
import os
import unicodedata
from pathlib import Path, PureWindowsPath
from typing import cast

import pytest

from tests.importing import picture, read, reasons
from tests.read_only import ordinary_rights
from vv_desktop.core.importing import create_project
from vv_desktop.core.progress import NullProgress
from vv_desktop.core.project import Project, stored_path
from vv_desktop.core.thumbnails import thumbnail


def test_B3_B4_same_stem_and_same_name_are_different_images(tmp_path: Path) -> None:
    names = ["a/x.jpg", "b/x.jpg", "a/x.png"]
    for name in names:
        picture(tmp_path / name)
    (tmp_path / "x.csv").write_text("filepath,label\n" + "".join(f"{n},{i}\n" for i, n in enumerate(names)))
    assert [i.label for i in read(tmp_path / "x.csv").images] == ["0", "1", "2"]


def test_B5_names_that_differ_by_case_alone_are_two_files_where_the_disk_says_so(tmp_path: Path) -> None:
    """And one where it does not: there both names lead to the same file, as they do here by a second link."""
    picture(tmp_path / "two" / "IMG.JPG")
    picture(tmp_path / "two" / "img.jpg", "blue")
    picture(tmp_path / "one" / "IMG.JPG")
    os.link(tmp_path / "one" / "IMG.JPG", tmp_path / "one" / "img.jpg")
    os.link(tmp_path / "one" / "IMG.JPG", tmp_path / "one" / "copy.jpg")  # a name of its own, whatever the disk
    for folder in ("one", "two"):
        names = sorted(path.name for path in (tmp_path / folder).iterdir())
        (tmp_path / folder / "x.csv").write_text("filepath,label\n" + "".join(f"{name},a\n" for name in names))
    assert len(read(tmp_path / "two" / "x.csv").images) == 2
    plan = read(tmp_path / "one" / "x.csv")
    assert [image.path.name for image in plan.images] == ["IMG.JPG", "copy.jpg"]
    assert "img.jpg is listed before, in x.csv:2" in reasons(plan)


@pytest.mark.parametrize("name", ["CON.jpg", "aux.png.jpg", "dot.jpg.jpg", "space .jpg", "a" * 247 + ".jpg"])
def test_B10_names_that_windows_reserves_are_names_like_others_here(tmp_path: Path, name: str) -> None:
    """None is ever made from a photo's name: runs, exports and caches have names of their own."""
    deep = tmp_path / "/".join(["folder" * 10] * 5)  # more than 260 characters
    path = picture(deep / name)
    create_project(read(deep), tmp_path / "p", NullProgress())
    project = Project.open(tmp_path / "p")
    assert [project.path_of(i) for i in project.images] == [path]
    assert thumbnail(path, 32, project.cache_folder)[1] is None
    project.close()
    made = [one for one in (tmp_path / "p").rglob("*") if path.stem in one.name]
    assert made == []


def test_B15_50_deep_folders_and_one_that_cannot_be_read(tmp_path: Path) -> None:
    deep = tmp_path / "/".join(f"{i}" for i in range(50))
    picture(deep / "a.jpg")
    secret = tmp_path / "0" / "secret"
    picture(secret / "b.jpg")
    with ordinary_rights():
        secret.chmod(0)
        try:
            plan = read(tmp_path)
        finally:
            secret.chmod(0o755)
    assert [image.path for image in plan.images] == [deep / "a.jpg"]
    assert [p.path for p in plan.problems if "Permission denied" in p.reason] == [str(secret)], "named once"


def test_B2_photos_on_another_drive_keep_their_whole_path(monkeypatch: pytest.MonkeyPatch) -> None:
    """As on Windows, where there is no way from one drive to another."""
    with monkeypatch.context() as windows:
        windows.setattr(os, "path", ntpath)
        with pytest.raises(ValueError, match="mount 'D:', start on mount 'C:'"):
            os.path.relpath("D:/photos/a.jpg", "C:/cars/vv-project")
        folder = cast(Path, PureWindowsPath("C:/cars/vv-project"))
        stored = stored_path(folder, cast(Path, PureWindowsPath("D:/photos/a.jpg")))
        back = ntpath.normpath(folder / stored)
    assert stored == "D:/photos/a.jpg"
    assert back == "D:\\photos\\a.jpg"


@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_B6_accents_are_found_in_either_form(tmp_path: Path, form: str) -> None:
    on_disk = unicodedata.normalize("NFD" if form == "NFC" else "NFC", "é.jpg")
    picture(tmp_path / on_disk)
    (tmp_path / "x.csv").write_text(f"filepath,label\n{unicodedata.normalize(form, 'é.jpg')},one\n")
    plan = read(tmp_path / "x.csv")
    assert plan.problems == ()
    assert plan.images[0].path.name == on_disk


@pytest.mark.parametrize(
    "name", [b"caf\xe9.jpg", "照片 🚗.jpg".encode(), b"a,b\"c #%&'.jpg", b" lead.jpg", b"new\nline.jpg"]
)
def test_B7_B8_B9_any_name_is_opened_and_stored(tmp_path: Path, name: bytes) -> None:
    folder = tmp_path / "photos"
    path = picture(folder / os.fsdecode(name))
    create_project(read(folder), tmp_path / "p", NullProgress())
    project = Project.open(tmp_path / "p")
    assert [project.path_of(i) for i in project.images] == [path]
    project.close()


def test_B11_backslashes_are_the_same_file(tmp_path: Path) -> None:
    picture(tmp_path / "img" / "a.jpg")
    (tmp_path / "x.csv").write_text("filepath,label\nimg\\a.jpg,one\nimg/a.jpg,one\n")
    plan = read(tmp_path / "x.csv")
    assert len(plan.images) == 1
    assert "listed before" in reasons(plan)


def test_B12_B18_links_and_things_that_are_no_files(tmp_path: Path) -> None:
    root = tmp_path / "root"
    picture(root / "a.jpg")
    (root / "loop").symlink_to(root)
    (root / "broken.jpg").symlink_to(root / "nowhere.jpg")
    (root / "out.jpg").symlink_to(picture(tmp_path / "secret.jpg"))
    os.mkfifo(root / "pipe.jpg")
    (root / "folder.jpg").mkdir()
    plan = read(root)
    assert [i.path.name for i in plan.images] == ["a.jpg"]
    for text in (
        "loop: A link",
        "broken.jpg: The file cannot be read",
        "out.jpg: A link that leads out",
        "pipe.jpg: Not a file",
    ):
        assert text in reasons(plan)


@pytest.mark.parametrize("name", ["http://x/a.jpg", "smb://x/a.jpg", "//host/share/a.jpg", "\\\\host\\share\\a.jpg"])
def test_H13_H14_nothing_but_files_of_this_machine(tmp_path: Path, name: str) -> None:
    picture(tmp_path / "a.jpg")
    (tmp_path / "x.csv").write_text(f"filepath,label\na.jpg,one\n{name},one\n")
    plan = read(tmp_path / "x.csv")
    assert len(plan.images) == 1
    assert "Only files of this machine are read" in reasons(plan)
