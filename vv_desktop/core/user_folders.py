"""Where what belongs to no single project is kept, and how paths are told without the user's name."""

from __future__ import annotations

import tempfile
from pathlib import Path


def home() -> Path | None:
    """The user's home folder; None for a user who has none, as in a container."""
    try:
        return Path.home()
    except RuntimeError:
        return None


def home_or_here() -> Path:
    """Where the user would look for a file first."""
    return home() or Path.cwd()


def user_cache() -> Path:
    """Where what all projects share is kept: the converted pretrained network."""
    return _folder("user_cache_dir")


def user_logs() -> Path:
    """Where the log and the reports of crashes are kept."""
    return _folder("user_log_dir")


def user_settings() -> Path:
    """The file of what the app remembers between starts."""
    return _folder("user_config_dir") / "settings.ini"


def without_home(text: str) -> str:
    """The same text with the user's home folder written as ~, wherever it stands."""
    name = str(home() or "")
    return text if len(name) < 2 else text.replace(name, "~")


def _folder(kind: str) -> Path:
    """As the system has it; for a user who has no home, where what is temporary lies."""
    import platformdirs

    try:
        return Path(getattr(platformdirs, kind)("vv_desktop", appauthor=False))
    except RuntimeError:
        return Path(tempfile.gettempdir()) / "vv_desktop" / kind
