"""What would become a project: read from folders or CSV files, shown, perhaps changed, and then made."""

import dataclasses
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from vv_desktop.core.classes import ClassList
from vv_desktop.core.dataset import Split
from vv_desktop.core.label_csv import Problem


@dataclass(frozen=True)
class Found:
    """One image that a source speaks of. `wanted` is its label as written, also where no class is called so."""

    path: Path
    size: int
    mtime_ns: int
    group: str
    label: str | None
    split: Split | None
    wanted: str = ""


@dataclass(frozen=True)
class ImportPlan:
    """What would become a project. `splits_source` and `labels_source` say in words where those come from.

    problems: what could not be read or matched. notes: what was, and should be known all the same.
    """

    sources: tuple[Path, ...]
    classes: ClassList
    images: tuple[Found, ...]
    problems: tuple[Problem, ...]
    unknown_labels: tuple[tuple[str, int], ...]
    splits_made: bool
    splits_source: str
    labels_source: str
    notes: tuple[Problem, ...] = ()

    def counts(self) -> dict[tuple[str | None, Split | None], int]:
        """How many images there are of each label in each split."""
        return dict(Counter((image.label, image.split) for image in self.images))

    def resolved(self, choices: Mapping[str, str | None]) -> "ImportPlan":
        """With unknown labels given a class: another one's name, or their own to make them one."""
        new = [name for name in choices.values() if name is not None and name not in self.classes.names]
        classes = ClassList((*self.classes.names, *dict.fromkeys(new)))
        unknown = {name for name, _ in self.unknown_labels}
        images = tuple(
            dataclasses.replace(i, label=choices.get(i.wanted)) if i.label is None and i.wanted in unknown else i
            for i in self.images
        )
        left = tuple((name, count) for name, count in self.unknown_labels if choices.get(name) is None)
        return dataclasses.replace(self, classes=classes, images=images, unknown_labels=left)
