"""Label tables of any text: what is written is read again, field by field (faults D1, D2, D16)."""

import os
import tempfile
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import seed as seeded
from hypothesis import strategies as st

from tests.soak.figures import Outcome
from vv_desktop.core.dataset import SPLITS
from vv_desktop.core.label_csv import read_label_csv, write_csv

BATCH = 1000
"""Hypothesis remembers what it tried, so many tables are many batches."""
HEADER = ("filepath", "label", "split", "group")
ODD = (
    "NA", "null", "None", "001", "1e5", "True", "2024-01-01", "=1+1", '"', '""', ",", ";", "\t", "a\nb", "\r\n", "'",
)  # fmt: skip
# Not the zero byte: a file that holds one is refused as no text.
TEXT = st.one_of(
    st.sampled_from(ODD), st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12)
)
NAME = TEXT.filter(bool)
VALUE = TEXT.map(str.strip)  # as the reader has it
ROWS = st.lists(st.tuples(NAME, VALUE, st.sampled_from(SPLITS), VALUE), min_size=1, max_size=8)


def tables(count: int, seed: int) -> Outcome:
    """Random tables imported, exported, imported and exported: each comes back as it was (D16)"""
    from tests.core.test_label_export import drive_tables

    for done in range(0, count, BATCH):
        drive_tables(min(BATCH, count - done), seed + done)
    return Outcome(True, f"{count:,} tables, equal")


def fields(count: int, seed: int) -> Outcome:
    """Tables of any text written and read again: every field is what it was (D1, D2)"""
    done = 0
    with tempfile.TemporaryDirectory(dir="/dev/shm" if os.path.isdir("/dev/shm") else None) as folder:
        while done < count:
            batch = min(BATCH, count - done)
            round_trips(Path(folder) / "labels.csv", batch, seed + done)
            done += batch
    return Outcome(True, f"{done:,} tables of 1 to 8 rows, equal")


def round_trips(path: Path, count: int, seed: int) -> None:
    """`count` tables. Raises AssertionError with the smallest one that comes back as another."""

    @seeded(seed)
    @settings(max_examples=count, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(ROWS)
    def one(rows: list[tuple[str, str, str, str]]) -> None:
        write_csv(path, HEADER, rows)
        found, problems = read_label_csv(path)
        assert problems == []
        assert [(row.filepath, row.label, row.split, row.group) for row in found] == rows

    one()
