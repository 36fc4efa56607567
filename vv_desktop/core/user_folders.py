"""Where what belongs to no single project is kept."""

from __future__ import annotations

from pathlib import Path


def user_cache() -> Path:
    """Where what all projects share is kept: the converted pretrained network."""
    import platformdirs

    return Path(platformdirs.user_cache_dir("vv_desktop", appauthor=False))
