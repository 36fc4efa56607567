"""Tasks that look over the data itself: suspects, twins, the map, picture quality. None needs TensorFlow."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from vv_desktop.core.caches import cache_of, kept_file
from vv_desktop.core.classes import ClassList
from vv_desktop.core.dataset import Dataset
from vv_desktop.core.progress import Progress
from vv_desktop.core.user_folders import user_cache

if TYPE_CHECKING:
    from vv_desktop.core.map_points import MapPoints, MapRows
    from vv_desktop.core.quality_cache import Quality
    from vv_desktop.core.suspects import Suspects
    from vv_desktop.core.twins import Twins


def find_suspects(
    dataset: Dataset, project: Path, weights: Path | Literal["random"] | None, progress: Progress
) -> Suspects:
    """Images ranked by how likely their label is wrong, kept in the cache. Needs no TensorFlow. Raises UserError."""
    from vv_desktop.core.suspects import save_suspects
    from vv_desktop.ml.suspects import find_suspects

    suspects = find_suspects(dataset, cache_of(project), user_cache(), weights, progress)
    save_suspects(suspects, cache_of(project) / "suspects.npz")
    return suspects


def load_suspects(project: Path, classes: ClassList, progress: Progress) -> Suspects | None:
    """The ranking that was kept, if there is one of these classes."""
    from vv_desktop.core.suspects import load_suspects

    return load_suspects(kept_file(project, "suspects.npz"), classes)


def find_twins(dataset: Dataset, project: Path, weights: Path | Literal["random"] | None, progress: Progress) -> Twins:
    """Images that show the same picture or nearly so, kept in the cache. Needs no TensorFlow. Raises UserError."""
    from vv_desktop.core.twins import save_twins
    from vv_desktop.ml.twins import find_twins

    found = find_twins(dataset, cache_of(project), user_cache(), weights, progress)
    save_twins(found, cache_of(project) / "twins.npz")
    return found


def load_twins(dataset: Dataset, project: Path, progress: Progress) -> tuple[Twins, bool] | None:
    """The twins that were kept, if there are any, and whether images were added or changed since."""
    from vv_desktop.core.twins import ground_of, load_twins

    found = load_twins(kept_file(project, "twins.npz"))
    return None if found is None else (found, found.ground != ground_of(dataset.samples))


def project_map(
    dataset: Dataset, project: Path, weights: Path | Literal["random"] | None, progress: Progress
) -> tuple[MapRows, MapPoints]:
    """What the map is made from, and a first view of it. Needs no TensorFlow. Raises UserError."""
    from vv_desktop.ml.map_points import first_view, map_rows

    rows = map_rows(dataset, cache_of(project), user_cache(), weights, progress)
    return rows, first_view(rows)


def spread_map(rows: MapRows, project: Path, progress: Progress) -> MapPoints:
    """The points of the map by t-SNE, kept in the cache; reports `Moved`. Touches no other cache. Raises UserError."""
    from vv_desktop.core.map_points import save_map
    from vv_desktop.ml.map_points import spread

    points = spread(rows, progress, threads=max(1, (os.cpu_count() or 2) - 1))  # one is left for the window
    save_map(points, cache_of(project) / "map.npz")
    return points


def load_map(project: Path, progress: Progress) -> MapPoints | None:
    """The map that was kept, if there is one."""
    from vv_desktop.core.map_points import load_map

    return load_map(kept_file(project, "map.npz"))


def measure_quality(dataset: Dataset, project: Path, progress: Progress) -> Quality:
    """What is wrong with each picture itself, kept in the cache. Needs no TensorFlow. Raises UserError."""
    from vv_desktop.core.quality_cache import measure_quality

    return measure_quality(dataset.samples, cache_of(project), progress)
