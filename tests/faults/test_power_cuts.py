"""The label store after a power cut: on a real disk where root can cut its power, and with a torn -wal anywhere."""

import os
import random
import shutil
from pathlib import Path

import pytest

from tests.killing import new_store
from tests.soak.power import Cuts, cut_power, why_not
from vv_desktop.core.store import Store


def test_A5_A6_a_power_cut_loses_nothing_that_was_acknowledged(tmp_path: Path) -> None:
    """Fewer than the 2,000 of `python -m tests.soak cuts`."""
    if reason := why_not():
        pytest.skip(f"{reason}; the torn -wal below needs neither")
    seen, seed = Cuts(), int.from_bytes(os.urandom(2), "big")
    cut_power(tmp_path, 4, seed, seen)
    assert seen.done == {"edits": 2, "table": 1, "upgrade": 1}
    assert (seen.edits.lost, seen.faults) == (0, []), f"seed {seed}"


def test_A5_a_torn_tail_of_the_wal_is_the_last_acknowledged_edit_or_the_next(tmp_path: Path) -> None:
    """What a cut leaves of writes that were not flushed: a part of them, zeros, or what was there before."""
    path, seed = tmp_path / "project.vv", int.from_bytes(os.urandom(2), "big")
    rng = random.Random(seed)
    new_store(path)
    wal = path.with_name("project.vv-wal")
    store = Store.open(path)
    for image in range(1, 20):
        store.edit([(image, "label", "Front")], "keyboard", "acknowledged")
    flushed = wal.read_bytes()
    store.edit([(image, "label", "Rear") for image in range(1, 100)], "keyboard", "on its way")
    written = wal.read_bytes()
    database = path.read_bytes()
    store._db.close()
    assert len(written) > len(flushed)
    seen = set()
    for _ in range(40):
        place = rng.randrange(len(flushed), len(written) + 1)
        tail = rng.choice((b"", bytes(len(written) - place), rng.randbytes(len(written) - place)))
        copy = tmp_path / "copy"
        copy.mkdir()
        (copy / "project.vv").write_bytes(database)
        (copy / "project.vv-wal").write_bytes(written[:place] + tail)
        store = Store.open(copy / "project.vv")
        labels = tuple(row.label for row in store.images())
        store._db.close()
        shutil.rmtree(copy)
        seen.add(labels)
        before = ("Front",) * 19 + (None,) * 181
        assert labels in (before, ("Rear",) * 99 + (None,) * 101), f"seed {seed}, {place} of {len(written)}"
    assert before in seen, f"seed {seed}"
