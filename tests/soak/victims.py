"""What is damaged, and what is tried with it; runs in the child of tests.soak.mutants."""

import resource
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from vv_desktop.core.errors import UserError
from vv_desktop.core.pixels import ImageProblem, network_input
from vv_desktop.core.progress import NullProgress

Attempt = Callable[[Path], str]
"""One word of what became of a file; `uncaught` if it is neither used nor refused with a sentence."""


def megabytes() -> float:
    """The most memory this process has had."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def pictures(folder: Path) -> tuple[Sequence[Path], Attempt]:
    """Ten forms of a small picture; tried as a network gets them."""
    noise = np.random.default_rng(0).integers(0, 256, (32, 48, 4), dtype=np.uint8)
    rgba = Image.fromarray(noise)
    rgb, grey = rgba.convert("RGB"), Image.fromarray(noise[..., 0].astype(np.uint16) * 257)
    exif = Image.Exif()
    exif[0x0112], exif[0x010E] = 6, "a car"
    more = [rgb.rotate(180), rgb.rotate(90, expand=True).resize(rgb.size)]
    forms: dict[str, tuple[Image.Image, dict[str, object]]] = {
        "baseline.jpg": (rgb, {"exif": exif, "icc_profile": bytes(200)}),
        "progressive.jpg": (rgb.convert("CMYK"), {"progressive": True}),
        "alpha.png": (rgba, {}),
        "deep.png": (grey, {}),
        "palette.png": (rgb.quantize(16), {"transparency": 3}),
        "lossy.webp": (rgba, {"exif": exif.tobytes()}),
        "moving.webp": (rgb, {"save_all": True, "append_images": more, "lossless": True}),
        "plain.bmp": (rgb, {}),
        "moving.gif": (rgb, {"save_all": True, "append_images": more}),
        "packed.tif": (rgb, {"compression": "tiff_lzw"}),
    }
    for name, (image, options) in forms.items():
        image.save(folder / name, **options)
    return [folder / name for name in forms], _decode


def _decode(path: Path) -> str:
    try:
        return "decoded" if network_input(path, 96).shape == (96, 96, 3) else "uncaught: a wrong shape"
    except ImageProblem:
        return "refused"
    except Exception as error:
        return f"uncaught {type(error).__name__}: {error}"


def keras(folder: Path) -> tuple[Sequence[Path], Attempt]:
    """A small classifier as .keras; opened as a foreign model, and asked for one picture."""
    _small_classifier(folder).save(folder / "small.keras")
    return [folder / "small.keras"], _predict


def tflite(folder: Path) -> tuple[Sequence[Path], Attempt]:
    """The same as .tflite, in floats and in whole numbers."""
    from vv_desktop.ml.conversion import RANGE_IMAGES, to_tflite

    model = _small_classifier(folder)
    images = np.random.default_rng(0).integers(0, 256, (RANGE_IMAGES, 16, 16, 3), dtype=np.uint8)
    for form in ("fp32", "int8"):
        (folder / f"{form}.tflite").write_bytes(to_tflite(model, form, images))
    return [folder / "fp32.tflite", folder / "int8.tflite"], _predict


def _small_classifier(folder: Path) -> Any:
    """A network of the layers that the app's networks have; and beside it its classes, and a picture."""
    from keras import Input, Model, layers

    (folder / "labels.txt").write_text("circle\nsquare\ntriangle\n")
    noise = np.random.default_rng(0).integers(0, 256, (20, 20, 3), dtype=np.uint8)
    Image.fromarray(noise).save(folder / "photo.png")
    pixels = Input((16, 16, 3))
    x = layers.Rescaling(1 / 127.5, offset=-1.0)(pixels)
    x = layers.ReLU()(layers.BatchNormalization()(layers.Conv2D(4, 3, strides=2)(x)))
    x = layers.Dense(3, "softmax")(layers.Dropout(0.5)(layers.GlobalAveragePooling2D()(x)))
    return Model(pixels, x)


def _predict(path: Path) -> str:
    from vv_desktop.ml.foreign import predict_foreign

    try:
        predict_foreign({"model": str(path), "files": [str(path.parent / "photo.png")]}, NullProgress())
    except UserError:
        return "refused"
    except Exception as error:
        return f"uncaught {type(error).__name__}: {' '.join(str(error).split())[:200]}"
    return "answered"


VICTIMS: dict[str, Callable[[Path], tuple[Sequence[Path], Attempt]]] = {
    "pictures": pictures,
    "keras": keras,
    "tflite": tflite,
}
