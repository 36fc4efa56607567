"""What is wrong with a picture itself, whatever it shows: dark, bright, blurred, tiny, odd-shaped or nearly uniform."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from vv_desktop.core.arrays import Uint8Array

Kind = Literal["dark", "bright", "blurred", "tiny", "odd-shaped", "nearly uniform"]
KINDS: tuple[Kind, ...] = ("dark", "bright", "blurred", "tiny", "odd-shaped", "nearly uniform")


@dataclass(frozen=True)
class Measures:
    """Of one picture. Luminance is Rec. 601, 0 to 1.

    low, high: the luminance that 5 % of the pixels are below, and 5 % above.
    spread: standard deviation of the luminance.
    sharpness: the Laplacian at the sharpest 1 % of the pixels, by the largest 1 % of luminance steps over 8 pixels:
        how sudden the strongest edges are, whatever their contrast and however much of the picture is smooth.
    side: the shorter side of the original in pixels; shape: its longer side by its shorter.
    """

    low: float
    high: float
    spread: float
    sharpness: float
    side: int
    shape: float


DARK, BRIGHT, BLURRED, TINY, ODD, UNIFORM = 0.30, 0.70, 0.20, 64, 3.0, 0.02
"""Dark: `high` below; bright: `low` above; blurred: `sharpness` below; tiny: `side` below, in pixels; odd-shaped:
`shape` above; nearly uniform: `spread` below. Sharpness was chosen on 3,362 photos and 40 toys: toys blurred by
a Gaussian of 6 pixels have at most 0.10, sharp ones at least 0.32, and one photo, which is blurred, is below 0.2
(motion blur is missed). The darkest and brightest photos can still be read: 0.32 and 0.50."""

_FAULTS: dict[Kind, Callable[[Measures], bool]] = {
    "dark": lambda m: m.high < DARK,
    "bright": lambda m: m.low > BRIGHT,
    "blurred": lambda m: m.sharpness < BLURRED and m.spread >= UNIFORM,
    "tiny": lambda m: m.side < TINY,
    "odd-shaped": lambda m: m.shape > ODD,
    "nearly uniform": lambda m: m.spread < UNIFORM,
}
_VALUES: dict[Kind, Callable[[Measures], float]] = {
    "dark": lambda m: m.high,
    "bright": lambda m: m.low,
    "blurred": lambda m: m.sharpness,
    "tiny": lambda m: float(m.side),
    "odd-shaped": lambda m: m.shape,
    "nearly uniform": lambda m: m.spread,
}


def measure(pixels: Uint8Array, width: int, height: int) -> Measures:
    """Measures of a picture from its network input, uint8 RGB (size, size, 3), and the original's size in pixels."""
    light = pixels.astype(np.float32) @ np.array([0.299, 0.587, 0.114], np.float32) / 255
    middle = light[1:-1, 1:-1]
    edges = light[:-2, 1:-1] + light[2:, 1:-1] + light[1:-1, :-2] + light[1:-1, 2:] - 4 * middle
    low, high = np.percentile(light, (5, 95))
    spread = float(light.std())
    steps = np.concatenate([np.abs(light[8:] - light[:-8]).ravel(), np.abs(light[:, 8:] - light[:, :-8]).ravel()])
    sharpness = float(np.percentile(np.abs(edges), 99)) / max(float(np.percentile(steps, 99)), 1e-6)
    side = min(width, height)
    return Measures(float(low), float(high), spread, sharpness, side, max(width, height) / side)


def faults(measures: Measures) -> tuple[Kind, ...]:
    """What is wrong with a picture, in the order of `KINDS`; nothing with most."""
    return tuple(kind for kind in KINDS if _FAULTS[kind](measures))


def value(measures: Measures, kind: Kind) -> float:
    """The measure that decides about `kind`."""
    return _VALUES[kind](measures)
