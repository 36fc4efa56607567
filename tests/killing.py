"""Kills a process that edits labels, again and again, and looks whether an acknowledged edit was lost."""

import json
import random
import signal
import subprocess
import sys
import time
from dataclasses import astuple, dataclass, field
from pathlib import Path

from vv_desktop.core.classes import ClassList
from vv_desktop.core.records import NewImage
from vv_desktop.core.store import Store

IMAGES = 200
BULK = 50
NAMES = ("Front", "Rear", "Left")


Step = dict[int, tuple[str, str]]  # image -> label before and after


@dataclass
class Tally:
    """What was seen over all kills. `unacknowledged`: steps that were saved before anybody was told."""

    kills: int = 0
    acknowledged: int = 0
    unacknowledged: int = 0
    lost: int = 0

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(*(mine + its for mine, its in zip(astuple(self), astuple(other), strict=True)))


@dataclass
class Model:
    """What the store must hold: plain dictionaries and two stacks."""

    labels: dict[int, str]
    done: list[Step] = field(default_factory=list)
    undone: list[Step] = field(default_factory=list)

    def after(self, kind: str, step: Step | None = None) -> "Model | None":
        """The model after one more step; None if it could not be taken."""
        if kind == "edit":
            assert step is not None
            if any(self.labels[image] != before for image, (before, _) in step.items()):
                return None
            return Model(self.labels | {i: after for i, (_, after) in step.items()}, [*self.done, step], [])
        source = self.done if kind == "undo" else self.undone
        if not source:
            return None
        step = source[-1]
        if kind == "undo":
            return Model(self.labels | {i: b for i, (b, _) in step.items()}, self.done[:-1], [*self.undone, step])
        return Model(self.labels | {i: a for i, (_, a) in step.items()}, [*self.done, step], self.undone[:-1])


def edit_for_ever(path: str, seed: str) -> None:
    """In the child: edit, undo and redo, and acknowledge each step once it is saved."""
    random.seed(int(seed))
    store = Store.open(Path(path))
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    while True:
        kind = random.choices(("edit", "bulk", "undo", "redo"), (60, 15, 15, 10))[0]
        if kind in ("undo", "redo"):
            group = store.undo() if kind == "undo" else store.redo()
        else:
            images = random.sample(range(1, IMAGES + 1), BULK if kind == "bulk" else 1)
            label = random.choice((*NAMES, None))
            group = store.edit([(i, "label", label) for i in images], "keyboard", "test")
        if group is not None:
            step = {e.image: (e.before or "", e.after or "") for e in group.edits}
            sys.stdout.write(json.dumps([kind.replace("bulk", "edit"), step]) + "\n")
            sys.stdout.flush()


def kill_while_editing(folder: Path, kills: int, seed: int) -> Tally:
    """`kills` times: start the child, kill -9 it after 2 to 120 ms of editing, reopen, compare.

    Reopening verifies every row's checksum and raises if the file is damaged.
    """
    rng = random.Random(seed)
    path = folder / "project.vv"
    model, tally = new_store(path), Tally()
    for _ in range(kills):
        model = following(model, _one_life(path, rng), tally)
        tally.kills += 1
        model = compared(path, model, tally)
    return tally


def new_store(path: Path) -> Model:
    """A store of images without labels, and the model of it."""
    store = Store.create(path, ClassList(NAMES))
    store.add_images(NewImage(f"{i}.jpg", 1, 1, "g") for i in range(IMAGES))
    store.close()
    return Model(dict.fromkeys(range(1, IMAGES + 1), ""))


def following(model: Model, lines: list[str], tally: Tally) -> Model:
    """The model after what a child acknowledged."""
    for line in lines:
        kind, step = json.loads(line)
        after = model.after(kind, {int(i): (b, a) for i, (b, a) in step.items()})
        assert after is not None, f"the store did what the model cannot: {line}"
        model = after
        tally.acknowledged += 1
    return model


def compared(path: Path, model: Model, tally: Tally) -> Model:
    """The store after a kill is the model, or the model after exactly one more step."""
    store = Store.open(path)
    found = {row.id: row.label or "" for row in store.images()}
    newest = [{e.image: (e.before or "", e.after or "") for e in g.edits} for g in store.journal(limit=1)]
    store.close()
    if found == model.labels:
        return model
    candidates = [model.after("undo"), model.after("redo"), *(model.after("edit", step) for step in newest)]
    for candidate in candidates:
        if candidate is not None and candidate.labels == found:
            tally.unacknowledged += 1
            return candidate
    tally.lost += 1
    return Model(found)


def _one_life(path: Path, rng: random.Random) -> list[str]:
    """What the child acknowledged before it was killed."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.killing", str(path), str(rng.randrange(2**31))],
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).resolve().parent.parent,
    )
    assert process.stdout is not None
    ready = process.stdout.readline()
    assert ready == "ready\n", ready
    time.sleep(rng.uniform(0.002, 0.120))
    process.send_signal(signal.SIGKILL)
    text = process.stdout.read()
    process.stdout.close()
    process.wait()
    lines = text.split("\n")
    return lines[:-1]  # the last one is empty, or was cut by the kill


if __name__ == "__main__":
    edit_for_ever(sys.argv[1], sys.argv[2])
