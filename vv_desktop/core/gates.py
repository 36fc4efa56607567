"""What an exported file has to reach before it is written without asking again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

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


_EXACT = Gate(0.999, difference=1e-3)
GATES: Mapping[str, Gate] = {
    "keras": _EXACT,
    "saved_model": _EXACT,
    "fp32": _EXACT,
    "fp16": Gate(0.995),
    "int8": Gate(0.97, loss=0.01),
}
"""Format name to its gate, where the user asks for no other."""


def gates_with(changes: Sequence[str]) -> dict[str, Gate]:
    """The gates, some with another least agreement, given as "int8=0.95". Raises UserError."""
    gates = dict(GATES)
    for text in changes:
        name, _, share = text.partition("=")
        try:
            value = float(share)
        except ValueError:
            value = -1.0
        if name not in gates or not 0 <= value <= 1:
            raise UserError(f"A gate is FORMAT=SHARE, of {', '.join(gates)} and 0 to 1; received {text!r}")
        gates[name] = replace(gates[name], agreement=value)
    return gates
