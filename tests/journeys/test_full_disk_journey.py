"""The disk refuses an edit: it is said, kept, tried again; and nobody leaves without knowing."""

import resource
import signal
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from vv_desktop.core.errors import NotSaved
from vv_desktop.core.project import Project
from vv_desktop.core.store import Store

from .conftest import OpenApp, end


@contextmanager
def full_disk(folder: Path) -> Iterator[None]:
    """No file may grow beyond what the project's journal file is now: the kernel refuses, as a full disk does."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    size = (folder / "project.vv-wal").stat().st_size
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, before)


def labels(folder: Path) -> dict[int, str | None]:
    project = Project.open(folder)
    found = {row.id: row.label for row in project.images.values()}
    project.close()
    return found


def test_A7_an_edit_that_finds_no_room_waits_and_is_saved_later(
    untrained_copy: Path, open_app: OpenApp, qtbot: QtBot
) -> None:
    app = open_app(untrained_copy)
    session, status = app.session, app.window.status
    assert session.project is not None
    first, second, third = list(session.project.images)[:3]
    session.edits.relabel([first], None, "keyboard")
    with full_disk(untrained_copy):
        assert not session.edits.relabel([second], None, "keyboard")
        assert not session.edits.relabel([third], None, "keyboard")
        assert session.project.images[second].label is not None, "what is seen is what is saved"
        assert status._saved.text().startswith("2 edits are not saved ✕")
        assert "2 edits wait to be saved. Not saved (" in status._message.text()
        qtbot.mouseClick(status.again, Qt.MouseButton.LeftButton)
        assert status.again.isVisible()
        session.edits.undo()
        assert status._saved.text().startswith("1 edit is not saved ✕")
    qtbot.mouseClick(status.again, Qt.MouseButton.LeftButton)
    assert not status.again.isVisible()
    assert status._saved.text().startswith("saved ✓")
    end(app)
    found = labels(untrained_copy)
    assert (found[first], found[second]) == (None, None)
    assert found[third] is not None, "it was given up by undo"


def test_A20_the_window_stays_while_an_edit_is_not_saved(untrained_copy: Path, open_app: OpenApp) -> None:
    app = open_app(untrained_copy)
    session = app.session
    assert session.project is not None
    first = next(iter(session.project.images))
    session.edits.relabel([first], None, "keyboard")
    asked: list[str] = []
    app.window._ask = lambda _parent, _title, text, _verb: asked.append(text) is not None
    with full_disk(untrained_copy):
        session.edits.undo()
        session.edits.exclude([first], True, "keyboard")
        app.window.close()
        app.window.close_project()
        assert app.window.isVisible()
        assert session.project is not None
        assert len(asked) == 2
        assert "still refuses" in asked[0]
    app.window.close_project()
    assert session.project is None, "there is room again, so nothing is asked"
    assert len(asked) == 2
    end(app)


def spoilt_store(project: Project) -> Store:
    """The project's store over a connection that can be made to fail."""
    project.store._db.close()
    db = sqlite3.connect(project.store.path, isolation_level=None, check_same_thread=False, factory=Failing)
    project.store = Store(project.store.path, db)
    return project.store


class Failing(sqlite3.Connection):
    """A connection whose next COMMIT meets an fsync that fails, after which the disk says that all is well."""

    failing = False

    def execute(self, statement: str, *arguments: Any) -> sqlite3.Cursor:
        if self.failing and statement == "COMMIT":
            self.failing = False
            super().execute("ROLLBACK")
            error = sqlite3.OperationalError("disk I/O error")
            error.sqlite_errorname = "SQLITE_IOERR_FSYNC"
            raise error
        return super().execute(statement, *arguments)


def test_A9_after_a_failed_fsync_nothing_is_written_until_the_file_was_read_again(
    untrained_copy: Path, open_app: OpenApp
) -> None:
    app = open_app(untrained_copy)
    session = app.session
    assert session.project is not None
    first, second = list(session.project.images)[:2]
    spoilt = spoilt_store(session.project)
    spoilt._db.failing = True  # type: ignore[attr-defined]
    assert not session.edits.relabel([first], None, "keyboard")
    assert spoilt.doubtful
    assert not session.edits.relabel([second], None, "keyboard")
    assert "the disk failed before" in app.window.status._message.text()
    with pytest.raises(NotSaved, match=f"{spoilt.path}$"):
        spoilt.edit([(second, "label", None)], "keyboard", "past the window")
    assert session.project.images[second].label is not None
    app.window.status.again.click()
    assert session.edits.waiting == []
    assert session.project.store is not spoilt
    assert session.project.images[first].label is None
    end(app)
    found = labels(untrained_copy)
    assert (found[first], found[second]) == (None, None)


def test_A9_a_file_that_can_be_read_no_more_closes_the_project(untrained_copy: Path, open_app: OpenApp) -> None:
    app = open_app(untrained_copy)
    session = app.session
    assert session.project is not None
    first = next(iter(session.project.images))
    spoilt = spoilt_store(session.project)
    spoilt._db.failing = True  # type: ignore[attr-defined]
    assert not session.edits.relabel([first], None, "keyboard")
    spoilt._db.close()
    spoilt.path.write_bytes(b"the disk gives back nothing that it was given " * 200)
    app.window.status.again.click()
    assert session.project is None
    assert app.window.stack.currentWidget() is app.window.welcome
    assert app.window.status._message.text().endswith(str(spoilt.path))
    assert not app.window.status.again.isVisible()
