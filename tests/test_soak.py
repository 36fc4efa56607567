"""The table of the slow figures, and small counts of parts that no other test goes through."""

from pathlib import Path

import pytest

from tests.core.test_store_stateful import ProjectMachine
from tests.soak import decoding, figures, mutants, store, walks
from tests.soak.figures import Outcome, record
from vv_desktop.core.project import Project

PARTS = ("kills", "flips")


def test_a_rerun_replaces_its_row_and_the_rows_stand_in_the_order_of_the_parts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(figures, "FILE", tmp_path / "figures.md")
    record("flips", 1000, 0, Outcome(True, "first"), 1.2, PARTS)
    record("kills", 100, 1, Outcome(True, "another seed"), 1.2, PARTS)
    record("kills", 100, 0, Outcome(False, "1 lost | of 100"), 1.2, PARTS)
    record("flips", 2000, 0, Outcome(True, "second"), 1.2, PARTS)
    rows = [line.split(" | ") for line in (tmp_path / "figures.md").read_text().splitlines() if line.startswith("| ")]
    assert [row[:5] for row in rows[2:]] == [
        ["| kills", "100", "0", "1 lost / of 100", "**no**"],
        ["| kills", "100", "1", "another seed", "yes"],
        ["| flips", "2,000", "0", "second", "yes"],
    ]


def test_A13_no_flipped_bit_is_silent() -> None:
    """Fewer than the 1,000 of `python -m tests.soak flips`."""
    outcome = store.flips(15, 3)
    assert outcome.held, outcome.words


def test_C13_mutants_in_two_children_are_all_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mutants, "CHUNK", 30)
    seen = mutants._in_children("pictures", 60, 5)
    assert sum(seen.words.values()) == 60
    assert (seen.deaths, seen.uncaught) == ([], [])
    assert seen.words["refused"] > 20


def test_C1_C5_C6_C7_one_decoder_sees_what_was_put_in() -> None:
    """Fewer than the 2,000 of `python -m tests.soak decoder`."""
    outcome = decoding.one_decoder(150, 1)
    assert outcome.held, outcome.words


def test_D17_a_walk_takes_every_step_that_hypothesis_takes_and_stays_equal(monkeypatch: pytest.MonkeyPatch) -> None:
    rules = {name for name, method in vars(ProjectMachine).items() if hasattr(method, "hypothesis_stateful_rule")}
    assert {*walks.RULES, "reopen"} == rules
    monkeypatch.setattr(walks, "LENGTH", 1_500)
    outcome = walks.walks(3_000, 0)
    assert outcome.held
    assert outcome.words.startswith("3,000 steps, equal")


def test_D17_a_walk_notices_an_edit_that_the_project_forgets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Project, "exclude", lambda *args: None)
    with pytest.raises(AssertionError):
        walks.walks(1_000, 0)
