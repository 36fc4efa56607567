"""Kills a process that edits labels, again and again, and looks whether an acknowledged edit was lost."""

import multiprocessing
import random
import time
from collections.abc import Callable
from dataclasses import astuple, dataclass, field
from pathlib import Path

from vv_desktop.core.classes import ClassList
from vv_desktop.core.records import NewImage
from vv_desktop.core.store import Store

IMAGES = 200
BULK = 50
NAMES = ("Front", "Rear", "Left")


Step = dict[int, tuple[str, str]]  # image -> label before and after
Acknowledged = tuple[str, Step]  # "edit", "undo" or "redo", and what it did


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


def edit_for_ever(path: Path, seed: int, say: Callable[[object], None]) -> None:
    """In the child: edit, undo and redo, and acknowledge each step once it is saved."""
    random.seed(seed)
    store = Store.open(path)
    say("ready")
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
            say((kind.replace("bulk", "edit"), step))


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


def following(model: Model, acknowledged: list[Acknowledged], tally: Tally) -> Model:
    """The model after what a child acknowledged."""
    for kind, step in acknowledged:
        after = model.after(kind, {int(image): labels for image, labels in step.items()})  # JSON has no such keys
        assert after is not None, f"the store did what the model cannot: {kind} {step}"
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


def _one_life(path: Path, rng: random.Random) -> list[Acknowledged]:
    """What the child acknowledged before it was killed."""
    processes = multiprocessing.get_context("forkserver")  # a child is a copy of a process that has all it needs
    processes.set_forkserver_preload([__name__])
    hears, told = processes.Pipe(duplex=False)
    child = processes.Process(target=edit_for_ever, args=(path, rng.randrange(2**31), told.send))
    child.start()
    told.close()
    with hears:
        assert hears.recv() == "ready"
        time.sleep(rng.uniform(0.002, 0.120))
        child.kill()
        child.join()
        acknowledged = []
        try:
            while True:
                acknowledged.append(hears.recv())
        except EOFError:  # the last one may have been cut by the kill
            return acknowledged
