"""Answers about photos as a CSV: filepath, label, confidence, a column for each class, and what there is to know."""

import contextlib
import csv
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType

from vv_desktop.core.classes import ClassList
from vv_desktop.core.files import atomic_path
from vv_desktop.core.journal_csv import safe

NOT_SURE, UNLIKE = "not sure", "unlike the training photos"


def is_unsure(probabilities: Sequence[float] | None, threshold: float | None) -> bool | None:
    """Is the most probable class less probable than `threshold`? None without an answer or a threshold."""
    return None if not probabilities or threshold is None else max(probabilities) < threshold


class AnswersCsv:
    """Writes a row for each answer as it comes, whole or not at all; a context, on one thread.

    other: the classes of a second answer, if there is one. threshold: an answer less probable than this is not sure;
    None where nobody said so, and the cells are empty. A label that a spreadsheet would take for a formula gets
    a quote before it; a path is absolute, which no formula is. UTF-8, lines ending as RFC 4180 has them.
    Raises UserError if the disk refuses.
    """

    def __init__(
        self, path: Path, classes: ClassList, other: ClassList | None = None, threshold: float | None = None
    ) -> None:
        self._path, self._classes, self._other, self._threshold = path, classes, other, threshold
        self._open = contextlib.ExitStack()

    def __enter__(self) -> "AnswersCsv":
        temporary = self._open.enter_context(atomic_path(self._path))
        file = temporary.open("w", newline="", encoding="utf-8", errors="surrogateescape")
        self._rows = csv.writer(self._open.enter_context(file))
        compared = ("compared", "compared confidence") if self._other else ()
        self._rows.writerow(
            ["filepath", "label", "confidence", *map(safe, self._classes.names), *compared, NOT_SURE, UNLIKE, "problem"]
        )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._open.__exit__(kind, error, trace)

    def add(
        self,
        path: Path,
        probabilities: Sequence[float] | None,
        problem: str | None,
        second: Sequence[float] | None = None,
        unlike: bool | None = None,
    ) -> None:
        """A photo: the probabilities of each class, or the sentence why there are none; and the other's.

        unlike: the training photos; None where that is not known, and the cell is empty.
        """
        cells = [str(path.absolute()), *_top(probabilities, self._classes)]
        cells += [f"{p:.6f}" for p in probabilities] if probabilities else [""] * len(self._classes)
        if self._other is not None:
            cells += _top(second, self._other)
        cells += [_said(is_unsure(probabilities, self._threshold)), _said(unlike)]
        self._rows.writerow([*cells, safe(problem or "")])


def _said(value: bool | None) -> str:
    return "" if value is None else "yes" if value else "no"


def _top(probabilities: Sequence[float] | None, classes: ClassList) -> tuple[str, str]:
    if not probabilities:
        return "", ""
    highest = max(probabilities)
    return safe(classes.names[list(probabilities).index(highest)]), f"{highest:.6f}"
