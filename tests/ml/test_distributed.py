"""Training on several machines, with two processes on this one: the numbers of one, one will, and no hang."""

import contextlib
import json
import re
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from tests.ml.conftest import Recorder
from tests.ml.together import PLAN, as_json
from vv_desktop.core.cluster import Cluster, cluster_of
from vv_desktop.core.dataset import Dataset
from vv_desktop.core.errors import UserError
from vv_desktop.core.progress import EpochEnd
from vv_desktop.core.runs import load_run
from vv_desktop.ml.material import gathered
from vv_desktop.ml.training import train

ROOT = Path(__file__).resolve().parents[2]
EPOCH = 4 + 2  # batches of training and validation


@pytest.fixture(scope="module")
def alone(toys: Dataset, tiny_backbone: None, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Recorder]:
    """The plan trained by this process; its cache is that of the workers, who need not convert anything."""
    folder, progress = tmp_path_factory.mktemp("together"), Recorder()
    (folder / "alone").mkdir()
    train(toys, PLAN, folder / "alone", folder / "cache", folder / "cache", "random", progress)
    (folder / "toys.json").write_text(as_json(toys))
    return folder, progress


@pytest.fixture(scope="module")
def together(alone: tuple[Path, Recorder]) -> list[dict[str, Any]]:
    """What the chief and the other worker saw, which was terminated in the end."""
    folder, _ = alone
    command = [sys.executable, "-m", "tests.ml.together", str(folder)]
    ports = free_ports(2)
    workers = [
        subprocess.Popen([*command, str(index), *ports], cwd=ROOT, stderr=subprocess.PIPE, text=True)
        for index in (0, 1)
    ]
    try:
        errors = [worker.communicate(timeout=200)[1] for worker in workers]
    finally:
        for worker in workers:
            worker.kill()
            worker.wait()
    assert [worker.returncode for worker in workers] == [0, -signal.SIGTERM], "\n".join(errors)
    return [json.loads((folder / f"seen-{index}.json").read_text()) for index in (0, 1)]


def test_two_workers_give_the_losses_of_one(alone: tuple[Path, Recorder], together: list[dict[str, Any]]) -> None:
    folder, progress = alone
    expected = [(e.phase, e.loss, e.accuracy, e.val_loss, e.val_accuracy) for e in progress.of(EpochEnd)]
    assert [phase for phase, *_ in expected] == ["head"] * 2 + ["fine-tune"] * 2
    for seen in together:
        assert seen["whole"]["error"] == ""
        assert [phase for phase, *_ in seen["whole"]["epochs"]] == [phase for phase, *_ in expected]
        for (_, *found), (_, *wanted) in zip(seen["whole"]["epochs"], expected, strict=True):
            assert found == pytest.approx(wanted, abs=1e-3)
        assert "without folded" not in seen["whole"]["notes"]
    assert together[0]["whole"]["epochs"] == together[1]["whole"]["epochs"], "bit for bit the same on both"
    run = load_run(folder / "whole")
    assert [e.loss for e in run.history] == [e[1] for e in together[0]["whole"]["epochs"]]
    assert {p.name for p in run.folder.iterdir()} == {
        "run.json",
        "known.npz",
        "model.keras",
        "model.tflite",
        "predictions.npz",
    }


def test_the_replicas_draw_differently(together: list[dict[str, Any]]) -> None:
    assert together[0]["seed"] == [7, 0]
    assert together[1]["seed"] != [7, 0]


def test_a_stop_on_one_worker_ends_all_before_the_same_batch(
    alone: tuple[Path, Recorder], together: list[dict[str, Any]]
) -> None:
    for seen in together:
        assert (seen["stop"]["error"], seen["stop"]["asked"]) == ("", EPOCH + 2)
        assert len(seen["stop"]["epochs"]) == 1
    assert load_run(alone[0] / "stop").stopped


def test_a_cancel_on_one_worker_ends_all_and_nothing_is_kept(
    alone: tuple[Path, Recorder], together: list[dict[str, Any]]
) -> None:
    assert [seen["cancel"]["error"] for seen in together] == ["Cancelled: "] * 2
    assert together[1]["cancel"]["batches"] == 2
    assert not (alone[0] / "cancel").exists()


def test_other_labels_are_refused_by_both(together: list[dict[str, Any]]) -> None:
    first, second = (seen["labels"]["error"] for seen in together)
    assert first == second
    assert "same labels" in first
    assert "worker 1" in first
    assert "received 127.0.0.1:" in first


def test_a_worker_that_dies_is_a_sentence_and_the_best_network_stays(
    toys: Dataset, alone: tuple[Path, Recorder], together: list[dict[str, Any]]
) -> None:
    kept = alone[0] / "death" / "model.keras"
    chief = together[0]["death"]
    assert chief["error"].startswith("UserError: Worker 1 (127.0.0.1:")
    assert "does not answer any more" in chief["error"]
    assert chief["error"].endswith(f"the best network so far is kept: {kept}")
    assert [phase for phase, *_ in chief["epochs"]] == ["head", "head", "fine-tune"]
    assert not (kept.parent / "run.json").exists()
    model = keras.saving.load_model(kept, compile=False)
    val = gathered(toys, PLAN, alone[0] / "cache", alone[0] / "cache", "random", Recorder()).examples(
        "fine-tune", "val"
    )
    answers = np.asarray(model(val.rows[val.places].astype(np.float32)))
    assert np.mean(answers.argmax(1) == val.labels) == max(accuracy for *_, accuracy in chief["epochs"])


def free_ports(count: int) -> list[str]:
    """Ports that nobody listens on; all are held until the last is found, so that no two are the same."""
    with contextlib.ExitStack() as held:
        sockets = [held.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [str(each.getsockname()[1]) for each in sockets]


def test_the_command_line_names_the_workers() -> None:
    cluster = cluster_of("a:1234, [::1]:80", 1, {"TF_CONFIG": "not asked"})
    assert cluster == Cluster(("a:1234", "[::1]:80"), 1)
    assert cluster_of("a:1234", 0, {}) is None, "one worker trains alone"
    assert cluster_of(None, None, {}) is None


@pytest.mark.parametrize(
    ("workers", "index", "received"),
    [
        ("a:1,b", 0, "received 'b'"),
        ("a:1,:2", 0, "received ':2'"),
        ("a:1,b:0", 0, "received 'b:0'"),
        ("a:1,b:65536", 0, "received 'b:65536'"),
        ("a:1,b:x", 0, "received 'b:x'"),
        ("a:1,", 0, "received ''"),
        ("a:1,a:1", 0, "received 'a:1,a:1'"),
        ("a:1,b:2", 2, "between 0 and 1; received 2"),
        ("a:1,b:2", -1, "received -1"),
        ("a:1,b:2", None, "needs --worker-index, from 0 on; received 'a:1,b:2'"),
        (None, 1, "received 1"),
    ],
)
def test_what_is_no_worker_is_refused(workers: str | None, index: int | None, received: str) -> None:
    with pytest.raises(UserError, match=f"{re.escape(received)}$"):
        cluster_of(workers, index, {})


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        ("", None),
        ("{}", None),
        ('{"cluster": {"worker": ["a:1"]}, "task": {"type": "worker", "index": 0}}', None),
        (
            '{"cluster": {"worker": ["a:1", "b:2"]}, "task": {"type": "worker", "index": "1"}}',
            Cluster(("a:1", "b:2"), 1),
        ),
        (
            '{"cluster": {"worker": ["b:2", "c:3"], "chief": ["a:1"]}, "task": {"type": "worker", "index": 0}}',
            Cluster(("a:1", "b:2", "c:3"), 1),
        ),
        (
            '{"cluster": {"worker": ["b:2"], "chief": ["a:1"]}, "task": {"type": "chief", "index": 0}}',
            Cluster(("a:1", "b:2"), 0),
        ),
    ],
)
def test_a_launcher_names_the_workers(config: str, expected: Cluster | None) -> None:
    assert cluster_of(None, None, {"TF_CONFIG": config}) == expected


@pytest.mark.parametrize(
    ("config", "received"),
    [
        ("{", "'{'"),
        ("[1]", "'[1]'"),
        ('{"cluster": {"worker": 3}}', '\'{"cluster": {"worker": 3}}\''),
        ('{"cluster": {"worker": ["a:1"], "ps": ["b:2"]}}', "'worker, ps'"),
        ('{"cluster": {"worker": ["a:1", "b:2"]}, "task": {"type": "worker", "index": 2}}', "worker 2"),
        ('{"cluster": {"worker": ["a:1", "b:2"]}, "task": {"type": "evaluator", "index": 0}}', "evaluator 0"),
        ('{"cluster": {"worker": ["a:1", "b"]}, "task": {"type": "worker", "index": 0}}', "'b'"),
    ],
)
def test_a_launcher_that_names_none_is_refused(config: str, received: str) -> None:
    with pytest.raises(UserError, match=f"received {re.escape(received)}$"):
        cluster_of(None, None, {"TF_CONFIG": config})
