"""How long a .tflite takes for one picture on this machine, warm, on one, two and four threads."""

import time
from pathlib import Path

import numpy as np

from vv_desktop.ml.litert import LiteRtNetwork

THREADS = (1, 2, 4)
_WARM, _LEAST, _MOST, _SECONDS = 5, 20, 200, 1.0


def latencies(path: Path) -> dict[str, dict[str, float]]:
    """Milliseconds a picture by number of threads: median and p95 of 20 to 200 runs, of a second at most."""
    return {str(threads): _measured(path, threads) for threads in THREADS}


def _measured(path: Path, threads: int) -> dict[str, float]:
    network = LiteRtNetwork(path, threads)
    picture = np.random.default_rng(0).integers(0, 256, (1, network.size, network.size, 3)).astype(np.uint8)
    network.run(np.repeat(picture, _WARM, axis=0))
    taken: list[float] = []
    end = time.perf_counter() + _SECONDS
    while len(taken) < _LEAST or (len(taken) < _MOST and time.perf_counter() < end):
        begun = time.perf_counter()
        network.run(picture)
        taken.append(1000 * (time.perf_counter() - begun))
    median, p95 = np.quantile(taken, [0.5, 0.95])
    return {"median": round(float(median), 3), "p95": round(float(p95), 3), "runs": len(taken)}
