"""docs/reliability.md says of every fault which tests try it, as they are named now."""

import re

from tests.reliability import TABLE, complaints, tried, with_tests


def test_every_fault_has_tests_by_name_or_a_sentence() -> None:
    assert list(complaints(TABLE.read_text(encoding="utf-8"), tried())) == []


def test_a_row_without_either_a_test_without_a_row_and_an_old_table_are_noticed() -> None:
    text, tests = TABLE.read_text(encoding="utf-8"), tried()
    bare = re.sub(r"^(\| A1 \| .+?) \| .*? \| .*? \|$", r"\1 |  |  |", text, flags=re.MULTILINE)
    assert with_tests(bare, tests) != bare
    without = {fault: files for fault, files in tests.items() if fault != "A1"}
    assert list(complaints(with_tests(bare, without), without)) == [
        "There is neither a test nor a sentence for the fault A1"
    ]
    assert any("has no row: H99" in one for one in complaints(text, {**tests, "H99": ["test_x.py"]}))
