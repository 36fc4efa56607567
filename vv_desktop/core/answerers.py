"""Who can be asked about photos: a run of the project, or a model file with its classes beside it."""

from dataclasses import dataclass
from pathlib import Path

from vv_desktop.core.classes import ClassList
from vv_desktop.core.runs import Run


@dataclass(frozen=True)
class Answerer:
    """A run or a model file, by the name it is shown under; `classes` is the order of its probabilities."""

    name: str
    classes: ClassList
    model: Run | Path

    @classmethod
    def of_run(cls, run: Run) -> "Answerer":
        """The run, answering by its .tflite file."""
        return cls(run.name, run.classes, run)

    @property
    def place(self) -> Path:
        """The run's folder or the file: two with the same place answer alike."""
        return self.model if isinstance(self.model, Path) else self.model.folder
