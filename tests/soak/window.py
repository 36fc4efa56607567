"""The whole window: random acts, exits at any moment, stalls, and a day of work."""

import faulthandler
import random
import shutil
import tempfile
import time
from collections import Counter
from pathlib import Path

from tests.soak.figures import Outcome

SECONDS_TO_LEAVE = 5.0


def monkey(count: int, seed: int) -> Outcome:
    """Random acts on the whole window, in lives of 1,000: nothing complains, store and model are equal (G8)"""
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
    if good:
        shutil.rmtree(folder, ignore_errors=True)
    else:
        print(f"its diary: {folder / 'diary.txt'}")
    return Outcome(good, f"{done:,} acts, {edits:,} edits, {len(outcome.faults)} complaints")


def exits(count: int, seed: int) -> Outcome:
    """Asked to quit in the middle of anything: gone well within 5 s, nothing complains (E20, E25, G1)"""
    from tests.window.leaving import leave_at_random
    from tests.window.whole_app import in_a_home_of_its_own, toy_project

    rng, bad, longest, states = random.Random(seed), 0, 0.0, Counter[str]()
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
    where = ", ".join(f"{state} {times}" for state, times in states.most_common())
    return Outcome(bad == 0, f"{bad} bad, slowest {longest:.2f} s; while: {where}")


def heartbeat(count: int, seed: int) -> Outcome:
    """A timer of 5 ms while that many photos are imported, trained on, exported: p99 <= 50 ms, max <= 200 ms (G6)"""
    from tests.window.heartbeat import Heartbeat
    from tests.window.whole_app import in_a_home_of_its_own, toy_project, wait_until, whole_app
    from vv_desktop.core.plans import CLASSIC, QUICK

    good, words = True, list[str]()
    with tempfile.TemporaryDirectory(prefix="vv-heart-") as name:
        folder = Path(name)
        in_a_home_of_its_own(folder)
        project = toy_project(folder, count, trained=False)
        shutil.copytree(folder / "toys", folder / "import")
        with whole_app(folder, project) as app:
            window, pages = app.window, app.window.pages
            wait_until(lambda: not app.jobs.running)

            def watched(what: str) -> bool:
                heart, started = Heartbeat(), time.perf_counter()
                wait_until(lambda: not app.jobs.running and not window.opening.busy, 3600)
                p99, most = heart.quantile(0.99), max(heart.gaps)
                seconds = time.perf_counter() - started
                words.append(f"{what} {seconds:.0f} s: p99 {p99:.1f} ms, max {most:.0f} ms")
                return p99 <= 50 and most <= 200

            for plan in (QUICK, CLASSIC):
                pages.train.start_training(plan)
                good = watched(f"training {plan.name}") and good
            pages.export.export(accept_failed_gate=True)
            good = watched("exporting") and good
            window.opening.planned.connect(window.opening.create)
            window.opening.open_paths([folder / "import"])
            good = watched("importing") and good
    return Outcome(good, "; ".join(words))


def day(count: int, seed: int) -> Outcome:
    """Per cent of a day's work: memory is flat, files and threads are those of the start"""
    from tests.window.complaints import heard_complaints
    from tests.window.day import live_a_day, slope
    from tests.window.whole_app import in_a_home_of_its_own, toy_project, whole_app

    with tempfile.TemporaryDirectory(prefix="vv-day-") as name:
        folder = Path(name)
        in_a_home_of_its_own(folder)
        project = toy_project(folder, 60)
        with heard_complaints() as complaints, whole_app(folder, project) as app:
            samples = live_a_day(app, project, sorted((folder / "toys").rglob("*.jpg")), count, seed)
    first, last = samples[0], samples[-1]
    print(*complaints, *(f"  {s.done:,} operations, {s.megabytes:.0f} MB, {s.files} files" for s in samples), sep="\n")
    words = (
        f"{last.done:,} operations, memory {first.megabytes:.0f} to {last.megabytes:.0f} MB,"
        f" {slope(samples):+.1f} MB by 1,000 in the 2nd half, files {first.files} to {last.files},"
        f" threads {first.threads} to {last.threads}, {len(complaints)} complaints"
    )
    flat = slope(samples) <= 1 and last.files <= first.files and last.threads <= first.threads
    return Outcome(flat and not complaints, words)
