"""The exchange format: CSV files of `filepath,label`, with optional `split` and `group`.

Read with the standard library's csv module rather than pandas: every problem is told with its
line, no label is ever taken for a number or for "not available", and a row with a field too
many cannot shift the columns of the others.
"""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from vv_desktop.core.classes import read_text
from vv_desktop.core.dataset import SPLITS, Split
from vv_desktop.core.errors import UserError
from vv_desktop.core.files import atomic_write

_NAMES = {
    "filepath": ("filepath", "path", "file", "filename", "image"),
    "label": ("label", "class"),
    "split": ("split", "set"),
    "group": ("group",),
}
_SPLIT_NAMES: dict[str, Split] = {
    "train": "train", "training": "train", "test": "test",
    "val": "val", "valid": "val", "validation": "val", "dev": "val",
}  # fmt: skip
csv.field_size_limit(1_000_000)


@dataclass(frozen=True)
class Problem:
    """Something that could not be read or matched: where, and why in a sentence."""

    path: str
    reason: str


@dataclass(frozen=True)
class LabelRow:
    """One row as it stands in the file; "" is no label. `line` counts from 1, with the header."""

    line: int
    filepath: str
    label: str
    split: Split | None
    group: str


def read_label_csv(path: Path) -> tuple[list[LabelRow], list[Problem]]:
    """Rows of a label CSV and the lines that could not be used. Raises UserError if none can be.

    Separator comma, semicolon or tab, whichever stands in the header. A file named train, val
    or test.csv gives its rows that split unless they name one themselves.
    """
    text = read_text(path)
    header_line = text.lstrip("\r\n").partition("\n")[0]
    if not header_line.strip():
        raise UserError(f"The file is empty; expected a first line filepath,label: {path}")
    separator = max(",;\t", key=header_line.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    problems: list[Problem] = []
    try:
        header = next(row for row in reader if row)
        columns = _columns(header, path)
        rows = list(_rows(reader, columns, split_of_name(path.stem), path, problems))
    except csv.Error as error:
        raise UserError(f"Line {reader.line_num} cannot be read ({error}); nothing was imported: {path}") from error
    if not rows and not problems:
        raise UserError(f"The file has a header and no rows: {path}")
    return rows, _not_taken_over(header, columns, path) + problems


def is_label_csv(path: Path) -> bool:
    """True if the file's first line names the columns of a label CSV."""
    try:
        with path.open("rb") as file:
            head = file.readline(2000).decode("utf-8-sig", errors="replace")
    except OSError:
        return False
    names = {name.strip().strip('"').casefold() for name in head.replace(";", ",").replace("\t", ",").split(",")}
    return bool(names & set(_NAMES["filepath"])) and bool(names & set(_NAMES["label"]))


def split_of_name(name: str) -> Split | None:
    """The split that a file or folder is named after."""
    return _SPLIT_NAMES.get(name.casefold())


def write_csv(path: Path, header: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """A CSV file, whole or not at all. Raises UserError."""
    atomic_write(path, csv_bytes(header, rows))


def csv_bytes(header: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """What a CSV file holds: UTF-8, lines ending as RFC 4180 has them."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(header)
    writer.writerows(rows)
    return text.getvalue().encode("utf-8", "surrogateescape")


def _columns(header: Sequence[str], path: Path) -> dict[str, int]:
    """Place of each known column. Raises UserError naming the one that is missing or there twice."""
    names = [name.strip().casefold() for name in header]
    columns: dict[str, int] = {"": len(names)}
    for wanted, accepted in _NAMES.items():
        places = [i for i, name in enumerate(names) if name in accepted]
        if len(places) > 1:
            raise UserError(f"The column {wanted} stands there twice; received the columns {', '.join(header)}: {path}")
        if places:
            columns[wanted] = places[0]
        elif wanted in ("filepath", "label"):
            raise UserError(f"The column {wanted} is missing; received the columns {', '.join(header)}: {path}")
    return columns


def _not_taken_over(header: Sequence[str], columns: dict[str, int], path: Path) -> list[Problem]:
    """Columns that a project has no place for are named once; the file keeps them, as it is never rewritten."""
    known = set(columns.values())
    others = [name.strip() or "without a name" for place, name in enumerate(header) if place not in known]
    if not others:
        return []
    column = "columns" if len(others) > 1 else "column"
    return [Problem(f"{path.name}:1", f"Not taken over into the project: {column} {', '.join(others)}")]


def _rows(
    reader: Iterator[list[str]], columns: dict[str, int], file_split: Split | None, path: Path, problems: list[Problem]
) -> Iterator[LabelRow]:
    line = 1
    for fields in reader:
        line = getattr(reader, "line_num", line + 1)
        if not fields:
            continue
        where = f"{path.name}:{line}"
        if len(fields) != columns[""]:
            problems.append(Problem(where, f"The line has {len(fields)} fields where {columns['']} are expected"))
            continue
        name, split_text = fields[columns["filepath"]], fields[columns["split"]].strip() if "split" in columns else ""
        if not name:
            problems.append(Problem(where, "The line names no file"))
            continue
        split = split_of_name(split_text) if split_text else file_split
        if split_text and split is None:
            problems.append(Problem(where, f"A split is one of {', '.join(SPLITS)}; received {split_text!r}"))
        group = fields[columns["group"]].strip() if "group" in columns else ""
        yield LabelRow(line, name, fields[columns["label"]].strip(), split, group)
