"""The folder of an export: it comes whole, replaces only what is its own, and notices every changed byte."""

from pathlib import Path

import pytest

from vv_desktop.core.errors import UserError
from vv_desktop.core.export_folder import check_sums, publish, read_sums, staging, write_sums


def stage(folder: Path, **files: str) -> Path:
    whole = folder / "export"
    (whole / "golden").mkdir(parents=True)
    for name, text in {"model.json": "{}", "golden/0": "picture", **files}.items():
        (whole / name).write_text(text)
    write_sums(whole)
    return whole


def names(folder: Path) -> set[str]:
    return {str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file()}


def test_a_new_folder_comes_whole_and_an_old_one_loses_what_was_the_old_export_s(tmp_path: Path) -> None:
    out = tmp_path / "deep" / "out"
    with staging(out) as work:
        publish(stage(work, big="1", gone="1"), out)
    assert names(out) == {"model.json", "golden/0", "big", "gone", "SHA256SUMS"}
    assert check_sums(out) == 4
    (out / "mine").write_text("mine")
    with staging(out) as work:
        publish(stage(work, big="2"), out)
    assert names(out) == {"model.json", "golden/0", "big", "mine", "SHA256SUMS"}
    assert (out / "big").read_text() == "2"
    assert check_sums(out) == 3
    assert [p.name for p in tmp_path.iterdir()] == ["deep"], "nothing is left of the staging"


def test_a_folder_in_the_middle_of_being_replaced_is_no_whole_export(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out"
    with staging(out) as work:
        publish(stage(work, big="1", last="1"), out)
    with staging(out) as work:
        whole = stage(work, big="2", last="2")
        (out / "last").unlink()
        (out / "last").mkdir()
        (whole.with_name("old-last")).write_text("in the way")
        with pytest.raises(UserError, match="could not be written"):
            publish(whole, out)
    assert (out / "big").read_text() == "2"
    with pytest.raises(UserError, match="no whole export"):
        check_sums(out)


def test_an_export_that_fails_leaves_no_folder(tmp_path: Path) -> None:
    with pytest.raises(KeyError), staging(tmp_path / "a" / "b") as work:
        (work / "half").write_text("half")
        raise KeyError
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["model.json", "golden/0", "big"])
def test_every_changed_byte_is_noticed(tmp_path: Path, name: str) -> None:
    out = tmp_path / "out"
    with staging(out) as work:
        publish(stage(work, big="1234"), out)
    path = out / name
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)
    with pytest.raises(UserError, match=f"changed or damaged: .*{path.name}$"):
        check_sums(out)
    path.unlink()
    with pytest.raises(UserError, match=f"missing: .*{path.name}$"):
        check_sums(out)


@pytest.mark.parametrize(
    "line", ["", "no digest\n", "00  model.json\n00  ../../etc/passwd\n", "00  model.json\n00  /etc/x\n"]
)
def test_sums_that_are_none_are_refused(tmp_path: Path, line: str) -> None:
    (tmp_path / "SHA256SUMS").write_text(line)
    with pytest.raises(UserError, match="no whole export"):
        read_sums(tmp_path)
