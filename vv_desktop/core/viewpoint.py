"""The viewpoint pack: the one place, besides the bundled labels.txt, that knows the seven names."""

from vv_desktop.core.classes import ClassList

CIRCLE = ("Front", "FrontLeft", "RearLeft", "Rear", "RearRight", "FrontRight")
"""The sides of a car as one walks round it, its own left hand first."""
BACKGROUND = "Background"


def speaks_of(classes: ClassList) -> bool:
    """True if these classes are viewpoints: at least two sides of the circle, and nothing but them and Background."""
    sides = set(classes.names) & set(CIRCLE)
    return len(sides) >= 2 and set(classes.names) <= {*CIRCLE, BACKGROUND}
