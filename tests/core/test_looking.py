"""A project that cannot be written is shown as it is at one moment, and left as it is."""

import contextlib
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.old_format import make_old
from tests.read_only import read_only
from vv_desktop.core.classes import ClassList
from vv_desktop.core.errors import DamagedStore, NotWritable, UserError
from vv_desktop.core.looking import look, open_or_look
from vv_desktop.core.records import NewImage
from vv_desktop.core.store import Store

IMAGES = 150
HOLDER = """
import sys
from pathlib import Path
from vv_desktop.core.store import Store
store = Store.open(Path(sys.argv[1]))
store.edit([(1, "label", "Rear")], "keyboard", "by the holder")
print("holds", flush=True)
for line in sys.stdin:
    for label in ("Front", "Rear") * int(line):
        store.edit([(i, "label", label) for i in range(1, 151)], "keyboard", label)
    print("edited", flush=True)
"""


def make_store(folder: Path) -> Path:
    path = folder / "project.vv"
    store = Store.create(path, ClassList(("Front", "Rear")))
    store.add_images(NewImage(f"{i}.jpg", 1, 2, "g", "Front", "train") for i in range(IMAGES))
    store.close()
    return path


def labels(store: Store) -> list[str | None]:
    return [row.label for row in store.images()]


def edit_all(child: "subprocess.Popen[str]", times: int) -> None:
    """Have the holder label all images twice as often, and wait for it."""
    assert child.stdin is not None
    assert child.stdout is not None
    child.stdin.write(f"{times}\n")
    child.stdin.flush()
    assert child.stdout.readline() == "edited\n"


def listing(folder: Path) -> dict[str, bytes]:
    return {one.name: one.read_bytes() for one in folder.iterdir()}


@contextlib.contextmanager
def held(path: Path) -> Iterator["subprocess.Popen[str]"]:
    """Another process that has the store open, and whose newest edit is in the -wal alone."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as child:
        try:
            assert child.stdout is not None
            assert child.stdout.readline() == "holds\n"
            yield child
        finally:
            child.kill()


def test_A12_what_another_process_holds_is_shown_with_its_newest_edit(tmp_path: Path) -> None:
    path = make_store(tmp_path)
    with held(path) as child:
        assert path.with_name("project.vv-wal").stat().st_size > 0
        shown = open_or_look(path)
        assert re.fullmatch(rf"is open in another window by process {child.pid} since \d\d:\d\d", shown.read_only)
        assert shown.opened == pytest.approx(time.time(), abs=5)
        assert labels(shown) == ["Rear", *["Front"] * (IMAGES - 1)]
        assert shown.next_undo() == "by the holder"
        with pytest.raises(UserError, match="Nothing was changed, as the project is read-only: "):
            shown.edit([(2, "label", "Rear")], "keyboard", "x")
        with pytest.raises(UserError, match="Nothing was changed"):
            shown.undo()
        shown.close()
        edit_all(child, 1)  # that we looked has not taken its lock away
        with pytest.raises(NotWritable):
            Store.open(path)
        os.kill(child.pid, signal.SIGKILL)
        child.wait()
        mine = open_or_look(path)  # the note is stale, the lock decides
        assert mine.read_only == ""
        assert set(labels(mine)) == {"Rear"}
        mine.edit([(1, "label", "Front")], "keyboard", "mine")
        mine.close()
    assert not (tmp_path / "copy.vv").exists()


def test_A12_a_store_is_never_shown_half(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between the database and its -wal the holder edits so much that the -wal is taken in and begun anew.

    Each of its edits gives every image the same label.
    """
    path = make_store(tmp_path)
    copied: list[str] = []
    copyfile = shutil.copyfile
    with held(path) as child:

        def copy(source: Path, target: Path) -> None:
            copyfile(source, target)
            copied.append(source.name)
            if copied == ["project.vv"]:
                edit_all(child, 40)

        monkeypatch.setattr("vv_desktop.core.looking.shutil.copyfile", copy)
        shown = look(path, "is open in another window")
    assert copied == ["project.vv", "project.vv-wal"] * 2, "the first copy is thrown away"
    assert shown.steps == 81
    assert set(labels(shown)) == {"Rear"}
    assert shown.next_undo() == "Rear"
    shown.close()


def test_A12_what_is_written_all_the_time_is_shown_as_it_was_at_one_moment(tmp_path: Path) -> None:
    path = make_store(tmp_path)
    with held(path) as child:
        assert child.stdin is not None
        child.stdin.write("40\n")
        child.stdin.close()
        seen: dict[int, set[str | None]] = {}
        refused = []
        while child.poll() is None:
            try:
                shown = look(path, "is open in another window")
            except UserError as error:
                refused.append(str(error))
                continue
            seen[shown.steps] = set(labels(shown))
            shown.close()
    assert len(seen) >= 3, "it was not looked at while it was written"
    assert all(len(found) == 1 for steps, found in seen.items() if steps > 1)
    assert all("written all the time" in sentence for sentence in refused)


def test_A12_our_own_lock_is_not_dropped_by_looking(tmp_path: Path) -> None:
    path = make_store(tmp_path)
    mine = Store.open(path)
    with pytest.raises(UserError, match="open in this app already"):
        open_or_look(path)
    other = [sys.executable, "-c", "import sys; from pathlib import Path; from vv_desktop.core.store import Store; "]
    other[-1] += "Store.open(Path(sys.argv[1]))"
    asked = subprocess.run([*other, str(path)], capture_output=True, text=True, check=False)
    assert f"by process {os.getpid()}" in asked.stderr
    mine.close()


@pytest.mark.parametrize("left", ["closed", "killed"])
def test_A10_a_read_only_folder_is_shown_and_left_as_it_is(tmp_path: Path, left: str) -> None:
    folder = tmp_path / "project"
    folder.mkdir()
    path = make_store(folder)
    if left == "killed":
        with held(path) as child:
            os.kill(child.pid, signal.SIGKILL)
            child.wait()
        assert path.with_name("project.vv-wal").stat().st_size > 0
    before = listing(folder)
    with read_only(folder):
        with pytest.raises(OSError, match="Permission denied"):
            (folder / "x").touch()
        with pytest.raises(NotWritable, match="is in a place that cannot be written to"):
            Store.open(path)
        shown = open_or_look(path)
        assert labels(shown)[:2] == ["Rear" if left == "killed" else "Front", "Front"]
        with pytest.raises(UserError, match="Nothing was changed, as the project is read-only: "):
            shown.edit([(2, "label", "Rear")], "keyboard", "x")
        with pytest.raises(UserError, match="Nothing was changed"):
            shown.take_snapshot("mine")
        shown.close()
    assert listing(folder) == before
    mine = open_or_look(path)
    assert mine.read_only == ""
    mine.close()


@pytest.mark.parametrize("version", [1, 2])
def test_A10_an_older_format_is_shown_and_not_brought_up(tmp_path: Path, version: int) -> None:
    path = make_store(tmp_path)
    make_old(path, version)
    before = path.read_bytes()
    with read_only(tmp_path):
        shown = open_or_look(path)
        assert labels(shown) == ["Front"] * IMAGES
        assert shown.snapshots() == ()
        shown.close()
    assert path.read_bytes() == before


def test_A10_a_read_only_folder_that_is_damaged_is_said_to_be(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vv_desktop.core.looking.PAUSE", 0)
    path = make_store(tmp_path)
    data = bytearray(path.read_bytes())
    at = data.index(b"77.jpg")
    data[at : at + 6] = b"88.jpg"
    path.write_bytes(data)
    with pytest.raises(DamagedStore, match=r"rows of images|integrity|database is damaged"):
        look(path, "is in a place that cannot be written to")


def test_A15_a_copy_of_the_folder_while_it_is_edited_opens_or_says_a_sentence(tmp_path: Path) -> None:
    """cp -r knows of no moment: the database may be older than its -wal. None opens with labels that never were."""
    folder = tmp_path / "project"
    folder.mkdir()
    path = make_store(folder)
    opened, refused = 0, []
    with held(path) as child:
        assert child.stdin is not None
        child.stdin.write("60\n")
        child.stdin.close()
        for number in range(1000):
            copy = tmp_path / f"copy-{number}"
            with contextlib.suppress(shutil.Error):  # the -wal may go between listing and copying
                shutil.copytree(folder, copy)
            try:
                store = Store.open(copy / "project.vv")
            except UserError as error:
                refused.append(str(error))
            else:
                opened += 1
                assert store.steps < 2 or set(labels(store)) == {store.next_undo()}
                store.close()
            if child.poll() is not None:
                break
    assert opened
    assert all(sentence.endswith("project.vv") for sentence in refused)


WRITER = """
import sys
from pathlib import Path
from vv_desktop.core.label_csv import write_csv
print("writes", flush=True)
for turn in range(10_000):
    write_csv(Path(sys.argv[1]), ("filepath", "label"), [(f"{i}.jpg", "AB"[turn % 2]) for i in range(3000)])
"""


def test_A15_a_csv_in_a_copied_folder_is_whole(tmp_path: Path) -> None:
    """The portable artefact: whatever moment a copy is of, it has the labels before or after, and all of them."""
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "labels.csv").write_text("filepath,label\n" + "".join(f"{i}.jpg,A\n" for i in range(3000)))
    whole = []
    with subprocess.Popen(
        [sys.executable, "-c", WRITER, str(folder / "labels.csv")], stdout=subprocess.PIPE, text=True
    ) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "writes\n"
        try:
            for number in range(2000):
                with contextlib.suppress(shutil.Error):  # a temporary file that is gone again
                    shutil.copytree(folder, tmp_path / f"copy-{number}")
                whole.append((tmp_path / f"copy-{number}" / "labels.csv").read_text().splitlines())
                if number > 60 and len({lines[1] for lines in whole}) == 2:
                    break
        finally:
            child.kill()
    assert {len(lines) for lines in whole} == {3001}
    labels = [{line.rpartition(",")[2] for line in lines[1:]} for lines in whole]
    assert all(len(found) == 1 for found in labels)
    assert {"A"} in labels
    assert {"B"} in labels, "nothing was written meanwhile"
