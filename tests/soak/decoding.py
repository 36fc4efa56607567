"""Odd pictures on every way that pixels go: to the screen, into a training and its calibration, before a model."""

import random
import tempfile
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from tests.soak.figures import Outcome
from vv_desktop.core.arrays import Float32Array, Uint8Array
from vv_desktop.core.dataset import Sample
from vv_desktop.core.pixel_cache import cached_pixels
from vv_desktop.core.pixels import ORIENTATION
from vv_desktop.core.progress import NullProgress
from vv_desktop.ml.predictor import answered_files
from vv_desktop.tasks.data import load_picture
from vv_desktop.ui.browse.thumbnail_loader import to_qimage

SIZE = 96
"""Of the network: a JPEG of more than twice that is decoded at a smaller scale."""
BATCH = 100
FORMS = {
    "PNG": ("RGB", "L", "1", "P", "RGBA", "LA", "I;16"),
    "BMP": ("RGB", "L", "1", "P"),
    "TIFF": ("RGB", "L", "1", "P", "RGBA", "LA", "CMYK", "I;16"),
    "WEBP": ("RGB", "RGBA"),
    "GIF": ("L", "P", "1"),
    "JPEG": ("RGB", "L", "CMYK"),
}
"""Formats, and the modes of Pillow that each can hold."""
TURNED = ("PNG", "TIFF", "WEBP", "JPEG")
"""Formats whose EXIF may say how the picture lies."""
UPRIGHT: dict[int, Callable[[Uint8Array], Uint8Array]] = {
    1: lambda a: a,
    2: lambda a: a[:, ::-1],
    3: lambda a: a[::-1, ::-1],
    4: lambda a: a[::-1],
    5: lambda a: a.swapaxes(0, 1),
    6: lambda a: a[::-1].swapaxes(0, 1),
    7: lambda a: a[::-1, ::-1].swapaxes(0, 1),
    8: lambda a: a.swapaxes(0, 1)[::-1],
}
"""EXIF orientation to what makes stored rows and columns upright."""


@dataclass(frozen=True)
class Odd:
    """A picture file. shown: (h, w, 3) upright, None where the format keeps colours only roughly.

    rounding: by how much a channel may differ, as transparency is laid on white in whole numbers.
    """

    path: Path
    kind: str
    shown: Uint8Array | None
    rounding: int


def one_decoder(count: int, seed: int) -> Outcome:
    """Odd pictures: screen, training and prediction see the same pixels, those that were put in (C1, C4 to C7, C11)"""
    rng, kinds, differing = random.Random(seed), Counter[str](), list[str]()
    for first in range(0, count, BATCH):
        with tempfile.TemporaryDirectory(prefix="vv-odd-") as name:
            odd = [_odd(Path(name), number, rng) for number in range(first, min(count, first + BATCH))]
            kinds.update(one.kind for one in odd)
            differing += _seen_differently(odd, Path(name) / "cache")
    print(*differing[:20], sep="\n")
    return Outcome(not differing, f"{count:,} pictures of {len(kinds)} kinds, {len(differing)} seen differently")


def _odd(folder: Path, number: int, rng: random.Random) -> Odd:
    form = rng.choice(tuple(FORMS))
    mode = rng.choice(FORMS[form])
    size = [round(2 ** rng.uniform(0, 9)) for _ in range(2)]
    image = _noise(mode, size, np.random.default_rng(rng.getrandbits(32)))
    turn = rng.choice(tuple(UPRIGHT)) if form in TURNED else 1
    extra: dict[str, Any] = {"lossless": True, "exact": True} if form == "WEBP" else {}
    if form in TURNED:
        extra["exif"] = Image.Exif()
        extra["exif"][ORIENTATION] = turn
    if form in ("GIF", "WEBP") and rng.random() < 0.5:
        extra |= {"save_all": True, "append_images": [Image.new(image.mode, image.size)]}
    path = folder / f"{number}.{rng.choice(('jpg', 'png', form.lower()))}"
    image.save(path, form, **extra)
    shown = None if form == "JPEG" or mode == "CMYK" else UPRIGHT[turn](_on_white(image))
    return Odd(path, f"{form} {mode} {turn}", shown, int(mode in ("RGBA", "LA")))


def _noise(mode: str, size: list[int], chance: np.random.Generator) -> Image.Image:
    if mode == "I;16":
        return Image.fromarray(chance.integers(0, 2**16, size, np.uint16))
    image = Image.fromarray(chance.integers(0, 256, (*size, 4), np.uint8))
    if mode == "LA":
        image = Image.merge("LA", (image.convert("L"), image.getchannel("A")))
    return image if image.mode == mode else image.convert("RGB").convert(mode)


def _on_white(image: Image.Image) -> Uint8Array:
    """What should be seen of a picture as it is stored, worked out without the decoder."""
    values = np.asarray(image.convert("RGB") if image.mode == "P" else image, np.float64)
    if image.mode == "1":
        values *= 255.0
    if image.mode == "I;16":
        values *= 255.0 / 65535.0
    if image.mode in ("RGBA", "LA"):
        alpha = values[:, :, -1:] / 255.0
        values = values[:, :, :-1] * alpha + 255.0 * (1.0 - alpha)
    values = np.rint(values).astype(np.uint8)
    values = values if values.ndim == 3 else values[:, :, None]
    return np.broadcast_to(values, (*values.shape[:2], 3))


def _seen_differently(odd: list[Odd], cache: Path) -> list[str]:
    samples = [Sample(number, one.path, 0, "train", "") for number, one in enumerate(odd)]
    pixels = cached_pixels(samples, SIZE, cache, NullProgress())
    asked: list[Uint8Array] = []

    def answer(batch: Uint8Array) -> Float32Array:
        asked.append(batch[0])
        return np.ones((1, 1), np.float32)

    problems = [a.error for a in answered_files([one.path for one in odd], SIZE, answer, NullProgress()) if a.error]
    if problems or pixels.problems:
        return [*problems, *(sentence for _, sentence in pixels.problems)]
    differing = []
    for one, place, predicted in zip(odd, pixels.places, asked, strict=True):
        trained = pixels.rows[place]
        same = np.array_equal(trained, predicted)
        if one.shown is not None:
            small = Image.fromarray(np.ascontiguousarray(one.shown)).resize((SIZE, SIZE), Image.Resampling.BILINEAR)
            same = same and _near(trained, np.asarray(small), one.rounding)
            same = same and _near(_on_screen(one.path), one.shown, one.rounding)
        if not same:
            differing.append(f"{one.path.name}: {one.kind}")
    return differing


def _on_screen(path: Path) -> Uint8Array:
    """The large picture as it is painted, (h, w, 3)."""
    picture = to_qimage(load_picture(path, 4096, NullProgress()).pixels)
    rows = np.frombuffer(picture.constBits(), np.uint8).reshape(picture.height(), -1, 4)
    return rows[:, : picture.width(), 2::-1].copy()  # blue, green, red, and memory of the picture's


def _near(found: Uint8Array, expected: Uint8Array, rounding: int) -> bool:
    return found.shape == expected.shape and int(np.abs(found.astype(int) - expected).max()) <= rounding
