"""What this machine has and what went wrong on it: for `doctor`, and for whoever asks for help."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import sys
from collections.abc import Iterable
from typing import Any

from vv_desktop import __version__
from vv_desktop.core.logbook import LOG_NAME, crash_reports, last_errors
from vv_desktop.core.progress import Progress
from vv_desktop.core.user_folders import user_cache, user_logs, without_home
from vv_desktop.screen import why_no_window
from vv_desktop.tasks.training import describe_weights

LIBRARIES = (
    "tensorflow",
    "keras",
    "ai-edge-litert",
    "PySide6-Essentials",
    "pyqtgraph",
    "pandas",
    "scikit-learn",
    "pillow",
    "numpy",
)


def diagnose(progress: Progress) -> dict[str, Any]:
    """Versions, screen, pretrained weights, folders and the last errors of this machine, as plain JSON values.

    No pictures, and paths without the user's home.
    """
    answer: dict[str, Any] = {
        "vv_desktop": __version__,
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.release()} {platform.machine()}",
        "cores": os.cpu_count() or 1,
    }
    for name in LIBRARIES:
        try:
            answer[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            answer[name] = "missing"
    answer["libraries that are not as needed"] = unfit(_own_requirements())
    logs = user_logs()
    answer["window"] = why_no_window() or "can be shown"
    answer["pretrained weights"] = without_home(describe_weights(progress=progress))
    answer["cache"] = without_home(str(user_cache()))
    answer["executable"] = without_home(sys.executable)
    answer["log"] = without_home(str(logs / LOG_NAME))
    answer["crash reports"] = [without_home(str(report)) for report in crash_reports(logs)]
    answer["last errors"] = last_errors(logs)
    return answer


def unfit(requirements: Iterable[str]) -> list[str]:
    """Which of these requirements, as a package states its own, are not met by what is installed, and by what."""
    from packaging.requirements import Requirement  # Keras brings it

    found = []
    for needed in map(Requirement, requirements):
        if needed.marker is not None and not needed.marker.evaluate({"extra": ""}):
            continue
        try:
            version = importlib.metadata.version(needed.name)
        except importlib.metadata.PackageNotFoundError:
            version = "missing"
        if version == "missing" or version not in needed.specifier:
            found.append(f"{needed.name}{needed.specifier}: {version}")
    return found


def _own_requirements() -> list[str]:
    try:
        return importlib.metadata.requires("vv-desktop") or []
    except importlib.metadata.PackageNotFoundError:  # run from its source, without being installed
        return []


def in_lines(answer: dict[str, Any]) -> str:
    """A diagnosis to be read: a line for each value, lists indented below their name."""
    lines = []
    for name, value in answer.items():
        if isinstance(value, list):
            lines += [f"{name}: {'' if value else 'none'}".rstrip(), *(f"  {one}" for one in value)]
        else:
            lines.append(f"{name}: {value}")
    return "\n".join(lines)
