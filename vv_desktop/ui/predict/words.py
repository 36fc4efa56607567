"""What the predict page says, in words."""

from collections.abc import Sequence
from pathlib import PurePath

from vv_desktop.core.duration import rounded
from vv_desktop.core.label_csv import Problem
from vv_desktop.core.runs import Run

SHOWN = 3


def photo_count(count: int) -> str:
    """ "1 photo", "3,411 photos"."""
    return f"{count:,} photo" if count == 1 else f"{count:,} photos"


def run_line(run: Run) -> str:
    """Which run answers, and how good it is: "Answers of quick, trained 22 Nov 09:14"."""
    return f"Answers of {run.name}, trained {run.trained:%d %b %H:%M}"


def how_far(waiting: int, speed: float, paused: bool) -> str:
    """ "Asking about photos, 310 a second, about 20 s left"."""
    if paused:
        return "Paused"
    if not waiting:
        return "Looking for photos"
    if speed <= 0:
        return "Asking about photos"
    return f"Asking about photos, {speed:,.0f} a second, {rounded(waiting / speed)} left"


def watched(folder: PurePath | None, count: int) -> str:
    """What is watched, and what came of it; nothing if nothing is."""
    if folder is None:
        return ""
    came = f"{photo_count(count)} came" if count else "new photos are asked about as they come"
    return f"Watching {folder}, not the folders in it: {came}"


def left_out(found: int, others: Sequence[Problem], beyond: int, most: int) -> str:
    """What of a drop was not asked about, in a sentence; nothing if all was."""
    parts = []
    if not found and not others:
        parts.append("There is no photo in this.")
    by_reason: dict[str, list[Problem]] = {}
    for problem in others:
        by_reason.setdefault(problem.reason, []).append(problem)
    for reason, same in list(by_reason.items())[:SHOWN]:
        more = f" and {len(same) - 1:,} more" if len(same) > 1 else ""
        parts.append(f"Left out: {PurePath(same[0].path).name}{more}. {reason}.")
    if len(by_reason) > SHOWN:
        parts.append(f"{len(by_reason) - SHOWN} more reasons.")
    if beyond:
        parts.append(f"The list takes {most:,} photos; {beyond:,} were not asked about.")
    return " ".join(parts)
