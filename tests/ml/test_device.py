"""Where a training runs, and half precision forced on the CPU: the same recipe, and a float32 model in the end."""

import gc
import math
import weakref
from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf

from tests.ml.conftest import SMALL, Recorder, weights_of
from tests.ml.test_folding import odd_network
from vv_desktop.core.dataset import Dataset
from vv_desktop.ml import phases
from vv_desktop.ml.conversion import load
from vv_desktop.ml.device import Device, chosen_device, computing_in, loss_scaled
from vv_desktop.ml.folding import FoldedForward
from vv_desktop.ml.material import gathered
from vv_desktop.ml.steps import Adam, train_step

HALF = Device("a GPU that is none", "mixed_float16")


def test_E23_without_a_gpu_it_is_the_cpu_in_float32() -> None:
    device = chosen_device()
    assert device.policy == "float32"
    assert str(device).endswith(("CPU core, float32", "CPU cores, float32"))


def test_a_gpu_is_taken_with_half_precision_and_as_much_memory_as_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    growing: list[str] = []
    monkeypatch.setattr(tf.config, "list_physical_devices", lambda kind: ["gpu 0", "gpu 1"])
    experimental = tf.config.experimental
    monkeypatch.setattr(experimental, "set_memory_growth", lambda gpu, grow: growing.append(gpu) if grow else None)
    monkeypatch.setattr(experimental, "get_device_details", lambda gpu: {"device_name": "Tester 1"})
    assert chosen_device() == Device("GPU Tester 1", "mixed_float16")
    assert growing == ["gpu 0", "gpu 1"]


def test_a_training_in_half_precision_learns_and_saves_a_float32_model(
    toys: Dataset, tmp_path: Path, tiny_backbone: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    convolutions: set[str] = set()
    answers: set[str] = set()

    class Watched(FoldedForward):
        def __call__(self, inputs: tf.Tensor, training: bool) -> tf.Tensor:
            answer = super().__call__(inputs, training)
            convolutions.update(o.get_attr("T").name for o in answer.graph.get_operations() if o.type == "Conv2D")
            answers.add(answer.dtype.name)
            return answer

    monkeypatch.setattr(phases, "FoldedForward", Watched)
    plan = SMALL.changed(head_epochs=1, fine_tune_epochs=6, fine_tune_learning_rate=5e-3)
    material = gathered(toys, plan, tmp_path, tmp_path, "random", Recorder())
    progress = Recorder()
    trained = phases.train_phases(material, tmp_path / "model.keras", 0.0, progress, device=HALF)

    assert "Training on a GPU that is none, float16 in phase 2" in progress.notes
    assert trained.device == HALF
    assert (convolutions, answers) == ({"float16"}, {"float32"})
    losses = [epoch.loss for epoch in trained.history if epoch.phase == "fine-tune"]
    assert all(math.isfinite(loss) for loss in losses)
    assert losses[-1] < 0.9 * losses[0]

    # Written while phase 2 was under way in float16.
    saved = load(tmp_path / "model.keras")
    for model in (saved, trained.network.whole):
        assert {layer.dtype_policy.name for layer in model.layers} == {"float32"}
        assert {values.dtype.name for values in model.get_weights()} == {"float32"}
    assert weights_of(saved) == weights_of(trained.network.whole)


def test_half_precision_folds_what_float32_does_and_answers_nearly_the_same() -> None:
    whole = odd_network()
    model = keras.Model(whole.inputs[0], whole.layers[-1].input)  # its softmax would hide a difference
    inputs = np.random.default_rng(1).normal(0, 1, (2, 12, 12, 3)).astype(np.float32)
    expected = np.asarray(model(inputs, training=False))
    with computing_in(model, "mixed_float16"):
        folded = FoldedForward(model)
        mine = np.asarray(folded(tf.constant(inputs), False))
    assert folded.folded == 3
    assert mine.dtype == np.float32
    assert 0 < np.abs(mine - expected).max() < 5e-3 * np.abs(expected).max()
    assert {layer.dtype_policy.name for layer in model.layers} == {"float32"}


def test_a_convolution_is_not_folded_with_a_layer_of_another_precision() -> None:
    model = odd_network()
    half = keras.dtype_policies.DTypePolicy("mixed_float16")
    model.get_layer("bn_a").dtype_policy = half
    model.get_layer("c").dtype_policy = half
    assert FoldedForward(model).folded == 1  # b


def faint_model() -> keras.Model:
    """One layer of half precision between two that are not."""
    layers, seed = keras.layers, keras.initializers.GlorotUniform(seed=1)
    inputs = keras.Input((4,))
    x = layers.Dense(8, kernel_initializer=seed, dtype="mixed_float16", name="half")(inputs)
    return keras.Model(inputs, layers.Dense(3, activation="softmax", kernel_initializer=seed)(x))


def test_small_gradients_survive_as_the_loss_is_scaled() -> None:
    batch = np.ones((2, 4), np.float32), np.array([0, 2]), np.full(2, 1e-8, np.float32)
    moved = []
    for wrapped in (False, True):
        model = faint_model()
        optimizer = keras.optimizers.SGD(1e8)
        before = model.get_layer("half").get_weights()[0]
        loss, _ = train_step(model, loss_scaled(optimizer, model) if wrapped else optimizer, np.float32)(*batch)
        assert float(loss) < 1e-7  # what is reported is not scaled
        moved.append(np.abs(model.get_layer("half").get_weights()[0] - before).max())
    assert moved[0] == 0
    assert 1e-2 < moved[1] < 10


def test_a_step_whose_gradients_overflow_is_left_out() -> None:
    model = faint_model()
    optimizer = loss_scaled(Adam(0.1), model)
    step, before = train_step(model, optimizer, np.float32), weights_of(model)
    inputs, labels = np.ones((2, 4), np.float32), np.array([0, 2])
    step(inputs, labels, np.full(2, 1e4, np.float32))
    assert weights_of(model) == before
    assert float(optimizer.dynamic_scale) == 2.0**14
    step(inputs, labels, np.ones(2, np.float32))
    assert weights_of(model) != before
    optimizer.learning_rate = 0.05  # as after a plateau
    assert float(optimizer.inner_optimizer.learning_rate) == pytest.approx(0.05)


def test_only_half_precision_scales_its_loss_and_that_leaves_nothing_behind() -> None:
    model = odd_network()
    plain = Adam(0.1)
    assert loss_scaled(plain, model) is plain
    model = faint_model()
    optimizer = loss_scaled(Adam(0.1), model)
    step = train_step(model, optimizer, np.float32)
    step(np.ones((2, 4), np.float32), np.array([0, 2]), np.ones(2, np.float32))
    left = [weakref.ref(o) for o in (step, model, optimizer, step.get_concrete_function().graph)]
    del step, model, optimizer
    gc.collect()
    assert [ref() for ref in left] == [None] * 4
