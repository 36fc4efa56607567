"""What the training photos of a run look like to the frozen network, so that others can be told from them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vv_desktop.core.errors import UserError
from vv_desktop.core.files import atomic_path

if TYPE_CHECKING:  # numpy takes a third of a second, and the window comes first
    import numpy.typing as npt

MOST = 2048
"""Training photos that are kept of a run, evenly drawn: 5 MB. With all 3,030 of the vehicles it is hardly better."""


@dataclass(frozen=True)
class Known:
    """Training photos of a run by their features, and how far from them a photo may be.

    rows: (N, channels) float16, pooled features of length 1. threshold: cosine distance, 0 to 2.
    backbone: which network they come from, as the folder of its features is called.
    """

    rows: npt.NDArray[Any]
    threshold: float
    backbone: str


def known_file(run: Path) -> Path:
    """Where the folder of a run keeps it."""
    return run / "known.npz"


def save_known(run: Path, known: Known) -> None:
    """Write it into the folder of a run. Raises UserError."""
    import numpy as np

    with atomic_path(known_file(run)) as temporary, temporary.open("wb") as file:
        np.savez(file, rows=known.rows, threshold=known.threshold, backbone=known.backbone)


def load_known(run: Path) -> Known | None:
    """What the folder of a run keeps; None for a run that never learned it. Raises UserError if it is damaged."""
    import numpy as np

    path = known_file(run)
    if not path.is_file():
        return None
    try:
        with np.load(path, allow_pickle=False) as data:
            known = Known(data["rows"], float(data["threshold"]), str(data["backbone"]))
    except Exception as error:
        raise UserError(f"What the training photos look like cannot be read ({error}): {path}") from error
    if known.rows.ndim != 2 or not known.rows.size or not np.isfinite(known.rows).all():
        raise UserError(f"What the training photos look like is damaged; received {known.rows.shape}: {path}")
    return known
