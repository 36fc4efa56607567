"""Temperature scaling: the number is found again, lies in the weights, and every file of the run answers with it."""

from pathlib import Path

import keras
import numpy as np
import pytest

from tests.ml.conftest import SMALL, SMALL_QUICK, Recorder
from vv_desktop.core.calibration import calibration_error
from vv_desktop.core.confidence import reliability
from vv_desktop.core.dataset import Dataset
from vv_desktop.core.plans import Plan
from vv_desktop.core.runs import load_run
from vv_desktop.ml import temperature
from vv_desktop.ml.litert import LiteRtNetwork
from vv_desktop.ml.material import Examples, gathered
from vv_desktop.ml.networks import build_head
from vv_desktop.ml.temperature import calibrate, fitted
from vv_desktop.ml.training import train


@pytest.fixture
def random() -> np.random.Generator:
    return np.random.default_rng(5)


def softmax(logits: np.ndarray) -> np.ndarray:
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return (powers / powers.sum(axis=1, keepdims=True)).astype(np.float32)


def drawn(answers: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """A label for each row, as likely as the answer says."""
    return np.array([random.choice(len(row), p=row / row.sum()) for row in answers.astype(float)])


@pytest.mark.parametrize("right", [0.5, 1.0, 2.5])
def test_the_temperature_that_the_labels_were_drawn_with_is_found(right: float, random: np.random.Generator) -> None:
    logits = random.normal(0, 3, (4000, 5))
    assert fitted([softmax(logits)], drawn(softmax(logits / right), random)) == pytest.approx(right, rel=0.08)


def test_of_two_views_each_is_scaled_before_they_are_averaged(random: np.random.Generator) -> None:
    logits = random.normal(0, 3, (4000, 5))
    other = logits + random.normal(0, 1, logits.shape)
    answer = (softmax(logits / 2) + softmax(other / 2)) / 2
    assert fitted([softmax(logits), softmax(other)], drawn(answer, random)) == pytest.approx(2, rel=0.08)


def test_the_last_layer_is_divided_and_no_answer_changes(random: np.random.Generator) -> None:
    head = build_head(SMALL, (12,), 3)
    head.get_layer("probabilities").set_weights([random.normal(0, 1.5, w.shape) for w in head.get_weights()[-2:]])
    rows = random.normal(0, 1, (400, 12)).astype(np.float32)
    before = np.asarray(head(rows))
    labels = drawn(softmax(np.log(before + 1e-9) / 3), random)
    val = Examples(rows, np.arange(400), labels, np.ones(400, np.float32))
    found = calibrate(head, val, lambda asked: np.asarray(head(asked)))
    assert found is not None
    after = np.asarray(head(rows))
    assert found.temperature == pytest.approx(3, rel=0.25)
    assert found.images == 400
    assert np.abs(after - softmax(np.log(before.astype(float)) / found.temperature)).max() < 1e-4
    assert np.array_equal(after.argmax(axis=1), before.argmax(axis=1))
    assert found.before == reliability(before, labels)
    assert calibration_error(reliability(after, labels)) < calibration_error(found.before) / 2


def test_too_few_images_change_nothing() -> None:
    head = build_head(SMALL, (12,), 3)
    weights = [w.copy() for w in head.get_weights()]
    rows = np.zeros((29, 12), np.float32)
    val = Examples(rows, np.arange(29), np.zeros(29, np.int64), np.ones(29, np.float32))
    assert calibrate(head, val, lambda asked: np.asarray(head(asked))) is None
    assert all(np.array_equal(a, b) for a, b in zip(weights, head.get_weights(), strict=True))


@pytest.mark.usefixtures("tiny_backbone")
@pytest.mark.parametrize("plan", [SMALL, SMALL_QUICK], ids=["whole", "head"])
def test_every_file_of_a_run_answers_with_it(
    plan: Plan, toys: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def run(name: str, fewest: int) -> tuple[np.ndarray, np.ndarray, np.ndarray, float]:
        monkeypatch.setattr(temperature, "FEWEST", fewest)
        (tmp_path / name).mkdir()
        made = train(toys, plan, tmp_path / name, tmp_path, tmp_path, "random", Recorder())
        assert load_run(made.folder).calibration == made.calibration
        model = keras.saving.load_model(made.keras_file, compile=False)
        return (
            made.predictions().probabilities,
            np.asarray(model(asked.astype(np.float32))),
            LiteRtNetwork(made.tflite_file).run(asked),
            made.calibration.temperature if made.calibration else 1.0,
        )

    pixels = gathered(toys, plan, tmp_path, tmp_path, "random", Recorder()).pixels
    asked = pixels.rows[pixels.places]
    plain, *_ = run("plain", 1000)
    *answers, found = run("scaled", 5)
    assert found != 1.0
    for answer in answers:
        assert np.abs(answer - softmax(np.log(plain.astype(float)) / found)).max() < 3e-3
