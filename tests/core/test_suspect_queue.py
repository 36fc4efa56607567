"""The queue of suspects: states, order, where one goes next, and counts."""

from dataclasses import replace

import numpy as np

from vv_desktop.core import suspect_queue
from vv_desktop.core.classes import ClassList
from vv_desktop.core.records import ImageRow, Review
from vv_desktop.core.suspect_queue import Suspect, following, standings
from vv_desktop.core.suspects import Suspects

NAMES = ("Front", "Rear", "Side")


def ranking(queue: tuple[int, ...] = (3, 0, 2, 1)) -> Suspects:
    """Four images 10–13, all labelled Front; image 11 would be Side, the others Rear."""
    probabilities = np.array([[0.1, 0.8, 0.1], [0.2, 0.1, 0.7], [0.3, 0.6, 0.1], [0.0, 0.9, 0.1]], np.float32)
    neighbours = np.full((4, 3, 3), -1)
    neighbours[3, 0] = (13, 10, 11)
    neighbours[3, 1] = (20, 21, -1)
    return Suspects(
        ClassList(NAMES),
        np.array([10, 11, 12, 13]),
        np.zeros(4, np.int64),
        probabilities,
        probabilities[:, 0],
        np.array([False, False, False, True]),
        np.array(queue),
        neighbours,
        "digest",
        1.0,
    )


def row(image: int, label: str | None = "Front", review: Review | None = None) -> ImageRow:
    return ImageRow(image, f"{image}.jpg", 1, 1, "", label, "train", review=review)


ROWS = {image: row(image) for image in (10, 11, 12, 13)}
QUEUE = suspect_queue.read_queue(ranking())


def order(rows: dict[int, ImageRow], names: tuple[str, ...] = NAMES) -> list[tuple[int, str]]:
    return [(one.image, one.state) for one in standings(QUEUE, rows, names)]


def test_a_ranking_is_read_worst_first_with_its_neighbours() -> None:
    assert [one.image for one in QUEUE] == [13, 10, 12, 11]
    assert QUEUE[0] == Suspect(13, 0, 1, 0.0, float(np.float32(0.9)), True, (10, 11), (20, 21))
    assert QUEUE[3].suggestion == 2
    assert suspect_queue.read_queue(ranking(())) == ()


def test_a_review_holds_as_long_as_label_and_suggestion_do() -> None:
    kept, other = Review("kept", "Front", "Rear"), Review("kept", "Front", "Side")
    unsure = Review("unsure", "Front", "Rear")
    rows = ROWS | {13: row(13, review=kept), 10: row(10, review=other), 12: row(12, review=unsure)}
    assert order(rows) == [(13, "kept"), (10, "open"), (11, "open"), (12, "unsure")]
    moved = rows | {13: row(13, "Side", review=kept), 11: row(11, None)}
    assert order(moved) == [(13, "fixed"), (10, "open"), (11, "fixed"), (12, "unsure")]


def test_a_renamed_class_changes_nothing_and_excluded_images_are_out() -> None:
    renamed = {i: row(i, "Nose", Review("kept", "Nose", "Rear") if i == 10 else None) for i in ROWS}
    assert order(renamed, ("Nose", "Rear", "Side")) == [(13, "open"), (10, "kept"), (12, "open"), (11, "open")]
    rows = {**ROWS, 13: replace(ROWS[13], excluded=True)}
    del rows[10]
    assert order(rows) == [(12, "open"), (11, "open")]
    by_image = {one.image: one for one in QUEUE}
    assert suspect_queue.is_suspect(by_image, ROWS[10], NAMES)
    assert not suspect_queue.is_suspect(by_image, rows[13], NAMES)
    assert not suspect_queue.is_suspect(by_image, row(10, "Side"), NAMES)
    assert not suspect_queue.is_suspect(by_image, row(99), NAMES)


def test_the_way_leads_through_the_open_ones_then_once_through_the_unsure() -> None:
    unsure = {i: row(i, review=Review("unsure", "Front", "Rear")) for i in (13, 10)}
    path = suspect_queue.walk(standings(QUEUE, ROWS | unsure, NAMES), ())
    assert [one.image for one in path] == [12, 11, 13, 10]
    assert [following(path, i) for i in (None, 12, 11, 13, 10)] == [12, 11, 12, 12, 12]
    path = path[2:]
    assert [following(path, i) for i in (None, 13, 10)] == [13, 10, None]
    assert following((), None) is None


def test_arrows_stop_at_the_ends_and_see_only_what_remains_or_was_just_visited() -> None:
    queue = standings(QUEUE, ROWS | {10: row(10, "Side"), 13: row(13, "Side")}, NAMES)
    path = suspect_queue.walk(queue, {10})
    assert [one.image for one in path] == [10, 12, 11]
    assert suspect_queue.beside(path, 10, -1) == 10
    assert suspect_queue.beside(path, 10, 1) == 12
    assert suspect_queue.beside(path, 11, 1) == 11
    assert suspect_queue.beside(path, None, -1) == 11  # from the end
    assert suspect_queue.beside((), 10, 1) is None


def test_counts_and_filters() -> None:
    rows = ROWS | {
        13: row(13, "Rear"),
        10: row(10, review=Review("unsure", "Front", "Rear")),
        11: replace(ROWS[11], split="test"),
    }
    queue = standings(QUEUE, rows, NAMES)
    assert suspect_queue.tally(queue) == suspect_queue.Tally(2, 4, 1, 1)
    assert suspect_queue.pair_counts(queue) == [((0, 1), 2), ((0, 2), 1)]
    assert suspect_queue.split_counts(queue) == {"train": 2, "test": 1}
    assert [one.image for one in suspect_queue.narrowed(queue, (0, 2))] == [11]
    assert [one.image for one in suspect_queue.narrowed(queue, splits=("test",))] == [11]
    assert suspect_queue.narrowed(queue, (0, 1), ("val",)) == ()
