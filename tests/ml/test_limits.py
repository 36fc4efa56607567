"""A model file of others cannot take the machine: its process has limits, and hitting one is a sentence."""

import subprocess
import sys
from pathlib import Path

import pytest
import tensorflow as tf

from vv_desktop.core.errors import UserError
from vv_desktop.core.limits import MEMORY
from vv_desktop.ml.foreign import predict_with_model
from vv_desktop.workers import WorkerProgress

LIMITED = """
import sys
from vv_desktop.core.limits import limit_this_process
if sys.argv[1:]:
    limit_this_process({"memory": int(sys.argv[1]), "seconds": 1})
try:
    kept = bytearray(300_000_000)
    print("given")
except MemoryError:
    print("refused")
while len(sys.argv) > 2:
    pass
"""


def limited(*arguments: object) -> "subprocess.CompletedProcess[str]":
    return subprocess.run([sys.executable, "-c", LIMITED, *map(str, arguments)], capture_output=True, text=True)


def test_F8_a_limited_process_is_refused_memory_and_ended_after_its_time() -> None:
    assert limited().stdout == "given\n"
    assert limited(2**30).stdout == "given\n"
    assert limited(200_000_000).stdout == "refused\n"
    assert limited(2**30, "busy").returncode < 0, "the system ended it"


def greedy(path: Path, gigabytes: int) -> Path:
    """A .tflite of a few kilobytes with one tensor of this size."""
    side = int((gigabytes * 1e9 / 4) ** 0.5)

    @tf.function(input_signature=[tf.TensorSpec((1, 16, 16, 3), tf.float32)])
    def answer(pixels: tf.Tensor) -> tf.Tensor:
        large = tf.tile(tf.reshape(tf.reduce_mean(pixels), (1, 1)), (side, side))
        return tf.nn.softmax(tf.reduce_mean(large, axis=[0, 1], keepdims=True) * tf.constant([[1.0, 2.0, 3.0]]))

    converter = tf.lite.TFLiteConverter.from_concrete_functions([answer.get_concrete_function()])
    path.write_bytes(converter.convert())
    (path.parent / "labels.txt").write_text("a\nb\nc\n")
    return path


@pytest.mark.parametrize("gigabytes", [10, 100])
def test_F8_a_model_that_wants_more_than_its_limit_is_refused(
    tmp_path: Path, progress: WorkerProgress, gigabytes: int
) -> None:
    path = greedy(tmp_path / "greedy.tflite", gigabytes)
    assert path.stat().st_size < 10_000
    assert gigabytes * 1e9 > MEMORY
    with pytest.raises(UserError, match=r"there is not the memory that it wants.*greedy\.tflite$"):
        predict_with_model([], path, progress)


def test_F8_a_model_that_is_not_greedy_is_opened_within_the_same_limits(
    tmp_path: Path, progress: WorkerProgress
) -> None:
    refused = ""
    try:
        predict_with_model([], greedy(tmp_path / "modest.tflite", 1), progress)
    except UserError as error:
        refused = str(error)
    assert refused == ""
