"""TensorFlow starts beside a window that goes on: nothing on the way holds the interpreter's lock for long."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LIBRARIES = """
import json, sys
from vv_desktop.ml.starting import _load_libraries
_load_libraries()
maps = open("/proc/self/maps").read()
print(json.dumps(["libtensorflow_cc" in maps, "libtensorflow_framework" in maps, "tensorflow" in sys.modules]))
"""
IMPORT = """
import gc, json, sys
from vv_desktop.ml.starting import import_tensorflow
full = []
gc.callbacks.append(lambda phase, of: full.append(of["generation"]) if phase == "start" else None)
import_tensorflow()
import_tensorflow()
print(json.dumps(["tensorflow" in sys.modules, full.count(2), gc.isenabled(), gc.get_freeze_count(),
                  [name for name in sys.modules if name.startswith("matplotlib")]]))
"""


def said_by(script: str) -> list[object]:
    """What a fresh process prints."""
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    found: list[object] = json.loads(done.stdout.splitlines()[-1])
    return found


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the import itself loads the libraries")
def test_G6_the_libraries_are_loaded_before_python_imports_them() -> None:
    assert said_by(LIBRARIES) == [True, True, False]


def test_G6_nothing_is_collected_during_the_import_nor_looked_through_after_it() -> None:
    imported, full_collections, collecting, frozen, drawing = said_by(IMPORT)
    assert imported
    assert full_collections == 0
    assert collecting
    assert isinstance(frozen, int)
    assert frozen > 100_000, "what was imported is looked through by every full collection"
    assert drawing == [], "Keras would import Matplotlib, which nothing here draws with"
