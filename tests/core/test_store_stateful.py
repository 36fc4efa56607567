"""A project driven at random beside a plain model that keeps whole states on two stacks: they must never differ."""

import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from vv_desktop.core.classes import ClassList
from vv_desktop.core.errors import UserError
from vv_desktop.core.project import Project
from vv_desktop.core.records import EditGroup, ImageRow, NewImage, Review

FAST = Path("/dev/shm") if Path("/dev/shm").is_dir() else Path(tempfile.gettempdir())
"""Each edit waits for the disk; a folder in memory lets a million of them pass."""
CLASSES = ("FrontLeft", "FrontRight", "Rear")
NAMES = (*CLASSES, "Left", "Right", "a b", "ü", " ")
IMAGES = tuple(range(1, 7))
KEPT = ("label", "split", "group", "excluded")
STEPS = 50

one_or_more = st.lists(st.sampled_from(IMAGES), min_size=1, max_size=4, unique=True)
class_number = st.sampled_from(range(len(CLASSES)))
name = st.sampled_from(NAMES)
which = st.integers(0, 7)


@dataclass(frozen=True)
class State:
    """All that an undo may touch. marks: by image and field; a label is a class's place, so a new name keeps it."""

    marks: dict[tuple[int, str], Any]
    names: tuple[str, ...] = CLASSES

    def put(self, marks: dict[tuple[int, str], Any]) -> "State":
        """With other marks; None takes one away."""
        return replace(self, marks={k: v for k, v in {**self.marks, **marks}.items() if v is not None})


class ProjectMachine(RuleBasedStateMachine):
    """The project, and the model: `done` and `undone` hold (group, what, state before it, state after it)."""

    steps = 0

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="vv-stateful-", dir=FAST))
        images = [NewImage(f"{i}.jpg", i, i, f"from {i % 2}") for i in IMAGES]
        self.project = Project.create(self.folder / "p", ClassList(CLASSES), images)
        self.now = State({})
        self.done: list[tuple[int, str, State, State]] = []
        self.undone: list[tuple[int, str, State, State]] = []
        self.snapshots: dict[int, tuple[str, State]] = {}

    def teardown(self) -> None:
        self.project.close()
        shutil.rmtree(self.folder)

    def new_step(self, group: EditGroup | None, then: State) -> None:
        """What an edit that leads to the state `then` must have done."""
        assert (group is None) == (then == self.now)
        if group is not None:
            self.done.append((group.id, group.what, self.now, then))
            self.undone.clear()
            self.now = then

    def refused(self, change: Callable[[], object]) -> None:
        """A refusal changes nothing, which the invariant sees."""
        with pytest.raises(UserError):
            change()

    @rule(image=st.sampled_from(IMAGES), label=class_number)
    def relabel(self, image: int, label: int) -> None:
        group = self.project.relabel([image], self.now.names[label], "keyboard")
        self.new_step(group, self.now.put({(image, "label"): label}))

    @rule(images=one_or_more, label=st.none() | class_number)
    def relabel_many(self, images: list[int], label: int | None) -> None:
        word = None if label is None else self.now.names[label]
        group = self.project.relabel(images, word, "mouse")
        self.new_step(group, self.now.put({(i, "label"): label for i in images}))

    @rule(image=st.sampled_from(IMAGES))
    def relabel_with_no_class(self, image: int) -> None:
        self.refused(lambda: self.project.relabel([image], "no such class", "keyboard"))

    @rule(images=one_or_more, split=st.sampled_from(("train", "val", "test", None)))
    def resplit(self, images: list[int], split: Any) -> None:
        group = self.project.resplit([(i, split) for i in images], "split")
        self.new_step(group, self.now.put({(i, "split"): split for i in images}))

    @rule(images=one_or_more, out=st.booleans())
    def exclude(self, images: list[int], out: bool) -> None:
        group = self.project.exclude(images, out, "keyboard")
        self.new_step(group, self.now.put({(i, "excluded"): True if out else None for i in images}))

    @rule(images=one_or_more, to=st.sampled_from(("one", "two", None)))
    def regroup(self, images: list[int], to: str | None) -> None:
        group = self.project.regroup([(i, to) for i in images], "twins")
        self.new_step(group, self.now.put({(i, "group"): to for i in images}))

    @rule(
        images=one_or_more,
        said=st.none() | st.tuples(st.sampled_from(("kept", "unsure")), class_number, st.none() | class_number),
    )
    def review(self, images: list[int], said: Any) -> None:
        group = self.project.review(images, [_review(said, self.now.names)] * len(images), "suspects")
        self.new_step(group, self.now.put({(i, "review"): said for i in images}))

    @rule(number=class_number, new=name)
    def rename_class(self, number: int, new: str) -> None:
        old = self.now.names[number]
        if not new.strip() or (new != old and new in self.now.names):
            self.refused(lambda: self.project.rename_class(old, new, "keyboard"))
            return
        group = self.project.rename_class(old, new, "keyboard")
        self.new_step(
            group, replace(self.now, names=tuple(new if i == number else n for i, n in enumerate(self.now.names)))
        )

    @rule()
    def undo(self) -> None:
        group = self.project.undo()
        assert (group is None) == (not self.done)
        if group is not None:
            self.undone.append(self.done.pop())
            assert group.id == self.undone[-1][0]
            self.now = self.undone[-1][2]

    @rule()
    def redo(self) -> None:
        group = self.project.redo()
        assert (group is None) == (not self.undone)
        if group is not None:
            self.done.append(self.undone.pop())
            assert group.id == self.done[-1][0]
            self.now = self.done[-1][3]

    @precondition(lambda self: self.done)
    @rule(back=which)
    def back_to(self, back: int) -> None:
        group, _, before, _ = self.done[-1 - back % len(self.done)]
        self.new_step(self.project.back_to(group, "history"), before)

    @precondition(lambda self: self.undone)
    @rule()
    def back_to_what_is_undone(self) -> None:
        self.refused(lambda: self.project.back_to(self.undone[-1][0], "history"))

    @rule(called=name)
    def snapshot(self, called: str) -> None:
        if not called.strip() or called in {n for n, _ in self.snapshots.values()}:
            self.refused(lambda: self.project.store.take_snapshot(called))
            return
        self.snapshots[self.project.store.take_snapshot(called)] = (called, self.now)

    @precondition(lambda self: self.snapshots)
    @rule(number=which)
    def restore(self, number: int) -> None:
        key = sorted(self.snapshots)[number % len(self.snapshots)]
        kept = {k: v for k, v in self.snapshots[key][1].marks.items() if k[1] in KEPT}
        then = replace(self.now, marks={**{k: v for k, v in self.now.marks.items() if k[1] not in KEPT}, **kept})
        differ = {k for k in {*self.now.marks, *then.marks} if self.now.marks.get(k) != then.marks.get(k)}
        assert {(e.image, e.field) for e in self.project.store.snapshot_differences(key)} == differ
        self.new_step(self.project.restore(key, "history"), then)

    @precondition(lambda self: self.snapshots)
    @rule(number=which, called=name)
    def rename_snapshot(self, number: int, called: str) -> None:
        key = sorted(self.snapshots)[number % len(self.snapshots)]
        if not called.strip() or called in {n for k, (n, _) in self.snapshots.items() if k != key}:
            self.refused(lambda: self.project.store.rename_snapshot(key, called))
            return
        self.project.store.rename_snapshot(key, called)
        self.snapshots[key] = (called, self.snapshots[key][1])

    @precondition(lambda self: self.snapshots)
    @rule(number=which)
    def delete_snapshot(self, number: int) -> None:
        key = sorted(self.snapshots)[number % len(self.snapshots)]
        self.project.store.delete_snapshot(key)
        del self.snapshots[key]

    @rule()
    def reopen(self) -> None:
        self.project.close()
        self.project = Project.open(self.folder / "p")
        assert [g.id for g in self.project.store.journal()] == [g for g, *_ in reversed(self.done)]

    def equal_in_memory(self) -> list[ImageRow]:
        """What the window would show is what the model says; the rows."""
        rows = [_row(i, self.now) for i in IMAGES]
        assert list(self.project.images.values()) == rows
        assert self.project.classes.names == self.now.names
        return rows

    @invariant()
    def equal(self) -> None:
        ProjectMachine.steps += 1
        store, rows = self.project.store, self.equal_in_memory()
        assert store.images() == rows
        assert store.classes.names == self.now.names
        assert store.next_undo() == (self.done[-1][1] if self.done else None)
        assert store.next_redo() == (self.undone[-1][1] if self.undone else None)
        summaries = store.groups()
        assert [g.id for g in summaries if g.state == "done"] == [g for g, *_ in reversed(self.done)]
        assert [g.id for g in summaries if g.state == "undone"] == [g for g, *_ in self.undone]
        assert [(s.id, s.name, s.labelled) for s in store.snapshots()] == [
            (key, called, sum(field == "label" for _, field in state.marks))
            for key, (called, state) in sorted(self.snapshots.items(), reverse=True)
        ]


def _review(said: Any, names: tuple[str, ...]) -> Review | None:
    if said is None:
        return None
    verdict, label, suggestion = said
    return Review(verdict, names[label], None if suggestion is None else names[suggestion])


def _row(image: int, state: State) -> ImageRow:
    label, group = state.marks.get((image, "label")), state.marks.get((image, "group"), f"from {image % 2}")
    word = None if label is None else state.names[label]
    split, excluded = state.marks.get((image, "split")), (image, "excluded") in state.marks
    review = _review(state.marks.get((image, "review")), state.names)
    return ImageRow(image, f"{image}.jpg", image, image, group, word, split, excluded, review)


def drive(walks: int, **how: Any) -> int:
    """Let the machine walk so many times, `STEPS` steps each; the number of steps taken. A difference raises."""
    ProjectMachine.steps = 0
    run_state_machine_as_test(  # type: ignore[no-untyped-call]
        ProjectMachine,
        settings=settings(
            max_examples=walks,
            stateful_step_count=STEPS,
            deadline=None,
            database=None,
            phases=(Phase.generate, Phase.shrink),
            suppress_health_check=list(HealthCheck),
            **how,
        ),
    )
    return ProjectMachine.steps - walks  # the first look of each walk is before its first step


def test_a_project_is_what_a_plain_model_of_it_says() -> None:
    assert drive(470, derandomize=True) >= 20_000
