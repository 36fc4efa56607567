"""Saving and copying a figure: the picture that is seen, and the numbers behind it."""

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QMimeData, QPoint
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication, QFileDialog, QWidget

from vv_desktop.core.errors import UserError
from vv_desktop.core.files import atomic_write
from vv_desktop.session import Message

Row = Sequence[object]


@dataclass(frozen=True)
class Figure:
    """What can be saved: a widget as it is seen, its table, and what the files are called by default."""

    picture: QWidget
    table: tuple[Row, ...]
    stem: str


def picture_of(widget: QWidget, scale: int = 2) -> QImage:
    """The widget as it is seen, at `scale` times its size."""
    image = QImage(widget.size() * scale, QImage.Format.Format_ARGB32_Premultiplied)
    image.setDevicePixelRatio(scale)
    image.fill(widget.palette().window().color())
    widget.render(image, QPoint(0, 0))
    return image


def as_csv(table: Iterable[Row], delimiter: str = ",") -> str:
    """Rows as CSV text."""
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter, lineterminator="\n").writerows(table)
    return text.getvalue()


def save_png(figure: Figure, folder: Path) -> Message | None:
    """Ask where to, and write the picture; what to say of it, None if the user changed their mind."""
    buffer = QByteArray()
    device = QBuffer(buffer)
    device.open(QIODevice.OpenModeFlag.WriteOnly)
    picture_of(figure.picture).save(device, "PNG")  # type: ignore[call-overload]
    return _save(figure, folder, "png", bytes(buffer.data()))


def save_csv(figure: Figure, folder: Path) -> Message | None:
    """Ask where to, and write the table; what to say of it, None if the user changed their mind."""
    return _save(figure, folder, "csv", as_csv(figure.table).encode("utf-8", "surrogateescape"))


def copy(figure: Figure) -> Message:
    """Put the picture and the table, as tab-separated text, on the clipboard."""
    mime = QMimeData()
    mime.setImageData(picture_of(figure.picture))
    mime.setText(as_csv(figure.table, "\t"))
    QApplication.clipboard().setMimeData(mime)
    return Message("Copied the picture and its numbers")


def _save(figure: Figure, folder: Path, suffix: str, data: bytes) -> Message | None:
    suggested = str(folder / f"{figure.stem}.{suffix}")
    chosen, _ = QFileDialog.getSaveFileName(
        figure.picture, f"Save as {suffix.upper()}", suggested, f"{suffix.upper()} (*.{suffix})"
    )
    if not chosen:
        return None
    target = Path(chosen) if Path(chosen).suffix else Path(f"{chosen}.{suffix}")
    try:
        atomic_write(target, data)
    except UserError as error:
        return Message(str(error), error=True)
    return Message(f"Saved {target}")
