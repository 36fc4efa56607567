"""The label store: what is acknowledged is there, and nothing else is."""

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.old_format import make_old
from vv_desktop.core.classes import ClassList
from vv_desktop.core.errors import UserError
from vv_desktop.core.marks import YES
from vv_desktop.core.records import NewImage, Review
from vv_desktop.core.store import Store

CLASSES = ClassList(("Front", "Rear", "NA", "001"))


def new_store(folder: Path, images: int = 5) -> Store:
    store = Store.create(folder / "project.vv", CLASSES)
    store.add_images(NewImage(f"img/{i}.jpg", 10, 20, "g", None, "train") for i in range(images))
    return store


def labels(store: Store) -> list[str | None]:
    return [row.label for row in store.images()]


def test_edits_undo_and_redo_survive_a_restart(tmp_path: Path) -> None:
    store = new_store(tmp_path)
    store.edit([(1, "label", "Front"), (2, "label", "Front")], "keyboard", "two")
    store.edit([(2, "label", "NA")], "mouse", "one")
    store.undo()
    store.close()
    store = Store.open(tmp_path / "project.vv")
    assert labels(store) == ["Front", "Front", None, None, None]
    assert store.next_undo() == "two"
    assert store.next_redo() == "one"
    store.redo()
    assert labels(store)[1] == "NA"
    store.undo()
    store.undo()
    assert labels(store) == [None] * 5
    assert store.undo() is None
    store.close()


def test_a_new_edit_abandons_what_was_undone(tmp_path: Path) -> None:
    store = new_store(tmp_path)
    store.edit([(1, "label", "Front")], "keyboard", "a")
    store.undo()
    store.edit([(1, "label", "Rear")], "keyboard", "b")
    assert store.redo() is None
    assert labels(store)[0] == "Rear"
    store.close()


def test_an_edit_that_changes_nothing_is_no_undo_step(tmp_path: Path) -> None:
    store = new_store(tmp_path)
    assert store.edit([(1, "label", None)], "keyboard", "nothing") is None
    store.edit([(1, "label", "Front")], "keyboard", "a")
    assert store.edit([(1, "label", "Front")], "keyboard", "again") is None
    assert len(store.journal()) == 1
    store.close()


def test_unknown_class_is_refused_and_nothing_changes(tmp_path: Path) -> None:
    store = new_store(tmp_path)
    with pytest.raises(UserError, match="received 'Side'"):
        store.edit([(1, "label", "Front"), (2, "label", "Side")], "keyboard", "x")
    assert labels(store) == [None] * 5
    assert store.journal() == []
    store.close()


def test_bulk_relabel_is_one_step(tmp_path: Path) -> None:
    """A2: 10,000 images, all or none, one undo."""
    store = new_store(tmp_path, 10_000)
    group = store.edit([(i, "label", "Rear") for i in range(1, 10_001)], "keyboard", "all")
    assert group is not None
    assert len(group.edits) == 10_000
    store.undo()
    assert set(labels(store)) == {None}
    store.close()


def test_history_of_one_image(tmp_path: Path) -> None:
    store = new_store(tmp_path)
    store.edit([(1, "label", "Front"), (2, "label", "Front")], "keyboard", "both")
    store.edit([(1, "label", "Rear")], "matrix", "one")
    history = store.journal(image=1)
    assert [(g.origin, [(e.before, e.after) for e in g.edits]) for g in history] == [
        ("matrix", [("Front", "Rear")]),
        ("keyboard", [(None, "Front")]),
    ]
    store.close()


def test_history_of_one_image_ends_with_whole_steps_and_is_not_that_of_a_class(tmp_path: Path) -> None:
    """A class's own edits are kept under its id, which may be an image's, too."""
    store = new_store(tmp_path)
    store.edit([(1, "label", "Front"), (1, "split", "val")], "keyboard", "two fields")
    store.rename_class("Front", "Bow", "mouse")
    store.edit([(1, "label", "Rear")], "matrix", "one")
    assert [g.what for g in store.journal(image=1)] == ["one", "two fields"]
    newest, before = store.journal(image=1, limit=2)
    assert [(e.field, e.before, e.after) for e in before.edits] == [("label", None, "Bow"), ("split", "train", "val")]
    assert store.journal(image=1, limit=1) == [newest]
    store.close()


def test_B8_names_that_are_no_unicode_come_back_as_they_were(tmp_path: Path) -> None:
    store = Store.create(tmp_path / "project.vv", CLASSES)
    name = os.fsdecode(b"caf\xe9 \xff.jpg")
    store.add_images([NewImage(name, 1, 1, "g\udce9")])
    store.close()
    store = Store.open(tmp_path / "project.vv")
    assert store.images()[0].path == name
    assert store.images()[0].group == "g\udce9"
    store.close()


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["edit", "bulk", "undo", "redo", "reopen"]),
            st.integers(1, 5),
            st.sampled_from([*CLASSES.names, None]),
        ),
        max_size=25,
    )
)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_store_is_a_dictionary_with_two_stacks(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, int, str | None]]
) -> None:
    folder = tmp_path_factory.mktemp("model")
    store = new_store(folder)
    now: dict[int, str | None] = dict.fromkeys(range(1, 6))
    done: list[dict[int, str | None]] = []
    undone: list[dict[int, str | None]] = []
    for kind, image, label in steps:
        if kind in ("edit", "bulk"):
            images = [image] if kind == "edit" else [1, 3, 5]
            after = now | dict.fromkeys(images, label)
            store.edit([(i, "label", label) for i in images], "keyboard", kind)
            if after != now:
                done.append(now)
                undone.clear()
                now = after
        elif kind == "undo":
            assert (store.undo() is not None) == bool(done)
            if done:
                undone.append(now)
                now = done.pop()
        elif kind == "redo":
            assert (store.redo() is not None) == bool(undone)
            if undone:
                done.append(now)
                now = undone.pop()
        else:
            store.close()
            store = Store.open(folder / "project.vv")
        assert {row.id: row.label for row in store.images()} == now
    store.close()


def test_review_exclusion_and_group_are_edits_like_any_other(tmp_path: Path) -> None:
    store = new_store(tmp_path)
    store.edit([(1, "label", "Front")], "keyboard", "a")
    kept = Review("kept", "Front", "Rear")
    store.edit([(1, "review", kept), (2, "review", Review("unsure", "NA", None))], "suspects", "b")
    store.edit([(1, "excluded", YES), (1, "group", "car 7")], "map", "c")
    first, second = store.images([1, 2])
    assert (first.review, first.excluded, first.group) == (kept, True, "car 7")
    assert second.review == Review("unsure", "NA", None)
    store.close()
    store = Store.open(tmp_path / "project.vv")
    store.undo()
    assert (store.images([1])[0].excluded, store.images([1])[0].group) == (False, "g")
    store.undo()
    assert store.images([1])[0].review is None
    store.close()


def test_D17_a_renamed_class_keeps_its_images_and_reviews(tmp_path: Path) -> None:
    store = new_store(tmp_path)
    store.edit([(1, "label", "Front"), (1, "review", Review("kept", "Front", "Rear"))], "keyboard", "a")
    store.rename_class("Front", "Bow", "keyboard")
    assert store.classes.names == ("Bow", "Rear", "NA", "001")
    assert store.images([1])[0].label == "Bow"
    assert store.images([1])[0].review == Review("kept", "Bow", "Rear")
    with pytest.raises(UserError, match="received 'Rear' twice"):
        store.rename_class("Bow", "Rear", "keyboard")
    store.undo()
    assert store.images([1])[0].label == "Front"
    store.close()


def test_back_to_takes_back_everything_since_as_one_step(tmp_path: Path) -> None:
    store = new_store(tmp_path)
    store.edit([(1, "label", "Front")], "keyboard", "first")
    second = store.edit([(1, "label", "Rear"), (2, "label", "Rear")], "keyboard", "second")
    store.rename_class("Front", "x", "keyboard")
    store.rename_class("Rear", "Front", "keyboard")
    store.rename_class("x", "Rear", "keyboard")
    store.edit([(2, "label", "NA")], "keyboard", "third")
    assert second is not None
    store.back_to(second.id, "history")
    assert store.classes == CLASSES
    assert labels(store) == ["Front", None, None, None, None]
    store.undo()
    assert labels(store) == ["Front", "NA", None, None, None]
    assert store.classes.names == ("Rear", "Front", "NA", "001")
    store.close()


def test_a_snapshot_is_restored_as_one_step(tmp_path: Path) -> None:
    store = new_store(tmp_path)
    store.edit([(1, "label", "Front"), (2, "label", "NA")], "keyboard", "a")
    key = store.take_snapshot("before")
    store.edit([(1, "label", "Rear"), (2, "label", None), (3, "excluded", YES), (3, "split", "test")], "mouse", "b")
    assert [(e.image, e.field, e.after) for e in store.snapshot_differences(key)] == [
        (1, "label", "Front"),
        (2, "label", "NA"),
        (3, "excluded", None),
        (3, "split", "train"),
    ]
    store.close()
    store = Store.open(tmp_path / "project.vv")
    assert [(one.name, one.labelled) for one in store.snapshots()] == [("before", 2)]
    store.restore(key, "history")
    assert labels(store) == ["Front", "NA", None, None, None]
    assert not store.images([3])[0].excluded
    assert store.restore(key, "history") is None
    store.undo()
    assert labels(store) == ["Rear", None, None, None, None]
    with pytest.raises(UserError, match="received 'before'"):
        store.take_snapshot("before")
    store.delete_snapshot(key)
    assert store.snapshots() == ()
    store.close()


@pytest.mark.parametrize("version", [1, 2])
def test_a_store_of_an_older_format_is_brought_up(tmp_path: Path, version: int) -> None:
    store = new_store(tmp_path)
    store.edit([(1, "label", "Front")], "keyboard", "a")
    store.set_value("threshold", 0.7)
    store.close()
    make_old(tmp_path / "project.vv", version)
    store = Store.open(tmp_path / "project.vv")
    assert labels(store)[0] == "Front"
    assert store.value("threshold") == 0.7
    store.take_snapshot("one")
    store.close()
    Store.open(tmp_path / "project.vv").close()
