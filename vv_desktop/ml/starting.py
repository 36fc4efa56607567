"""Starts TensorFlow on a thread beside a window that stays alive meanwhile."""

import ctypes
import gc
import importlib.util
import os
import sys
from pathlib import Path

from vv_desktop.core.progress import Note, Progress

_LIBRARIES = ("libtensorflow_framework.so.2", "libtensorflow_cc.so.2")


def start_tensorflow(progress: Progress) -> None:
    """Seconds the first time, nothing after that. Raises Cancelled, though not in the middle of it."""
    if "tensorflow" not in sys.modules:
        progress.report(Note("Starting TensorFlow"))
    import_tensorflow()
    progress.check()


def import_tensorflow() -> None:
    """Import TensorFlow, and all of ours that is built on it, without holding up other threads for long.

    Measured with a 5 ms timer on another thread: Python's lock is held for 0.3 s while the libraries are loaded,
    and for up to 0.3 s by each full collection of garbage on the way and ever after, though nothing of what was
    imported is garbage. So the libraries are loaded through ctypes, which lets go of the lock, and whatever there
    is after the import is never looked through again (gc.freeze). No gap was longer than 30 ms then, and the import
    took three quarters of the time. Keras imports Matplotlib where it is installed, for a sixth of the time; nothing
    here draws with it.
    """
    if "tensorflow" in sys.modules:
        return
    collecting, unloaded = gc.isenabled(), "matplotlib" not in sys.modules
    gc.disable()
    if unloaded:
        sys.modules["matplotlib"] = None  # type: ignore[assignment]
    try:
        _load_libraries()
        import vv_desktop.ml.phases  # noqa: F401

        gc.freeze()
    finally:
        if unloaded:
            del sys.modules["matplotlib"]
        if collecting:
            gc.enable()


def _load_libraries() -> None:
    """Elsewhere than on Linux, and for what is not where it is expected, the import does it."""
    found = importlib.util.find_spec("tensorflow")
    if sys.platform != "linux" or found is None or found.origin is None:
        return
    own = ctypes.CDLL(None)
    for name in _LIBRARIES:
        path = Path(found.origin).parent / name
        if path.exists():
            own.dlopen(os.fsencode(path), os.RTLD_LAZY)
