"""What the export page says of a run, in words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from vv_desktop.core.dataset import SPLITS
from vv_desktop.core.evaluation import wilson_interval
from vv_desktop.core.runs import Run
from vv_desktop.session import Session

if TYPE_CHECKING:  # pandas and numpy come with it, and the window comes first
    from vv_desktop.core.export_texts import ExportedFile


def run_score(session: Session, run: Run) -> str:
    """Accuracy with its interval and what it is of: "84.4 % ± 3.7 of 378 test images"."""
    found = session.run_evaluation
    if found is not None and len(found.images):
        low, high = found.interval
        return _score(found.accuracy, low, high, len(found.images), session.split)
    for split in (*reversed(SPLITS[1:]), SPLITS[0]):
        accuracy, count = run.scores.get(split, {}).get("accuracy"), run.counts.get(split, 0)
        if accuracy is not None and count:
            low, high = wilson_interval(round(accuracy * count), count)
            return _score(accuracy, low, high, count, split)
    return "not scored yet"


def gate_sentences(files: Sequence[ExportedFile]) -> str:
    """What each file that is below its gate did not reach, a line each."""
    return "\n".join(f"{file.path.name}: {reason}." for file in files for reason in file.proof.reasons)


def _score(accuracy: float, low: float, high: float, count: int, split: str) -> str:
    images = "image" if count == 1 else "images"
    return f"{100 * accuracy:.1f} % ± {50 * (high - low):.1f} of {count:,} {split} {images}"
