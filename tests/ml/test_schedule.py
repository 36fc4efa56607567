"""Stopping, plateaus and the best epoch, against Keras's own callbacks."""

import math
from types import SimpleNamespace
from typing import Any

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vv_desktop.ml.schedule import BestScore, Cosine, EarlyStop, Plateau

SERIES = st.lists(st.integers(0, 12).map(lambda n: n / 10), min_size=1, max_size=40)
PATIENCE = st.integers(1, 8)


def attached(callback: Any, learning_rate: float = 1e-3) -> Any:
    model = SimpleNamespace(stop_training=False, optimizer=SimpleNamespace(learning_rate=np.float32(learning_rate)))
    model.get_weights = list
    callback.set_model(model)
    callback.on_train_begin()
    return model


@given(SERIES, PATIENCE)
@settings(max_examples=150, deadline=None)
def test_stops_at_the_epoch_where_keras_stops(accuracies: list[float], patience: int) -> None:
    callback = keras.callbacks.EarlyStopping("val_accuracy", patience=patience, mode="max")
    model, ours = attached(callback), EarlyStop(patience)
    for epoch, value in enumerate(accuracies):
        callback.on_epoch_end(epoch, {"val_accuracy": value})
        assert ours.after(value) == model.stop_training
        if model.stop_training:
            return


@given(SERIES, PATIENCE, st.sampled_from([1e-3, 1e-4, 3e-7]))
@settings(max_examples=150, deadline=None)
def test_halves_the_learning_rate_when_keras_does(losses: list[float], patience: int, rate: float) -> None:
    callback = keras.callbacks.ReduceLROnPlateau("val_loss", factor=0.5, patience=patience, min_lr=1e-7)
    model, ours = attached(callback, rate), Plateau(rate, patience)
    for epoch, value in enumerate(losses):
        callback.on_epoch_end(epoch, {"val_loss": value})
        assert ours.after(value) == pytest.approx(float(model.optimizer.learning_rate), rel=1e-6)


def test_a_loss_lower_by_less_than_the_margin_is_none() -> None:
    plateau = Plateau(1.0, 2)
    assert [plateau.after(loss) for loss in (0.5, 0.49995, 0.49993)] == [1.0, 1.0, 0.5]


def test_the_best_epoch_has_the_highest_accuracy_then_the_lowest_loss() -> None:
    best = BestScore()
    series = [(0.5, 1.0), (0.5, 1.1), (0.5, 0.9), (0.4, 0.1), (0.6, 3.0)]
    assert [best.beaten_by(*epoch) for epoch in series] == [True, False, True, False, True]


def test_E7_values_that_are_not_finite_are_never_the_best() -> None:
    best = BestScore()
    assert not best.beaten_by(0.9, math.nan)
    assert not best.beaten_by(math.nan, 0.1)
    assert not best.beaten_by(0.9, math.inf)
    assert not best.found
    assert best.beaten_by(0.1, 2.0)
    assert not best.beaten_by(0.9, math.nan)
    assert best.found


def test_the_cosine_warms_up_falls_and_ends_above_nothing() -> None:
    rate = Cosine(2.0, 100, 10)
    rates = [rate.at(step) for step in range(100)]
    assert rates[:10] == pytest.approx([0.2 * (step + 1) for step in range(10)])
    assert max(rates) == rates[9] == 2.0
    assert rates[9:] == sorted(rates[9:], reverse=True)
    assert rates[54] == pytest.approx(2.0 * 0.5 * (1 + np.cos(np.pi * 45 / 91)))
    assert 0 < rates[-1] < 0.01


@given(st.integers(1, 400), st.floats(0, 500), st.integers(0, 500))
def test_a_cosine_is_never_negative_nor_above_its_height(steps: int, warm_up: float, step: int) -> None:
    assert 0.0 <= Cosine(1.0, steps, warm_up).at(step) <= 1.0
