"""Which points are meant: the nearest one, the next one in a direction, those inside a lasso."""

import numpy as np

from vv_desktop.core.arrays import BoolArray, Float32Array


def nearest(places: Float32Array, at: tuple[float, float], within: float) -> int | None:
    """Row of the point in `places` (N, 2) that is nearest to `at`, no farther than `within`; None if there is none."""
    if not len(places):
        return None
    distances = np.hypot(places[:, 0] - at[0], places[:, 1] - at[1])
    found = int(distances.argmin())
    return found if distances[found] <= within else None


def next_in(places: Float32Array, row: int, direction: tuple[int, int]) -> int | None:
    """Row of the nearest point that lies from point `row` within 45° of `direction` (x, y); None at the edge."""
    offset = places - places[row]
    along = offset @ np.array(direction, np.float32)
    across = np.abs(offset @ np.array([-direction[1], direction[0]], np.float32))
    distance = np.where((along > 0) & (across <= along), along + across, np.inf)
    found = int(distance.argmin())
    return found if np.isfinite(distance[found]) else None


def inside(polygon: Float32Array, places: Float32Array) -> BoolArray:
    """For each point (N, 2): does it lie inside the closed polygon (M, 2)? By the even-odd rule."""
    x, y = places[:, 0], places[:, 1]
    found = np.zeros(len(places), bool)
    for (x1, y1), (x2, y2) in zip(polygon, np.roll(polygon, -1, axis=0), strict=True):
        if y1 != y2:
            crosses = (y1 > y) != (y2 > y)
            found ^= crosses & (x < (x2 - x1) * (y - y1) / (y2 - y1) + x1)
    return found
