"""The project against a plain model of it: whatever is done in whatever order, both say the same after each step."""

import shutil
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from vv_desktop.core.classes import ClassList
from vv_desktop.core.dataset import Split
from vv_desktop.core.errors import UserError
from vv_desktop.core.project import Project
from vv_desktop.core.records import EditGroup, NewImage

MEMORY = Path("/dev/shm")  # thousands of commits need no real disk
IMAGES = 6
NAMES = ("Front", "Rear", "NA")
image = st.integers(1, IMAGES)
some = st.lists(image, min_size=1, unique=True)
index = st.integers(0, 2)
label = st.none() | index


@dataclass(frozen=True)
class Marked:
    """An image as the model has it: the class by its place, as a renamed class keeps its images."""

    label: int | None = None
    split: Split | None = None
    group: str | None = None
    excluded: bool = False


@dataclass(frozen=True)
class World:
    """Everything that undo, back to and restore may change."""

    names: tuple[str, ...]
    marks: tuple[Marked, ...]

    def change(self, images: list[int], **values: object) -> "World":
        marks = [replace(m, **values) if i + 1 in images else m for i, m in enumerate(self.marks)]
        return replace(self, marks=tuple(marks))


class ProjectMachine(RuleBasedStateMachine):
    """`done` and `undone` hold the id of each edit group with the worlds before and after it."""

    steps = 0

    def __init__(self) -> None:
        super().__init__()
        self.home = Path(tempfile.mkdtemp(prefix="vv-stateful-", dir=MEMORY if MEMORY.is_dir() else None))
        new = [NewImage(f"{i}.jpg", 1, 1, f"came{i}") for i in range(IMAGES)]
        self.project = Project.create(self.home / "p", ClassList(NAMES), new)
        self.world = World(NAMES, (Marked(),) * IMAGES)
        self.done: list[tuple[int, World, World]] = []
        self.undone: list[tuple[int, World, World]] = []
        self.kept: dict[int, World] = {}

    def teardown(self) -> None:
        self.project.close()
        shutil.rmtree(self.home)

    def expect(self, group: EditGroup | None, world: World) -> None:
        """The edit led to this world, as one undo step unless it was there already."""
        assert (group is None) == (world == self.world)
        if group is not None:
            self.done.append((group.id, self.world, world))
            self.undone.clear()
            self.world = world

    @rule(image=image, label=label)
    def relabel(self, image: int, label: int | None) -> None:
        self.relabel_many([image], label)

    @rule(images=some, label=label)
    def relabel_many(self, images: list[int], label: int | None) -> None:
        name = None if label is None else self.world.names[label]
        self.expect(self.project.relabel(images, name, "keyboard"), self.world.change(images, label=label))

    @rule(images=some, split=st.sampled_from(["train", "val", "test", None]))
    def resplit(self, images: list[int], split: Split | None) -> None:
        group = self.project.resplit([(i, split) for i in images], "split")
        self.expect(group, self.world.change(images, split=split))

    @rule(images=some, excluded=st.booleans())
    def exclude(self, images: list[int], excluded: bool) -> None:
        self.expect(self.project.exclude(images, excluded, "keyboard"), self.world.change(images, excluded=excluded))

    @rule(images=some, group=st.sampled_from(["a", "came0", None]))
    def regroup(self, images: list[int], group: str | None) -> None:
        made = self.project.regroup([(i, group) for i in images], "twins")
        self.expect(made, self.world.change(images, group=group))

    @rule(old=index, new=st.sampled_from([*NAMES, "Side", "001"]))
    def rename_class(self, old: int, new: str) -> None:
        name = self.world.names[old]
        names = tuple(new if i == old else n for i, n in enumerate(self.world.names))
        if len(set(names)) < len(names):
            with pytest.raises(UserError):
                self.project.rename_class(name, new, "mouse")
        else:
            self.expect(self.project.rename_class(name, new, "mouse"), replace(self.world, names=names))

    @rule()
    def undo(self) -> None:
        group = self.project.undo()
        assert (group is None) == (not self.done)
        if group is not None:
            assert group.id == self.done[-1][0]
            self.undone.append(self.done.pop())
            self.world = self.undone[-1][1]

    @rule()
    def redo(self) -> None:
        group = self.project.redo()
        assert (group is None) == (not self.undone)
        if group is not None:
            assert group.id == self.undone[-1][0]
            self.done.append(self.undone.pop())
            self.world = self.done[-1][2]

    @precondition(lambda self: self.done)
    @rule(data=st.data())
    def back_to(self, data: st.DataObject) -> None:
        key, before, _ = data.draw(st.sampled_from(self.done))
        self.expect(self.project.back_to(key, "history"), before)

    @precondition(lambda self: self.undone)
    @rule()
    def back_to_what_is_undone(self) -> None:
        with pytest.raises(UserError):
            self.project.back_to(self.undone[-1][0], "history")

    @rule()
    def snapshot(self) -> None:
        key = self.project.store.take_snapshot(f"s{len(self.kept)}")
        self.kept[key] = self.world

    @precondition(lambda self: self.kept)
    @rule(data=st.data())
    def restore(self, data: st.DataObject) -> None:
        key = data.draw(st.sampled_from(sorted(self.kept)))
        then = replace(self.world, marks=self.kept[key].marks)  # names of classes stay as they are now
        self.expect(self.project.restore(key, "history"), then)

    @rule()
    def reopen(self) -> None:
        self.project.close()
        self.project = Project.open(self.home / "p")

    @invariant()
    def same(self) -> None:
        """In memory, on the disk, and in the journal."""
        type(self).steps += 1
        rows = list(self.project.images.values())
        assert rows == self.project.store.images()
        assert self.project.classes.names == self.project.store.classes.names == self.world.names
        assert [(r.label, r.split, r.group, r.excluded) for r in rows] == [
            (None if m.label is None else self.world.names[m.label], m.split, m.group or f"came{i}", m.excluded)
            for i, m in enumerate(self.world.marks)
        ]
        assert (self.project.store.next_undo() is None) == (not self.done)
        assert (self.project.store.next_redo() is None) == (not self.undone)


def test_the_project_follows_the_model() -> None:
    ProjectMachine.steps = 0
    run_state_machine_as_test(
        ProjectMachine,
        settings=settings(
            max_examples=400,
            stateful_step_count=60,
            deadline=None,
            derandomize=True,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
    assert ProjectMachine.steps > 18_000
