"""How long a training will take: what changes it, how it is said, and how a real one puts it right."""

import dataclasses
import math
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vv_desktop.core.backbones import BACKBONES, WHOLE
from vv_desktop.core.duration import (
    ACTIVATIONS,
    FEATURES,
    PHASES,
    PREDICTING,
    PREPARING,
    READING,
    STARTING,
    Cached,
    Counts,
    Duration,
    Row,
    Stopwatch,
    corrections,
    estimate,
    rounded,
)
from vv_desktop.core.known import MOST
from vv_desktop.core.plans import CLASSIC, QUICK, Plan
from vv_desktop.core.progress import EpochEnd, Note, PhaseName, Step
from vv_desktop.core.speeds import Speeds, load_speeds, save_speeds

COUNTS = Counts(train=3000, val=400, images=4000, megabytes=100.0, mirror=True)
SPEEDS = Speeds(0.05, 0.01, 0.01, 0.01, 0.01, "2026-11-22T09:00")
NOTHING = Cached()
EVERYTHING = Cached(4000, 10_000, 10_000, backbone=True, front=True, started=True)
BOUNDARIES = (WHOLE, *BACKBONES[CLASSIC.backbone].boundaries)


def pieces(plan: Plan, cached: Cached = NOTHING, counts: Counts = COUNTS) -> dict[str, float]:
    return {row.name: row.seconds for row in estimate(plan, counts, cached, SPEEDS).rows}


def test_quick_is_reading_features_and_phase_1() -> None:
    assert list(pieces(QUICK)) == [READING, PREPARING, FEATURES, STARTING, PHASES["head"]]
    assert pieces(QUICK)[READING] == pytest.approx(100.0 * 0.05)


def test_classic_fine_tunes_and_has_to_ask_the_new_network_about_every_image() -> None:
    assert list(pieces(CLASSIC))[-3:] == [PHASES["head"], PHASES["fine-tune"], PREDICTING]
    tail = pieces(CLASSIC.changed(fine_tune_from="block_12_add"))
    assert ACTIVATIONS in tail
    assert tail[PHASES["fine-tune"]] < 0.3 * pieces(CLASSIC)[PHASES["fine-tune"]]


def test_the_later_fine_tuning_begins_the_shorter_it_is() -> None:
    steps = [pieces(CLASSIC.changed(fine_tune_from=name))[PHASES["fine-tune"]] for name in BOUNDARIES]
    assert steps == sorted(steps, reverse=True)


def test_a_plan_without_phase_1_needs_features_of_what_is_known_alone() -> None:
    plan = CLASSIC.changed(head_epochs=0)
    assert pieces(plan)[FEATURES] / pieces(CLASSIC)[FEATURES] == pytest.approx((MOST + 400) / 3400)
    assert PREPARING in pieces(plan)
    assert not {FEATURES, PREPARING} & set(pieces(plan, EVERYTHING))


def test_what_is_kept_is_not_paid_again() -> None:
    cold, warm = (estimate(QUICK, COUNTS, cached, SPEEDS) for cached in (NOTHING, EVERYTHING))
    assert warm.once == 0
    assert list(pieces(QUICK, EVERYTHING)) == [STARTING, PHASES["head"]]
    assert cold.once == pytest.approx(sum(pieces(QUICK)[name] for name in (READING, PREPARING, FEATURES)))
    half = pieces(QUICK, Cached(pixels=2000, features=1000))
    assert half[READING] == pytest.approx(pieces(QUICK)[READING] / 2)
    assert half[FEATURES] == pytest.approx(pieces(QUICK)[FEATURES] * 3 / 4)


def test_mirrored_copies_double_the_training_images_where_there_is_a_whole_map() -> None:
    plan = CLASSIC.changed(mirror=True)
    ratio = pieces(plan)[PHASES["fine-tune"]] / pieces(CLASSIC)[PHASES["fine-tune"]]
    assert 1.9 < ratio < 2.0, "the validation images are not mirrored"
    assert pieces(plan)[FEATURES] / pieces(CLASSIC)[FEATURES] == pytest.approx(6400 / 3400)
    assert pieces(plan, counts=dataclasses.replace(COUNTS, mirror=False)) == pieces(CLASSIC)


@pytest.mark.parametrize(
    "change", [{"image_size": 256}, {"head_epochs": 31}, {"units": 300}, {"batch_size": 32}, {"fine_tune_epochs": 1}]
)
def test_more_work_takes_longer(change: dict[str, int]) -> None:
    more = estimate(QUICK.changed(**change), COUNTS, NOTHING, SPEEDS)
    assert more.seconds > estimate(QUICK, COUNTS, NOTHING, SPEEDS).seconds


def test_the_networks_work_goes_with_the_area_of_the_picture() -> None:
    assert pieces(QUICK.changed(image_size=112))[FEATURES] == pytest.approx(pieces(QUICK)[FEATURES] / 4)


def test_an_empty_project_takes_no_time_to_read() -> None:
    assert READING not in pieces(QUICK, counts=Counts(0, 0, 0, 0.0, False))


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.0, "5 s"),
        (3.0, "5 s"),
        (38.0, "40 s"),
        (57.4, "55 s"),
        (57.5, "1 min"),
        (89.0, "1 min"),
        (170.0, "3 min"),
        (14 * 60, "14 min"),
        (23 * 60, "25 min"),
        (51 * 60, "50 min"),
        (53 * 60, "1 h"),
        (70 * 60, "1 h"),
        (80 * 60, "1½ h"),
        (150 * 60, "2½ h"),
        (7.4 * 3600, "7 h"),
    ],
)
def test_rounding_is_as_honest_as_an_estimate_can_be(seconds: float, words: str) -> None:
    assert rounded(seconds) == words


def test_the_sentence_speaks_of_once_only_where_that_matters() -> None:
    once, always = Row(READING, "reading", 18.0, once=True), Row(PHASES["head"], "head", 27.0)
    assert Duration((once, always)).sentence == "about 45 s, of it 20 s once"
    assert Duration((always,)).sentence == "about 25 s"
    assert Duration((dataclasses.replace(once, seconds=100.0), Row("x", "head", 3600.0))).sentence == "about 1 h"


# What a training says


def epochs(phase: PhaseName, begun: float, first: float, each: float, count: int) -> list[EpochEnd]:
    return [EpochEnd(phase, n + 1, begun + first + n * each, 1.0, 0.5, 1.0, 0.5, 1e-3, n == 0) for n in range(count)]


def lived_through(expected: Duration, slower: float) -> tuple[Stopwatch, float]:
    """A training in which every piece takes `slower` times what was expected; two thirds of the epochs are needed."""
    watch, now = Stopwatch(), 0.0
    for row in expected.rows:
        seconds = row.seconds * slower
        if row.name in (READING, FEATURES, ACTIVATIONS, PREDICTING):
            watch.hear(Step(row.name, 7, 7 + row.units), now)
            watch.hear(Step(row.name, 7 + row.units, 7 + row.units), now + seconds)
        elif row.name in PHASES.values():
            phase: PhaseName = "head" if row.name == PHASES["head"] else "fine-tune"
            each, count = seconds / row.units, row.units * 2 // 3
            for event in epochs(phase, now, each, each, count):
                watch.hear(event, event.seconds)
            seconds = each * count
        else:
            watch.hear(Note(row.name), now)
        now += seconds
    return watch, now


@settings(deadline=None)
@given(st.floats(0.1, 10.0), st.sampled_from([QUICK, CLASSIC, CLASSIC.changed(fine_tune_from="block_5_add")]))
def test_after_one_training_the_next_is_expected_right(slower: float, plan: Plan) -> None:
    expected = estimate(plan, COUNTS, NOTHING, SPEEDS)
    watch, total = lived_through(expected, slower)
    factors = corrections(expected, watch.per_unit(total))
    speeds = SPEEDS.corrected(factors)
    assert estimate(plan, COUNTS, NOTHING, speeds).seconds == pytest.approx(slower * expected.seconds)
    assert speeds.trainings == 1


def test_features_of_mirrored_images_are_counted_too() -> None:
    watch = Stopwatch()
    for now, done in ((10.0, 0), (20.0, 100), (50.0, 0), (54.0, 40)):  # between the two something else went on
        watch.hear(Step(FEATURES, done, 100), now)
    assert watch.per_unit(None) == {FEATURES: pytest.approx(14.0 / 140)}


def test_what_is_not_known_stays_as_it_was_measured() -> None:
    watch = Stopwatch()
    watch.hear(Step(READING, 0, 12), 0.0)
    watch.hear(Step(READING, 12, 12), 99.0)  # too few to tell
    watch.hear(Step("Downloading pretrained weights", 0, 9_000_000), 99.0)
    watch.hear(Step("Downloading pretrained weights", 9_000_000, 9_000_000), 500.0)
    watch.hear(epochs("head", 500.0, 9.0, 1.0, 1)[0], 509.0)  # one epoch, and it compiled
    assert watch.per_unit(600.0) == {}
    assert corrections(estimate(QUICK, COUNTS, NOTHING, SPEEDS), {}) == {}


def test_a_stopped_training_says_nothing_of_starting_and_finishing() -> None:
    watch, total = lived_through(estimate(QUICK, COUNTS, NOTHING, SPEEDS), 2.0)
    assert STARTING in watch.per_unit(total)
    assert STARTING not in watch.per_unit(None)


# The file


def test_speeds_are_kept(tmp_path: Path) -> None:
    file = tmp_path / "cache" / "speeds.json"
    assert load_speeds(file) is None
    save_speeds(file, SPEEDS)
    assert load_speeds(file) == SPEEDS


@pytest.mark.parametrize("wrong", [math.nan, 0.0, -1.0, math.inf, "fast", None])
def test_speeds_that_make_no_sense_count_as_never_measured(wrong: object, tmp_path: Path) -> None:
    save_speeds(tmp_path / "speeds.json", dataclasses.replace(SPEEDS, head=wrong))  # type: ignore[arg-type]
    assert load_speeds(tmp_path / "speeds.json") is None


@pytest.mark.parametrize("text", ["", "[]", "{}", "{", '{"reading": 1}', "\0"])
def test_a_damaged_file_counts_as_never_measured(text: str, tmp_path: Path) -> None:
    (tmp_path / "speeds.json").write_text(text)
    assert load_speeds(tmp_path / "speeds.json") is None


def test_a_disk_that_refuses_is_no_reason_to_stop(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    save_speeds(tmp_path / "file" / "speeds.json", SPEEDS)
    assert load_speeds(tmp_path / "file" / "speeds.json") is None
