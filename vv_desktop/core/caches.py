"""Where what is worked out of a project's photos is kept: in the project, or with the user where that cannot be."""

import hashlib
import os
from pathlib import Path

from vv_desktop.core.files import can_write
from vv_desktop.core.user_folders import user_cache


def cache_of(project: Path) -> Path:
    """The cache of the project in folder `project`; one of the user's own for it where nothing can be written there."""
    own = project / "cache"
    if can_write(own if own.is_dir() else project):
        return own
    name = hashlib.blake2b(os.fsencode(project.resolve()), digest_size=8).hexdigest()
    return user_cache() / "read-only" / name


def kept_file(project: Path, name: str) -> Path:
    """A file of the cache of the project; the project's own one as long as the user's cache has none."""
    file = cache_of(project) / name
    return file if file.is_file() else project / "cache" / name
