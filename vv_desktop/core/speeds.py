"""How fast this machine is, measured once and corrected by every training; kept for all projects together."""

from __future__ import annotations

import dataclasses
import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from vv_desktop.core.errors import UserError
from vv_desktop.core.files import atomic_write

Piece = Literal["reading", "features", "head", "fine_tune", "start"]


@dataclass(frozen=True)
class Speeds:
    """What this machine needs for each kind of work.

    reading: seconds a megabyte of photo files, decoded and resized. features: seconds a product (`core/costs.py`) in
    LiteRT. head, fine_tune: likewise in the two phases, on all cores. start: likewise on one core, for what a training
    does once, like starting TensorFlow. measured: local time, as ISO 8601. trainings: how many have corrected the
    figures since. busy: other work kept this machine from giving all it has while it was measured.
    """

    reading: float
    features: float
    head: float
    fine_tune: float
    start: float
    measured: str
    trainings: int = 0
    busy: bool = False

    def corrected(self, factors: dict[Piece, float]) -> Speeds:
        """After a training that took `factors` times what was expected of each piece."""
        values: dict[str, Any] = {piece: getattr(self, piece) * factor for piece, factor in factors.items()}
        return dataclasses.replace(self, **values, trainings=self.trainings + 1, busy=False)


def load_speeds(path: Path) -> Speeds | None:
    """What was kept; None if nothing was, or nothing that makes sense."""
    try:
        speeds = Speeds(**json.loads(path.read_text()))
        figures = [getattr(speeds, piece) for piece in ("reading", "features", "head", "fine_tune", "start")]
        sound = all(math.isfinite(figure) and figure > 0 for figure in figures)
        return speeds if sound and isinstance(speeds.measured, str) else None
    except (OSError, ValueError, TypeError):
        return None


def save_speeds(path: Path, speeds: Speeds) -> None:
    """Keep them. A disk that refuses costs two seconds at the next start, and is no reason to say anything."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        atomic_write(path, json.dumps(dataclasses.asdict(speeds), indent=1).encode())
    except (OSError, UserError):
        return
