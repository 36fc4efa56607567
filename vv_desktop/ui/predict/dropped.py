"""What was dropped or pasted: files of this machine, a picture, or something that is refused with a sentence."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from PySide6.QtCore import QMimeData, QTemporaryDir, QUrl
from PySide6.QtGui import QImage


@dataclass(frozen=True)
class Dropped:
    """Files and folders, or a picture; `refused` says what was not taken, and is empty if nothing was."""

    paths: tuple[Path, ...] = ()
    picture: QImage | None = None
    refused: str = ""


class PastedPhotos:
    """Owns a temporary folder for pictures that are no files; it goes with the page. Lives on the window's thread."""

    def __init__(self) -> None:
        self._folder: QTemporaryDir | None = None

    def keep(self, image: QImage, origin: str = "pasted") -> Path | None:
        """The picture as a PNG file, named by where it is from and when; None if the disk refuses."""
        if self._folder is None or not Path(self._folder.path()).is_dir():
            self._folder = QTemporaryDir()
        path = Path(self._folder.path()) / f"{origin}-{datetime.now():%Y-%m-%dT%H-%M-%S-%f}.png"
        kept = not image.isNull() and image.save(
            str(path), quality=89
        )  # a little compressed: ten times faster than well
        return path if kept else None


def read_mime(mime: QMimeData) -> Dropped:
    """Files of this machine first; a picture only where there is no file (browsers send its address along)."""
    paths, elsewhere = local_paths(mime.urls())
    if paths:
        return Dropped(paths, refused=_refusal(elsewhere))
    if mime.hasImage():
        image = mime.imageData()
        if isinstance(image, QImage) and not image.isNull():
            return Dropped(picture=image)
    if elsewhere:
        return Dropped(refused=_refusal(elsewhere))
    return Dropped(refused="There is no photo in this; drop photos or folders, or paste a picture.")


def local_paths(urls: Iterable[QUrl]) -> tuple[tuple[Path, ...], tuple[str, ...]]:
    """Paths of files on this machine, and the addresses that lead elsewhere.

    `file://host/share` counts as local for Qt; following it would send credentials over the network.
    """
    paths: list[Path] = []
    elsewhere: list[str] = []
    for url in urls:
        name = url.toLocalFile()
        if url.isLocalFile() and not url.host() and name and not name.startswith(("//", "\\\\")) and "\0" not in name:
            paths.append(Path(name))
        else:
            elsewhere.append(url.toDisplayString()[:200])
    return tuple(paths), tuple(elsewhere)


def _refusal(elsewhere: tuple[str, ...]) -> str:
    if not elsewhere:
        return ""
    more = f" and {len(elsewhere) - 1:,} more" if len(elsewhere) > 1 else ""
    return f"Only files of this machine are read; save it here first: {elsewhere[0]}{more}"
