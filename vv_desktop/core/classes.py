"""The classes of a project: names in a fixed order, and the one place that reads and writes labels.txt."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from vv_desktop.core.errors import UserError

LONGEST = 80
"""Characters of a name that is given here; imported ones may be longer."""


@dataclass(frozen=True)
class ClassList:
    """Class names in the order of the model's outputs. Raises UserError for duplicates or none.

    former: names that classes had earlier, with their name now, by the journal of the project; no part of what makes
    two lists equal.
    """

    names: tuple[str, ...]
    former: tuple[tuple[str, str], ...] = field(default=(), compare=False)

    def __post_init__(self) -> None:
        if not self.names:
            raise UserError("A project needs at least one class; received none")
        seen: set[str] = set()
        for name in self.names:
            if not name.strip():
                raise UserError(f"A class name cannot be empty; received {name!r}")
            if name in seen:
                raise UserError(f"Every class may be named once; received {name!r} twice")
            seen.add(name)

    def __len__(self) -> int:
        return len(self.names)

    def __iter__(self) -> Iterator[str]:
        return iter(self.names)

    def index(self, name: str) -> int:
        """Position of `name`, from 0. Raises UserError if there is no such class."""
        try:
            return self.names.index(name)
        except ValueError:
            raise UserError(f"There is no class of that name; received {name!r}") from None

    def missing(self, others: "ClassList") -> tuple[str, ...]:
        """Names of `others` that are not here, in their order."""
        return tuple(name for name in others if name not in self.names)

    @property
    def digest(self) -> str:
        """Names and order as 16 hexadecimal digits: equal only for equal lists."""
        return hashlib.sha256("\n".join(self.names).encode()).hexdigest()[:16]


def check_new_name(classes: ClassList, old: str, new: str) -> None:
    """Raise UserError unless class `old` may be called `new`: one short line that no other class could be taken for."""
    if not new.strip():
        raise UserError(f"A class name cannot be empty; received {new!r}")
    if not fits_labels_txt(new) or not new.isprintable():
        raise UserError(
            "A class name is one line of visible characters that is no comment, without spaces around it; "
            f"received {new!r}"
        )
    if len(new) > LONGEST:
        raise UserError(f"A class name has at most {LONGEST} characters; received {len(new)}: {new[:40]!r}…")
    alike = [name for name in classes if name != old and name.casefold() == new.casefold()]
    if alike:
        raise UserError(f"There is a class {alike[0]!r} already; received {new!r}")


def named_today(then: ClassList, now: ClassList) -> ClassList:
    """The classes of an earlier time, in their order, under the names that they have now.

    Only the journal says that a class was renamed (`now.former`): its place says nothing, as another class may have
    taken it in a project made anew. A name that is a class now stands for that class. One that two classes had, or
    whose class `then` knows by two names, is not guessed at: it stays, and is no class of now.
    """
    former: dict[str, set[str]] = {}
    for old, new in now.former:
        if old not in now.names:
            former.setdefault(old, set()).add(new)
    renamed = {old: next(iter(news)) for old, news in former.items() if len(news) == 1 and old in then.names}
    wanted = [renamed.get(name, name) for name in then.names]
    return ClassList(
        tuple(name if wanted.count(new) > 1 else new for name, new in zip(then.names, wanted, strict=True))
    )


_NO_TEXT = {
    b"PK\x03\x04": "an archive or a workbook of a spreadsheet program, which can save it as CSV",
    b"\xd0\xcf\x11\xe0": "a workbook of a spreadsheet program, which can save it as CSV",
    b"\xff\xd8\xff": "a picture",
    b"\x89PNG": "a picture",
}
"""What begins like this is chosen by mistake, and better named than called badly encoded."""


def read_text(path: Path) -> str:
    """A text file as UTF-8 (with or without mark) or UTF-16 (with mark).

    Raises UserError for anything else: guessing an old code page turns names to mojibake.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise UserError(f"The file cannot be read ({error.strerror}): {path}") from error
    for beginning, kind in _NO_TEXT.items():
        if data.startswith(beginning):
            raise UserError(f"The file is no text but {kind}: {path}")
    encoding = "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        raise UserError(f"The file is not UTF-8 text; save it as UTF-8 and try again: {path}") from error
    if "\0" in text:
        raise UserError(f"The file holds zero bytes and is not text: {path}")
    return text


def read_labels_txt(path: Path) -> ClassList:
    """The classes in a labels.txt: one name a line; comments, blank lines and spaces around names do not count.

    Raises UserError for names that stand twice, an empty file, or one that cannot be read.
    """
    names = _names(read_text(path))
    if not names:
        raise UserError(f"The file names no class: {path}")
    try:
        return ClassList(names)
    except UserError as error:
        raise UserError(f"{error} in {path}") from None


def fits_labels_txt(name: str) -> bool:
    """True if a labels.txt can hold this name, so that it comes back as it is and moves no other."""
    return _names(name) == (name,)


def _names(text: str) -> tuple[str, ...]:
    """A comment begins with "# ": without the space it may be a class of signs."""
    lines = (line.strip() for line in text.splitlines())
    return tuple(line for line in lines if line and not line.startswith("# "))
