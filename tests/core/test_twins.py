"""Twins: clusters, leaks between splits, conflicts of labels, and groups that keep twins together."""

from pathlib import Path

import numpy as np
import pytest

from vv_desktop.core import twins
from vv_desktop.core.dataset import Sample, Split
from vv_desktop.core.errors import UserError
from vv_desktop.core.records import ImageRow
from vv_desktop.core.splits import split_again
from vv_desktop.core.twins import Pair, Twins

MIRRORED = {"Left": "Right", "Right": "Left", "Front": "Front"}


def row(image: int, label: str | None = "Front", split: Split | None = "train", **more: object) -> ImageRow:
    return ImageRow(image, f"cars/{image}.jpg", 1, 1, str(image), label, split, **more)  # type: ignore[arg-type]


def pair(a: int, b: int, kind: twins.Kind = "near", same: bool = False) -> Pair:
    return Pair(a, b, 0.95, kind, same)


def test_pairs_hang_together_as_clusters() -> None:
    assert twins.clusters([pair(1, 2), pair(5, 9), pair(2, 4), pair(4, 1)]) == ((1, 2, 4), (5, 9))
    long = [pair(i, i + 1) for i in range(5000)]  # deeper than Python's stack
    assert twins.clusters(reversed(long)) == (tuple(range(5001)),)


def test_same_is_stricter_than_near() -> None:
    found = Twins(
        images=np.array([[1, 2], [1, 3], [1, 4], [1, 5]]),
        similarity=np.array([1.0, 0.99, 0.99, 0.94], np.float32),
        bits=np.array([0, 2, 20, 2]),
        mirrored=np.array([False, True, False, False]),
        exact=np.array([True, False, False, False]),
        looked_at=5,
        seconds=0.1,
        ground="",
    ).pairs()
    assert [(p.kind, p.same) for p in found] == [("exact", True), ("mirror", True), ("near", False), ("near", False)]


def test_C14_a_leak_is_a_pair_of_labelled_images_in_two_splits() -> None:
    rows = {
        1: row(1, split="test"),
        2: row(2),
        3: row(3),
        4: row(4, split="test", excluded=True),
        5: row(5, label=None, split="test"),
        6: row(6, split="test"),
        7: row(7, split="val"),
    }
    pairs = [pair(1, 2), pair(1, 3), pair(2, 3), pair(2, 4), pair(3, 5), pair(6, 7), pair(2, 99)]
    assert twins.leaks(pairs, rows) == (pairs[0], pairs[1], pairs[5])
    assert twins.leak_count(pairs, rows, "test", "train") == (1, 2), "an image with two twins counts once"
    assert twins.leak_count(pairs, rows, "train", "test") == (2, 2)
    assert twins.leak_count(pairs, rows, "test", "val") == (1, 2)


def test_a_conflict_is_one_picture_with_two_labels() -> None:
    rows = {
        1: row(1, "Left"),
        2: row(2, "Right"),
        3: row(3, "Left"),
        4: row(4, None),
        5: row(5, "Right", excluded=True),
    }
    exact, alike = pair(1, 2, "exact", same=True), pair(1, 2)
    mirrored, mirrored_wrongly = pair(1, 2, "mirror", same=True), pair(1, 3, "mirror", same=True)
    silent = [alike, mirrored, pair(1, 3, "exact", same=True), pair(1, 4, "exact", True), pair(1, 5, "exact", True)]
    assert twins.conflicts([exact, mirrored_wrongly, *silent], rows, MIRRORED) == (exact, mirrored_wrongly)
    assert twins.conflicts([exact, mirrored_wrongly], rows, None) == (exact,), "nothing is known of mirror images"


def test_groups_are_joined_by_clusters_and_never_torn() -> None:
    groups = {1: "a", 2: "a", 3: "b", 4: "c", 5: "d"}
    assert twins.joined_groups(groups, [(2, 3), (4,), (5, 77)]) == {1: "a", 2: "a", 3: "a", 4: "c", 5: "d"}


def test_groups_from_folders_stems_and_clusters() -> None:
    paths = ["a/car7_001.jpg", "a/car7_002.jpg", "b/car7_003.jpg", "b/0001.jpg", "b/other.jpg"]
    rows = {i: ImageRow(i, path, 1, 1, "", None, None) for i, path in enumerate(paths)}
    assert list(twins.folder_groups(rows).values()) == ["a", "a", "b", "b", "b"]
    assert list(twins.stem_groups(rows).values()) == ["a/car7", "a/car7", "b/car7", "b/0001.jpg", "b/other"]
    found = twins.cluster_groups(rows, [(1, 2)])
    assert found[1] == found[2]
    assert len(set(found.values())) == 4


def test_split_again_leaves_no_leak_and_says_when_there_is_no_such_split() -> None:
    rows = {i: row(i, "Left" if i % 2 else "Right", "test" if i < 20 else "train") for i in range(60)}
    pairs = [pair(i, i + 30) for i in range(30)]
    assert twins.leaks(pairs, rows)
    groups = twins.joined_groups({i: r.group for i, r in rows.items()}, twins.clusters(pairs))
    splits, how = split_again(rows.values(), groups)
    after = {i: row(i, rows[i].label, split) for i, split in splits}
    assert {r.split for r in after.values()} == {"train", "val", "test"}
    assert twins.leaks(pairs, after) == ()
    assert "30 groups" in how
    none, how = split_again(rows.values(), dict.fromkeys(rows, "all"))
    assert none == ()
    assert "No split without leaks exists" in how


def test_split_again_leaves_excluded_and_unlabelled_images_alone() -> None:
    rows = [row(1, None), row(2, excluded=True), *(row(i) for i in range(3, 30))]
    assert {i for i, _ in split_again(rows, {r.id: r.group for r in rows})[0]} == set(range(3, 30))


def test_twins_are_kept_and_damaged_ones_are_none(tmp_path: Path) -> None:
    found = Twins(
        images=np.array([[1, 2], [1, 3]]),
        similarity=np.array([1.0, 0.99], np.float32),
        bits=np.array([0, 2]),
        mirrored=np.array([False, True]),
        exact=np.array([True, False]),
        looked_at=3,
        seconds=0.5,
        ground="of three",
    )
    path = tmp_path / "cache" / "twins.npz"
    assert twins.load_twins(path) is None
    twins.save_twins(found, path)
    kept = twins.load_twins(path)
    assert kept is not None
    assert kept.pairs() == found.pairs()
    assert (kept.looked_at, kept.seconds, kept.ground) == (3, 0.5, "of three")
    path.write_bytes(path.read_bytes()[:-200])
    assert twins.load_twins(path) is None
    with pytest.raises(UserError, match="cache folder cannot be made"):
        twins.save_twins(found, path / "below" / "twins.npz")


def test_the_ground_of_twins_is_files_and_not_labels(tmp_path: Path) -> None:
    file = tmp_path / "1.jpg"
    file.write_bytes(b"one")
    sample = Sample(1, file, 0, "train", "a")
    ground = twins.ground_of([sample])
    assert twins.ground_of([Sample(1, file, 2, "test", "b")]) == ground
    assert twins.ground_of([sample, Sample(2, tmp_path / "2.jpg", 0, "train", "a")]) != ground
    file.write_bytes(b"three")
    assert twins.ground_of([sample]) != ground
    file.unlink()
    assert twins.ground_of([sample]) != ground
