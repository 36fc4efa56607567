"""Where the files that ship with the app lie: icons, style, the bundled labels.txt."""

from pathlib import Path

from vv_desktop.core.errors import UserError


def resources_folder() -> Path:
    """resources/ of the installed package, or of the source tree. Raises UserError if neither is there."""
    package = Path(__file__).resolve().parent.parent
    for folder in (package / "resources", package.parent / "resources"):
        if (folder / "style.qss").is_file():
            return folder
    raise UserError(f"The app's own files are missing; install it again: {package}")


def bundled_labels() -> Path:
    """The labels.txt of the first domain, vehicle viewpoint."""
    resources = resources_folder()
    inside = resources / "labels.txt"
    return inside if inside.is_file() else resources.parent / "labels.txt"
