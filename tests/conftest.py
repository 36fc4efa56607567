"""What every test stands on: homes of its own, no network, toy vehicles, and a trained toy project made once."""

import os
import shutil
import socket
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
_REAL_HOME = Path.home()
_HOME = tempfile.mkdtemp(prefix="vv-home-")
os.environ["HOME"] = _HOME
for _name, _folder in {
    "XDG_CACHE_HOME": ".cache",
    "XDG_CONFIG_HOME": ".config",
    "XDG_STATE_HOME": ".state",
    "XDG_DATA_HOME": ".data",
}.items():
    os.environ[_name] = str(Path(_HOME) / _folder)

# Child processes of any kind have no such hook: what they would fetch goes to a port here where nobody listens.
os.environ |= dict.fromkeys(("http_proxy", "https_proxy", "all_proxy"), "http://127.0.0.1:9")
os.environ["no_proxy"] = "localhost,127.0.0.1"

import pytest  # noqa: E402

from vv_desktop.core.project import Project  # noqa: E402
from vv_desktop.workers import Flags, WorkerProgress  # noqa: E402

PHOTOS = Path(__file__).resolve().parents[2] / "shared" / "data" / "vehicles"
TOYS = 84


def pytest_report_header() -> str:
    return f"photos: {'the real ones' if PHOTOS.is_dir() else 'none beside the project; toy vehicles stand in'}"


def pytest_unconfigure() -> None:
    shutil.rmtree(_HOME, ignore_errors=True)


_ASKED: list[str] = []
"""What tests wanted of the network since the last one."""
_NETWORK = {"socket.connect", "socket.sendto", "socket.sendmsg", "socket.getaddrinfo", "socket.gethostbyname"}


def _refuse_network(event: str, arguments: tuple[Any, ...]) -> None:
    """Python asks this before it connects or looks up a name, whichever library wants it and on any thread."""
    if event not in _NETWORK:
        return
    address = arguments[1] if isinstance(arguments[0], socket.socket) else arguments[0]
    host = address[0] if isinstance(address, tuple) else address
    if host is None or (isinstance(arguments[0], socket.socket) and arguments[0].family == socket.AF_UNIX):
        return
    if not str(host).startswith(("127.", "::1", "localhost")):
        _ASKED.append(f"{event} {host}")
        raise PermissionError(f"a test wanted the network: {_ASKED[-1]}")


sys.addaudithook(_refuse_network)


@pytest.fixture(autouse=True)
def no_network() -> Iterator[list[str]]:
    """Nothing may leave this machine while the tests run (faults.md H19): what is asked for is refused, and fails
    the test even where the app made a sentence of the refusal."""
    _ASKED.clear()
    yield _ASKED
    assert _ASKED == []


@pytest.fixture
def progress() -> WorkerProgress:
    """A progress that nobody listens to but that has threads and child processes."""
    return WorkerProgress(Flags(), lambda event: None)


@pytest.fixture(scope="session")
def toy_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Toy vehicles with labels.csv, labels.txt and wrong_labels.csv."""
    from vv_desktop.core.toys import write_toys

    folder = tmp_path_factory.mktemp("toys")
    write_toys(folder, TOYS)
    return folder


@pytest.fixture(scope="session")
def untrained(toy_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project of the toy vehicles that has no run; copy it before you change it."""
    from vv_desktop import tasks

    quiet = WorkerProgress(Flags(), lambda event: None)
    plan = tasks.data.read_sources([toy_folder], None, progress=quiet)
    return tasks.data.create_project(plan, tmp_path_factory.mktemp("project") / "untrained", progress=quiet)


@pytest.fixture(scope="session")
def trained(untrained: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same project with one quick run; copy it before you change it."""
    from vv_desktop import tasks
    from vv_desktop.core.plans import QUICK

    folder = tmp_path_factory.mktemp("project") / "trained"
    copy_project(untrained, folder)
    project = Project.open(folder)
    dataset = project.dataset()
    project.close()
    tasks.training.train(
        dataset, QUICK.changed(head_epochs=8), folder, None, progress=WorkerProgress(Flags(), lambda event: None)
    )
    return folder


def copy_project(source: Path, target: Path) -> Path:
    """A copy of a project that finds the same images: its paths are rewritten for the new place."""
    from vv_desktop.core.project import stored_path
    from vv_desktop.core.records import NewImage

    project = Project.open(source)
    rows = [
        NewImage(stored_path(target.resolve(), project.path_of(r.id)), r.size, r.mtime_ns, r.group, r.label, r.split)
        for r in project.images.values()
    ]
    classes = project.classes
    project.close()
    Project.create(target, classes, rows).close()
    for name in ("runs", "cache"):
        if (source / name).is_dir():
            shutil.copytree(source / name, target / name, dirs_exist_ok=True)
    return target


@pytest.fixture
def untrained_copy(untrained: Path, tmp_path: Path) -> Path:
    """A project without runs that the test may change."""
    return copy_project(untrained, tmp_path / "project")


@pytest.fixture
def trained_copy(trained: Path, tmp_path: Path) -> Path:
    """A project with one run that the test may change."""
    return copy_project(trained, tmp_path / "project")
