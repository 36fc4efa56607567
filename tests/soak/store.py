"""The label store under kill -9, under flipped bits and beside a plain model of itself."""

import random
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from tests.killing import Tally, kill_while_editing
from tests.soak.figures import Outcome
from vv_desktop.core.classes import ClassList
from vv_desktop.core.errors import UserError
from vv_desktop.core.records import NewImage
from vv_desktop.core.store import Store

BATCH = 50
"""Kills of one store: every one adds to the journal, and every opening reads all of it."""
BULKS = 20
"""Kills of one store of 10,000 images, for the same reason."""
WALKS = 500
"""Hypothesis remembers the walks of one batch, so a million steps are many batches."""
ROOT = Path(__file__).resolve().parent.parent.parent
CLASSES = ClassList(("Front", "Rear"))


def kills(count: int, seed: int) -> Outcome:
    """kill -9 during edits, undo and redo, at random moments: nothing acknowledged is lost, no file damaged (A1, A4)"""
    tally = Tally()
    for batch in range(0, count, BATCH):
        with tempfile.TemporaryDirectory() as folder:
            tally += kill_while_editing(Path(folder), min(BATCH, count - batch), seed + batch)
    words = (
        f"{tally.acknowledged:,} steps acknowledged, {tally.lost} lost; {tally.unacknowledged:,} kills fell between"
        " the saving and the word of it; every store opened with all its checksums right"
    )
    return Outcome(tally.lost == 0, words)


def bulk(count: int, seed: int) -> Outcome:
    """kill -9 while 10,000 images get another label in one step: all of them have it or none (A2)"""
    rng, halves, steps_seen = random.Random(seed), 0, 0
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "project.vv"
        for number in range(count):
            if number % BULKS == 0:
                path.unlink(missing_ok=True)
                store = Store.create(path, CLASSES)
                store.add_images(NewImage(f"{i}.jpg", 1, 1, "g", "Front") for i in range(10_000))
                store.close()
            command = [sys.executable, "-m", "tests.soak.store", str(path)]
            child = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
            assert child.stdout is not None
            ready = child.stdout.readline()
            assert ready == "ready\n", ready
            time.sleep(rng.uniform(0, 0.5))
            child.kill()
            acknowledged = child.communicate()[0].split()
            store = Store.open(path)
            found = {row.label for row in store.images()}
            steps_seen += len(acknowledged)
            halves += len(found) > 1
            store._db.close()
    return Outcome(halves == 0, f"{steps_seen} steps of 10,000 acknowledged, {halves} half done")


def _relabel_all_for_ever(path: Path) -> None:
    """In the child: all images in one step, and back."""
    store = Store.open(path)
    images = store.images()
    now = images[0].label
    print("ready", flush=True)
    while True:
        now = "Rear" if now == "Front" else "Front"
        store.edit([(row.id, "label", now) for row in images], "keyboard", "all of them")
        print(now, flush=True)


@dataclass
class Flips:
    """What single flipped bits did: the damage was said, changed nothing that is read, or (never) went unseen."""

    said: int = 0
    harmless: int = 0
    silent: int = 0


def flips(count: int, seed: int) -> Outcome:
    """One bit of a store flipped, the store opened and all of it read: said, or without effect, never silent (A13)"""
    with tempfile.TemporaryDirectory() as folder:
        seen = flip_bits(Path(folder), count, seed)
    words = f"{seen.said} said at the start, {seen.harmless} changed nothing that is read, {seen.silent} silent"
    return Outcome(seen.silent == 0, words)


def flip_bits(folder: Path, count: int, seed: int) -> Flips:
    """`count` times: one bit of a store of 500 images is flipped in a copy, and the copy is opened and read."""
    rng = random.Random(seed)
    path = folder / "project.vv"
    store = Store.create(path, CLASSES)
    store.add_images(NewImage(f"{i}.jpg", 1, 1, "g") for i in range(500))
    store.edit([(i, "label", CLASSES.names[i % 2]) for i in range(1, 501, 2)], "keyboard", "made")
    for image in range(2, 302, 2):
        store.edit([(image, "label", "Front")], "mouse", f"Label {image}.jpg Front")
    store.take_snapshot("made")
    store.close()
    good, expected, seen = path.read_bytes(), content(path), Flips()
    copy = folder / "flipped.vv"
    for _ in range(count):
        data = bytearray(good)
        data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
        copy.write_bytes(data)
        try:
            found = content(copy)
        except UserError:
            seen.said += 1
        else:
            seen.harmless += found == expected
            seen.silent += found != expected
        for beside in folder.glob("flipped.vv*"):
            beside.unlink()
    return seen


def content(path: Path) -> object:
    """All that the store in `path` says: classes, images, edits and snapshots. Raises UserError if it is damaged."""
    store = Store.open(path)
    try:
        return store.classes, store.images(), store.journal(), store.snapshots()
    finally:
        store._db.close()  # without the backup that a proper end makes


def steps(count: int, seed: int) -> Outcome:
    """Random steps through a project beside a plain model of it, with reopenings: the two never differ (D17)"""
    from hypothesis import seed as seeded

    from tests.core.test_store_stateful import STEPS, ProjectMachine, drive

    taken, batch = 0, 0
    while taken < count:
        seeded(seed + batch)(ProjectMachine)
        taken += drive(min(WALKS, -(-(count - taken) // STEPS)))
        batch += 1
    return Outcome(True, f"{taken:,} steps, equal; Hypothesis' seeds {seed} to {seed + batch - 1}")


if __name__ == "__main__":
    _relabel_all_for_ever(Path(sys.argv[1]))
