"""The labels of a project at one moment, frozen: what a task works on while the user goes on labelling."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from vv_desktop.core.classes import ClassList

if TYPE_CHECKING:  # numpy takes a third of a second, and the window comes first
    from vv_desktop.core.arrays import Int64Array
Split = Literal["train", "val", "test"]
SPLITS: tuple[Split, ...] = ("train", "val", "test")
UNLABELLED = -1


@dataclass(frozen=True)
class Sample:
    """One image of a dataset. `label` is an index into the classes, UNLABELLED for none."""

    image: int
    path: Path
    label: int
    split: Split | None
    group: str


@dataclass(frozen=True)
class Dataset:
    """Every image of a project in the order of its ids, with the class list its labels index.

    mirror: for each class the index of its mirrored class; None where mirroring is off or has no whole map.
    """

    classes: ClassList
    samples: tuple[Sample, ...]
    mirror: tuple[int, ...] | None = None

    def of(self, split: Split) -> tuple[Sample, ...]:
        """The labelled samples of one split."""
        return tuple(s for s in self.samples if s.split == split and s.label != UNLABELLED)

    def labels(self, split: Split) -> Int64Array:
        """Class indices of `of(split)`, (N,)."""
        import numpy as np

        return np.array([s.label for s in self.of(split)], dtype=np.int64)

    @property
    def digest(self) -> str:
        """Labels, splits and names of all labelled images as 16 hexadecimal digits."""
        digest = hashlib.sha256(self.classes.digest.encode())
        for s in self.samples:
            if s.label != UNLABELLED:
                digest.update(f"{s.path.name}\t{s.label}\t{s.split}\n".encode("utf-8", "surrogateescape"))
        return digest.hexdigest()[:16]
