"""How far a model's answers move where its photos are resized as other programs do it: phones and OpenCV."""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import numpy as np
from PIL import Image

from vv_desktop.core.arrays import Uint8Array
from vv_desktop.core.export_texts import OtherResize
from vv_desktop.core.pixels import decode, network_input
from vv_desktop.core.progress import Progress, Step
from vv_desktop.ml.predictor import Predictor

PHOTOS = 100


def other_resizes(tflite: Path, photos: Sequence[Path], progress: Progress) -> tuple[OtherResize, ...]:
    """Ask the float32 .tflite about up to 100 of `photos`, evenly chosen, resized as here and in each other way.

    Raises ImageProblem if a photo cannot be read (they were read before), UserError, and Cancelled between photos.
    """
    model = Predictor(tflite)
    even = np.unique(np.linspace(0, len(photos) - 1, min(len(photos), PHOTOS)).round().astype(int))
    ways = (network_input, *RESIZES.values())
    answers = []
    for done, pixels in enumerate(progress.map(partial(_each_way, ways, model.size), [photos[i] for i in even])):
        answers.append(model.predict(pixels))
        progress.report(Step("Trying other resizes", done + 1, len(even)))
    ours, *others = np.stack(answers, axis=1)
    return tuple(
        OtherResize(
            name,
            len(even),
            float(np.mean(theirs.argmax(axis=1) == ours.argmax(axis=1))),
            float(np.abs(theirs - ours).mean()),
            float(np.abs(theirs - ours).max()),
        )
        for name, theirs in zip(RESIZES, others, strict=True)
    )


def bilinear(path: Path, size: int) -> Uint8Array:
    """Four neighbours of each point of the whole picture, (size, size, 3): OpenCV's INTER_LINEAR, without antialias."""
    picture = np.asarray(decode(path), np.float32)
    (top, bottom, down), (left, right, across) = (_neighbours(side, size) for side in picture.shape[:2])
    rows = picture[top] * (1 - down)[:, None, None] + picture[bottom] * down[:, None, None]
    mixed = rows[:, left] * (1 - across)[None, :, None] + rows[:, right] * across[None, :, None]
    return np.rint(mixed).astype(np.uint8)


def area(path: Path, size: int) -> Uint8Array:
    """The mean over the area of each point, (size, size, 3): OpenCV's INTER_AREA where it makes a picture smaller."""
    return np.asarray(decode(path).resize((size, size), Image.Resampling.BOX), np.uint8)


RESIZES: dict[str, Callable[[Path, int], Uint8Array]] = {
    "bilinear without antialias": bilinear,
    "mean over areas": area,
}


def _neighbours(side: int, size: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Of each of `size` points on `side` pixels: the pixel before, the one after, and the share of that."""
    place = np.clip((np.arange(size, dtype=np.float32) + 0.5) * (side / size) - 0.5, 0, side - 1)
    before = place.astype(np.int64)
    return before, np.minimum(before + 1, side - 1), (place - before).astype(np.float32)


def _each_way(ways: Sequence[Callable[[Path, int], Uint8Array]], size: int, path: Path) -> Uint8Array:
    return np.stack([way(path, size) for way in ways])
