"""What is wrong with a picture itself, whatever it shows: dark, bright, blurred, tiny, odd-shaped or nearly uniform.

Numbers are measured with NumPy; what is said of them needs none, so that a window can say it at once.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args

if TYPE_CHECKING:
    from vv_desktop.core.arrays import Uint8Array

Kind = Literal["dark", "bright", "blurred", "tiny", "odd-shaped", "nearly uniform"]
KINDS: tuple[Kind, ...] = get_args(Kind)
Fault = Literal[Kind, "unreadable"]
FAULTS: tuple[Fault, ...] = (*KINDS, "unreadable")


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


DARK, BRIGHT, BLURRED, TINY, ODD, UNIFORM = 0.35, 0.70, 0.29, 64, 4.0, 0.02
"""Dark: `high` below; bright: `low` above; blurred: `sharpness` below; tiny: `side` below, in pixels; odd-shaped:
`shape` above; nearly uniform: `spread` below. Chosen by eye on 3,411 photos and on 40 toys, as docs/adr/0014 says:
toys blurred by a Gaussian of 6 pixels have a sharpness of at most 0.10, sharp ones of at least 0.32."""


@dataclass(frozen=True)
class _Rule:
    """name, number: the measure that decides, in words. above: what is above `limit` is wrong, not what is below."""

    value: Callable[[Measures], float]
    limit: float
    name: str
    number: str = "{:.2f}"
    above: bool = False


_RULES: dict[Kind, _Rule] = {
    "dark": _Rule(lambda m: m.high, DARK, "lightest parts"),
    "bright": _Rule(lambda m: m.low, BRIGHT, "darkest parts", above=True),
    "blurred": _Rule(lambda m: m.sharpness, BLURRED, "sharpness"),
    "tiny": _Rule(lambda m: float(m.side), TINY, "shorter side", "{:,.0f} pixels"),
    "odd-shaped": _Rule(lambda m: m.shape, ODD, "longer side by shorter", "{:.1f}", above=True),
    "nearly uniform": _Rule(lambda m: m.spread, UNIFORM, "spread of light", "{:.3f}"),
}


def measure(pixels: Uint8Array, width: int, height: int) -> Measures:
    """Measures of a picture from its network input, uint8 RGB (size, size, 3), and the original's size in pixels."""
    import numpy as np

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
    return tuple(kind for kind in KINDS if standing(measures, kind) < 1)


def value(measures: Measures, kind: Kind) -> float:
    """The measure that decides about `kind`."""
    return _RULES[kind].value(measures)


def standing(measures: Measures, kind: Kind | None = None) -> float:
    """How far from being of this kind, or of any: 1 at the threshold, below it for what is, the less the worse."""
    if kind is None:
        return min(standing(measures, one) for one in KINDS)
    rule = _RULES[kind]
    share = rule.limit / max(rule.value(measures), 1e-6) if rule.above else rule.value(measures) / rule.limit
    if kind == "blurred" and (measures.spread < UNIFORM or measures.side < TINY):
        return max(share, 1.0)  # without an edge nothing can be blurred, and what was enlarged always is
    return share


def sentence(measures: Measures, kind: Kind) -> str:
    """Why a picture is of this kind: "Blurred: sharpness 0.12, below 0.20"."""
    rule = _RULES[kind]
    side = "above" if rule.above else "below"
    found, limit = rule.number.format(rule.value(measures)), rule.number.format(rule.limit)
    return f"{kind.capitalize()}: {rule.name} {found}, {side} {limit}"
