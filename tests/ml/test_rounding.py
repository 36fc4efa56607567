"""Weights rounded for int8: on the grid the converter takes, and nearer to the model than each rounded by itself."""

import keras
import numpy as np
import pytest

from vv_desktop.ml.rounding import Rounder

SIZE = 24


@pytest.fixture(scope="module")
def model() -> keras.Model:
    """Inputs that go together strongly, as in photos: a wide layer on few channels, depthwise and dense behind it."""
    keras.utils.set_random_seed(1)
    pixels = keras.Input((SIZE, SIZE, 3))
    x = keras.layers.Rescaling(1 / 127.5, offset=-1.0)(pixels)
    x = keras.layers.Conv2D(32, 3, strides=2, padding="same", use_bias=False, name="first")(x)
    x = keras.layers.BatchNormalization(name="norm")(x)
    x = keras.layers.ReLU(6.0)(x)
    x = keras.layers.DepthwiseConv2D(3, padding="same", name="depthwise")(x)
    x = keras.layers.Conv2D(64, 1, activation="relu", name="second")(x)
    x = keras.layers.GlobalAveragePooling2D()(x)
    return keras.Model(pixels, keras.layers.Dense(10, name="answer")(x))


@pytest.fixture(scope="module")
def images() -> np.ndarray:
    """Smooth pictures: neighbouring pixels and colours are nearly alike."""
    random = np.random.default_rng(0)
    coarse = random.integers(0, 256, (64, 4, 4, 1)).repeat(6, axis=1).repeat(6, axis=2)
    return np.clip(coarse + random.integers(-9, 10, (64, SIZE, SIZE, 3)), 0, 255).astype(np.uint8)


def quiet(name: str, done: int, total: int) -> None:
    pass


def answers(model: keras.Model, images: np.ndarray) -> np.ndarray:
    return np.asarray(model(images.astype(np.float32), training=False))


def steps_of(kernel: np.ndarray, name: str) -> np.ndarray:
    """A kernel in steps of its output channels' scales."""
    axes = (0, 1) if name == "depthwise" else tuple(range(kernel.ndim - 1))
    return kernel / (np.abs(kernel).max(axis=axes, keepdims=True) / 127)


LAYERS = ("first", "depthwise", "second", "answer")


def test_float16_weights_are_exact_and_nearer_too(model: keras.Model, images: np.ndarray) -> None:
    plain, found = keras.models.clone_model(model), Rounder(model, images[:48], quiet).rounded("fp16")
    plain.set_weights([values.astype(np.float16).astype(np.float32) for values in model.get_weights()])
    for name in ("depthwise", "second", "answer"):  # no BatchNormalization is folded into these
        kernel = np.asarray(found.get_layer(name).kernel)
        assert np.array_equal(kernel, kernel.astype(np.float16))
    expected = answers(model, images[48:])
    assert np.abs(answers(found, images[48:]) - expected).mean() < np.abs(answers(plain, images[48:]) - expected).mean()


def test_every_kernel_is_on_the_grid(model: keras.Model, images: np.ndarray) -> None:
    found = Rounder(model, images[:48], quiet).rounded("int8")
    for name in LAYERS:
        steps = steps_of(np.asarray(found.get_layer(name).kernel), name)
        assert np.abs(steps - np.rint(steps)).max() < 1e-2, name
        assert np.abs(steps).max() <= 127.01
    assert np.abs(steps_of(np.asarray(model.get_layer("first").kernel), "first") % 1).max() > 0.4, "it was off before"


def test_it_is_nearer_to_the_model_than_each_weight_by_itself(model: keras.Model, images: np.ndarray) -> None:
    plain = keras.models.clone_model(model)
    plain.set_weights(model.get_weights())
    for name in LAYERS:
        kernel = np.asarray(plain.get_layer(name).kernel)
        steps = steps_of(kernel, name)
        plain.get_layer(name).kernel.assign(np.rint(steps) * (kernel / np.where(steps == 0, 1, steps)))
    expected = answers(model, images[48:])
    nearest = np.abs(answers(plain, images[48:]) - expected).mean()
    fitted = np.abs(answers(Rounder(model, images[:48], quiet).rounded("int8"), images[48:]) - expected).mean()
    assert fitted < 0.7 * nearest
