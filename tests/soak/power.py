"""Power cuts: a project on an ext4 disk of its own, which loses everything that was not flushed (faults A5, A6).

The disk is a file behind a loop device. EXT4_IOC_SHUTDOWN without a flush of the journal makes the file system stop as
a power cut does: what the kernel had not sent to the disk yet is gone, and mounting it again replays the journal of
the file system. Needs root and Linux. Not modelled: a disk that lies about a flush.
"""

import contextlib
import csv
import fcntl
import json
import os
import random
import signal
import sqlite3
import struct
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tests.killing import Tally, compared, following, new_store
from tests.old_format import make_old
from tests.soak.figures import Outcome
from vv_desktop.core.backups import backups
from vv_desktop.core.classes import ClassList
from vv_desktop.core.errors import UserError
from vv_desktop.core.label_csv import read_label_csv, write_csv
from vv_desktop.core.records import NewImage
from vv_desktop.core.store import Store
from vv_desktop.core.store_schema import SCHEMA

EXT4_IOC_SHUTDOWN, NO_FLUSH = 0x8004587D, 2
ROOT = Path(__file__).resolve().parent.parent.parent
BATCH = 200
"""Cuts of one disk: every one adds to the journal of its store, and every opening reads all of it."""
ROWS = 400
LONGEST = {"edits": 0.120, "table": 0.060, "upgrade": 0.100}
"""Seconds after which, at the latest, the power is cut in the middle of each."""


class Disk:
    """An ext4 file system of 64 MB in `folder`."""

    def __init__(self, folder: Path) -> None:
        self.image, self.root = folder / "disk.img", folder / "disk"
        self.root.mkdir()
        with self.image.open("wb") as file:
            file.truncate(64_000_000)
        _run("mkfs.ext4", "-q", "-F", str(self.image))

    def mount(self) -> None:
        """Like starting the machine again."""
        _run("mount", "-o", "loop", str(self.image), str(self.root))

    def cut(self) -> None:
        """From now on nothing reaches the disk."""
        handle = os.open(self.root, os.O_RDONLY)
        try:
            fcntl.ioctl(handle, EXT4_IOC_SHUTDOWN, struct.pack("I", NO_FLUSH))
        finally:
            os.close(handle)

    def unmount(self) -> None:
        """Forget what the kernel remembers of it."""
        for _ in range(100):
            if subprocess.run(["umount", str(self.root)], capture_output=True).returncode == 0:
                return
            time.sleep(0.02)  # the last process may still be on its way out
        _run("umount", str(self.root))


def why_not() -> str | None:
    """Why this machine cannot cut the power of a disk; None if it can."""
    if not hasattr(os, "geteuid") or os.geteuid() != 0:
        return "power cuts need root"
    with tempfile.TemporaryDirectory(prefix="vv-disk-") as name:
        try:
            disk = Disk(Path(name))
            disk.mount()
            try:
                disk.cut()
            finally:
                disk.unmount()
        except (OSError, subprocess.CalledProcessError) as error:
            return f"power cuts need a loop device with ext4 ({error})"
    return None


@contextlib.contextmanager
def mounted(disk: Disk) -> Iterator[Path]:
    """The root of the disk, for as long as a block lasts."""
    disk.mount()
    try:
        yield disk.root
    finally:
        disk.unmount()


@dataclass
class Cuts:
    """What was seen over all power cuts."""

    done: Counter[str] = field(default_factory=Counter)
    edits: Tally = field(default_factory=Tally)
    faults: list[str] = field(default_factory=list)
    upgraded: Counter[int] = field(default_factory=Counter)
    tables: int = 0


def cuts(count: int, seed: int) -> Outcome:
    """Power cuts during edits, table writing and a format upgrade, on ext4: nothing acknowledged is lost (A5, A6)"""
    if reason := why_not():
        return Outcome(False, f"not run: {reason}")
    seen = Cuts()
    for batch in range(0, count, BATCH):
        with tempfile.TemporaryDirectory(prefix="vv-cuts-") as folder:
            cut_power(Path(folder), min(BATCH, count - batch), seed + batch, seen)
    print(*seen.faults, sep="\n")
    words = (
        f"{seen.done['edits']} during edits ({seen.edits.acknowledged:,} acknowledged, {seen.edits.lost} lost),"
        f" {seen.done['table']} while a table is written ({seen.tables:,} acknowledged),"
        f" {seen.done['upgrade']} at a format upgrade (old {seen.upgraded[1]}, new {seen.upgraded[SCHEMA]}, half 0);"
        f" {len(seen.faults)} faults"
    )
    return Outcome(not seen.edits.lost and not seen.faults, words)


def cut_power(folder: Path, count: int, seed: int, seen: Cuts) -> None:
    """`count` times: work on the disk is cut off at a random moment, and the disk is looked at after a restart."""
    rng, disk = random.Random(seed), Disk(folder)
    with mounted(disk) as root:
        model = new_store(root / "project.vv")
        _old_project(root / "old")
        _write_table(root / "labels.csv", 0)
        os.sync()
    for number in range(count):
        kind = ("edits", "edits", "table", "upgrade")[number % 4]
        disk.mount()
        lines = _one_life(disk, kind, rng)
        with mounted(disk) as root:
            try:
                if kind == "edits":
                    steps = [json.loads(line) for line in lines]
                    model = compared(root / "project.vv", following(model, steps, seen.edits), seen.edits)
                else:
                    {"table": _look_at_table, "upgrade": _look_at_upgrade}[kind](root, lines, seen)
            except (UserError, AssertionError) as error:
                seen.faults.append(f"{number} {kind}: {error}")
                if kind == "edits":
                    raise
            os.sync()
        seen.done[kind] += 1


def _one_life(disk: Disk, kind: str, rng: random.Random) -> list[str]:
    """What the child acknowledged before the power went; the disk is unmounted after."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.soak.power", kind, str(disk.root), str(rng.randrange(2**31))],
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )
    assert process.stdout is not None
    ready = process.stdout.readline()
    time.sleep(rng.uniform(0, LONGEST[kind]))
    process.send_signal(signal.SIGSTOP)  # a word of its own after the cut would be heard, and could not be true
    disk.cut()
    process.kill()
    text = process.stdout.read()
    process.stdout.close()
    process.wait()
    disk.unmount()
    assert json.loads(ready) == "ready", ready
    return text.split("\n")[:-1]


def _old_project(folder: Path) -> None:
    """A project as format 1 was, with one labelled image."""
    folder.mkdir()
    store = Store.create(folder / "project.vv", ClassList(("Front", "Rear")))
    store.add_images([NewImage(f"{i}.jpg", 1, 1, "g", "Rear") for i in range(300)])
    store.close()
    make_old(folder / "project.vv", 1)


def _look_at_upgrade(root: Path, lines: list[str], seen: Cuts) -> None:
    """The format is the old one or the new one, whole; the new one only with a backup of the old beside it."""
    path = root / "old" / "project.vv"
    with contextlib.closing(sqlite3.connect(path)) as db:
        version = db.execute("PRAGMA user_version").fetchone()[0]
        tables = {name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE name LIKE 'snapshot%'")}
        checked = "crc" in {column for _, column, *_ in db.execute("PRAGMA table_info(edit_groups)")}
    seen.upgraded[version] += 1
    assert version in (1, SCHEMA), f"format {version}"
    assert bool(tables) == checked == (version == SCHEMA), f"format {version} with {tables}, checksums: {checked}"
    assert version == SCHEMA or not lines, "an upgrade that was acknowledged is gone"
    kept = backups(path.parent)
    assert version == 1 or kept, "an upgraded project without a backup"
    assert all(one.labelled == 300 for one in kept)
    store = Store.open(path)
    assert {row.label for row in store.images()} == {"Rear"}
    store._db.close()
    for file in sorted(path.parent.rglob("*"), reverse=True):
        file.rmdir() if file.is_dir() else file.unlink()
    path.parent.rmdir()
    _old_project(path.parent)


def _look_at_table(root: Path, lines: list[str], seen: Cuts) -> None:
    """The table is whole, and it is the last acknowledged one or the next."""
    rows, problems = read_label_csv(root / "labels.csv")
    numbers = {row.label for row in rows}
    acknowledged = int(lines[-1]) if lines else None
    assert not problems, problems
    assert len(rows) == ROWS, f"{len(rows)} rows"
    assert len(numbers) == 1, f"a mixture of {numbers}"
    number = int(numbers.pop())
    assert acknowledged is None or number in (acknowledged, acknowledged + 1), f"{acknowledged} acknowledged: {number}"
    seen.tables += len(lines)


def _write_table(path: Path, number: int) -> None:
    write_csv(path, ("filepath", "label"), [(f"photos/{row}.jpg", number) for row in range(ROWS)])


def _tables_for_ever(root: Path) -> None:
    """In the child: table after table, each acknowledged once it is written."""
    with (root / "labels.csv").open(newline="") as file:
        number = int(list(csv.reader(file))[-1][1])
    while True:
        number += 1
        _write_table(root / "labels.csv", number)
        print(number, flush=True)


def _upgrade(root: Path) -> None:
    """In the child: open the old project, which brings its format up."""
    Store.open(root / "old" / "project.vv")
    print(json.dumps("upgraded"), flush=True)
    signal.pause()


def _child(kind: str, root: Path, seed: str) -> None:
    if kind == "edits":
        from tests.killing import edit_for_ever

        edit_for_ever(root / "project.vv", int(seed), lambda message: print(json.dumps(message), flush=True))
    work: dict[str, Callable[[Path], None]] = {"table": _tables_for_ever, "upgrade": _upgrade}
    print(json.dumps("ready"), flush=True)
    work[kind](root)


def _run(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True)


if __name__ == "__main__":
    _child(sys.argv[1], Path(sys.argv[2]), sys.argv[3])
