"""The table of docs/reliability.md, from the names of the tests: python -m tests.reliability [--check].

A test says in its name which faults it tries (`test_A13_…`, `test_H2_H6_…`). Each row of the table is a fault: its
number, what it is, a sentence where there is something to say, and the files that try it. A row without a test needs a
sentence: why it cannot be tried here, and what was done instead.
"""

import argparse
import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

TESTS = Path(__file__).parent
TABLE = TESTS.parent / "docs" / "reliability.md"
_ROW = re.compile(r"^\| ([A-H]\d+) \| (.+?) \| (.*?) \| (.*?) \|$", re.MULTILINE)
_COUNT = re.compile(r"^\d+ of \d+ rows have a test.*$", re.MULTILINE)
_NAMED = re.compile(r"^test((?:_[A-H]\d+)+)_")


def tried() -> dict[str, list[str]]:
    """Files of tests by the number of the fault, relative to tests/."""
    found: dict[str, set[str]] = defaultdict(set)
    for path in TESTS.rglob("test_*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef) and (named := _NAMED.match(node.name)):
                for fault in named[1].split("_")[1:]:
                    found[fault].add(str(path.relative_to(TESTS)))
    return {fault: sorted(files) for fault, files in found.items()}


def with_tests(text: str, tests: dict[str, list[str]]) -> str:
    """The document with the files of tests as they are now."""

    def row(found: re.Match[str]) -> str:
        fault, what, sentence, _ = found.groups()
        files = ", ".join(f"`{file}`" for file in tests.get(fault, ()))
        return f"| {fault} | {what} | {sentence} | {files} |"

    text = _ROW.sub(row, text)
    rows = _ROW.findall(text)
    return _COUNT.sub(f"{sum(bool(files) for *_, files in rows)} of {len(rows)} rows have a test.", text)


def complaints(text: str, tests: dict[str, list[str]]) -> Iterator[str]:
    """What is wrong with the document, a sentence each."""
    rows = {fault: (sentence, files) for fault, _, sentence, files in _ROW.findall(text)}
    for fault in sorted(tests.keys() - rows.keys()):
        yield f"A test names a fault that has no row: {fault}"
    for fault, (sentence, files) in rows.items():
        if not files and not sentence:
            yield f"There is neither a test nor a sentence for the fault {fault}"
    if with_tests(text, tests) != text:
        yield f"Tests were named, renamed or removed; python -m tests.reliability brings it up to date: {TABLE.name}"


def main() -> None:
    """Bring the table up to date, or with --check say what is wrong with it."""
    parser = argparse.ArgumentParser("python -m tests.reliability", description=__doc__)
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args()
    text, tests = TABLE.read_text(encoding="utf-8"), tried()
    if not options.check:
        text = with_tests(text, tests)
        TABLE.write_text(text, encoding="utf-8")
    found = list(complaints(text, tests))
    print("\n".join(found) or "Every fault has a test or a sentence.")
    raise SystemExit(bool(found))


if __name__ == "__main__":
    main()
