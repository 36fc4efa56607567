"""Runs: one finished or stopped training is one folder, and this is the only module that knows its files.

runs/2026-11-22T09-14-03-quick/
    run.json          name, plan, classes, history, test scores, data hash, versions, seconds
    model.keras       the best model over both phases, taking 0–255 RGB
    model.tflite      the same model for predictions in the app
    predictions.npz   image ids and class probabilities of every image of the project
    labels.json       the labels it was trained and scored with, by image id
    known.npz         what its training photos look like (known.py); made at first use for older runs
    plan.json         what the training was asked for: all that is needed to repeat it (training_request.py)
"""

from __future__ import annotations

import dataclasses
import json
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vv_desktop.core.calibration import Calibration, ReliabilityBin
from vv_desktop.core.classes import ClassList, named_today
from vv_desktop.core.dataset import UNLABELLED, Dataset
from vv_desktop.core.errors import UserError
from vv_desktop.core.files import atomic_path, atomic_write
from vv_desktop.core.plans import Plan
from vv_desktop.core.progress import EpochEnd

if TYPE_CHECKING:  # numpy takes a third of a second, and the window comes first
    from vv_desktop.core.arrays import BoolArray, Float32Array, Int64Array


@dataclass(frozen=True)
class PhaseResult:
    """How one phase of a training went. `val_accuracy` is the best of its epochs."""

    name: str
    epochs: int
    seconds: float
    val_accuracy: float


@dataclass(frozen=True)
class Member:
    """A run, by id, that an average is of: its column `columns[i]` is class i of the average."""

    run: str
    columns: tuple[int, ...]


@dataclass(frozen=True)
class Predictions:
    """Class probabilities (N, classes) of images given by id (N,), in the class order of their run."""

    images: Int64Array
    probabilities: Float32Array

    def of(self, images: Int64Array) -> tuple[BoolArray, Float32Array]:
        """For each id: is there a prediction (N,), and which (N, classes), zeros where there is none."""
        import numpy as np

        order = np.argsort(self.images)
        known = self.images[order]
        place = np.minimum(np.searchsorted(known, images), max(0, len(known) - 1))
        if not len(known):
            return np.zeros(len(images), bool), np.zeros((len(images), self.probabilities.shape[1]), np.float32)
        found = known[place] == images
        rows = self.probabilities[order[place]].copy()
        rows[~found] = 0.0
        return found, rows


@dataclass(frozen=True)
class Run:
    """One training as it is kept, or the average of several (averages.py), which has predictions and no model.

    `trained` is local time; `weights` says where the pretrained ones came from.

    mirror: the mirrored class of each class, as it was then; None where mirroring was off or had no whole map.
    calibration: how its probabilities were scaled; None if they are as the training left them.
    classes_then: the names that its classes had in the training, where `today` gave them those of now; not kept.
    members: the runs that it is the average of; none if it was trained.
    """

    folder: Path
    name: str
    plan: Plan
    classes: ClassList
    trained: datetime
    history: tuple[EpochEnd, ...]
    phases: tuple[PhaseResult, ...]
    seconds: float
    stopped: bool
    weights: str
    data_digest: str
    counts: dict[str, int]
    scores: dict[str, dict[str, float]]
    versions: dict[str, str]
    mirror: tuple[int, ...] | None = None
    calibration: Calibration | None = None
    classes_then: ClassList | None = None
    members: tuple[Member, ...] = ()

    @property
    def id(self) -> str:
        """The folder's name: unique in the project and never changed."""
        return self.folder.name

    @property
    def best(self) -> EpochEnd:
        """The epoch whose weights the run keeps."""
        return max((e for e in self.history if e.best), key=lambda e: e.seconds)

    @property
    def averaged(self) -> tuple[int, ...] | None:
        """The mirrored class of each class if its answers are averaged with the mirrored image's, else None."""
        return self.mirror if self.plan.mirror_average else None

    @property
    def keras_file(self) -> Path:
        """The model for going on in Python."""
        return self.folder / "model.keras"

    @property
    def tflite_file(self) -> Path:
        """The model for predictions in the app: float32, input uint8-valued 0–255 RGB."""
        return self.folder / "model.tflite"

    def predictions(self) -> Predictions:
        """Raises UserError if the file is missing or damaged."""
        import numpy as np

        path = self.folder / "predictions.npz"
        try:
            with np.load(path, allow_pickle=False) as data:
                return Predictions(data["images"], data["probabilities"])
        except Exception as error:
            raise UserError(f"The run's predictions cannot be read ({error}): {path}") from error


def new_folder(runs: Path, plan: Plan, now: datetime) -> Path:
    """A fresh folder for a run. Raises UserError if it cannot be made."""
    stem = f"{now:%Y-%m-%dT%H-%M-%S}-{plan.name}"
    for attempt in range(100):
        folder = runs / (stem if attempt == 0 else f"{stem}-{attempt + 1}")
        try:
            folder.mkdir(parents=True)
        except FileExistsError:
            continue
        except OSError as error:
            raise UserError(f"The run's folder cannot be made ({error.strerror}): {folder}") from error
        return folder
    raise UserError(f"There are a hundred runs of this second already: {runs}")


def save_run(run: Run) -> None:
    """Write run.json; from then on the run exists. Raises UserError."""
    record = dataclasses.asdict(run)
    del record["folder"], record["classes_then"]
    classes = run.classes_then or run.classes
    if not run.members:
        del record["members"]
    record["schema"] = 1
    record["classes"] = list(classes.names)
    record["classes_digest"] = classes.digest
    record["trained"] = run.trained.isoformat(timespec="seconds")
    atomic_write(run.folder / "run.json", json.dumps(record, indent=1).encode())


def save_predictions(folder: Path, predictions: Predictions) -> None:
    """Write predictions.npz. Raises UserError."""
    import numpy as np

    with atomic_path(folder / "predictions.npz") as temporary, temporary.open("wb") as file:
        np.savez(file, images=predictions.images, probabilities=predictions.probabilities)


def save_labels(folder: Path, dataset: Dataset) -> None:
    """Write labels.json: the labels as they were when the training began. Raises UserError."""
    labels = {str(s.image): dataset.classes.names[s.label] for s in dataset.samples if s.label != UNLABELLED}
    atomic_write(folder / "labels.json", json.dumps(labels).encode())


def today(run: Run, classes: ClassList) -> Run:
    """The run with its classes under the names that they have in its project now; their order stays the run's."""
    then = run.classes_then or run.classes
    return dataclasses.replace(run, classes=named_today(then, classes), classes_then=then)


def knows_another(run: Run, old: str, new: str) -> bool:
    """True if class `old` of the project, called `new`, would get answers that the run gives of another class.

    It does not where the run's class of that name is none of the project so far: then the user says which one it is.
    """
    then = run.classes_then or run.classes
    return new in then.names and (new not in run.classes.names or old in run.classes.names)


def labels_when_trained(run: Run) -> dict[int, str]:
    """Class of each image that had a label when the training began, by image id, as `run.classes` names it.

    Raises UserError.
    """
    path = run.folder / "labels.json"
    names = dict(zip(run.classes_then or run.classes, run.classes, strict=True))
    try:
        labels = {int(image): str(name) for image, name in json.loads(path.read_text()).items()}
        return {image: names.get(name, name) for image, name in labels.items()}
    except (OSError, ValueError, AttributeError) as error:
        raise UserError(f"The run's labels cannot be read ({error}): {path}") from error


def _indices(values: list[int] | None) -> tuple[int, ...] | None:
    return None if values is None else tuple(values)


def _calibration(record: dict[str, Any] | None) -> Calibration | None:
    if record is None:
        return None
    return Calibration(**{**record, "before": tuple(ReliabilityBin(**b) for b in record["before"])})


def load_run(folder: Path) -> Run:
    """Raises UserError if run.json is missing, damaged or of a newer version of the app."""
    path = folder / "run.json"
    try:
        record: dict[str, Any] = json.loads(path.read_text())
        if record.pop("schema") != 1:
            raise UserError(f"The run was made by a newer version of the app: {path}")
        classes = ClassList(tuple(record.pop("classes")))
        if record.pop("classes_digest") != classes.digest:
            raise UserError(f"The run's class names were changed after the training: {path}")
        return Run(
            folder=folder,
            classes=classes,
            plan=Plan(**record.pop("plan")),
            trained=datetime.fromisoformat(record.pop("trained")),
            history=tuple(EpochEnd(**e) for e in record.pop("history")),
            phases=tuple(PhaseResult(**p) for p in record.pop("phases")),
            mirror=_indices(record.pop("mirror", None)),
            calibration=_calibration(record.pop("calibration", None)),
            members=tuple(Member(m["run"], tuple(m["columns"])) for m in record.pop("members", ())),
            **record,
        )
    except UserError:
        raise
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UserError(f"The run cannot be read ({error}): {path}") from error


def list_runs(runs: Path) -> tuple[tuple[Run, ...], tuple[str, ...]]:
    """All runs, newest first, and a sentence for each folder that holds none that can be read."""
    found, problems = [], []
    for folder in sorted(runs.iterdir(), reverse=True) if runs.is_dir() else []:
        if (folder / "run.json").exists():
            try:
                found.append(load_run(folder))
            except UserError as error:
                problems.append(str(error))
    return tuple(found), tuple(problems)


def find_run(runs: Path, wanted: str | None) -> Run:
    """The run with this id or name, or the newest. Raises UserError if there is none."""
    found, _ = list_runs(runs)
    if not found:
        raise UserError(f"The project has no run yet; train one first: {runs}")
    if wanted is None:
        return found[0]
    for run in found:
        if wanted in (run.id, run.name):
            return run
    raise UserError(f"There is no run of that name (there are {', '.join(r.id for r in found)}); received {wanted!r}")


def rename_run(run: Run, name: str) -> Run:
    """The run under another name; its folder stays. Raises UserError for an empty name."""
    if not name.strip():
        raise UserError(f"A run needs a name; received {name!r}")
    renamed = dataclasses.replace(run, name=name.strip())
    save_run(renamed)
    return renamed


def delete_run(run: Run) -> None:
    """Remove the run's folder. run.json goes first, so that half a deletion leaves no half run."""
    try:
        (run.folder / "run.json").unlink()
        shutil.rmtree(run.folder)
    except OSError as error:
        raise UserError(f"The run could not be deleted ({error.strerror}): {run.folder}") from error


def averages_with(run: Run, runs: Sequence[Run]) -> tuple[Run, ...]:
    """Those of `runs` that `run` is a part of."""
    return tuple(one for one in runs if any(member.run == run.id for member in one.members))
