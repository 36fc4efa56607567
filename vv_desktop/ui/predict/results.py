"""What is known of one photo that was asked about, and which of them a filter lets through."""

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from vv_desktop.core.classes import ClassList

Kind = Literal["all", "unsure", "unlike", "differ", "failed", "class"]
UNLIKE = "Unlike the training photos"


@dataclass(frozen=True, slots=True)
class Result:
    """One photo and its answers; neither probabilities nor an error while it is waiting.

    key: never reused, so that a late thumbnail cannot land on another photo.
    loose: given by itself rather than found in a folder. pasted: kept in a temporary folder.
    image: its id in the project, if it is there.
    second, second_error: what the other one says, if the run is compared with one.
    distance: to the run's training photos, above 1 if it is unlike them; None where that is not known.
    """

    key: int
    path: Path
    loose: bool = True
    pasted: bool = False
    probabilities: tuple[float, ...] | None = None
    error: str | None = None
    image: int | None = None
    second: tuple[float, ...] | None = None
    second_error: str | None = None
    distance: float | None = None

    @property
    def unlike(self) -> bool:
        """Is it known to be unlike the training photos?"""
        return self.distance is not None and self.distance > 1

    @property
    def waiting(self) -> bool:
        """True until there is an answer or an error."""
        return self.probabilities is None and self.error is None

    def waits_for(self, who: int) -> bool:
        """True until there is the first (0) or the second (1) answer, or its error."""
        return self.waiting if who == 0 else self.second is None and self.second_error is None

    @property
    def ranking(self) -> tuple[int, ...]:
        """Class indices, the most probable first; empty without an answer."""
        p = self.probabilities or ()
        return tuple(sorted(range(len(p)), key=lambda i: -p[i]))

    @property
    def confidence(self) -> float:
        """Probability of the most probable class; nan without an answer."""
        return max(self.probabilities) if self.probabilities else math.nan


def top(probabilities: tuple[float, ...] | None, classes: ClassList | None) -> str | None:
    """The name of the most probable class, the first of equals; None without an answer."""
    if not probabilities or classes is None:
        return None
    return classes.names[probabilities.index(max(probabilities))]


def sound(probabilities: tuple[float, ...], classes: ClassList | None) -> bool:
    """True for as many numbers as there are classes."""
    return classes is not None and len(probabilities) == len(classes) and all(map(math.isfinite, probabilities))


def percent(share: float) -> str:
    """ "84 %", and never 100 % of what is not certain."""
    if 0.995 <= share < 1.0:
        return "> 99 %"
    return "< 1 %" if 0.0 < share < 0.005 else f"{100 * share:.0f} %"


@dataclass(frozen=True)
class Filter:
    """Which results are shown. below: a top class less probable than this (0…1) is unsure. name: of the class."""

    kind: Kind = "all"
    below: float = 0.8
    name: str = ""

    def fits(self, result: Result, answer: str | None, second: str | None) -> bool:
        """Is it shown? answer, second: the most probable class of the first and of the second answer."""
        match self.kind:
            case "unsure":
                return answer is not None and result.confidence < self.below
            case "unlike":
                return result.unlike
            case "differ":
                return answer is not None and second is not None and answer != second
            case "failed":
                return result.error is not None or result.second_error is not None
            case "class":
                return answer == self.name
        return True


class Agreement:
    """How many photos have both answers (`compared`), and how many of them two different ones (`differing`)."""

    def __init__(self) -> None:
        self.compared = self.differing = 0

    def count(self, answer: str | None, second: str | None, times: int = 1) -> None:
        """Count a photo in, or with -1 out again."""
        if answer is not None and second is not None:
            self.compared += times
            self.differing += times * (answer != second)
