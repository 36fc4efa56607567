"""Where what belongs to no single project is kept, and how paths are told without the user's name."""

from __future__ import annotations

from pathlib import Path


def user_cache() -> Path:
    """Where what all projects share is kept: the converted pretrained network."""
    import platformdirs

    return Path(platformdirs.user_cache_dir("vv_desktop", appauthor=False))


def user_logs() -> Path:
    """Where the log and the reports of crashes are kept."""
    import platformdirs

    return Path(platformdirs.user_log_dir("vv_desktop", appauthor=False))


def without_home(text: str) -> str:
    """The same text with the user's home folder written as ~, wherever it stands."""
    home = str(Path.home())
    return text if len(home) < 2 else text.replace(home, "~")
