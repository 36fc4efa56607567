"""The slow figures: python -m tests.soak [kills] [steps] [--count N] [--seed N]; without a part, both."""

import argparse
import platform
import tempfile
import time
from pathlib import Path

from tests import soak_window
from tests.killing import kill_while_editing


def kills(count: int, seed: int) -> bool:
    """kill -9 during label edits, at random moments; True if nothing acknowledged was lost."""
    started = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        tally = kill_while_editing(Path(folder), count, seed)
    seconds = time.perf_counter() - started
    print(f"{tally}, seed {seed}, {seconds:.0f} s, {platform.platform()}, Python {platform.python_version()}")
    return tally.lost == 0


def steps(count: int, seed: int) -> bool:
    """Random steps through a project beside a plain model of it; True if the two never differed."""
    from hypothesis import seed as seeded

    from tests.core.test_store_stateful import STEPS, ProjectMachine, drive

    started, taken, batch = time.perf_counter(), 0, 0
    while taken < count:
        seeded(seed + batch)(ProjectMachine)
        taken += drive(min(WALKS, -(-(count - taken) // STEPS)))
        batch += 1
    seconds = time.perf_counter() - started
    print(f"{taken} steps, equal, seeds {seed} to {seed + batch - 1}, {seconds:.0f} s, {platform.platform()}")
    return True


WALKS = 500
"""Hypothesis remembers the walks of one batch, so a million steps are many batches."""
PARTS = {"kills": (kills, 200), "steps": (steps, 1_000_000), **soak_window.PARTS}


def main() -> None:
    """Run the chosen parts; exit 1 if one of them found a fault."""
    parser = argparse.ArgumentParser("python -m tests.soak", description=__doc__)
    parser.add_argument("parts", nargs="*", choices=[*PARTS, []], help="default: all")
    parser.add_argument("--count", type=int, help="how many times (default: the release figure of each part)")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    results = [PARTS[name][0](options.count or PARTS[name][1], options.seed) for name in options.parts or PARTS]
    raise SystemExit(0 if all(results) else 1)


if __name__ == "__main__":
    main()
