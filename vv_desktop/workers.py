"""How background work runs, without Qt: the only file that makes threads or child processes.

A `Lane` is one thread that runs jobs one after another. A child process runs one function of
`ml` and talks JSON lines with its parent: what it prints goes to its error stream, so nothing a
library says can break the conversation; when its parent dies, its input ends and so does it.
"""

import collections
import importlib
import itertools
import json
import logging
import os
import queue
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from vv_desktop.core.errors import Cancelled, Interrupted, UserError
from vv_desktop.core.limits import limit_this_process
from vv_desktop.core.progress import Answer, ChildDied, Event, Predicted, Step

T = TypeVar("T")
R = TypeVar("R")
log = logging.getLogger(__name__)
CORES = os.cpu_count() or 1


@dataclass(frozen=True)
class Failure:
    """Why a job ended without a value. `details` is None where the user's input was at fault, `error` if not."""

    sentence: str
    details: str | None = None
    error: UserError | None = None


class Flags:
    """The two wishes a user can have while a job runs, and whether it is over.

    closing: the cancel is no wish, but the program ends.
    """

    def __init__(self) -> None:
        self.cancel = threading.Event()
        self.closing = threading.Event()
        self.stop = threading.Event()
        self.finished = threading.Event()


class WorkerProgress:
    """The `Progress` of a task that runs here. Lives on the thread of its task; `flags` may be set from any."""

    def __init__(self, flags: Flags, sink: Callable[[Event], None]) -> None:
        self._flags, self._sink = flags, sink

    @property
    def stop_requested(self) -> bool:
        """True once the user asked to stop and keep the best so far."""
        return self._flags.stop.is_set()

    def report(self, event: Event) -> None:
        """Tell the listener. Raises Cancelled."""
        self.check()
        self._sink(event)

    def check(self) -> None:
        """Raises Cancelled once the user called the task off, Interrupted if the program ends."""
        if self._flags.cancel.is_set():
            raise Interrupted if self._flags.closing.is_set() else Cancelled

    def heard_by(self, listener: Callable[[Event], None]) -> "WorkerProgress":
        """The same, but that `listener` hears each event first."""

        def sink(event: Event) -> None:
            listener(event)
            self._sink(event)

        return WorkerProgress(self._flags, sink)

    def map(self, function: Callable[[T], R], items: Iterable[T]) -> Iterator[R]:
        """`function` of each item in order, on as many threads as there are cores. Raises Cancelled."""
        source = iter(items)
        with ThreadPoolExecutor(CORES, thread_name_prefix="vv-map") as pool:
            ahead: collections.deque[Future[R]] = collections.deque(
                pool.submit(function, item) for item in itertools.islice(source, 4 * CORES)
            )
            try:
                while ahead:
                    self.check()
                    result = ahead.popleft().result()
                    ahead.extend(pool.submit(function, item) for item in itertools.islice(source, 1))
                    yield result
            finally:
                for future in ahead:
                    future.cancel()

    def in_child(self, function: str, request: dict[str, Any]) -> dict[str, Any]:
        """See `core.progress.Progress.in_child`."""
        with tempfile.TemporaryFile() as last_words:
            process = subprocess.Popen(
                [sys.executable, "-m", "vv_desktop.workers"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=last_words,
                env={**os.environ, "PYTHONPATH": _package_path()},
            )
            try:
                return self._converse(process, function, request)
            except _NoAnswer:
                status = process.wait()
                last_words.seek(0)
                text = last_words.read().decode(errors="replace")[-4000:]
                raise ChildDied(f"{function} ended with status {status}:\n{text}") from None
            finally:
                process.kill()
                process.wait()
                for pipe in (process.stdin, process.stdout):
                    if pipe:
                        pipe.close()

    def _converse(self, process: "subprocess.Popen[bytes]", function: str, request: dict[str, Any]) -> dict[str, Any]:
        assert process.stdin is not None
        assert process.stdout is not None
        lines: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        reader = threading.Thread(
            target=_forward_lines, args=(process.stdout, lines), name="vv-child-reader", daemon=True
        )
        reader.start()
        try:
            process.stdin.write(json.dumps({"function": function, "request": request}).encode() + b"\n")
            process.stdin.flush()
        except BrokenPipeError:
            raise _NoAnswer from None
        while True:
            self.check()
            try:
                line = lines.get(timeout=0.05)
            except queue.Empty:
                continue
            if not line:
                raise _NoAnswer
            message = json.loads(line)
            if "step" in message:
                self.report(Step(*message["step"]))
            elif "answer" in message:
                path, probabilities, error = message["answer"]
                self.report(Predicted(Answer(Path(path), probabilities and tuple(probabilities), error)))
            elif "user_error" in message:
                raise UserError(message["user_error"])
            else:
                return dict(message["done"])


class Lane:
    """One thread that runs jobs in the order they came. The thread starts with the first job."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._queue: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None

    def put(self, work: Callable[[], None]) -> None:
        """Run `work` after what was put before. It must not raise."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._loop, name=f"vv-{self._name}", daemon=True)
            self._thread.start()
        self._queue.put(work)

    def close(self, timeout: float) -> bool:
        """End the thread after what it is doing; True if it ended within `timeout` seconds."""
        if self._thread is None:
            return True
        self._queue.put(None)
        self._thread.join(timeout)
        return not self._thread.is_alive()

    def _loop(self) -> None:
        while (work := self._queue.get()) is not None:
            work()
            del work  # or the thread keeps what its last job had until the next one comes


def run_task(
    task: Callable[..., Any], arguments: tuple[Any, ...], progress: WorkerProgress, flags: Flags
) -> tuple[Any, Failure | None]:
    """Run a task here and now: its value or why there is none. Raises Cancelled, nothing else.

    This is the one place that catches whatever a task raises: from here on it is words.
    """
    try:
        progress.check()
        value = task(*arguments, progress=progress)
        if flags.cancel.is_set():
            let_go(value)
            raise Cancelled
        return value, None
    except Cancelled:
        raise
    except UserError as error:
        return None, Failure(str(error), error=error)
    except BaseException as error:
        log.exception("task %s failed", getattr(task, "__name__", task))
        return None, Failure(
            f"Something went wrong; the log has the details: {type(error).__name__}", _traceback(error)
        )
    finally:
        flags.finished.set()


def let_go(value: Any) -> None:
    """Close what a task opened and nobody takes any more: an open project keeps everybody else out."""
    if hasattr(value, "close"):
        value.close()


def _traceback(error: BaseException) -> str:
    import traceback

    return "".join(traceback.format_exception(error))


class _NoAnswer(Exception):
    """The child's output ended before it answered."""


def _forward_lines(stream: Any, lines: "queue.SimpleQueue[bytes]") -> None:
    try:
        for line in stream:
            lines.put(line)
    except ValueError:  # closed under us: the conversation is over
        pass
    lines.put(b"")


def _package_path() -> str:
    here = str(Path(__file__).resolve().parent.parent)
    return os.pathsep.join(filter(None, [here, os.environ.get("PYTHONPATH", "")]))


class _ChildProgress(WorkerProgress):
    """The `Progress` of a function in a child: what it reports goes to the parent, who kills it to cancel."""

    def __init__(self, say: Callable[..., None]) -> None:
        super().__init__(Flags(), self._forward)
        self._say = say

    def __call__(self, name: str, done: int, total: int) -> None:
        """How far it is."""
        self.report(Step(name, done, total))

    def _forward(self, event: Event) -> None:
        match event:
            case Step(name, done, total):
                self._say(step=[name, done, total])
            case Predicted(answer):
                self._say(answer=[str(answer.path), answer.probabilities, answer.error])


def child_main() -> None:
    """What the child process does: one request, one answer."""
    protocol = os.fdopen(os.dup(1), "wb", buffering=0)
    os.dup2(2, 1)
    line = sys.stdin.buffer.readline()
    for name in ("matplotlib", "pandas", "scipy", "sklearn"):  # Keras imports them wherever they are: 3 s
        sys.modules[name] = None  # type: ignore[assignment]
    threading.Thread(target=_end_with_parent, name="vv-parent-watch", daemon=True).start()
    message = json.loads(line)

    def say(**message: Any) -> None:
        protocol.write(json.dumps(message).encode() + b"\n")

    if "limits" in message["request"]:
        limit_this_process(message["request"]["limits"])
    module, _, function = message["function"].partition(":")
    try:
        call = getattr(importlib.import_module(module), function)
        say(done=call(message["request"], _ChildProgress(say)))
    except UserError as error:
        say(user_error=str(error))
    sys.stdout.flush()
    os._exit(0)  # TensorFlow's own threads may not want to end


def _end_with_parent() -> None:
    sys.stdin.buffer.read()
    os._exit(1)


if __name__ == "__main__":
    child_main()
