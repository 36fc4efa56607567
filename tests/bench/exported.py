"""What each .tflite of an export takes to answer: time on two threads, interleaved, and memory in a process of its own.

Time: in each round every file answers the same picture once, warm; the ratio is the median of the rounds' ratios to
float32. Memory: a child process reads its highest resident memory (VmHWM of /proc, Linux) with the interpreter
imported, then opens the file and answers twenty pictures, and reads it again; the figure is the difference. Python,
numpy and LiteRT's own code are not in it.
"""

import subprocess
import sys
import time
from pathlib import Path

import numpy as np

from vv_desktop.ml.litert import LiteRtNetwork

THREADS, WARM = 2, 20

_CHILD = """
import sys
from pathlib import Path
import numpy as np
from vv_desktop.ml.litert import LiteRtNetwork

def highest():
    rows = Path("/proc/self/status").read_text().splitlines()
    return next(int(row.split()[1]) for row in rows if row.startswith("VmHWM"))

pixels = np.zeros((20, int(sys.argv[2]), int(sys.argv[2]), 3), np.uint8)
pixels += 1  # its pages are there before the first reading
before = highest()
LiteRtNetwork(Path(sys.argv[1]), int(sys.argv[3])).run(pixels)
print(highest() - before)
"""


def exported(folder: Path, rounds: int = 300) -> None:
    """Print a row for each model_*.tflite of `folder`."""
    networks = {path: LiteRtNetwork(path, THREADS) for path in sorted(folder.glob("model_*.tflite"))}
    size = next(iter(networks.values())).size
    picture = np.random.default_rng(0).integers(0, 256, (1, size, size, 3)).astype(np.uint8)
    for network in networks.values():
        network.run(np.repeat(picture, WARM, axis=0))
    taken = {path: np.empty(rounds) for path in networks}
    for i in range(rounds):
        for path, network in networks.items():
            begun = time.perf_counter()
            network.run(picture)
            taken[path][i] = 1000 * (time.perf_counter() - begun)
    whole = taken[folder / "model_float32.tflite"]
    for path, times in taken.items():
        print(
            f"{path.name}: {np.median(times):.2f} ms, {np.median(times / whole):.2f} of float32, "
            f"{np.median([_memory(path, size) for _ in range(3)]) / 1024:.1f} MiB"
        )


def _memory(path: Path, size: int) -> int:
    """KiB."""
    command = [sys.executable, "-c", _CHILD, str(path), str(size), str(THREADS)]
    return int(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
