"""A picture to give away: the same pixels, and nothing of when, where, by whom and with what it was taken."""

import io
import struct
from pathlib import Path

from PIL import Image

from vv_desktop.core.pixels import ORIENTATION, decode, read_header

_NO_SEGMENT = frozenset({0x00, 0x01, 0xFF, *range(0xD0, 0xD8)})
"""What follows 0xFF within pixels and between segments: a pixel's value, TEM, a byte that fills up, the restarts."""


def without_metadata(path: Path) -> tuple[bytes, str]:
    """The file's content without EXIF, XMP, IPTC, comments and further pictures, and the ending for its name.

    A JPEG keeps its compressed pixels bit for bit, its colour profile and which way is up; anything else becomes a PNG
    of what the decoder sees. Raises ImageProblem, and OSError if the file cannot be read.
    """
    header = read_header(path)
    if header.format == "JPEG":
        data = path.read_bytes()
        try:
            return _jpeg(data, header.orientation), ".jpg"
        except (IndexError, struct.error):
            pass  # its segments are not in order: as a PNG nothing of them is left
    picture = io.BytesIO()
    decode(path).save(picture, "PNG")
    return picture.getvalue(), ".png"


def _jpeg(data: bytes, orientation: int) -> bytes:
    """Segments by ISO/IEC 10918-1 B.1. Raises IndexError or struct.error for one that is not whole."""
    kept, at = [data[:2], _upright(orientation)], 2
    while True:
        start, at = at, _next_marker(data, at)
        marker = data[at + 1]
        kept.append(data[start:at])
        if marker == 0xD9:
            return b"".join([*kept, data[at : at + 2]])
        end = at + 2 + struct.unpack_from(">H", data, at + 2)[0]
        if _is_needed(marker, data[at + 4 : end]):
            kept.append(data[at:end])
        at = end


def _next_marker(data: bytes, at: int) -> int:
    """Where the next segment begins, past pixels and bytes that fill up. Raises IndexError if there is none."""
    while (at := data.find(b"\xff", at)) >= 0:
        if data[at + 1] not in _NO_SEGMENT:
            return at
        at += 1
    raise IndexError


def _is_needed(marker: int, payload: bytes) -> bool:
    """Everything but comments and application segments; of those what colours need."""
    if marker == 0xFE:
        return False
    if 0xE0 <= marker <= 0xEF:
        wanted = {0xE0: b"JFIF\0", 0xE2: b"ICC_PROFILE\0", 0xEE: b"Adobe"}.get(marker)
        return wanted is not None and payload.startswith(wanted)
    return True


def _upright(orientation: int) -> bytes:
    """An EXIF segment that says which way is up and no more; nothing where the pixels are upright."""
    if orientation == 1:
        return b""
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    content = exif.tobytes()
    return b"\xff\xe1" + struct.pack(">H", len(content) + 2) + content
