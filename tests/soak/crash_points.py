"""kill -9 at every point of a table's writing: before each system call, and before each line of Python (fault A3)."""

import itertools
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

from tests.soak.figures import Outcome
from vv_desktop.core import files, label_csv
from vv_desktop.core.label_csv import write_csv

ROOT = Path(__file__).resolve().parent.parent.parent
ROWS = 2000
CALL = re.compile(r"(\w+)\((.*)")


def syscalls(count: int, seed: int) -> Outcome:
    """kill -9 before every system call of a table's writing, so often: the table is the old or the new one (A3)"""
    if shutil.which("strace") is None:
        return Outcome(False, "not run: needs strace")
    seen = Counter[str]()
    with tempfile.TemporaryDirectory(prefix="vv-points-") as folder:
        for _ in range(count):
            seen += kill_at_every_call(Path(folder))
    words = (
        f"{seen.total() // count} calls; {seen['old']} kills left the old table, {seen['new']} the new,"
        f" {seen['bad']} neither"
    )
    return Outcome(not seen["bad"], words)


def kill_at_every_call(folder: Path) -> Counter[str]:
    """What the table was after each kill: old, new or bad."""
    log, times, inside, seen = folder / "calls", Counter[str](), False, Counter[str]()
    assert _traced(folder, "-o", str(log)) == 0
    for line in log.read_text().splitlines():
        if not (call := CALL.match(line)):
            continue
        name, rest = call.groups()
        times[name] += 1
        if rest.startswith('1, "'):  # the child's own words frame what it does
            inside = "begin" in rest
        elif inside:
            kill = f"inject={name}:signal=KILL:when={times[name]}"
            status = _traced(folder, "-o", os.devnull, "-e", f"trace={name}", "-e", kill)
            assert status == 128 + signal.SIGKILL or status == -signal.SIGKILL, f"{kill}: status {status}"
            seen[_found(folder)] += 1
    return seen


def kill_at_every_line(folder: Path) -> Counter[str]:
    """The same before each line of core/files.py and core/label_csv.py that takes part; needs no strace."""
    command = [sys.executable, "-m", "tests.soak.crash_points", "lines", str(folder)]
    return Counter(subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split())


def _traced(folder: Path, *options: str) -> int:
    """The exit status of a process that writes the new table over the old one, under strace."""
    _write(folder, "old")
    command = ["strace", *options, sys.executable, "-m", "tests.soak.crash_points", "write", str(folder)]
    environment = {**os.environ, "PYTHONHASHSEED": "0"}  # the same calls each time
    return subprocess.run(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL).returncode


def _write(folder: Path, label: str) -> None:
    write_csv(folder / "labels.csv", ("filepath", "label"), [(f"photos/{row}.jpg", label) for row in range(ROWS)])


def _found(folder: Path) -> str:
    """Which table there is; bad also if the next start would not clear away what the dead process left."""
    text = (folder / "labels.csv").read_text()
    left = list(folder.glob(f"{files.TEMPORARY_PREFIX}*"))
    for path in left:
        os.utime(path, (0, 0))  # this process is older than the dead one
    files.remove_unfinished(folder)
    if any(path.exists() for path in left):
        return "bad"
    for label in ("old", "new"):
        if text.splitlines() == ["filepath,label", *(f"photos/{row}.jpg,{label}" for row in range(ROWS))]:
            return label
    return "bad"


def _write_line_by_line(folder: Path) -> None:
    """Fork after fork dies one line later than the one before, until one lives; says what each left."""
    for last in itertools.count(1):
        _write(folder, "old")
        child = os.fork()
        if not child:
            sys.settrace(_killer(last))
            _write(folder, "new")
            os._exit(0)
        if os.waitpid(child, 0)[1] == 0:
            return
        print(_found(folder), flush=True)


def _killer(last: int) -> Callable[[FrameType, str, Any], Any]:
    """A trace function that ends its process at the line number `last` of all that are executed in the writer."""
    lines = itertools.count(1)

    def local(frame: FrameType, event: str, argument: Any) -> Any:
        if event == "line" and next(lines) == last:
            os.kill(os.getpid(), signal.SIGKILL)
        return local

    watched = (files.__file__, label_csv.__file__)
    return lambda frame, event, argument: local if frame.f_code.co_filename in watched else None


if __name__ == "__main__":
    target = Path(sys.argv[2])
    if sys.argv[1] == "lines":
        _write_line_by_line(target)
    else:
        os.write(1, b"begin")
        _write(target, "new")
        os.write(1, b"end")
