"""Opening folders and CSV files: everything is matched or named, nothing is dropped."""

import ntpath
import os
import unicodedata
from pathlib import Path, PureWindowsPath
from typing import cast

import pytest
from PIL import Image

from tests.read_only import ordinary_rights
from vv_desktop.core.errors import UserError
from vv_desktop.core.import_plan import ImportPlan
from vv_desktop.core.importing import create_project, read_sources
from vv_desktop.core.progress import NullProgress
from vv_desktop.core.project import Project, default_project_folder, is_project, stored_path
from vv_desktop.core.thumbnails import thumbnail


def picture(path: Path, colour: str = "red") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (8, 6), colour).save(path, "JPEG")
    return path


def read(*sources: Path, labels: Path | None = None) -> ImportPlan:
    return read_sources(sources, labels, NullProgress())


def reasons(plan: ImportPlan) -> str:
    return "\n".join(f"{p.path}: {p.reason}" for p in (*plan.notes, *plan.problems))


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
