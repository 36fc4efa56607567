"""File dialogs of the predict page; an empty answer is a dialog that was closed."""

from pathlib import Path

from PySide6.QtWidgets import QFileDialog, QWidget

from vv_desktop.core.formats import SUFFIXES


def choose_photos(parent: QWidget) -> list[Path]:
    """Photos to ask about."""
    pattern = " ".join(f"*{suffix}" for suffix in sorted(SUFFIXES))
    names, _ = QFileDialog.getOpenFileNames(parent, "Choose photos", "", f"Photos ({pattern});;All files (*)")
    return [Path(name) for name in names]


def choose_folder(parent: QWidget) -> list[Path]:
    """A folder of photos to ask about."""
    name = QFileDialog.getExistingDirectory(parent, "Choose a folder of photos")
    return [Path(name)] if name else []


def choose_folder_to_watch(parent: QWidget) -> Path | None:
    """A folder into which photos will come."""
    name = QFileDialog.getExistingDirectory(parent, "Choose a folder to watch")
    return Path(name) if name else None


def choose_model(parent: QWidget) -> Path | None:
    """A model file, with labels.txt or model.json beside it."""
    name, _ = QFileDialog.getOpenFileName(parent, "Choose a model file", "", "Models (*.tflite *.keras)")
    return Path(name) if name else None


def choose_file_to_save(parent: QWidget) -> Path | None:
    """Where the results go."""
    name, _ = QFileDialog.getSaveFileName(parent, "Save the results", "predictions.csv", "CSV files (*.csv)")
    return Path(name) if name else None
