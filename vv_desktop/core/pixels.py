"""The one decoder: every pixel that is shown, trained on, calibrated with or predicted from comes from here.

Rules, so that every path sees the same picture: EXIF orientation is applied; 16-bit and
float values are scaled, not clipped; transparency lies on white; an animation is its first
frame; a truncated file is bad. Formats are an allow-list, since a decoder that is not needed
is only an attack surface.
"""

import stat
import warnings
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, UnidentifiedImageError

from vv_desktop.core.arrays import Uint8Array
from vv_desktop.core.errors import UserError
from vv_desktop.core.formats import CONVERT

FORMATS = ("JPEG", "PNG", "WEBP", "BMP", "GIF", "TIFF")
MAX_PIXELS = 200_000_000
"""Larger pictures are refused from the header: 200 million pixels are 600 MB of RGB."""
MAX_WEBP_PIXELS = 50_000_000
"""Its decoder takes 16 bytes for each pixel of the canvas, which a header may make as wide as it likes."""
MAX_BYTES = 500_000_000
Image.MAX_IMAGE_PIXELS = None  # our own check in `_opened` stands before every decoding
ORIENTATION = 0x0112
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT, 3: Image.Transpose.ROTATE_180, 4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE, 6: Image.Transpose.ROTATE_270, 7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}  # fmt: skip
"""EXIF orientation to what makes the picture upright."""


class ImageProblem(UserError):
    """A file that is no usable picture; the sentence says why and ends with the file's name."""


@dataclass(frozen=True)
class Header:
    """What a picture's header says: size in pixels as shown (orientation applied), format, Pillow mode.

    orientation: 1 to 8 as in EXIF, of the pixels as they are stored.
    """

    width: int
    height: int
    format: str
    mode: str
    frames: int
    orientation: int = 1


def read_header(path: Path) -> Header:
    """The header alone, without decoding. Raises ImageProblem."""
    with _opened(path) as image:
        width, height = image.size
        orientation = _orientation(image)
        if orientation >= 5 and image.format != "TIFF":  # whose size Pillow gives as it is shown
            width, height = height, width
        try:
            frames = getattr(image, "n_frames", 1)
        except Exception as error:  # counting them reads the file to its end
            raise ImageProblem(f"The picture is damaged ({_reason(error)}): {path.name}") from error
        return Header(width, height, image.format or "?", image.mode, frames, orientation)


def decode(path: Path, at_least: int | None = None) -> Image.Image:
    """The picture as RGB, upright. Raises ImageProblem, and nothing else, for any file.

    at_least: where a smaller picture will do, a JPEG is decoded at the smallest of its
        built-in scales (1, 1/2, 1/4, 1/8) whose sides are not below this many pixels.
    """
    with _opened(path) as image:
        try:
            if at_least is not None:
                image.draft("RGB", (at_least, at_least))
            image.load()
            picture = _rgb(image)
            turn = _TURNS.get(_orientation(image))
            picture = picture if turn is None else picture.transpose(turn)
            picture.info = {}  # what a camera says of a photo goes no further
            return picture
        except MemoryError as error:
            raise ImageProblem(f"There is not enough memory for this picture: {path.name}") from error
        except Exception as error:  # Pillow's decoders raise OSError, SyntaxError, ValueError, IndexError …
            raise ImageProblem(f"The picture is damaged ({_reason(error)}): {path.name}") from error


def network_input(path: Path, size: int) -> Uint8Array:
    """The picture as a network gets it: uint8 RGB, (size, size, 3), stretched, antialiased bilinear.

    Raises ImageProblem.
    """
    image = decode(path, at_least=2 * size)
    return np.asarray(image.resize((size, size), Image.Resampling.BILINEAR), dtype=np.uint8)


def scaled(image: Image.Image, side: int) -> Image.Image:
    """The picture with its longer side `side` pixels at most, never enlarged."""
    factor = min(1.0, side / max(image.size))
    if factor == 1.0:
        return image
    size = (max(1, round(image.width * factor)), max(1, round(image.height * factor)))
    return image.resize(size, Image.Resampling.BILINEAR)


def _opened(path: Path) -> Image.Image:
    """The file opened but not decoded, refused where its header is enough to know."""
    try:
        status = path.stat()
    except OSError as error:
        raise ImageProblem(f"The file cannot be read ({error.strerror}): {path.name}") from error
    except ValueError as error:
        raise ImageProblem(f"The name holds a zero byte: {path.name!r}") from error
    if not stat.S_ISREG(status.st_mode):
        raise ImageProblem(f"Not a file: {path.name}")
    if status.st_size == 0:
        raise ImageProblem(f"The file is empty: {path.name}")
    if status.st_size > MAX_BYTES:
        raise ImageProblem(f"The file is larger than {MAX_BYTES // 1_000_000} MB: {path.name}")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            image = Image.open(path, formats=FORMATS)
    except UnidentifiedImageError:
        if path.suffix.lower() in CONVERT:
            kind = path.suffix[1:].upper()
            raise ImageProblem(f"{kind} is not read here; convert it to JPEG or PNG: {path.name}") from None
        raise ImageProblem(
            f"Not a picture in a format that is read here (JPEG, PNG, WebP, BMP, GIF, TIFF): {path.name}"
        ) from None
    except OSError as error:
        raise ImageProblem(f"The file cannot be read ({error.strerror or _reason(error)}): {path.name}") from error
    except Exception as error:
        raise ImageProblem(f"The picture is damaged ({_reason(error)}): {path.name}") from error
    # As for a stream, not mapped into memory: Pillow 13 maps a TIFF that lies on its side with its sides swapped, and a
    # file that is cut short while it is mapped ends the process.
    image.filename = ""
    width, height = image.size
    most = MAX_WEBP_PIXELS if image.format == "WEBP" else MAX_PIXELS
    if width * height > most or width * height == 0:
        image.close()
        raise ImageProblem(f"The picture has {width} × {height} pixels, which is not read here: {path.name}")
    return image


def _orientation(image: Image.Image) -> int:
    """1 to 8 as EXIF has it, 1 where that cannot be read: a broken note about a picture does not spoil the picture."""
    try:
        found = image.getexif().get(ORIENTATION, 1)
    except Exception:  # Pillow raises SyntaxError, ValueError, struct.error …
        return 1
    return found if found in range(1, 9) else 1


def _reason(error: BaseException) -> str:
    text = " ".join(str(error).split()) or type(error).__name__
    return text if len(text) <= 80 else text[:79] + "…"


def _rgb(image: Image.Image) -> Image.Image:
    """Any Pillow mode as RGB by the rules of this module."""
    mode = image.mode
    if mode == "RGB":
        return image
    if mode.startswith("I") or mode == "F":
        return _scaled_grey(image, mode)
    if mode in ("RGBA", "LA", "PA", "La", "RGBa") or "transparency" in image.info:
        rgba = image.convert("RGBA")
        white = Image.new("RGBA", rgba.size, (255, 255, 255, 255))
        return Image.alpha_composite(white, rgba).convert("RGB")
    return image.convert("RGB")


def _scaled_grey(image: Image.Image, mode: str) -> Image.Image:
    """16-bit grey by its full range, 32-bit and float by what they hold: 0…1, 0…255 or 0…65535."""
    values = np.asarray(image, dtype=np.float64)
    values = np.nan_to_num(values, nan=0.0, posinf=0.0, neginf=0.0)
    top = float(values.max(initial=0.0))
    if mode == "F" and top <= 1.0:
        full = 1.0
    elif mode in ("I", "F") and top <= 255.0:
        full = 255.0
    else:
        full = max(65535.0, top)
    grey = np.clip(np.rint(values * (255.0 / full)), 0, 255).astype(np.uint8)
    return Image.fromarray(grey).convert("RGB")
