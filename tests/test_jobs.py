"""Jobs: callbacks on the window's thread, nothing after cancel, floods coalesced."""

import threading
import time
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from vv_desktop.core.errors import Cancelled, Interrupted, UserError
from vv_desktop.core.progress import Note, Progress, Step
from vv_desktop.core.project import Project
from vv_desktop.jobs import Jobs


@pytest.fixture
def jobs(qtbot: QtBot) -> "Jobs":
    made = Jobs()
    yield made  # type: ignore[misc]
    assert made.shutdown()


def test_callbacks_come_on_the_windows_thread(jobs: Jobs, qtbot: QtBot) -> None:
    threads: set[int] = set()
    heard: list[object] = []

    def task(word: str, progress: Progress) -> str:
        assert threading.current_thread().name == "vv-work"
        progress.report(Note(word))
        return word.upper()

    def keep(value: object) -> None:
        threads.add(threading.get_ident())
        heard.append(value)

    jobs.start(task, "a", name="Test", on_event=keep, on_done=keep)
    qtbot.waitUntil(lambda: len(heard) == 2)
    assert heard == [Note("a"), "A"]
    assert threads == {threading.get_ident()}
    assert jobs.running == []


def test_failures_are_sentences(jobs: Jobs, qtbot: QtBot) -> None:
    def task(progress: Progress) -> None:
        raise UserError("Not so; received 'x'")

    failures: list[str] = []
    jobs.start(task, name="Test", on_failed=lambda f: failures.append(f.sentence))
    qtbot.waitUntil(lambda: bool(failures))
    assert failures == ["Not so; received 'x'"]


def test_after_cancel_nothing_is_heard(jobs: Jobs, qtbot: QtBot) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def task(progress: Progress) -> str:
        begun.set()
        go_on.wait(5)
        for i in range(1000):
            progress.report(Note(str(i)))
        return "done"

    heard: list[object] = []
    ended: list[bool] = []
    job = jobs.start(
        task, name="Test", on_event=heard.append, on_done=heard.append, on_cancelled=lambda: ended.append(True)
    )
    qtbot.waitUntil(begun.is_set)
    job.cancel()
    go_on.set()
    qtbot.waitUntil(lambda: bool(ended))
    assert heard == []


def test_cancel_that_comes_after_the_end_still_silences(jobs: Jobs, qtbot: QtBot) -> None:
    finished = threading.Event()

    def task(progress: Progress) -> str:
        finished.set()
        return "done"

    heard: list[object] = []
    job = jobs.start(task, name="Test", on_done=heard.append, on_cancelled=lambda: heard.append("cancelled"))
    assert finished.wait(5)
    job.cancel()
    qtbot.waitUntil(lambda: not jobs.running)
    assert heard == ["cancelled"]


@pytest.mark.parametrize("late", [False, True])
def test_a_project_that_nobody_takes_is_let_go(jobs: Jobs, qtbot: QtBot, untrained_copy: Path, late: bool) -> None:
    kept: list[Project] = []  # so that it is not the collector who closes it
    opened, go_on = threading.Event(), threading.Event()

    def task(progress: Progress) -> Project:
        kept.append(Project.open(untrained_copy))
        opened.set()
        go_on.wait(5)
        return kept[0]

    cancelled: list[bool] = []
    job = jobs.start(task, name="Test", on_cancelled=lambda: cancelled.append(True))
    assert opened.wait(5)
    if not late:
        job.cancel()
    go_on.set()
    assert job.flags.finished.wait(5)
    job.cancel()
    qtbot.waitUntil(lambda: bool(cancelled))
    Project.open(untrained_copy).close()


def test_G7_a_flood_of_momentary_events_is_coalesced_and_no_other_is_lost(jobs: Jobs, qtbot: QtBot) -> None:
    def task(progress: Progress) -> None:
        for i in range(10_000):
            progress.report(Step("x", i, 10_000))
            if i % 100 == 0:
                progress.report(Note(str(i)))

    steps: list[int] = []
    notes: list[str] = []
    jobs.start(
        task, name="Test", on_event=lambda e: notes.append(e.text) if isinstance(e, Note) else steps.append(e.done)
    )
    qtbot.waitUntil(lambda: not jobs.running, timeout=10_000)
    assert notes == [str(i) for i in range(0, 10_000, 100)]
    assert steps[-1] == 9_999
    assert len(steps) < 5_000


def test_E21_an_exception_in_a_callback_does_not_stop_the_others(jobs: Jobs, qtbot: QtBot) -> None:
    def task(progress: Progress) -> int:
        return 1

    def broken(_: int) -> None:
        raise ZeroDivisionError

    heard: list[int] = []
    with qtbot.captureExceptions() as caught:
        jobs.start(task, name="Test", on_done=broken)
        jobs.start(task, name="Test", on_done=heard.append)
        qtbot.waitUntil(lambda: heard == [1])
    assert [kind for kind, _, _ in caught] == [ZeroDivisionError]


def test_lanes_do_not_wait_for_each_other(jobs: Jobs, qtbot: QtBot) -> None:
    release = threading.Event()
    jobs.start(lambda progress: release.wait(5), name="Long")
    heard: list[int] = []
    jobs.start(lambda progress: 7, name="Short", lane="predict", on_done=heard.append)
    qtbot.waitUntil(lambda: heard == [7])
    assert [job.name for job in jobs.of("work")] == ["Long"]
    release.set()
    qtbot.waitUntil(lambda: not jobs.running)


def test_G1_all_lanes_together_have_the_time_to_end(qtbot: QtBot) -> None:
    jobs, go_on = Jobs(), threading.Event()
    lanes = ("work", "predict", "pixels")
    for lane in lanes:
        jobs.start(lambda progress: go_on.wait(20), name="Deaf", lane=lane)
    started = time.monotonic()
    assert not jobs.shutdown(0.5)
    assert time.monotonic() - started < 1.2  # not 0.5 s for each of the three
    go_on.set()
    assert jobs.shutdown()


@pytest.mark.parametrize("closing", [False, True])
def test_E4_a_task_can_tell_the_users_cancel_from_the_end_of_the_program(qtbot: QtBot, closing: bool) -> None:
    jobs, begun = Jobs(), threading.Event()
    ended: list[type[BaseException]] = []

    def task(progress: Progress) -> None:
        try:
            while True:
                progress.check()
                begun.set()
                time.sleep(0.001)
        except Cancelled as end:
            ended.append(type(end))
            raise

    job = jobs.start(task, name="Test")
    assert begun.wait(5)
    if not closing:
        job.cancel()
        qtbot.waitUntil(lambda: jobs.running == [])
    assert jobs.shutdown()
    assert ended == [Interrupted if closing else Cancelled]
