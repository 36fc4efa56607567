"""Quality of a project's pictures, measured once: kept by the content of the file."""

from collections.abc import Sequence
from contextlib import closing
from dataclasses import astuple, dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from vv_desktop.core.array_cache import ArrayCache
from vv_desktop.core.dataset import Sample
from vv_desktop.core.pixel_cache import CHUNK, cached_pixels
from vv_desktop.core.pixels import ImageProblem, read_header
from vv_desktop.core.progress import Progress, Step
from vv_desktop.core.quality import Kind, Measures, faults, measure, value

SIZE = 224
"""Side in pixels of what is measured: the thresholds hold for this one only."""


@dataclass(frozen=True)
class Quality:
    """Measures by image id, and path and sentence of each file that could not be read."""

    measures: dict[int, Measures]
    problems: tuple[tuple[Path, str], ...]

    def worst(self, kind: Kind) -> tuple[int, ...]:
        """Images of this kind, the worst first."""
        found = [image for image, measures in self.measures.items() if kind in faults(measures)]
        high = kind in ("bright", "odd-shaped")
        return tuple(sorted(found, key=lambda image: value(self.measures[image], kind), reverse=high))


def measure_quality(samples: Sequence[Sample], cache: Path, progress: Progress) -> Quality:
    """Measures of each picture that can be read. Raises Cancelled, and UserError where the cache's disk refuses."""
    pixels = cached_pixels(samples, SIZE, cache, progress)
    problems = list(pixels.problems)

    def read(place: int) -> Measures | str:
        try:
            header = read_header(samples[place].path)
        except ImageProblem as error:
            return str(error)
        return measure(pixels.rows[pixels.places[place]], header.width, header.height)

    with closing(ArrayCache(cache / "quality", (6,), np.float64)) as kept:
        readable = np.flatnonzero(pixels.places >= 0)
        new = readable[kept.places([pixels.digests[i] for i in readable]) < 0].tolist()
        for start in range(0, len(new), CHUNK):
            progress.report(Step("Measuring pictures", start, len(new)))
            chunk = new[start : start + CHUNK]
            found: dict[str, Measures] = {}
            for place, one in zip(chunk, progress.map(read, chunk), strict=True):
                if isinstance(one, str):
                    problems.append((samples[place].path, one))
                else:
                    found[pixels.digests[place]] = one
            if found:
                kept.append(list(found), np.array([astuple(one) for one in found.values()]))
        rows, places = kept.rows(), kept.places(pixels.digests)
    measures = {
        sample.image: _as_measures(rows[place])
        for sample, place in zip(samples, places.tolist(), strict=True)
        if place >= 0
    }
    return Quality(measures, tuple(problems))


def _as_measures(row: npt.NDArray[np.float64]) -> Measures:
    low, high, spread, sharpness, side, shape = row.tolist()
    return Measures(low, high, spread, sharpness, int(side), shape)
