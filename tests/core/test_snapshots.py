"""Snapshots as what trainings are known by."""

from pathlib import Path

from tests.core.test_store import new_store


def test_the_newest_snapshot_with_just_these_labels_is_found(tmp_path: Path) -> None:
    store = new_store(tmp_path)
    store.edit([(1, "label", "Front"), (2, "label", "Front"), (3, "label", "Rear")], "keyboard", "x")
    labels = {row.id: row.label for row in store.images() if row.label is not None}
    assert store.snapshot_of(labels) is None
    first = store.take_snapshot("first")
    second = store.take_snapshot("second")
    found = store.snapshot_of(labels)
    assert found is not None
    assert (found.id, found.name) == (second, "second")
    image = next(iter(labels))
    store.edit([(image, "label", "Rear")], "keyboard", "x")
    assert store.snapshot_of({**labels, image: "Rear"}) is None
    assert store.snapshot_of({i: name for i, name in labels.items() if i != image}) is None
    store.delete_snapshot(second)
    found = store.snapshot_of(labels)
    assert found is not None
    assert found.id == first
    store.rename_class("Front", "Bow", "keyboard")
    assert store.snapshot_of({i: name.replace("Front", "Bow") for i, name in labels.items()}) == found
    store.close()
