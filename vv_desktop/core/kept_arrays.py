"""Arrays that were computed once and are kept in a project's cache, from which they may go at any time."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from vv_desktop.core.errors import UserError
from vv_desktop.core.files import atomic_path


def keep_arrays(path: Path, values: Mapping[str, Any]) -> None:
    """Write arrays, and single numbers and texts as arrays of no dimension. Raises UserError."""
    import numpy as np

    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(f"The cache folder cannot be made ({error.strerror}): {path.parent}") from error
    with atomic_path(path) as temporary, temporary.open("wb") as file:
        arrays: dict[str, Any] = {name: np.asarray(value) for name, value in values.items()}
        np.savez(file, **arrays)


def kept_arrays(path: Path) -> dict[str, Any]:
    """What `keep_arrays` wrote, by name; empty where there is none or it is damaged: then it is made again."""
    import numpy as np

    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as data:
            return {name: data[name] for name in data.files}
    except Exception:  # zip, zlib, header and memory each have their own
        return {}
