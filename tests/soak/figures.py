"""What a soak found, and the table that keeps it: docs/reliability-figures.md, one row for each part and seed."""

import importlib.metadata
import os
import platform
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

FILE = Path(__file__).resolve().parent.parent.parent / "docs" / "reliability-figures.md"
COLUMNS = ("part", "count", "seed", "result", "held", "seconds", "date", "machine", "versions")
INTRODUCTION = """# Reliability: figures

Written by `python -m tests.soak PART ... --record`; a rerun of a part with the same seed replaces its row. What the
parts do and what must hold: `python -m tests.soak --help`. How a fault is met: reliability.md.

"""
PACKAGES = ("numpy", "pillow", "tensorflow", "keras", "ai-edge-litert", "PySide6_Essentials", "hypothesis")


@dataclass(frozen=True)
class Outcome:
    """What a part found, in words. held: nothing happened that must not."""

    held: bool
    words: str


def record(part: str, count: int, seed: int, outcome: Outcome, seconds: float, order: Sequence[str]) -> None:
    """Put a row into the table; `order`: all parts, in whose order the rows stand."""
    row = (
        part,
        f"{count:,}",
        str(seed),
        outcome.words,
        "yes" if outcome.held else "**no**",
        f"{seconds:,.0f}",
        date.today().isoformat(),
        f"{platform.platform(terse=True)}, {platform.machine()}, {os.cpu_count()} cores",
        f"Python {platform.python_version()}, " + ", ".join(f"{name} {_version(name)}" for name in PACKAGES),
    )
    rows = {(one[0], one[2]): one for one in (*_rows(), row)}
    known = [*order, *(key[0] for key in rows)]
    keys = sorted(rows, key=lambda key: (known.index(key[0]), int(key[1])))
    lines = [COLUMNS, ("---",) * len(COLUMNS), *(rows[key] for key in keys)]
    text = "\n".join(f"| {' | '.join(cell.replace('|', '/') for cell in cells)} |" for cells in lines)
    FILE.write_text(INTRODUCTION + text + "\n")


def _rows() -> list[tuple[str, ...]]:
    """The rows that are in the table already."""
    if not FILE.exists():
        return []
    lines = [line for line in FILE.read_text().splitlines() if line.startswith("| ")]
    return [tuple(cell.strip() for cell in line.strip("| ").split(" | ")) for line in lines[2:]]


def _version(package: str) -> str:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return "absent"
