"""The guards of the rooms, each seen to fail once: a seeded violation must be found, by the tool's own words."""

import ast
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent


def run(command: str, *arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([str(BIN / command), *arguments], cwd=cwd, capture_output=True, text=True)


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A copy of the package and its configuration, to break."""
    shutil.copytree(ROOT / "vv_desktop", tmp_path / "vv_desktop", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def seed(tree: Path, file: str, line: str) -> None:
    path = tree / "vv_desktop" / file
    path.write_text(f"{path.read_text()}\n\n{line}\n")


@pytest.mark.parametrize(
    ("file", "line", "contract"),
    [
        ("core/files.py", "import vv_desktop.session", "Imports go one way"),
        ("ml/__init__.py", "import vv_desktop.tasks", "Imports go one way"),
        ("tasks/data.py", "import vv_desktop.jobs", "Imports go one way"),
        ("ui/theme.py", "import vv_desktop.ml", "The window never imports ml"),
        ("session.py", "def late() -> None:\n    import vv_desktop.ml", "The window never imports ml"),
        ("core/files.py", "import PySide6", "No Qt in core, ml, tasks, workers and cli"),
        ("cli.py", "import PySide6.QtCore", "No Qt in core, ml, tasks, workers and cli"),
        ("ui/theme.py", "def late() -> None:\n    import tensorflow", "TensorFlow and LiteRT in ml only"),
        ("core/files.py", "import keras", "TensorFlow and LiteRT in ml only"),
    ],
)
def test_import_contracts_fail_on_a_violation(tree: Path, file: str, line: str, contract: str) -> None:
    seed(tree, file, line)
    code = (
        "import sys; sys.path.insert(0, '.'); from importlinter.cli import lint_imports_command; lint_imports_command()"
    )
    done = subprocess.run([sys.executable, "-c", code, "--no-cache"], cwd=tree, capture_output=True, text=True)
    assert done.returncode == 1, done.stdout + done.stderr
    assert re.search(rf"{re.escape(contract)} +BROKEN", done.stdout.replace("\n", " ")), done.stdout


@pytest.mark.parametrize(
    ("file", "line", "rule"),
    [
        ("ui/theme.py", "import threading", "TID251"),
        ("core/files.py", "from concurrent.futures import ThreadPoolExecutor", "TID251"),
        ("jobs.py", "from PySide6.QtCore import QThread", "TID251"),
        ("ui/theme.py", "from PySide6.QtCore import QThreadPool", "TID251"),
        ("ml/__init__.py", "import subprocess", "TID251"),
        ("ui/theme.py", "from PySide6.QtGui import QImageReader", "TID251"),
        ("core/files.py", "import pickle", "TID251"),
        ("tasks/data.py", "import tensorflow", "TID253"),
        ("core/files.py", "import pandas", "TID253"),
        ("ui/theme.py", "import pyqtgraph", "TID253"),
    ],
)
def test_H9_H11_lint_rules_fail_on_a_violation(tree: Path, file: str, line: str, rule: str) -> None:
    seed(tree, file, line)
    done = run("ruff", "check", "--no-cache", "--select", "TID", "--output-format", "concise", ".", cwd=tree)
    assert done.returncode == 1, done.stdout + done.stderr
    assert rule in done.stdout


def test_the_tree_itself_keeps_the_rules(tree: Path) -> None:
    """So that the tests above fail for the seeded line and for nothing else."""
    assert run("ruff", "check", "--no-cache", "--select", "TID", ".", cwd=tree).returncode == 0
    done = run("lint-imports", "--no-cache", cwd=ROOT)
    assert done.returncode == 0, done.stdout


def test_H9_no_pickle_anywhere() -> None:
    for path in (ROOT / "vv_desktop").rglob("*.py"):
        text = path.read_text()
        assert not re.search(
            r"allow_pickle\s*=\s*True|read_pickle|pickle\.load|joblib\.load|weights_only=False", text
        ), path


def test_tensorflow_generates_no_code() -> None:
    """It would write it to the temporary folder, where a child that ends by os._exit leaves it."""
    named, called = 0, 0
    for path in (ROOT / "vv_desktop").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            named += isinstance(node, ast.Attribute) and ast.unparse(node) == "tf.function"
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "tf.function":
                called += 1
                assert "autograph=False" in map(ast.unparse, node.keywords), f"{path}, line {node.lineno}"
    assert named == called > 0, "a decorator without brackets takes no options"
