"""Labels go out as a CSV and come back as they were; what others wrote into that file meanwhile is kept."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, seed, settings
from hypothesis import strategies as st

from tests.core.test_importing import picture, read
from tests.holding import held
from vv_desktop.core.classes import fits_labels_txt
from vv_desktop.core.dataset import Split
from vv_desktop.core.errors import UserError
from vv_desktop.core.importing import create_project
from vv_desktop.core.label_csv import write_csv
from vv_desktop.core.label_export import export_labels
from vv_desktop.core.progress import NullProgress
from vv_desktop.core.project import Project

FILES = ("a.jpg", "b/ü 1.jpg", "c,d.jpg", 'e"f.jpg', "g\nh.jpg")


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    for name in FILES:
        picture(tmp_path / name)
    (tmp_path / "labels.txt").write_text("cat\ndog\n")
    write_csv(tmp_path / "labels.csv", ("filepath", "label"), [(name, "cat") for name in FILES])
    create_project(read(tmp_path / "labels.csv"), tmp_path / "p", NullProgress())
    found = Project.open(tmp_path / "p")
    yield found
    found.close()


TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=12)
LABELS = TEXT.map(str.strip).filter(lambda name: not name or fits_labels_txt(name))
Table = tuple[list[str], list[tuple[int, Split, str]]]
TABLES: st.SearchStrategy[Table] = st.tuples(
    st.lists(LABELS.filter(bool), min_size=1, max_size=3),
    st.lists(
        st.tuples(st.integers(0, 3), st.sampled_from(("train", "val", "test")), TEXT.map(str.strip)),
        min_size=len(FILES),
        max_size=len(FILES),
    ),
)


def round_trip(folder: Path, table: Table) -> None:
    """Import, export, import, export: equal rows, and the second file is the first, byte for byte."""
    names, rows = table
    for name in FILES:
        picture(folder / name)
    wanted = [
        (name, [*names, ""][label % (len(names) + 1)], split, group)
        for name, (label, split, group) in zip(FILES, rows, strict=True)
    ]
    write_csv(folder / "given.csv", ("filepath", "label", "split", "group"), wanted)
    written, source = [], folder / "given.csv"
    for turn in ("once", "twice"):
        create_project(read(source), folder / turn, NullProgress())
        project = Project.open(folder / turn)
        source = folder / f"{turn}.csv"
        export_labels(project, source)
        written.append(source.read_bytes())
        rows_now = {project.path_of(r.id): (r.label or "", r.split) for r in project.images.values()}
        groups = {project.path_of(r.id): r.group for r in project.images.values()}
        project.close()
        assert rows_now == {folder / name: (label, split) for name, label, split, _ in wanted}
        assert all(groups[folder / name] == group for name, *_, group in wanted if group)
    assert written[0] == written[1]


def drive_tables(count: int, chance: int) -> int:
    """`round_trip` of this many tables, and how many it was; Hypothesis raises what is wrong with the smallest."""
    tried: list[Path] = []

    @seed(chance)
    @settings(max_examples=count, deadline=None, database=None)
    @given(TABLES)
    def drive(table: Table) -> None:
        with tempfile.TemporaryDirectory() as folder:
            round_trip(Path(folder).resolve(), table)
            tried.append(Path(folder))

    drive()
    return len(tried)


def test_D16_a_table_comes_back_as_it_was() -> None:
    """A few of those that `python -m tests.soak tables` goes through."""
    assert drive_tables(6, 0) == 6


def test_D15_a_file_that_was_changed_outside_is_kept_beside_the_new_one(project: Project, tmp_path: Path) -> None:
    out = tmp_path / "labels.csv"
    theirs = out.read_bytes()
    first = export_labels(project, out)
    assert first.kept == tmp_path / "labels.kept-1.csv", "what was imported is not ours to replace either"
    assert first.kept.read_bytes() == theirs
    project.relabel(list(project.images)[:1], "dog", "mouse")
    assert export_labels(project, out).kept is None, "what we wrote ourselves is replaced"
    out.write_bytes(out.read_bytes() + b"new.jpg,cat,train,\r\n")
    changed = out.read_bytes()
    project.relabel(list(project.images)[:2], "dog", "mouse")
    assert export_labels(project, out).kept == tmp_path / "labels.kept-2.csv"
    assert (tmp_path / "labels.kept-2.csv").read_bytes() == changed
    assert out.read_bytes().count(b",dog,") == 2
    assert export_labels(project, out).kept is None


def test_D15_that_is_known_after_a_restart_and_in_a_moved_project(project: Project, tmp_path: Path) -> None:
    export_labels(project, tmp_path / "out.csv")
    project.close()
    (tmp_path.parent / f"{tmp_path.name}-moved").mkdir()
    moved = tmp_path.rename(tmp_path.parent / f"{tmp_path.name}-moved" / "all")
    again = Project.open(moved / "p")
    again.relabel(list(again.images)[:1], "dog", "mouse")
    assert export_labels(again, moved / "out.csv").kept is None
    again.close()


def test_D14_a_file_that_another_program_holds_is_a_sentence_and_no_edit_is_lost(
    project: Project, tmp_path: Path
) -> None:
    folder = tmp_path / "out"
    folder.mkdir()
    out = folder / "labels.csv"
    export_labels(project, out)
    before = out.read_bytes()
    project.relabel(list(project.images), "dog", "mouse")
    with held(out) as said, pytest.raises(UserError, match=f"{said}.*{out}$"):
        export_labels(project, out)
    assert out.read_bytes() == before
    assert [path.name for path in folder.iterdir()] == ["labels.csv"], "nothing is left lying about"
    project.close()
    again = Project.open(tmp_path / "p")
    assert {row.label for row in again.images.values()} == {"dog"}
    assert export_labels(again, out).kept is None
    assert out.read_bytes().count(b",dog,") == len(FILES)
    again.close()
