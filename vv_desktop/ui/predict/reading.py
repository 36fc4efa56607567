"""How results read: which class an answer means, what stands in each column, and by what a column sorts."""

from collections.abc import Callable
from typing import Any

from vv_desktop.core.class_words import named_here
from vv_desktop.core.classes import ClassList
from vv_desktop.ui.predict.results import Result, percent, top

COLUMNS = ("Photo", "Answer", "Probability", "Then", "Compared", "In project")
NOT_SURE = " · not sure"
PHOTO, ANSWER, SHARE, THEN, SECOND, PROJECT = range(6)


class Reading:
    """Knows the classes of the two who answer, whose order the probabilities have. Lives on the window's thread.

    palette: the classes of the project, which gives them their colours. second: what the other one is called.
    label_of: the label of an image of the project. threshold: below this probability an answer is not sure.
    """

    def __init__(self) -> None:
        self.classes: list[ClassList | None] = [None, None]
        self.palette = ClassList(("-",))
        self.second = ""
        self.threshold = 0.0
        self.label_of: Callable[[int], str | None] = lambda image: None

    def answers(self, result: Result) -> tuple[str | None, str | None]:
        """The most probable class by either answer."""
        return top(result.probabilities, self.classes[0]), top(result.second, self.classes[1])

    def heading(self, column: int) -> str:
        """What a column is called."""
        return self.second if column == SECOND and self.second else COLUMNS[column]

    def text(self, result: Result, column: int) -> str:
        """What stands in a column."""
        answer, second = self.answers(result)
        classes, p = self.classes[0], result.probabilities
        if column == PHOTO:
            return result.path.name
        if column == PROJECT:
            return "" if result.image is None else self.label_of(result.image) or "no label"
        if column == SECOND:
            if not second:
                return result.second_error or ""
            return f"{named_here(second, self.palette.names)} {percent(max(result.second or (0,)))}"
        if column == ANSWER:
            return named_here(answer, self.palette.names) if answer else result.error or "waiting…"
        if p is None or classes is None:
            return ""
        if column == SHARE:
            return percent(result.confidence) + (NOT_SURE if result.confidence < self.threshold else "")
        return "\n".join(f"{classes.names[i]} {percent(p[i])}" for i in result.ranking[1:3])

    def second_line(self, result: Result) -> str:
        """What the other one says of a photo, in words; nothing without its answer."""
        return f"{self.second}: {self.text(result, SECOND)}" if self.answers(result)[1] is not None else ""

    def key(self, result: Result, column: int, name: Any) -> tuple[Any, ...]:
        """What a column sorts by: `name` is the file's, as it sorts. What has no answer comes last upwards."""
        answer, second = self.answers(result)
        last = result.waiting, result.error is not None
        if column == ANSWER:
            return *last, answer or "", -result.confidence if answer else 0.0
        if column in (SHARE, THEN):
            return *last, result.confidence if answer else 0.0
        if column == SECOND:
            return second is None, answer == second, second or "", name
        return (self.text(result, PROJECT), name) if column == PROJECT else (name,)
