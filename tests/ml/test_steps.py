"""The compiled steps: smoothed labels, the moving average, and what is done to a batch before it is learnt from."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from tests.ml.conftest import Recorder, weights_of
from tests.ml.test_loop import examples, run, small_model
from vv_desktop.ml.loop import BestWeights
from vv_desktop.ml.steps import Adam, MovingAverage, train_step


def test_smoothed_labels_give_the_loss_of_keras() -> None:
    data, model = examples(12, 3), small_model()
    expected = keras.losses.CategoricalCrossentropy(label_smoothing=0.2)(
        keras.utils.to_categorical(data.labels, 3), model(data.rows)
    )
    loss, _ = train_step(model, Adam(0.05), np.float32, label_smoothing=0.2)(data.rows, data.labels, data.weights)
    assert float(loss) == pytest.approx(float(expected), rel=1e-6)


def test_a_batch_is_changed_before_it_is_learnt_from() -> None:
    data = examples(12, 3)
    changed, plain = small_model(), small_model()
    inputs, labels, weights = data.rows, data.labels, data.weights
    train_step(changed, Adam(0.05), np.float32, change=lambda x: -2.0 * x)(inputs, labels, weights)
    train_step(plain, Adam(0.05), np.float32)(-2.0 * inputs, labels, weights)
    assert weights_of(changed) == weights_of(plain)


def test_the_moving_average_is_that_of_tensorflow_and_gives_the_weights_back() -> None:
    model = small_model()
    average = MovingAverage(model, 0.9)
    theirs = [tf.Variable(tf.convert_to_tensor(v)) for v in model.trainable_variables]
    reference = tf.train.ExponentialMovingAverage(0.9, num_updates=0)
    reference.apply(theirs)
    random = np.random.default_rng(0)
    for step in range(1, 30):
        values = [random.normal(size=v.shape).astype(np.float32) for v in model.trainable_variables]
        for mine, his, value in zip(model.trainable_variables, theirs, values, strict=True):
            mine.assign(value)
            his.assign(value)
        reference._num_updates = step
        reference.apply(theirs)
        average.update()
    before = weights_of(model)
    with average.applied():
        for mine, his in zip(model.trainable_variables, theirs, strict=True):
            assert np.allclose(np.array(mine), reference.average(his).numpy(), atol=1e-6)
    assert weights_of(model) == before


def test_what_is_kept_are_the_averages_and_the_training_goes_on_from_its_own_weights() -> None:
    plain, averaged = small_model(), small_model()
    seen: list[list[np.ndarray]] = []
    best = BestWeights(averaged, lambda: seen.append([np.array(w) for w in averaged.get_weights()]))
    progress = Recorder()
    epochs, _ = run(averaged, progress, best, average_weights=0.95, epochs=4)
    same, _ = run(plain, Recorder(), BestWeights(plain), epochs=4)
    assert [e.loss for e in epochs] == [e.loss for e in same], "the average does not touch the training"
    assert weights_of(averaged) == weights_of(plain)
    assert [e.val_loss for e in epochs] != [e.val_loss for e in same]
    best.restore()
    assert all(np.array_equal(a, b) for a, b in zip(averaged.get_weights(), seen[-1], strict=True))
    assert weights_of(averaged) != weights_of(plain)
