"""What a training was asked for and on what: kept as plan.json in its run's folder, so that it can be repeated."""

from __future__ import annotations

import dataclasses
import importlib.metadata
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from vv_desktop.core.dataset import Dataset
from vv_desktop.core.errors import UserError
from vv_desktop.core.files import atomic_write
from vv_desktop.core.plans import Plan
from vv_desktop.core.runs import Run

_PACKAGES = ("vv-desktop", "tensorflow", "keras", "ai-edge-litert", "numpy", "pillow")


@dataclass(frozen=True)
class TrainingRequest:
    """What a training was asked for, and on what: enough to repeat it.

    weights: a path, "random", or None for the ImageNet ones. mirror: the mirrored class of each class, by name.
    versions: of the packages whose arithmetic it rests on.
    """

    plan: Plan
    weights: str | None
    data_digest: str
    mirror: dict[str, str] | None
    versions: dict[str, str]

    @staticmethod
    def of(dataset: Dataset, plan: Plan, weights: Path | str | None) -> TrainingRequest:
        """What a training that begins now would be asked for."""
        names, partners = dataset.classes.names, dataset.mirror
        mirror = None if partners is None else {name: names[p] for name, p in zip(names, partners, strict=True)}
        return TrainingRequest(
            plan, None if weights is None else str(weights), dataset.digest, mirror, package_versions()
        )

    def differences(self, now: TrainingRequest) -> tuple[str, ...]:
        """A sentence for each thing that keeps a repetition from being the same."""
        found = []
        if self.data_digest != now.data_digest:
            found.append(f"Labels or splits changed since: {self.data_digest} then, {now.data_digest} now")
        if self.mirror != now.mirror and (self.plan.mirror or self.plan.mirror_average):
            found.append("The mirror pairs of the classes changed since")
        for name, then in self.versions.items():
            if now.versions.get(name) != then:
                found.append(f"{name} was {then} then and is {now.versions.get(name)} now")
        return tuple(found)


def weights_wish(kept: str | None) -> Path | Literal["random"] | None:
    """The wish for pretrained weights that a request keeps as text."""
    if kept is None:
        return None
    return "random" if kept == "random" else Path(kept)


def save_request(folder: Path, request: TrainingRequest) -> None:
    """Write plan.json. Raises UserError."""
    atomic_write(folder / "plan.json", json.dumps({"schema": 1, **dataclasses.asdict(request)}, indent=1).encode())


def load_request(run: Run) -> TrainingRequest:
    """What the training of `run` was asked for. Raises UserError if it was not kept or cannot be read."""
    path = run.folder / "plan.json"
    try:
        record = json.loads(path.read_text())
        if record.pop("schema") != 1:
            raise UserError(f"The run was made by a newer version of the app: {path}")
        return request_of(record)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UserError(f"What the training was asked for cannot be read ({error}): {path}") from error


def request_of(record: dict[str, Any]) -> TrainingRequest:
    """A request from its plain JSON values. Raises UserError, KeyError, TypeError for what is none."""
    values = dict(record)
    return TrainingRequest(Plan(**values.pop("plan")), **values)


def package_versions() -> dict[str, str]:
    """Versions of this program and of the packages whose arithmetic a training rests on."""
    found = {}
    for package in _PACKAGES:
        try:
            found[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:  # a source tree that was never installed
            found[package] = "unknown"
    return found
