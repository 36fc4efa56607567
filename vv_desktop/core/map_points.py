"""The map: every image as a point, images that look alike near each other."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from vv_desktop.core.kept_arrays import keep_arrays, kept_arrays
from vv_desktop.core.progress import Event

if TYPE_CHECKING:  # numpy takes a third of a second, and the window comes first
    from vv_desktop.core.arrays import Float32Array, Int64Array


@dataclass(frozen=True)
class MapRows:
    """What the map is made from: ids of the readable images (N,), and their features on the first principal components
    (N, D), the strongest first."""

    images: Int64Array
    rows: Float32Array


@dataclass(frozen=True)
class MapPoints:
    """Where each image lies: ids (N,) and places (N, 2), in no unit. settled: t-SNE has ended; else a first view."""

    images: Int64Array
    places: Float32Array
    settled: bool


@dataclass(frozen=True)
class Moved(Event):
    """The points on their way: step `done` of `total`. Only the newest is worth drawing."""

    momentary: ClassVar[bool] = True
    points: MapPoints
    done: int
    total: int


def save_map(points: MapPoints, path: Path) -> None:
    """Keep a map, as arrays only. Raises UserError."""
    keep_arrays(path, {"images": points.images, "places": points.places})


def load_map(path: Path) -> MapPoints | None:
    """The map that was kept; None where there is none or it is damaged."""
    import numpy as np

    kept = kept_arrays(path)
    if not {"images", "places"} <= kept.keys():
        return None
    images, places = kept["images"], kept["places"]
    whole = images.ndim == 1 and places.shape == (len(images), 2) and bool(np.isfinite(places).all())
    return MapPoints(images, places, settled=True) if whole else None
