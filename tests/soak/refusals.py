"""A disk that refuses: each call that writes edits or a table fails once, or from then on, with each of three errors.

strace makes the kernel's answer, so nothing in the app is replaced (faults A7, A8, A9).
"""

import itertools
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

from tests.soak.figures import Outcome
from vv_desktop.core.classes import ClassList
from vv_desktop.core.errors import UserError
from vv_desktop.core.label_csv import read_label_csv, write_csv
from vv_desktop.core.records import NewImage
from vv_desktop.core.store import Store

ROOT = Path(__file__).resolve().parent.parent.parent
CALLS = ("openat", "write", "pwrite64", "fsync", "fdatasync", "ftruncate", "chmod", "rename")
ERRORS = ("EIO", "ENOSPC", "EACCES")
EDITS = 6
CALL = re.compile(r"(\w+)\((.*)")


def refusals(count: int, seed: int) -> Outcome:
    """Each call of six edits and a table refused, once and for ever, with EIO, ENOSPC, EACCES: said, O1 (A7, A8, A9)"""
    if shutil.which("strace") is None:
        return Outcome(False, "not run: needs strace")
    words, faults = Counter[str](), list[str]()
    with tempfile.TemporaryDirectory(prefix="vv-refusals-") as name:
        folder = Path(name)
        for _ in range(count):
            for call, number in _points(folder):
                for error, more in itertools.product(ERRORS, ("", "+")):
                    inject = f"inject={call}:error={error}:when={number}{more}"
                    lines, status = _traced(folder, "-o", os.devnull, "-e", f"trace={call}", "-e", inject)
                    faults += [f"{inject}: {fault}" for fault in _wrong(folder, lines, status)]
                    words.update(line.split()[0] for line in lines)
    print(*faults, sep="\n")
    calls = words.total() // ((EDITS + 1) * len(ERRORS) * 2 * count)
    said = f"{words['saved']:,} saved, {words['refused']:,} refused with a sentence"
    return Outcome(not faults, f"{calls} calls x 6: {said}; {len(faults)} faults")


def _points(folder: Path) -> list[tuple[str, int]]:
    """Which call, and the how manieth of its kind, for each between the child's first word and its last."""
    log, times, inside, found = folder / "calls", Counter[str](), False, list[tuple[str, int]]()
    lines, status = _traced(folder, "-o", str(log))
    assert (status, len(lines)) == (0, EDITS + 1), lines
    for line in log.read_text().splitlines():
        if not (call := CALL.match(line)):
            continue
        name, rest = call.groups()
        times[name] += 1
        if name == "writev":
            inside = "end" not in rest
        elif inside and name in CALLS:
            found.append((name, times[name]))
    return found


def _traced(folder: Path, *options: str) -> tuple[list[str], int]:
    """What the child says of six edits and a table, each saved or refused; and its exit status."""
    for left in (*folder.glob("project.*"), *folder.glob("*.csv"), *folder.glob(".vv-tmp-*")):
        left.unlink()
    store = Store.create(folder / "project.vv", ClassList(("Front", "Rear")))
    store.add_images(NewImage(f"{i}.jpg", 1, 1, "g", "Rear") for i in range(EDITS))
    store.close()
    write_csv(folder / "labels.csv", ("filepath", "label"), [("a.jpg", "old")])
    command = ["strace", *options, sys.executable, "-m", "tests.soak.refusals", str(folder)]
    environment = {**os.environ, "PYTHONHASHSEED": "0"}  # the same calls each time
    child = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60)
    lines = child.stdout.splitlines()
    return [line for line in lines if line not in ("begin", "end")], child.returncode


def _wrong(folder: Path, lines: list[str], status: int) -> list[str]:
    """What must not be: a silent end, or something else on the disk than what was said."""
    if status != 0 or len(lines) != EDITS + 1:
        return [f"status {status} after {lines[-1:]}"]
    wrong = []
    try:
        store = Store.open(folder / "project.vv")
    except UserError as error:
        return [str(error)]
    for row, line in zip(store.images(), lines, strict=False):
        if line.startswith("saved") and row.label != "Front":
            wrong.append(f"image {row.id} was acknowledged and is {row.label}")
    store._db.close()
    rows, _ = read_label_csv(folder / "labels.csv")
    if [row.label for row in rows] not in (["old"], ["new"]) or (lines[-1] == "saved" and rows[0].label == "old"):
        wrong.append(f"the table is {[row.label for row in rows]} after {lines[-1]!r}")
    return wrong


def _edit_and_write(folder: Path) -> None:
    """In the child. It speaks by writev, which is refused nowhere."""
    store = Store.open(folder / "project.vv")

    def say(word: str) -> None:
        os.writev(1, [f"{word}\n".encode()])

    say("begin")
    for image in range(1, EDITS + 1):
        try:
            store.edit([(image, "label", "Front")], "keyboard", "one of six")
            say("saved")
        except UserError as error:
            say(f"refused {error}")
    try:
        write_csv(folder / "labels.csv", ("filepath", "label"), [("a.jpg", "new")])
        say("saved")
    except UserError as error:
        say(f"refused {error}")
    say("end")
    os._exit(0)


if __name__ == "__main__":
    _edit_and_write(Path(sys.argv[1]))
