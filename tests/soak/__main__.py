"""python -m tests.soak PART ... [--count N] [--seed N] [--record]; exit status 1 if a part found a fault."""

import argparse
import time
from collections.abc import Callable
from dataclasses import dataclass

from tests.soak import (
    cancels,
    crash_points,
    decoding,
    interruptions,
    latency,
    mutants,
    power,
    refusals,
    saves,
    store,
    tables,
    viewing,
    walks,
    window,
)
from tests.soak.figures import Outcome, record


@dataclass(frozen=True)
class Part:
    """run(count, seed) does the work; `count` is the figure of a release."""

    run: Callable[[int, int], Outcome]
    count: int


PARTS = {
    "kills": Part(store.kills, 10_000),
    "bulk": Part(store.bulk, 100),
    "latency": Part(latency.latency, 200_000),
    "cuts": Part(power.cuts, 2_000),
    "syscalls": Part(crash_points.syscalls, 1),
    "refusals": Part(refusals.refusals, 1),
    "flips": Part(store.flips, 1_000),
    "pictures": Part(mutants.pictures, 200_000),
    "decoder": Part(decoding.one_decoder, 2_000),
    "keras": Part(mutants.keras, 5_000),
    "tflite": Part(mutants.tflite, 5_000),
    "saves": Part(saves.saves, 500),
    "cancels": Part(cancels.cancels, 500),
    "interruptions": Part(interruptions.interruptions, 50),
    "fields": Part(tables.fields, 100_000),
    "tables": Part(tables.tables, 10_000),
    "views": Part(viewing.views, 50_000),
    "steps": Part(store.steps, 1_000_000),
    "walks": Part(walks.walks, 10_000_000),
    "monkey": Part(window.monkey, 50_000),
    "exits": Part(window.exits, 500),
    "heartbeat": Part(window.heartbeat, 4_000),
    "day": Part(window.day, 100),
}


def main() -> None:
    """Run the chosen parts one after another."""
    lines = [f"  {name:10} {part.count:>9,}  {part.run.__doc__}" for name, part in PARTS.items()]
    parser = argparse.ArgumentParser(
        "python -m tests.soak",
        description="The slow figures. Parts, with the count of a release:\n\n" + "\n".join(lines),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("parts", nargs="+", choices=[*PARTS, "all"], metavar="PART", help="a name from above, or all")
    parser.add_argument("--count", type=int, help="how many times (default: that of a release)")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--record", action="store_true", help="write the row of docs/reliability-figures.md")
    options = parser.parse_args()
    held = True
    for name in PARTS if "all" in options.parts else options.parts:
        count = options.count or PARTS[name].count
        started = time.perf_counter()
        outcome = PARTS[name].run(count, options.seed)
        seconds = time.perf_counter() - started
        held = held and outcome.held
        print(f"{name}: {count:,}, seed {options.seed}: {outcome.words}; {seconds:,.0f} s", flush=True)
        if options.record:
            record(name, count, options.seed, outcome, seconds, list(PARTS))
    raise SystemExit(0 if held else 1)


if __name__ == "__main__":
    main()
