"""Damaged files in numbers: pictures for the one decoder, models for what opens them, always in a child process.

A child works through mutants by their numbers and says how far it is, so that one that dies of a mutant, or hangs,
names it, and another child goes on with the next.
"""

import io
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
import zipfile
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from tests.soak.figures import Outcome

ROOT = Path(__file__).resolve().parent.parent.parent
SLOW = 5.0
"""Seconds that no mutant may take."""
LIMIT_MB = 1000
CHUNK = 10_000
"""Mutants of one child, whose memory is measured at its end."""
Try = Callable[[Path], str]


@dataclass
class Seen:
    """What became of mutants: a word for each, and the numbers of those that did what must not be."""

    words: Counter[str] = field(default_factory=Counter)
    deaths: list[int] = field(default_factory=list)
    slow: list[int] = field(default_factory=list)
    uncaught: list[str] = field(default_factory=list)
    slowest: float = 0.0
    megabytes: float = 0.0
    grown: float = 0.0

    def __str__(self) -> str:
        words = ", ".join(f"{times:,} {word}" for word, times in self.words.most_common())
        return (
            f"{words}; {len(self.uncaught)} uncaught, {len(self.deaths)} deaths of the child, {len(self.slow)} over"
            f" {SLOW:.0f} s (slowest {self.slowest:.2f} s), memory {self.megabytes:,.0f} MB at most"
            f" (+{self.grown:,.0f})"
        )


def pictures(count: int, seed: int) -> Outcome:
    """Mutants of pictures in ten forms: no death, nothing but ImageProblem, none over 5 s, under 1 GB (C13)"""
    seen = _in_children("pictures", count, seed)
    held = not (seen.deaths or seen.slow or seen.uncaught) and seen.megabytes < LIMIT_MB
    return Outcome(held, str(seen))


def keras(count: int, seed: int) -> Outcome:
    """Mutants of a .keras file, opened as the app opens foreign models: no death, nothing but a sentence (H7)"""
    seen = _in_children("keras", count, seed)
    return Outcome(not (seen.deaths or seen.slow or seen.uncaught), str(seen))


def tflite(count: int, seed: int) -> Outcome:
    """Mutants of a .tflite file in a child: it may die, which the app says; nothing else but a sentence (F8)"""
    seen = _in_children("tflite", count, seed)
    return Outcome(not (seen.slow or seen.uncaught), str(seen))


def _in_children(kind: str, count: int, seed: int) -> Seen:
    """The mutants 0 to `count` of `kind`, in one child after another."""
    seen = Seen()
    with tempfile.TemporaryDirectory(prefix="vv-mutants-") as name:
        next_one = 0
        while next_one < count:
            next_one = _one_child(kind, seed, next_one, min(count, next_one + CHUNK), Path(name), seen)
    print(*seen.uncaught[:20], sep="\n")
    print(*(f"mutant {number} of seed {seed}: the child died" for number in seen.deaths[:20]), sep="\n", flush=True)
    return seen


def _one_child(kind: str, seed: int, first: int, end: int, folder: Path, seen: Seen) -> int:
    """Let a child work on the mutants `first` to `end`; the number of the first it did not finish."""
    command = [sys.executable, "-m", "tests.soak.mutants", kind, str(seed), str(first), str(end), str(folder)]
    environment = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": "-1"}
    process = subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    assert process.stdout is not None
    before = None
    for line in process.stdout:
        number, word, seconds, megabytes = json.loads(line)
        seen.megabytes = max(seen.megabytes, megabytes)
        before = megabytes if before is None else before
        seen.grown = max(seen.grown, megabytes - before)
        seen.slowest = max(seen.slowest, seconds)
        if seconds > SLOW:
            seen.slow.append(number)
        if word.startswith("uncaught"):
            seen.uncaught.append(f"mutant {number} of seed {seed}: {word}")
        seen.words[word.split()[0]] += 1
        first = number + 1
    process.stdout.close()
    status = process.wait()
    if first < end:
        (seen.slow if status == -signal.SIGALRM else seen.deaths).append(first)
        first += 1
    return first


def mutant(original: Path, chance: random.Random) -> bytes:
    """A damaged copy; of two .keras files one is damaged inside its archive, whose own checksum does not see it."""
    whole = original.read_bytes()
    if original.suffix == ".keras" and chance.random() < 0.5:
        with zipfile.ZipFile(io.BytesIO(whole)) as archive:
            parts = {name: archive.read(name) for name in archive.namelist()}
        name = chance.choice(sorted(parts))
        parts[name] = bytes(_with_bytes_changed(parts[name], chance))
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as archive:
            for name, data in parts.items():
                archive.writestr(name, data)
        return packed.getvalue()
    if original.suffix in (".keras", ".tflite"):
        return bytes(_with_bytes_changed(whole, chance))
    data = _with_bytes_changed(whole, chance) if chance.random() < 0.5 else _with_pieces_moved(whole, chance)
    if chance.random() < 0.15:
        del data[chance.randrange(1, len(data)) :]
    return bytes(data)


def _with_bytes_changed(whole: bytes, chance: random.Random) -> bytearray:
    """One to four places, half of them near the beginning, got other bytes."""
    data = bytearray(whole)
    for _ in range(chance.randint(1, 4)):
        place = chance.randrange(len(data) if chance.random() < 0.5 else min(len(data), 200))
        match chance.randrange(3):
            case 0:
                data[place] = chance.randrange(256)
            case 1:
                data[place] ^= 1 << chance.randrange(8)
            case 2:
                filled = chance.choice((b"\xff" * 4, bytes(4), b"\x7f\xff\xff\xff"))[: len(data) - place]
                data[place : place + len(filled)] = filled
    return data


def _with_pieces_moved(whole: bytes, chance: random.Random) -> bytearray:
    """One to eight pieces are doubled, cut out or changed."""
    data = bytearray(whole)
    for _ in range(chance.randint(1, 8)):
        place = chance.randrange(len(data) if chance.random() < 0.5 else min(len(data), 200))
        piece = data[place : place + chance.randint(1, 32)]
        match chance.randrange(3):
            case 0:
                data[place:place] = piece * chance.randint(1, 4)
            case 1:
                del data[place : min(place + len(piece), len(data) - 1)]
            case 2:
                data = _with_bytes_changed(bytes(data), chance)
    return data


def _work(kind: str, seed: int, first: int, end: int, folder: Path) -> None:
    """In the child: each mutant, then one line about it."""
    from tests.soak import victims

    say = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)  # whatever a library prints is no answer
    files, attempt = victims.VICTIMS[kind](folder)
    for number in range(first, end):
        chance = random.Random(f"{seed} {number}")
        original = files[number % len(files)]
        path = folder / f"mutant{original.suffix}"
        path.write_bytes(mutant(original, chance))
        signal.alarm(60)  # whose process ends then hangs
        started = time.perf_counter()
        word = attempt(path)
        seconds = time.perf_counter() - started
        signal.alarm(0)
        say.write(json.dumps([number, word, round(seconds, 4), victims.megabytes()]) + "\n")


if __name__ == "__main__":
    _work(sys.argv[1], *(int(value) for value in sys.argv[2:5]), Path(sys.argv[5]))
