"""Folded fine-tuning: the loss, gradients and weights of the plain Keras model, and what is said where it cannot be."""

from collections.abc import Callable
from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf

from tests.ml.conftest import SIZE, SMALL, Recorder, weights_of
from vv_desktop.core.dataset import Dataset
from vv_desktop.ml import networks, phases
from vv_desktop.ml.folding import CannotFold, FoldedForward
from vv_desktop.ml.material import gathered
from vv_desktop.ml.networks import build_network, freeze_statistics
from vv_desktop.ml.steps import Adam, answer_step, train_step

PX, BATCH = 96, 4
PLANS = {
    "average": SMALL.changed(image_size=PX, dropout=0.3),
    "3x3": SMALL.changed(image_size=PX, pooling="3x3", dropout=0.3),
}


def fine_tunable(pooling: str) -> keras.Model:
    """A whole network whose BatchNormalization has learnt something else than 0 and 1, as if from ImageNet."""
    network = build_network(None, PLANS[pooling], 3)
    random = np.random.default_rng(5)
    for layer in network.backbone.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            shape = layer.gamma.shape
            means = [random.uniform(0.8, 1.2, shape), random.normal(0, 0.1, shape), random.normal(0, 0.1, shape)]
            layer.set_weights([*means, random.uniform(0.8, 1.2, shape)])
    freeze_statistics(network.backbone)
    return network.whole


def batch(seed: int) -> tuple[np.ndarray, ...]:
    random = np.random.default_rng(seed)
    pixels = random.integers(0, 256, (BATCH, PX, PX, 3)).astype(np.uint8)
    return pixels, random.integers(0, 3, BATCH), random.uniform(0.5, 2.0, BATCH).astype(np.float32)


def statistics(model: keras.Model) -> bytes:
    norms = [layer for layer in model.layers if isinstance(layer, keras.layers.BatchNormalization)]
    assert len(norms) == 52
    return b"".join(value.tobytes() for layer in norms for value in layer.get_weights())


@pytest.mark.parametrize("pooling", ["average", "3x3"])
def test_loss_and_every_gradient_are_those_of_plain_keras(pooling: str) -> None:
    model = fine_tunable(pooling)
    # One graph draws its dropout from one seed: the same masks in both only if both start from it.
    folded, twin = FoldedForward(model), fine_tunable(pooling)
    assert folded.folded == 52
    pixels, labels, _ = batch(0)

    def loss_and_gradients(which: keras.Model, forward: object) -> tuple[float, list[np.ndarray]]:
        @tf.function
        def compute() -> tuple[tf.Tensor, list[tf.Tensor]]:
            with tf.GradientTape() as tape:
                answer = forward(tf.cast(pixels, tf.float32))  # type: ignore[operator]
                loss = tf.reduce_mean(keras.losses.sparse_categorical_crossentropy(labels, answer))
            return loss, tape.gradient(loss, which.trainable_variables)

        loss, gradients = compute()
        return float(loss), [np.asarray(gradient) for gradient in gradients]

    mine, my_gradients = loss_and_gradients(model, lambda x: folded(x, True))
    plain, gradients = loss_and_gradients(twin, lambda x: twin(x, training=True))
    assert mine == pytest.approx(plain, rel=1e-6)
    assert len(gradients) == 52 + 4
    for my_own, expected in zip(my_gradients, gradients, strict=True):
        largest = np.abs(expected).max()
        assert largest > 0
        assert np.abs(my_own - expected).max() < 5e-4 * largest


@pytest.mark.parametrize(
    "optimizer",
    [lambda: keras.optimizers.SGD(1e-5, momentum=0.9), lambda: Adam(1e-5, epsilon=1e-2)],
    ids=["descent", "adam"],
)
def test_a_small_epoch_ends_at_the_weights_of_plain_keras(optimizer: Callable[[], keras.Optimizer]) -> None:
    """Small steps, and Adam with an epsilon above rounding.

    With its own epsilon Adam makes a whole step of a gradient of 1e-9, and large steps on noise are
    chaotic: there any other order of additions ends elsewhere.
    """
    plain, folded = fine_tunable("average"), fine_tunable("average")
    before, frozen = [np.array(v) for v in plain.trainable_variables], statistics(folded)
    steps = (
        train_step(plain, optimizer(), np.uint8),
        train_step(folded, optimizer(), np.uint8, FoldedForward(folded)),
    )
    for number in range(6):
        theirs, mine = (float(step(*batch(number))[0]) for step in steps)
        assert mine == pytest.approx(theirs, rel=1e-5)
    ways, gaps = [], []
    for mine, theirs, start in zip(folded.trainable_variables, plain.trainable_variables, before, strict=True):
        ways.append(np.array(theirs) - start)
        gaps.append(np.array(mine) - np.array(theirs))
        assert np.abs(ways[-1]).max() > 0
        assert np.abs(gaps[-1]).max() < 3e-2 * np.abs(ways[-1]).max()
    distance, way = (np.linalg.norm(np.concatenate([v.ravel() for v in values])) for values in (gaps, ways))
    assert distance < 3e-3 * way
    assert statistics(folded) == frozen == statistics(plain)


def test_validation_is_that_of_plain_keras_and_what_is_saved_is_too(tmp_path: Path) -> None:
    model = fine_tunable("average")
    forward = FoldedForward(model)
    step = train_step(model, Adam(1e-4), np.uint8, forward)
    step(*batch(0))
    mine, theirs = (np.asarray(answer_step(model, np.uint8, way)(batch(1)[0])) for way in (forward, None))
    assert np.allclose(mine, theirs, rtol=1e-4, atol=1e-6)
    phases.save_keras(model, tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras", safe_mode=True, compile=False)
    assert weights_of(loaded) == weights_of(model)
    assert [layer.name for layer in loaded.layers] == [layer.name for layer in model.layers]
    pixels = batch(2)[0].astype(np.float32)
    assert np.array_equal(np.asarray(loaded(pixels)), np.asarray(model(pixels)))


def odd_network(trainable: bool = False) -> keras.Model:
    """Everything a fold has to tell apart: bias, plain ReLU, no ReLU, a sum, a second reader, learning statistics."""
    layers = keras.layers
    inputs = keras.Input((12, 12, 3))
    first = layers.BatchNormalization(name="bn_a")(layers.Conv2D(8, 3, padding="same", name="a")(inputs))
    x = layers.ReLU()(first)
    x = layers.BatchNormalization(scale=False, name="bn_b")(layers.DepthwiseConv2D(3, depth_multiplier=2, name="b")(x))
    x = layers.Activation("relu")(x)
    shared = layers.Conv2D(8, 1, name="shared")(x)
    x = layers.add([layers.BatchNormalization(name="bn_shared")(shared), shared])
    active = layers.Conv2D(8, 1, activation="relu", name="active")(x)
    x = layers.BatchNormalization(center=False, name="bn_active")(active)
    x = layers.BatchNormalization(name="bn_c")(layers.Conv2D(8, 1, use_bias=False, name="c")(x))
    x = layers.LeakyReLU(0.2)(x)
    whole = layers.concatenate([layers.GlobalAveragePooling2D()(t) for t in (x, first)])
    model = keras.Model(inputs, layers.Dense(3, activation="softmax")(whole))
    random = np.random.default_rng(0)
    for layer in model.layers:
        if isinstance(layer, (layers.BatchNormalization, layers.Conv2D, layers.DepthwiseConv2D)):
            layer.set_weights([random.uniform(0.2, 1.0, w.shape) for w in layer.get_weights()])
        if isinstance(layer, layers.BatchNormalization):
            layer.trainable = trainable
    return model


def test_only_what_can_be_folded_is() -> None:
    model = odd_network()
    folded = FoldedForward(model)
    assert folded.folded == 3  # a, b and c
    inputs = np.random.default_rng(1).normal(0, 1, (2, 12, 12, 3)).astype(np.float32)
    expected = np.asarray(model(inputs, training=False))
    assert np.allclose(np.asarray(folded(tf.constant(inputs), False)), expected, atol=1e-6)


def test_what_cannot_be_folded_is_refused_with_a_reason() -> None:
    with pytest.raises(CannotFold, match="frozen"):
        FoldedForward(odd_network(trainable=True))
    with pytest.raises(CannotFold, match="not a functional model"):
        FoldedForward(Subclassed())
    inputs = keras.Input((12, 12, 3))
    with pytest.raises(CannotFold, match="2 inputs or outputs"):
        FoldedForward(keras.Model(inputs, [odd_network()(inputs), inputs]))


class Subclassed(keras.Model):
    """A network that is no graph of layers."""

    inputs = outputs = (None,)

    def call(self, inputs: tf.Tensor) -> tf.Tensor:
        return inputs


@pytest.mark.parametrize("foldable", [True, False])
def test_phase_2_folds_and_says_so_where_it_cannot(
    foldable: bool, toys: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def backbone(weights: Path | None, size: int, pooling: str, seed: int, name: str) -> keras.Model:
        pixels = keras.Input((size, size, 3))
        x = keras.layers.Conv2D(4, 5, strides=4)(keras.layers.Rescaling(1 / 255)(pixels))
        x = keras.layers.BatchNormalization()(x) if foldable else x
        return keras.Model(pixels, keras.layers.GlobalAveragePooling2D()(x))

    calls: list[bool] = []

    class Watched(FoldedForward):
        def __call__(self, inputs: tf.Tensor, training: bool) -> tf.Tensor:
            calls.append(training)
            return super().__call__(inputs, training)

    monkeypatch.setattr(networks, "build_backbone", backbone)
    monkeypatch.setattr(phases, "FoldedForward", Watched)
    plan = SMALL.changed(head_epochs=0, fine_tune_epochs=1, image_size=SIZE)
    found = gathered(toys, plan, tmp_path, tmp_path, "random", Recorder())
    progress = Recorder()
    trained = phases.train_phases(found, tmp_path / "model.keras", 0.0, progress)
    assert len(trained.history) == 1
    assert set(calls) == ({True, False} if foldable else set())
    assert ("without folded BatchNormalization" in progress.notes) != foldable
