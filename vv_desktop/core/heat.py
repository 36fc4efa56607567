"""Where in a picture the evidence for an answer lies."""

from dataclasses import dataclass

from vv_desktop.core.arrays import Float32Array


@dataclass(frozen=True)
class HeatMap:
    """An answer and the places it rests on.

    name, probability: the class that the network names, and how sure it is. places: (height, width) of its last
    feature map, which covers the whole picture, from 0 to 1, where the evidence for that class is strongest; all 0
    where nothing speaks for it more than for the others.
    """

    name: str
    probability: float
    places: Float32Array
