"""Quality of a project's pictures, measured once: kept by the content of the file."""

import math
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
from vv_desktop.core.quality import Fault, Kind, Measures, faults, measure, sentence, standing

SIZE = 224
"""Side in pixels of what is measured: the thresholds hold for this one only."""


@dataclass(frozen=True)
class Quality:
    """Measures by image id, and by image id too: path and sentence of each file that could not be read.

    faults: what is wrong with each image with which something is; worked out with the rest, as it takes a while.
    """

    measures: dict[int, Measures]
    unreadable: dict[int, tuple[Path, str]]
    faults: dict[int, tuple[Fault, ...]]

    def knows(self, image: int) -> bool:
        """Whether the image was looked at."""
        return image in self.measures or image in self.unreadable

    def standing(self, image: int, kind: Kind | None = None) -> float:
        """See `quality.standing`; below all others for what cannot be read, above for what is not known."""
        if image in self.measures:
            return standing(self.measures[image], kind)
        return -1.0 if image in self.unreadable else math.inf

    def worst(self, kind: Kind) -> tuple[int, ...]:
        """Images of this kind, the worst first."""
        found = [image for image, wrong in self.faults.items() if kind in wrong]
        return tuple(sorted(found, key=lambda image: self.standing(image, kind)))

    def sentences(self, image: int) -> tuple[str, ...]:
        """What is wrong with an image, a sentence each; none for most."""
        if image in self.unreadable:
            return (self.unreadable[image][1],)
        measures = self.measures.get(image)
        return tuple(sentence(measures, kind) for kind in faults(measures)) if measures is not None else ()


def measure_quality(samples: Sequence[Sample], cache: Path, progress: Progress) -> Quality:
    """Measures of each picture that can be read. Raises Cancelled, and UserError where the cache's disk refuses."""
    pixels = cached_pixels(samples, SIZE, cache, progress)
    problems = dict(pixels.problems)

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
                    problems[samples[place].path] = one
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
    unreadable = {s.image: (s.path, problems[s.path]) for s in samples if s.path in problems}
    found_wrong = {image: faults(one) for image, one in measures.items()}
    wrong: dict[int, tuple[Fault, ...]] = {image: kinds for image, kinds in found_wrong.items() if kinds}
    return Quality(measures, unreadable, wrong | dict.fromkeys(unreadable, ("unreadable",)))


def _as_measures(row: npt.NDArray[np.float64]) -> Measures:
    low, high, spread, sharpness, side, shape = row.tolist()
    return Measures(low, high, spread, sharpness, int(side), shape)
