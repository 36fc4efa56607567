"""What a .tflite needs for one picture on this machine: time, warm, on one, two and four threads, and memory."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from vv_desktop.core.arrays import Uint8Array
from vv_desktop.ml.litert import LiteRtNetwork

THREADS = (1, 2, 4)
_WARM, _LEAST, _MOST, _SECONDS = 5, 20, 200, 1.0


def measure(request: dict[str, Any], report: Callable[[str, int, int], None]) -> dict[str, Any]:
    """In a child that has LiteRT and no TensorFlow: `latency_ms` of the file `model`, see `latencies`, and `memory`.

    memory: bytes by which the process grew at most to load the file and answer one picture on one thread; None where
    the system does not tell.
    """
    path = Path(request["model"])
    before = _from_now_on()
    network = LiteRtNetwork(path, 1)
    network.run(_noise(network.size))
    after = _memory("VmHWM")
    memory = max(0, after - before) if before is not None and after is not None else None
    return {"memory": memory, "latency_ms": latencies(path)}


def latencies(path: Path) -> dict[str, dict[str, float]]:
    """Milliseconds a picture by number of threads: median and p95 of 20 to 200 runs, of a second at most."""
    return {str(threads): _measured(path, threads) for threads in THREADS}


def _measured(path: Path, threads: int) -> dict[str, float]:
    network = LiteRtNetwork(path, threads)
    picture = _noise(network.size)
    network.run(np.repeat(picture, _WARM, axis=0))
    taken: list[float] = []
    end = time.perf_counter() + _SECONDS
    while len(taken) < _LEAST or (len(taken) < _MOST and time.perf_counter() < end):
        begun = time.perf_counter()
        network.run(picture)
        taken.append(1000 * (time.perf_counter() - begun))
    median, p95 = np.quantile(taken, [0.5, 0.95])
    return {"median": round(float(median), 3), "p95": round(float(p95), 3), "runs": len(taken)}


def _noise(size: int) -> Uint8Array:
    return np.random.default_rng(0).integers(0, 256, (1, size, size, 3)).astype(np.uint8)


def _from_now_on() -> int | None:
    """Bytes of memory that this process has, from which its peak is counted anew; None where that cannot be had.

    Not `ru_maxrss`: Linux lets a child begin with its parent's, and imports have had their own peak.
    """
    try:
        Path("/proc/self/clear_refs").write_text("5")
    except OSError:  # not Linux
        return None
    return _memory("VmRSS")


def _memory(kind: str) -> int | None:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next((1024 * int(line.split()[1]) for line in lines if line.startswith(f"{kind}:")), None)
