"""Mirror pairs: found by name however it is written, their own inverse, edited, and kept with the project."""

from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vv_desktop.core.classes import ClassList
from vv_desktop.core.errors import UserError
from vv_desktop.core.mirror import SIDES, MirrorPairs, check_map, find_pairs
from vv_desktop.core.project import Project

VEHICLES = ClassList(("Front", "FrontLeft", "FrontRight", "Rear", "RearLeft", "RearRight", "Background"))


def found(*names: str) -> MirrorPairs:
    return find_pairs(ClassList(names))


def test_the_vehicles_sides_change_places_and_the_rest_stays() -> None:
    pairs = find_pairs(VEHICLES)
    assert pairs.of == (0, 2, 1, 3, 5, 4, 6)
    assert pairs.sentence == "Mirroring is on: 2 pairs of classes change places, 3 classes keep their label"


@pytest.mark.parametrize("word", ["{} front", "front_{}", "Front{}", "front-{}-2", "FRONT {}", "{}Front", "a.{}.b"])
@pytest.mark.parametrize(("left", "right"), SIDES)
def test_a_side_is_found_wherever_it_stands(word: str, left: str, right: str) -> None:
    names = (word.format(left.capitalize()), word.format(right.capitalize()))
    assert found(*names, "Rear").of == (1, 0, 2)


@pytest.mark.parametrize(
    "names",
    [
        ("a_left", "A-RIGHT"),
        ("frontleft", "FRONTRIGHT"),
        ("Left", "right"),
        ("L", "R"),
        ("seite links", "SeiteRechts"),
        ("porte_gauche", "porte droit"),
        ("left_to_right", "right_to_left"),
        ("左前", "右前"),
    ],
)
def test_case_and_separators_are_free(names: tuple[str, str]) -> None:
    assert found(*names).of == (1, 0)


@pytest.mark.parametrize(
    ("names", "sentence"),
    [
        (("FrontLeft", "Rear"), "FrontLeft has no FrontRight; mirroring is off"),
        (("door_R", "Rear"), "door_R has no door_L; mirroring is off"),
        (("Left", "rearLeft", "Right"), "rearLeft has no rearRight; mirroring is off"),
        (("ALeft", "BLeft"), "ALeft has no ARight, and 1 more class has no partner; mirroring is off"),
        (
            ("a left", "a-right", "A_RIGHT"),
            "a left has no a right, and 2 more classes have no partner; mirroring is off",
        ),
    ],
)
def test_a_side_without_a_partner_switches_mirroring_off_and_says_why(names: tuple[str, ...], sentence: str) -> None:
    pairs = found(*names)
    assert pairs.of is None
    assert pairs.sentence == sentence


@pytest.mark.parametrize("names", [("cat", "dog"), tuple("ABCDEFGHIJKLMNOPQRSTUVWXYZ"), ("bright", "dark"), ("S", "L")])
def test_without_a_side_mirroring_waits_to_be_wanted(names: tuple[str, ...]) -> None:
    pairs = found(*names)
    assert pairs.of is None
    assert "unless you want it" in pairs.sentence
    assert pairs.switched(True).of == tuple(range(len(names)))


@given(st.lists(st.text(min_size=1).filter(str.strip), min_size=1, max_size=8, unique=True))
def test_whatever_the_names_the_map_is_its_own_inverse(names: list[str]) -> None:
    pairs = found(*names)
    assert all(p is None or pairs.partners[p] == i for i, p in enumerate(pairs.partners))
    assert MirrorPairs.from_dict(pairs.as_dict(), pairs.classes) == pairs


WORDS = st.sampled_from(["Front", "Rear", "Door", "Mirror", "Lamp"])


@given(st.sets(WORDS, min_size=1), st.sampled_from(SIDES), st.sampled_from(["_", "-", " ", ""]), st.randoms())
def test_every_pair_is_found_in_any_order(words: set[str], side: tuple[str, str], between: str, random: Random) -> None:
    left, right = ([f"{word}{between}{s.capitalize()}" for word in sorted(words)] for s in side)
    names = [*left, *right, "Background"]
    random.shuffle(names)
    expected = {
        **dict(zip(left, right, strict=True)),
        **dict(zip(right, left, strict=True)),
        "Background": "Background",
    }
    pairs = found(*names).of
    assert pairs is not None
    assert {name: names[partner] for name, partner in zip(names, pairs, strict=True)} == expected


EDITS = st.lists(st.tuples(st.integers(0, 6), st.none() | st.integers(0, 6)), max_size=12)


@given(EDITS)
def test_edits_keep_the_map_its_own_inverse(edits: list[tuple[int, int | None]]) -> None:
    pairs = find_pairs(VEHICLES)
    for one, other in edits:
        pairs = pairs.paired(one, other)
        assert pairs.partners[one] == other
        check_map(pairs.partners, VEHICLES)
    assert (pairs.of is None) == (None in pairs.partners)


def test_who_loses_a_partner_has_none() -> None:
    pairs = find_pairs(VEHICLES).paired(1, 5)
    assert pairs.partners == (0, 5, None, 3, None, 1, 6)
    assert pairs.of is None
    assert pairs.sentence == "FrontRight has no mirrored class, and 1 more class has no partner; mirroring is off"
    assert pairs.paired(2, 4).of == (0, 5, 4, 3, 2, 1, 6)


@pytest.mark.parametrize(
    ("partners", "received"),
    [((1, 2, 0), "A to B, but B not back"), ((0, 1), "received 2"), ((0, 1, 3), "received 3 for C"), ((0, 0, 2), "B")],
)
def test_a_map_that_is_not_its_own_inverse_is_a_sentence(partners: tuple[int, ...], received: str) -> None:
    with pytest.raises(UserError, match=received):
        MirrorPairs(ClassList(("A", "B", "C")), partners)


@pytest.mark.parametrize("kept", [None, 3, [], {}, {"on": True}, {"partners": {"Rear": ["B"]}, "on": True}])
def test_what_cannot_have_been_kept_is_found_by_name_again(kept: object) -> None:
    assert MirrorPairs.from_dict(kept, VEHICLES) == find_pairs(VEHICLES)


def test_a_class_that_came_later_has_no_partner_until_it_gets_one() -> None:
    kept = find_pairs(ClassList(("Left", "Right"))).as_dict()
    pairs = MirrorPairs.from_dict(kept, ClassList(("Left", "Right", "Top")))
    assert pairs.partners == (1, 0, None)


def test_the_project_keeps_what_was_edited_and_trainings_get_it(tmp_path: Path) -> None:
    project = Project.create(tmp_path / "p", VEHICLES, [])
    assert project.dataset().mirror == (0, 2, 1, 3, 5, 4, 6)
    edited = project.mirror.paired(1, 5).paired(2, 4)
    project.set_mirror(edited)
    assert project.dataset().mirror == edited.of
    project.close()
    project = Project.open(tmp_path / "p")
    assert project.mirror == edited
    project.set_mirror(edited.switched(False))
    assert project.dataset().mirror is None
    project.set_mirror(None)
    project.close()
    project = Project.open(tmp_path / "p")
    assert project.mirror == find_pairs(VEHICLES)
    project.close()


def test_an_older_project_kept_its_pairs_by_name() -> None:
    kept = {"partners": {"Left": "Right", "Right": "Left"}, "on": True}
    assert MirrorPairs.from_dict(kept, ClassList(("Top", "Right", "Left"))).partners == (None, 2, 1)


def test_another_name_changes_no_pair_whether_found_or_chosen(tmp_path: Path) -> None:
    project = Project.create(tmp_path / "p", VEHICLES, [])
    found = project.mirror.partners
    project.rename_class("FrontLeft", "a", "mouse")
    assert project.mirror.partners == found
    project.set_mirror(project.mirror.paired(1, 5).paired(2, 4))
    project.rename_class("FrontRight", "b", "mouse")
    chosen = project.mirror.partners
    assert chosen[1:3] == (5, 4)
    project.close()
    again = Project.open(tmp_path / "p")
    assert again.mirror.partners == chosen
    again.undo()
    assert again.mirror.partners == chosen
    again.close()
