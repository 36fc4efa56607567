"""The heat map against TensorFlow's own gradient, against the logit it adds up to, and in the mirror."""

from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf

from tests.ml.conftest import SIZE
from vv_desktop.core.errors import UserError
from vv_desktop.core.plans import CLASSIC, QUICK, Plan
from vv_desktop.ml.conversion import to_tflite
from vv_desktop.ml.heat_map import HeatMapper, heat
from vv_desktop.ml.networks import build_network

PICTURE = np.random.default_rng(3).integers(0, 256, (96, 96, 3)).astype(np.uint8)
PLANS = {"average": CLASSIC.changed(image_size=96, units=16), "3x3": QUICK.changed(image_size=96, units=16)}


@pytest.fixture(scope="module", params=PLANS)
def model(request: pytest.FixtureRequest) -> keras.Model:
    """Random weights, and a last layer that has opinions."""
    plan: Plan = PLANS[request.param]
    whole = build_network(None, plan, 4).whole
    last = whole.layers[-1]
    last.set_weights([np.random.default_rng(1).normal(size=w.shape) for w in last.get_weights()])
    return whole


@pytest.fixture(scope="module")
def file(model: keras.Model, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("heat") / "model.tflite"
    path.write_bytes(to_tflite(model, "fp32", None))
    return path


def by_tensorflow(model: keras.Model, picture: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Feature map times the Jacobian of the logits, summed over the channels; and the logits less their bias."""
    at = max(i for i, layer in enumerate(model.layers) if layer.name == "pool")
    features = keras.Model(model.inputs[0], model.layers[at - 1].output)(picture[None].astype(np.float32))
    last = model.layers[-1]
    with tf.GradientTape() as tape:
        tape.watch(features)
        hidden = features
        for layer in model.layers[at:-1]:
            hidden = layer(hidden)
        logits = tf.matmul(hidden, last.kernel)
    jacobian = tape.jacobian(logits, features).numpy()[0, :, 0]
    return (jacobian * features.numpy()).sum(axis=-1), logits.numpy()[0]


def test_it_is_the_gradient_that_tensorflow_takes(model: keras.Model, file: Path) -> None:
    expected, logits = by_tensorflow(model, PICTURE)
    evidence = HeatMapper(file).evidence(PICTURE)
    assert evidence.shape == (4, 3, 3)
    assert np.abs(evidence - expected).max() <= 1e-4 * np.abs(expected).max()
    biases = model.get_layer("hidden").bias.numpy()
    assert not biases.any(), "so that nothing of the logit lies outside the map"
    assert evidence.sum(axis=(1, 2)) == pytest.approx(logits, rel=1e-3, abs=1e-4)


def test_the_warmest_place_is_one_and_what_speaks_against_is_none(file: Path) -> None:
    mapper = HeatMapper(file)
    for label in range(4):
        warm = heat(mapper, PICTURE, label, None)
        assert warm.shape == (3, 3)
        assert warm.min() >= 0
        assert warm.max() in (0, 1)
    evidence = mapper.evidence(PICTURE)
    speaks = evidence[2] > np.delete(evidence, 2, axis=0).mean(axis=0)
    assert np.array_equal(heat(mapper, PICTURE, 2, None) > 0, speaks)


def test_a_mirrored_picture_has_the_mirrored_heat_of_the_mirrored_class(file: Path) -> None:
    mapper, partners = HeatMapper(file), (1, 0, 2, 3)
    there = heat(mapper, PICTURE, 0, partners)
    back = heat(mapper, np.ascontiguousarray(PICTURE[:, ::-1]), 1, partners)
    assert there == pytest.approx(back[:, ::-1], abs=1e-4)
    assert not np.allclose(there, heat(mapper, PICTURE, 0, None), atol=1e-2)


def test_a_picture_of_another_size_is_refused(file: Path) -> None:
    with pytest.raises(UserError, match=r"uint8 pixels 96 × 96 × 3; received uint8 \(64, 64, 3\)"):
        HeatMapper(file).evidence(PICTURE[:SIZE, :SIZE])


def test_what_has_no_feature_map_is_refused(tmp_path: Path) -> None:
    inputs = keras.Input((8, 8, 3))
    model = keras.Model(inputs, keras.layers.Dense(2, "softmax")(keras.layers.Flatten()(inputs)))
    path = tmp_path / "flat.tflite"
    path.write_bytes(to_tflite(model, "fp32", None))
    with pytest.raises(UserError, match=r"received .*flat\.tflite"):
        HeatMapper(path)
    (tmp_path / "no.tflite").write_bytes(b"no model")
    with pytest.raises(UserError, match=r"cannot be loaded: .*no\.tflite"):
        HeatMapper(tmp_path / "no.tflite")
