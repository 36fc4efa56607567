"""A training sample as it is shown before a training: the very pixels, and the label they count for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:  # numpy takes a third of a second, and the window comes first
    from vv_desktop.core.arrays import Uint8Array

Mark = Literal["mirrored", "changed"]


@dataclass(frozen=True)
class TrainingSample:
    """One sample of the training set.

    image: id of the image it is made of. pixels: RGB (size, size, 3), as the network gets them.
    label: index of the class that training counts it for. marks: what was done to it.
    """

    image: int
    pixels: Uint8Array
    label: int
    marks: tuple[Mark, ...]
