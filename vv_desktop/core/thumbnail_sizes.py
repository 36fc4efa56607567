"""The sizes that thumbnails are kept in."""

SIDES = (128, 256, 384)
"""Longer sides in pixels that are kept; a size in between is made from the next larger one."""


def kept_side(side: int) -> int:
    """The kept size that serves `side`: the smallest that is large enough, or the largest there is."""
    return next((kept for kept in SIDES if kept >= side), SIDES[-1])
