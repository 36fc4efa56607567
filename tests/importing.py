"""What tests of imports begin with."""

from pathlib import Path

from PIL import Image

from vv_desktop.core.import_plan import ImportPlan
from vv_desktop.core.importing import read_sources
from vv_desktop.core.progress import NullProgress


def picture(path: Path, colour: str = "red") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (8, 6), colour).save(path, "JPEG")
    return path


def read(*sources: Path, labels: Path | None = None) -> ImportPlan:
    return read_sources(sources, labels, NullProgress())


def reasons(plan: ImportPlan) -> str:
    return "\n".join(f"{p.path}: {p.reason}" for p in (*plan.notes, *plan.problems))
