"""What trainings that were killed leave behind, and who removes it."""

from pathlib import Path

from vv_desktop.core.interrupted import CHECKPOINT, held, sweep

LOCK = "training.lock"


def folder_with(runs: Path, name: str, *files: str) -> Path:
    folder = runs / name
    folder.mkdir(parents=True)
    for file in files:
        (folder / file).write_bytes(b"")
    return folder


def test_E20_what_was_killed_before_there_was_anything_to_keep_is_removed(tmp_path: Path) -> None:
    left = folder_with(tmp_path, "left", LOCK, "plan.json", "labels.csv")
    kept = [folder_with(tmp_path, name, LOCK, name) for name in (CHECKPOINT, "model.keras", "run.json")]
    others = folder_with(tmp_path, "of somebody else", "notes.txt")
    at_work = folder_with(tmp_path, "at work")
    with held(at_work):
        sweep(tmp_path)
        assert at_work.exists()
    assert not left.exists()
    assert all(folder.exists() for folder in (*kept, others))


def test_nothing_is_removed_where_there_is_nothing(tmp_path: Path) -> None:
    sweep(tmp_path / "runs")
    assert list(tmp_path.iterdir()) == []
