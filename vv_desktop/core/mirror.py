"""Mirror pairs: the class that a picture belongs to once it is mirrored, so that left and right change places."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from vv_desktop.core.classes import ClassList
from vv_desktop.core.errors import UserError

SIDES: tuple[tuple[str, str], ...] = (
    ("left", "right"),
    ("l", "r"),
    ("lh", "rh"),
    ("lhs", "rhs"),
    ("links", "rechts"),
    ("linke", "rechte"),
    ("linker", "rechter"),
    ("gauche", "droite"),
    ("gauche", "droit"),
    ("izquierda", "derecha"),
    ("izquierdo", "derecho"),
    ("izq", "der"),
    ("sinistra", "destra"),
    ("sinistro", "destro"),
    ("sx", "dx"),
    ("esquerda", "direita"),
    ("esquerdo", "direito"),
    ("vänster", "höger"),
    ("venstre", "højre"),
    ("venstre", "høyre"),
    ("lewy", "prawy"),
    ("lewa", "prawa"),
    ("lewo", "prawo"),
    ("левый", "правый"),
    ("левая", "правая"),
    ("слева", "справа"),
    ("左", "右"),
)
"""Words for the two sides, lower case; any left one may be the partner of any right one."""
_LEFT, _RIGHT = (frozenset(pair[side] for pair in SIDES) for side in (0, 1))
_OPPOSITE = {word: pair[1 - pair.index(word)] for pair in reversed(SIDES) for word in pair}
_JOINED = tuple(sorted((word for word in _OPPOSITE if len(word) >= 4), key=len, reverse=True))
"""Words long enough to be seen inside another one, as in `frontleft`."""
_NO_SIDE = frozenset({"bright", "upright", "copyright", "wright", "fright", "cleft", "leftover", "leftovers", "blinks"})
_OFF = "mirroring is off"


@dataclass(frozen=True)
class MirrorPairs:
    """For each class its mirrored class. Raises UserError unless the map is its own inverse.

    partners: index of the mirrored class of each class, its own for one without a side, None where there is none.
    on: False where mirroring was switched off, or was never switched on because no class has a side.
    """

    classes: ClassList
    partners: tuple[int | None, ...]
    on: bool = True

    def __post_init__(self) -> None:
        check_map(self.partners, self.classes)

    @property
    def of(self) -> tuple[int, ...] | None:
        """The mirrored class of each class; None while mirroring is off or the map is not whole."""
        whole = tuple(partner for partner in self.partners if partner is not None)
        return whole if self.on and len(whole) == len(self.partners) else None

    @property
    def whole(self) -> bool:
        """Whether every class has a mirrored class."""
        return None not in self.partners

    @property
    def sentence(self) -> str:
        """Whether mirroring is on, and why not."""
        names, moved = self.classes.names, sum(p is not None and p != i for i, p in enumerate(self.partners))
        if not self.whole:
            return f"{_lonely(names, self.partners)}; {_OFF}"
        if not self.on and not moved:
            return f"No two classes change sides, so a mirrored picture would keep its label; {_OFF} unless you want it"
        if not self.on:
            return "Mirroring is switched off"
        pairs = "1 pair of classes changes" if moved == 2 else f"{moved // 2} pairs of classes change"
        kept = len(names) - moved
        stays = f", {kept} {'class keeps its' if kept == 1 else 'classes keep their'} label" if kept else ""
        return f"Mirroring is on: {pairs} places{stays}" if moved else "Mirroring is on: each picture keeps its label"

    def paired(self, one: int, other: int | None) -> MirrorPairs:
        """The map with `one` and `other` as a pair (None: `one` has none); who loses a partner has none then."""
        partners = list(self.partners)
        for left in (partners[one], None if other is None else partners[other]):
            if left is not None:
                partners[left] = None
        partners[one] = other
        if other is not None:
            partners[other] = one
        return replace(self, partners=tuple(partners))

    def switched(self, on: bool) -> MirrorPairs:
        """The same map, switched on or off."""
        return replace(self, on=on)

    def as_dict(self) -> dict[str, Any]:
        """By place, as plain JSON values: a class keeps its place for ever, its name may change."""
        return {"partners": list(self.partners), "on": self.on}

    @staticmethod
    def from_dict(kept: Any, classes: ClassList) -> MirrorPairs:
        """What `as_dict` gave, for the classes of now: one that was not there then has no partner.

        Older projects kept pairs by name. Pairs found by name where `kept` is nothing that could have been kept.
        """
        try:
            partners = kept["partners"]
            if isinstance(partners, dict):
                index: dict[Any, int] = {name: i for i, name in enumerate(classes.names)}
                partners = [index.get(partners.get(name)) for name in classes.names]
            later = [None] * (len(classes) - len(partners))
            return MirrorPairs(classes, (*partners, *later), bool(kept["on"]))
        except (KeyError, TypeError, AttributeError, UserError):
            return find_pairs(classes)


def find_pairs(classes: ClassList) -> MirrorPairs:
    """Pairs by name: FrontLeft and FrontRight, `vorne_links` and `Vorne-Rechts`; the side may stand anywhere.

    A class without a side is its own partner; without any side at all mirroring starts switched off.
    """
    names = classes.names
    letters = {name.strip().casefold() for name in names if len(name.strip()) == 1}
    spelled = [_Spelled(name, frozenset() if letters <= {"l", "r"} else frozenset(letters)) for name in names]
    partners = [_partner(i, spelled, names) if s.sided else i for i, s in enumerate(spelled)]
    mutual = tuple(p if p is not None and partners[p] == i else None for i, p in enumerate(partners))
    return MirrorPairs(classes, mutual, any(s.sided for s in spelled))


def check_map(partners: Sequence[int | None], classes: ClassList) -> None:
    """Raises UserError unless there is one entry a class and each class is the partner of its partner."""
    if len(partners) != len(classes):
        raise UserError(f"Mirror pairs are one entry a class ({len(classes)} classes); received {len(partners)}")
    for i, partner in enumerate(partners):
        if partner is None:
            continue
        name = classes.names[i]
        if not 0 <= partner < len(classes):
            raise UserError(f"Mirrored classes are 0 to {len(classes) - 1}; received {partner} for {name}")
        if partners[partner] != i:
            other = classes.names[partner]
            raise UserError(f"A class mirrored twice is itself again; received {name} to {other}, but {other} not back")


class _Spelled:
    """A class name in pieces, with the sides in it found."""

    def __init__(self, name: str, no_sides: frozenset[str]) -> None:
        """no_sides: whole names that are no sides, as R is none in a list of A to Z."""
        known = name.strip().casefold() not in no_sides
        self._pieces = [p for piece in _pieces(name) for p in (_split(piece) if known else (piece,))]
        self._known = known

    @property
    def sided(self) -> bool:
        return self._known and any(piece.casefold() in _OPPOSITE for piece in self._pieces)

    @property
    def opposite(self) -> str:
        """The name with its sides swapped, in the same spelling."""
        return "".join(_swapped(piece) for piece in self._pieces)

    def key(self, mirrored: bool = False) -> str:
        """What is left of the name without case and separators; sides are signs, swapped if `mirrored`."""
        left, right = ("\0>", "\0<") if mirrored else ("\0<", "\0>")
        words = [piece.casefold() for piece in self._pieces if any(map(str.isalnum, piece))]
        return "".join(left if w in _LEFT else right if w in _RIGHT else w for w in words)


def _partner(i: int, spelled: Sequence[_Spelled], names: Sequence[str]) -> int | None:
    """The class spelled exactly so, or the only one that is called so but for case and separators."""
    if spelled[i].opposite in names:
        return names.index(spelled[i].opposite)
    wanted = spelled[i].key(mirrored=True)
    alike = [k for k, s in enumerate(spelled) if k != i and s.sided and s.key() == wanted]
    return alike[0] if len(alike) == 1 else None


def _lonely(names: Sequence[str], partners: Sequence[int | None]) -> str:
    lonely = [name for name, partner in zip(names, partners, strict=True) if partner is None]
    expected = _Spelled(lonely[0], frozenset()).opposite
    what = "no mirrored class" if expected in names else f"no {expected}"
    more = len(lonely) - 1
    others = f", and {more} more {'class has' if more == 1 else 'classes have'} no partner" if more else ""
    return f"{lonely[0]} has {what}{others}"


def _pieces(name: str) -> Iterator[str]:
    """The name cut where words may end: at separators, digits, and capitals as in FrontLeft. Nothing is lost."""
    text = unicodedata.normalize("NFC", name)
    start = 0
    for i in range(1, len(text)):
        before, here, after = text[i - 1], text[i], text[i + 1 : i + 2]
        humps = here.isupper() and (before.islower() or (before.isupper() and after.islower()))
        if _kind(before) != _kind(here) or humps:
            yield text[start:i]
            start = i
    yield text[start:]


def _kind(character: str) -> str:
    if character in "左右":
        return character
    return "letter" if character.isalpha() else "digit" if character.isdigit() else ""


def _split(piece: str) -> tuple[str, ...]:
    """`frontleft` as front and left."""
    folded = piece.casefold()
    if folded in _OPPOSITE or folded in _NO_SIDE:
        return (piece,)
    for word in _JOINED:
        if len(piece) > len(word) + 1 and piece[-len(word) :].casefold() == word:
            return piece[: -len(word)], piece[-len(word) :]
        if len(piece) > len(word) + 1 and piece[: len(word)].casefold() == word:
            return piece[: len(word)], piece[len(word) :]
    return (piece,)


def _swapped(piece: str) -> str:
    word = _OPPOSITE.get(piece.casefold())
    if word is None:
        return piece
    return word.upper() if piece.isupper() else word.capitalize() if piece[:1].isupper() else word
