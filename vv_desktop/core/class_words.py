"""What is said where a run and its project do not know the same classes."""

from collections.abc import Sequence

NOT_HERE = "not a class of this project"


def named_here(name: str, classes: Sequence[str]) -> str:
    """A run's class by its own name, with a word where the project, which has `classes`, does not have it."""
    return name if name in classes else f"{name} ({NOT_HERE})"


def sentences_left_out(
    left_out: int, unknown: Sequence[tuple[str, int]], removed: Sequence[str], of: str = ""
) -> list[str]:
    """Which images are not scored, and which answers cannot be right.

    left_out: how many labelled images are not scored. unknown: labels that the run does not know, with how many of
    these images have each. removed: classes of the run that the project does not have. of: the split's name.
    """
    found, strange = [], sum(count for _, count in unknown)
    if strange:
        named = ", ".join(f"{name} ({count:,})" for name, count in unknown)
        found.append(f"{_images(strange, of)} left out: the run does not know {named}.")
    if rest := left_out - strange:
        found.append(f"{_images(rest, of)} left out: the run has no prediction of {'it' if rest == 1 else 'them'}.")
    if removed:
        found.append(f"The run also answers {', '.join(removed)}: {NOT_HERE}.")
    return found


def _images(count: int, of: str) -> str:
    kind = f"{of} image" if of else "image"
    return f"{count:,} {kind} is" if count == 1 else f"{count:,} {kind}s are"
