"""The slow figures of the window: python -m tests.soak monkey|exits|heartbeat|day."""

import faulthandler
import platform
import random
import shutil
import tempfile
import time
from collections import Counter
from pathlib import Path

import PySide6

SECONDS_TO_LEAVE = 5.0
MACHINE = f"{platform.platform()}, Python {platform.python_version()}, PySide6 {PySide6.__version__}"


def monkey(count: int, seed: int) -> bool:
    """`count` random acts on the whole window, in lives of 1,000; True if nothing complained and no label differs."""
    from tests.window.monkey_run import run_monkey
    from tests.window.whole_app import in_a_home_of_its_own, toy_project

    faulthandler.enable()
    started, done, edits, good = time.perf_counter(), 0, 0, True
    folder = Path(tempfile.mkdtemp(prefix="vv-monkey-"))
    in_a_home_of_its_own(folder)
    toy_project(folder, 60)
    while done < count and good:
        outcome = run_monkey(folder, seed + done, min(1000, count - done))
        good = not outcome.faults
        done, edits = done + 1000, outcome.edits
        print(f"  {done} acts, {time.perf_counter() - started:.0f} s, {edits} edits, {outcome.runs} runs", flush=True)
    print(*(outcome.faults), *(("its last acts:", *outcome.last) if not good else ()), sep="\n")
    print(f"monkey: {done} acts, seed {seed}, {len(outcome.faults)} complaints, {edits} edits, {MACHINE}")
    if good:
        shutil.rmtree(folder, ignore_errors=True)
    else:
        print(f"its diary: {folder / 'diary.txt'}")
    return good


def exits(count: int, seed: int) -> bool:
    """`count` times asked to quit in the middle of anything; True if each ended well within 5 s."""
    from tests.window.leaving import leave_at_random
    from tests.window.whole_app import in_a_home_of_its_own, toy_project

    started, rng, bad, longest, states = time.perf_counter(), random.Random(seed), 0, 0.0, Counter[str]()
    with tempfile.TemporaryDirectory(prefix="vv-exits-") as name:
        folder = Path(name)
        in_a_home_of_its_own(folder)
        project = toy_project(folder, 60)
        for number in range(count):
            left = leave_at_random(project, folder / "toys", rng)
            states[left.state] += 1
            longest = max(longest, left.seconds)
            if left.complaints or left.seconds > SECONDS_TO_LEAVE:
                bad += 1
                print(f"  {number}: {left.state} after {left.milliseconds} ms by {left.how}, {left.seconds:.2f} s")
                print(*(f"    {line}" for line in left.complaints[-12:]), sep="\n", flush=True)
    print(f"exits: {count}, seed {seed}, {bad} bad, slowest {longest:.2f} s, {dict(states)}, {MACHINE}")
    print(f"  {time.perf_counter() - started:.0f} s in all")
    return bad == 0


PARTS = {"monkey": (monkey, 50_000), "exits": (exits, 500)}
