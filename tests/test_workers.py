"""Threads and child processes: cancel, errors, and nothing left behind."""

import os
import threading
import time
from typing import Any

import pytest

from vv_desktop.core.errors import Cancelled, UserError
from vv_desktop.core.progress import ChildDied, Event, Step
from vv_desktop.workers import Flags, Lane, WorkerProgress, run_task


# What the children below run.
def child_adds(request: dict[str, Any], report: Any) -> dict[str, Any]:
    print("noise on stdout that must not break the conversation")
    os.write(1, b"and from below Python\n")
    for i in range(3):
        report("Adding", i + 1, 3)
    return {"sum": sum(request["numbers"]), "text": "ü\n"}


def child_refuses(request: dict[str, Any], report: Any) -> dict[str, Any]:
    raise UserError("Not this; received 'x'")


def child_crashes(request: dict[str, Any], report: Any) -> dict[str, Any]:
    print("last words")
    os.abort()


def child_raises(request: dict[str, Any], report: Any) -> dict[str, Any]:
    raise ZeroDivisionError("by nought")


def child_sleeps(request: dict[str, Any], report: Any) -> dict[str, Any]:
    report(str(os.getpid()), 0, 1)
    time.sleep(60)
    return {}


@pytest.fixture
def heard() -> list[Event]:
    return []


@pytest.fixture
def flags() -> Flags:
    return Flags()


@pytest.fixture
def worker(flags: Flags, heard: list[Event]) -> WorkerProgress:
    return WorkerProgress(flags, heard.append)


def test_child_answers_and_reports(worker: WorkerProgress, heard: list[Event]) -> None:
    answer = worker.in_child("tests.test_workers:child_adds", {"numbers": [1, 2, 3]})
    assert answer == {"sum": 6, "text": "ü\n"}
    assert heard == [Step("Adding", i, 3) for i in (1, 2, 3)]


def test_child_refusal_is_the_users_sentence(worker: WorkerProgress) -> None:
    with pytest.raises(UserError, match=r"^Not this; received 'x'$"):
        worker.in_child("tests.test_workers:child_refuses", {})


@pytest.mark.parametrize(("name", "words"), [("crashes", "last words"), ("raises", "by nought")])
def test_F1_a_dying_child_takes_nobody_along(worker: WorkerProgress, name: str, words: str) -> None:
    with pytest.raises(ChildDied, match=words):
        worker.in_child(f"tests.test_workers:child_{name}", {})


def test_cancel_kills_the_child(flags: Flags) -> None:
    pids: list[int] = []

    def hear(event: Event) -> None:
        assert isinstance(event, Step)
        pids.append(int(event.name))
        flags.cancel.set()

    with pytest.raises(Cancelled):
        WorkerProgress(flags, hear).in_child("tests.test_workers:child_sleeps", {})
    with pytest.raises(ProcessLookupError):
        os.kill(pids[0], 0)


def test_map_keeps_the_order_and_uses_threads(worker: WorkerProgress) -> None:
    names: set[str] = set()

    def square(n: int) -> int:
        names.add(threading.current_thread().name)
        time.sleep(0.001 * (n % 3))
        return n * n

    assert list(worker.map(square, range(50))) == [n * n for n in range(50)]
    assert all(name.startswith("vv-map") for name in names)
    assert not [t for t in threading.enumerate() if t.name.startswith("vv-map")]


def test_map_stops_when_cancelled(worker: WorkerProgress, flags: Flags) -> None:
    done: list[int] = []

    def work(n: int) -> int:
        done.append(n)
        if n == 5:
            flags.cancel.set()
        return n

    with pytest.raises(Cancelled):
        list(worker.map(work, range(1000)))
    assert len(done) < 100


def test_E1_cancel_before_the_start_runs_nothing(worker: WorkerProgress, flags: Flags) -> None:
    flags.cancel.set()
    ran: list[int] = []
    with pytest.raises(Cancelled):
        run_task(lambda progress: ran.append(1), (), worker, flags)
    assert ran == []


def test_a_bug_in_a_task_becomes_words(worker: WorkerProgress, flags: Flags, caplog: pytest.LogCaptureFixture) -> None:
    def broken(progress: WorkerProgress) -> None:
        raise KeyError("oops")

    value, failure = run_task(broken, (), worker, flags)
    assert value is None
    assert failure is not None
    assert failure.sentence.startswith("Something went wrong")
    assert "oops" in (failure.details or "")


def test_a_lane_runs_one_after_another_and_ends() -> None:
    lane, order = Lane("test"), list[int]()
    for i in range(20):
        lane.put(lambda i=i: order.append(i))  # type: ignore[misc]
    assert lane.close(5)
    assert order == list(range(20))
    assert not [t for t in threading.enumerate() if t.name == "vv-test"]
