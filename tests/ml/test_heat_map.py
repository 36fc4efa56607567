"""The heat map against TensorFlow's own gradient, against the logit it adds up to, and in the mirror."""

from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf

from tests.ml.conftest import SIZE
from vv_desktop.core.classes import ClassList
from vv_desktop.core.errors import UserError
from vv_desktop.core.plans import CLASSIC, QUICK, Plan
from vv_desktop.ml.conversion import to_tflite
from vv_desktop.ml.heat_map import HeatMapper, heat_map
from vv_desktop.ml.networks import build_network

CLASSES = ClassList(("FrontLeft", "FrontRight", "RearLeft", "RearRight"))
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
    evidence, said = HeatMapper(file).evidence(PICTURE)
    assert said == pytest.approx(logits + model.layers[-1].bias.numpy(), rel=1e-3, abs=1e-4)
    assert evidence.shape == (4, 3, 3)
    assert np.abs(evidence - expected).max() <= 1e-4 * np.abs(expected).max()
    biases = model.get_layer("hidden").bias.numpy()
    assert not biases.any(), "so that nothing of the logit lies outside the map"
    assert evidence.sum(axis=(1, 2)) == pytest.approx(logits, rel=1e-3, abs=1e-4)


def test_the_answer_is_the_models_and_its_warmest_place_is_one(model: keras.Model, file: Path) -> None:
    mapper = HeatMapper(file)
    found = heat_map(mapper, PICTURE, CLASSES, None)
    answer = model.predict(PICTURE[None], verbose=0)[0]
    assert found.name == CLASSES.names[answer.argmax()]
    assert found.probability == pytest.approx(answer.max(), abs=1e-4)
    assert found.places.shape == (3, 3)
    assert found.places.max() == 1
    evidence, _ = mapper.evidence(PICTURE)
    speaks = evidence[answer.argmax()] > np.delete(evidence, answer.argmax(), axis=0).mean(axis=0)
    assert np.array_equal(found.places > 0, speaks), "what speaks against it is not warm"


def test_a_mirrored_picture_has_the_mirrored_heat_of_the_mirrored_class(file: Path) -> None:
    mapper, partners = HeatMapper(file), (1, 0, 3, 2)
    there = heat_map(mapper, PICTURE, CLASSES, partners)
    back = heat_map(mapper, np.ascontiguousarray(PICTURE[:, ::-1]), CLASSES, partners)
    assert CLASSES.index(back.name) == partners[CLASSES.index(there.name)]
    assert back.probability == pytest.approx(there.probability, abs=1e-4)
    assert there.places == pytest.approx(back.places[:, ::-1], abs=1e-4)
    assert not np.allclose(there.places, heat_map(mapper, PICTURE, CLASSES, None).places, atol=1e-2)


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
