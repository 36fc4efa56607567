"""Trainings that were interrupted: where each stood, whether it can be continued, and that nobody works on it now.

A training that runs keeps a checkpoint in its run's folder, one file that is replaced after an epoch
(ml/checkpoint.py), and holds a lock there that ends with its process. A folder with a checkpoint and no run.json
that nobody holds is an interrupted training.
"""

from __future__ import annotations

import contextlib
import json
import shutil
import sqlite3
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from vv_desktop.core.dataset import Dataset
from vv_desktop.core.errors import UserError
from vv_desktop.core.files import TEMPORARY_PREFIX
from vv_desktop.core.progress import PhaseName
from vv_desktop.core.training_request import TrainingRequest, request_of

CHECKPOINT = "checkpoint.zip"
STATE = "state.json"
SCHEMA = 1
_LOCK = "training.lock"


@dataclass(frozen=True)
class Interrupted:
    """A training that can be continued: what it was asked for, and that it ended after `epoch` of `phase`.

    epochs: how many the phase may have. when: the checkpoint was written, local time.
    """

    folder: Path
    request: TrainingRequest
    phase: PhaseName
    epoch: int
    epochs: int
    when: datetime

    @property
    def id(self) -> str:
        """The name of its folder, which will be the run's."""
        return self.folder.name

    def why_not(self, dataset: Dataset) -> str:
        """Why it cannot be continued on these labels by this program, in a sentence; empty if it can."""
        now = TrainingRequest.of(dataset, self.request.plan, self.request.weights)
        return "; ".join(self.request.differences(now))


def read_state(path: Path) -> dict[str, Any]:
    """What a checkpoint says of itself, without its arrays. Raises UserError."""
    try:
        with zipfile.ZipFile(path) as file:
            state: dict[str, Any] = json.loads(file.read(STATE))
        if state["schema"] != SCHEMA:
            raise UserError(f"The checkpoint was made by a newer version of the app: {path}")
        return state
    except (OSError, ValueError, KeyError, TypeError, NotImplementedError, zipfile.BadZipFile) as error:
        raise UserError(f"The checkpoint cannot be read ({error}): {path}") from error


def interrupted_trainings(runs: Path) -> tuple[Interrupted, ...]:
    """Those in a project's folder of runs, newest first; one that cannot be read is none."""
    found = []
    for path in runs.glob(f"*/{CHECKPOINT}"):
        if not (path.parent / "run.json").exists() and not _is_held(path.parent):
            with contextlib.suppress(UserError, OSError, KeyError, TypeError, ValueError):
                found.append(_described(path))
    return tuple(sorted(found, key=lambda one: one.when, reverse=True))


def find_interrupted(runs: Path, wanted: str) -> Interrupted:
    """The interrupted training of this name. Raises UserError if there is none."""
    found = interrupted_trainings(runs)
    for one in found:
        if one.id == wanted:
            return one
    known = f"there are {', '.join(one.id for one in found)}" if found else "there is none at all"
    raise UserError(f"There is no interrupted training of that name ({known}); received {wanted!r}")


def discard(interrupted: Interrupted) -> None:
    """Remove it. The checkpoint goes first, so that half a deletion leaves nothing to continue. Raises UserError."""
    try:
        (interrupted.folder / CHECKPOINT).unlink(missing_ok=True)
        shutil.rmtree(interrupted.folder)
    except OSError as error:
        raise UserError(f"The training could not be discarded ({error.strerror}): {interrupted.folder}") from error


def sweep(runs: Path) -> None:
    """Remove the folders of trainings that were killed before there was a checkpoint, a model or a run to keep."""
    for lock in runs.glob(f"*/{_LOCK}"):
        kept = any((lock.parent / name).exists() for name in (CHECKPOINT, "model.keras", "run.json"))
        if not kept and not _is_held(lock.parent):
            shutil.rmtree(lock.parent, ignore_errors=True)


def forget_checkpoint(folder: Path) -> None:
    """The training in `folder` is a run now: nothing of what it might have been continued from stays."""
    for path in (folder / CHECKPOINT, *folder.glob(f"{TEMPORARY_PREFIX}*")):
        with contextlib.suppress(OSError):
            path.unlink()


@contextlib.contextmanager
def held(folder: Path) -> Iterator[None]:
    """Within, nobody takes what is in `folder` for interrupted. Raises UserError if somebody works on it already.

    As with the label store, SQLite holds the lock: on every system it ends with the process, however that ends.
    """
    lock = None
    try:
        lock = _locked(folder)
    except sqlite3.OperationalError as error:
        if "locked" in str(error):
            raise UserError(f"This training goes on in another process: {folder}") from error
    try:
        yield
    finally:
        if lock is not None:
            lock.close()
        with contextlib.suppress(OSError):
            (folder / _LOCK).unlink()


def _is_held(folder: Path) -> bool:
    if not (folder / _LOCK).exists():
        return False
    try:
        _locked(folder).close()
    except sqlite3.OperationalError as error:
        return "locked" in str(error)
    return False


def _locked(folder: Path) -> sqlite3.Connection:
    """Raises sqlite3.OperationalError."""
    lock = sqlite3.connect(folder / _LOCK, timeout=0, isolation_level=None, check_same_thread=False)
    try:
        lock.execute("PRAGMA journal_mode = MEMORY")  # nothing is ever written, and a kill leaves no journal
        lock.execute("BEGIN EXCLUSIVE")
    except sqlite3.OperationalError:
        lock.close()
        raise
    return lock


def _described(path: Path) -> Interrupted:
    state = read_state(path)
    request = request_of(state["request"])
    phase: PhaseName = state["phase"]
    epochs = request.plan.head_epochs if phase == "head" else request.plan.fine_tune_epochs
    epoch = sum(one["phase"] == phase for one in state["history"])
    return Interrupted(path.parent, request, phase, epoch, epochs, datetime.fromtimestamp(path.stat().st_mtime))
