"""Widgets and other objects of Qt die on the window's thread, whoever drops them last."""

import gc
import threading
import weakref
from typing import Any

import pytest
from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot

from vv_desktop.collector import Collector
from vv_desktop.core.progress import Progress
from vv_desktop.jobs import Job, Jobs


class InACycle(QObject):
    """Only the collector can free it."""

    def __init__(self) -> None:
        super().__init__()
        self.myself = self


def deaths() -> tuple[list[threading.Thread], InACycle]:
    """An object, and where the thread that destroys it will be noted."""
    found: list[threading.Thread] = []
    made = InACycle()
    weakref.finalize(made, lambda: found.append(threading.current_thread()))
    return found, made


@pytest.fixture
def jobs(qtbot: QtBot) -> "Jobs":
    made = Jobs()
    yield made  # type: ignore[misc]
    assert made.shutdown()


def litter(progress: Progress) -> None:
    """So much garbage in cycles that Python would look through everything, several times."""
    for _ in range(200_000):
        one: list[object] = []
        one.append(one)


def test_G2_a_worker_that_litters_destroys_no_object_of_qt(jobs: Jobs, qtbot: QtBot) -> None:
    died_on, made = deaths()
    del made  # it is young: the first collection of any thread destroys it
    ended: list[object] = []
    jobs.start(litter, name="Test", on_done=ended.append)
    qtbot.waitUntil(lambda: bool(ended))
    assert died_on == [] or died_on == [threading.main_thread()]  # by the timer, if that came already
    gc.collect()
    assert died_on == [threading.main_thread()]


class Listener(QObject):
    """Something of the window that hears the end of a job."""

    def __init__(self, heard: list[object]) -> None:
        super().__init__()
        self._heard = heard

    def hear(self, value: object) -> None:
        self._heard.append(value)


def test_G2_a_listener_that_nobody_else_holds_dies_on_the_windows_thread(qtbot: QtBot) -> None:
    told, heard, died_on = threading.Event(), list[object](), list[threading.Thread]()

    class Slow(Jobs):
        """Its threads are slow to end what they have told of already."""

        def _post(self, job: Job, kind: str, value: Any) -> None:
            super()._post(job, kind, value)
            assert told.wait(10)

    jobs, listener = Slow(), Listener(heard)
    weakref.finalize(listener, lambda: died_on.append(threading.current_thread()))
    jobs.start(lambda progress: None, name="Test", on_done=listener.hear)
    qtbot.waitUntil(lambda: bool(heard))
    del listener
    told.set()
    assert jobs.shutdown()
    assert died_on == [threading.main_thread()]


def test_what_a_job_was_given_is_let_go_with_its_end(jobs: Jobs, qtbot: QtBot) -> None:
    """A project of 100,000 images is not kept until something else is to be done."""
    heard: list[object] = []
    given = Listener(heard)
    gone = weakref.ref(given)
    jobs.start(lambda listener, progress: None, given, name="Test", on_done=given.hear)
    qtbot.waitUntil(lambda: bool(heard))
    del given
    qtbot.waitUntil(lambda: gone() is None)


def test_python_collects_by_itself_once_no_thread_works_any_more(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    before = gc.isenabled()
    monkeypatch.setattr(Collector, "_open", 0)  # whatever another test has left open
    one, two = Jobs(), Jobs()
    assert not gc.isenabled()
    assert one.shutdown()
    assert not gc.isenabled()
    assert two.shutdown()
    assert two.shutdown()
    assert gc.isenabled()
    if not before:
        gc.disable()
