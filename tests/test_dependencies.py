"""What is installed is new enough for what faults.md asks of it, and what is downloaded is what was looked at."""

import importlib.metadata
import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from vv_desktop.core.progress import NullProgress
from vv_desktop.tasks.diagnosis import diagnose, unfit

ROOT = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
NEEDED = [Requirement(line) for line in PROJECT["dependencies"]]
FLOORS = {"keras": "3.15.1", "pillow": "12.3", "tensorflow": "2.21", "cleanlab": "2.8"}
"""Below them are faults that hostile files use, or another licence."""


def locked() -> dict[str, list[str]]:
    """Each entry of the lock by name: its version and the lines that belong to it."""
    entries = re.split(r"\n(?=\S)", (ROOT / "requirements.lock").read_text().strip())
    return {canonicalize_name(entry.split("==")[0]): entry.splitlines() for entry in entries}


@pytest.mark.parametrize("needed", NEEDED, ids=lambda needed: needed.name)
def test_H21_what_is_installed_is_what_is_asked_for(needed: Requirement) -> None:
    assert importlib.metadata.version(needed.name) in needed.specifier


@pytest.mark.parametrize("name", FLOORS)
def test_H21_what_is_asked_for_is_not_below_the_floor(name: str) -> None:
    needed = next(each for each in NEEDED if each.name == name)
    lowest = [Version(each.version) for each in needed.specifier if each.operator == ">="]
    assert lowest
    assert lowest[0] >= Version(FLOORS[name])


def test_H21_every_line_of_the_lock_has_a_version_and_hashes() -> None:
    entries = locked()
    assert len(entries) > 50
    for name, lines in entries.items():
        assert re.match(r"\S+==\S+", lines[0]), name
        assert sum("--hash=sha256:" in line for line in lines) >= 1, name
    for needed in NEEDED:
        version = re.match(r"\S+==([^\s;]+)", entries[canonicalize_name(needed.name)][0])
        assert version is not None
        assert version[1] in needed.specifier, needed.name


def test_H21_doctor_names_what_is_not_as_needed() -> None:
    assert unfit(PROJECT["dependencies"]) == []
    pillow = importlib.metadata.version("pillow")
    assert unfit(["pillow>=999", "pillow>=1", "no-such-thing>=1", "no-such-thing; extra == 'test'"]) == [
        f"pillow>=999: {pillow}",
        "no-such-thing>=1: missing",
    ]
    assert diagnose(NullProgress())["libraries that are not as needed"] == []
