"""Random steps without Hypothesis: the same rules, drawn faster, with journals of thousands of steps."""

import random
from collections.abc import Callable
from typing import Any

from tests.core.test_store_stateful import CLASSES, IMAGES, NAMES, ProjectMachine
from tests.soak.figures import Outcome

BETWEEN = 1_000
"""Steps from one reopening to the next."""
LENGTH = 10_000
"""Steps of one project."""
Draw = Callable[[random.Random], Any]


def images(rng: random.Random) -> list[int]:
    """One to four of them."""
    return rng.sample(IMAGES, rng.randint(1, 4))


def label(rng: random.Random) -> int:
    """The place of a class."""
    return rng.randrange(len(CLASSES))


def said(rng: random.Random) -> Any:
    """A review, or none."""
    return rng.choice((None, ("kept", label(rng), None), ("unsure", label(rng), label(rng))))


def one_of(*values: Any) -> Draw:
    """Any of these."""
    return lambda rng: rng.choice(values)


which = one_of(*range(8))
RULES: dict[str, dict[str, Draw]] = {
    "relabel": {"image": one_of(*IMAGES), "label": label},
    "relabel_many": {"images": images, "label": one_of(None, *range(len(CLASSES)))},
    "relabel_with_no_class": {"image": one_of(*IMAGES)},
    "resplit": {"images": images, "split": one_of("train", "val", "test", None)},
    "exclude": {"images": images, "out": one_of(True, False)},
    "regroup": {"images": images, "to": one_of("one", "two", None)},
    "review": {"images": images, "said": said},
    "rename_class": {"number": label, "new": one_of(*NAMES)},
    "undo": {},
    "redo": {},
    "back_to": {"back": which},
    "back_to_what_is_undone": {},
    "snapshot": {"called": one_of(*NAMES)},
    "restore": {"number": which},
    "rename_snapshot": {"number": which, "called": one_of(*NAMES)},
    "delete_snapshot": {"number": which},
}
"""The rules of the machine but for reopening, and how their arguments are drawn."""


def allowed(machine: ProjectMachine, rule: str) -> bool:
    """Whether what Hypothesis asks of the machine before this rule is so."""
    return all(holds(machine) for holds in getattr(ProjectMachine, rule).hypothesis_stateful_rule.preconditions)


def walk(machine: ProjectMachine, rng: random.Random, count: int) -> None:
    """Take so many steps; what is in memory is compared after each, the file before and after each reopening."""
    names = tuple(RULES)
    for number in range(1, count + 1):
        name = rng.choice(names)
        name = name if allowed(machine, name) else "relabel"
        getattr(machine, name)(**{key: draw(rng) for key, draw in RULES[name].items()})
        machine.equal_in_memory()
        if number % BETWEEN == 0 or number == count:
            machine.equal()
            machine.reopen()
            machine.equal()


def walks(count: int, seed: int) -> Outcome:
    """Random steps drawn without Hypothesis, journals of 10,000, reopened every 1,000: equal to the model (D17)"""
    taken, undoable = 0, 0
    while taken < count:
        machine = ProjectMachine()
        try:
            walk(machine, random.Random(f"{seed} {taken}"), min(LENGTH, count - taken))
            undoable = max(undoable, len(machine.done))
        finally:
            machine.teardown()
        taken += min(LENGTH, count - taken)
    return Outcome(True, f"{taken:,} steps, equal; up to {undoable:,} of them could still be undone at the end")
