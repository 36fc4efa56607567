"""The viewpoint pack: the one place, besides the bundled labels.txt, that knows the seven names and their angles."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from vv_desktop.core.classes import ClassList

CIRCLE = ("Front", "FrontLeft", "RearLeft", "Rear", "RearRight", "FrontRight")
"""The sides of a car as one walks round it, its own left hand first."""
BACKGROUND = "Background"
_STEP = 360 // len(CIRCLE)
ANGLES = tuple(range(_STEP, 181, _STEP))
"""How far off a mistaken side can be, in degrees: the next side, one further, the opposite one."""


def speaks_of(classes: ClassList) -> bool:
    """True if these classes are viewpoints: at least two sides of the circle, and nothing but them and Background."""
    sides = set(classes.names) & set(CIRCLE)
    return len(sides) >= 2 and set(classes.names) <= {*CIRCLE, BACKGROUND}


def angle_between(one: str, other: str) -> int | None:
    """Degrees from one side of the car to another, 0 to 180; None where one of them is no side."""
    if one not in CIRCLE or other not in CIRCLE:
        return None
    steps = abs(CIRCLE.index(one) - CIRCLE.index(other))
    return _STEP * min(steps, len(CIRCLE) - steps)


@dataclass(frozen=True)
class ViewpointScore:
    """How far off the answers are.

    score: 1 less the mean weight of all answers; a right one weighs 0, a wrong side its angle by 180, and a side
    taken for Background, or the other way round, 1, as the opposite side does; nan of no image.
    mean_error: degrees, mean over the images whose label and answer are sides, right ones among them; nan of none.
    off: for each of `ANGLES`, how many mistakes are that far off. background: mistakes that Background is part of.
    """

    images: int
    score: float
    mean_error: float
    off: tuple[int, ...]
    background: int


def viewpoint_score(classes: ClassList, confusion: Sequence[Sequence[int]]) -> ViewpointScore:
    """Score a confusion matrix (labels in rows, answers in columns) of classes that `speaks_of` accepts."""
    off, background, sides, images = dict.fromkeys(ANGLES, 0), 0, 0, 0
    for label, row in zip(classes.names, confusion, strict=True):
        for answer, count in zip(classes.names, row, strict=True):
            angle = angle_between(label, answer)
            images += int(count)
            if angle is not None:
                sides += int(count)
            if angle:
                off[angle] += int(count)
            elif label != answer:
                background += int(count)
    turned = sum(angle * count for angle, count in off.items())
    return ViewpointScore(
        images,
        1 - (turned / 180 + background) / images if images else math.nan,
        turned / sides if sides else math.nan,
        tuple(off.values()),
        background,
    )
