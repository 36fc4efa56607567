"""What an exported file has to reach before it is written without asking again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from vv_desktop.core.errors import UserError


@dataclass(frozen=True)
class Gate:
    """What a file has to reach. Shares are 0 to 1; None is not asked.

    agreement: least share of images with the same most probable class. difference: largest |Δp|.
    loss: largest share of images that may be right in the model and are not in the file, net.
    """

    agreement: float
    difference: float | None = None
    loss: float | None = None

    @property
    def words(self) -> str:
        """What is asked: "at least 97% the same, at most 1 points of accuracy lost"."""
        parts = [f"at least {100 * self.agreement:g}% the same"]
        parts += [f"|Δp| at most {self.difference:g}"] if self.difference is not None else []
        parts += [f"at most {100 * self.loss:g} points of accuracy lost"] if self.loss is not None else []
        return ", ".join(parts)

    def failed(self, agreement: float, difference: float, loss: float) -> frozenset[str]:
        """Which of the three a file with these values does not reach; what is no number reaches nothing."""
        asked = {
            "agreement": agreement >= self.agreement,
            "difference": self.difference is None or difference <= self.difference,
            "loss": self.loss is None or loss <= self.loss,
        }
        return frozenset(name for name, reached in asked.items() if not reached)

    def agreement_figure(self, share: float) -> str:
        """A share of same answers in per cent, in digits that keep it from looking like the limit, or like all."""
        return figure(100 * share, (100 * self.agreement, 100.0), 1)

    def difference_figure(self, value: float) -> str:
        """A largest |Δp|, in digits that keep it from looking like the limit."""
        return figure(value, (self.difference,), 2, "g")

    def loss_figure(self, share: float) -> str:
        """Points of accuracy that are lost, in digits that keep them from looking like the limit."""
        return figure(100 * share, (None if self.loss is None else 100 * self.loss,), 1)


_EXACT = Gate(0.999, difference=1e-3)
GATES: Mapping[str, Gate] = {
    "keras": _EXACT,
    "saved_model": _EXACT,
    "fp32": _EXACT,
    "fp16": Gate(0.995),
    "int8": Gate(0.97, loss=0.01),
    "onnx": _EXACT,
}
"""Format name to its gate, where the user asks for no other."""
_ASKED = ("agreement", "difference", "loss")


def gates_with(changes: Sequence[str]) -> dict[str, Gate]:
    """The gates, some with other limits: "int8=0.95" is agreement, "int8.loss=0.02" and "int8.difference=none" say
    which. Raises UserError.
    """
    gates = dict(GATES)
    for text in changes:
        key, _, share = text.partition("=")
        name, _, asked = key.partition(".")
        asked = asked or "agreement"
        value = None if share == "none" and asked != "agreement" else _share(share)
        if name not in gates or asked not in _ASKED or value == -1.0:
            raise UserError(
                f"A gate is FORMAT=SHARE, FORMAT.difference=SHARE or FORMAT.loss=SHARE, of {', '.join(gates)} "
                f"and 0 to 1, or none but for the first; received {text!r}"
            )
        changed: dict[str, float | None] = {asked: value}
        gates[name] = replace(gates[name], **changed)  # type: ignore[arg-type]  # agreement is never None here
    return gates


def figure(value: float, limits: Sequence[float | None], digits: int, kind: Literal["f", "g"] = "f") -> str:
    """`value` with so many digits, or as many more as it takes not to look like a limit that it is not.

    98.95 reads "99.0" beside 97 and "98.95" beside 99.
    """
    near = [limit for limit in limits if limit is not None and limit != value]
    texts = (f"{value:.{more}{kind}}" for more in range(digits, digits + 7))
    return next((text for text in texts if all(_told_apart(text, value, limit) for limit in near)), repr(value))


def _told_apart(text: str, value: float, limit: float) -> bool:
    return (float(text) - limit) * (value - limit) > 0


def _share(text: str) -> float:
    """0 to 1, or -1 for what is none."""
    try:
        value = float(text)
    except ValueError:
        return -1.0
    return value if 0 <= value <= 1 else -1.0
