"""The training loop: the same mathematics as Keras's fit, and an end within a batch."""

import gc
import time
import weakref
from typing import Any

import keras
import numpy as np
import pytest
from sklearn.metrics import accuracy_score, f1_score
from sklearn.utils.class_weight import compute_class_weight

from tests.ml.conftest import Recorder, weights_of
from vv_desktop.core.errors import Cancelled
from vv_desktop.core.progress import BatchEnd, EpochEnd, Event
from vv_desktop.ml import loop
from vv_desktop.ml.loop import BestWeights, Phase, run_phase
from vv_desktop.ml.material import Examples
from vv_desktop.ml.scores import accuracy, balanced_weights, macro_f1
from vv_desktop.ml.steps import Adam, train_step

BATCH = 4
TRAIN_BATCHES, VAL_BATCHES = 5, 2


def small_model(seed: int = 1, dropout: float = 0.0) -> keras.Model:
    inputs = keras.Input((6,))
    x = keras.layers.Dropout(dropout, seed=seed)(inputs)
    x = keras.layers.Dense(3, activation="softmax", kernel_initializer=keras.initializers.GlorotUniform(seed=seed))(x)
    return keras.Model(inputs, x)


def examples(count: int, seed: int) -> Examples:
    random = np.random.default_rng(seed)
    labels = random.integers(0, 3, count)
    rows = random.normal(0, 1, (count, 6)).astype(np.float32)
    rows[np.arange(count), labels] += 1.5
    return Examples(rows, np.arange(count), labels, np.ones(count, np.float32))


def phase(**values: Any) -> Phase:
    return Phase(**{
        "name": "head", "epochs": 6, "learning_rate": 0.05, "batch_size": BATCH, "patience": 9,
        "plateau_patience": 3, "seed": 0, **values,
    })  # fmt: skip


def run(model: keras.Model, progress: Recorder, best: BestWeights, **values: Any) -> tuple[list[EpochEnd], str]:
    train, val = examples(TRAIN_BATCHES * BATCH - 1, 0), examples(VAL_BATCHES * BATCH, 1)
    return run_phase(model, phase(**values), train, val, best, time.perf_counter(), progress)


def test_E16_a_step_with_class_weights_is_the_step_of_keras_fit() -> None:
    data = examples(12, 3)
    labels = np.array([0] * 8 + [1] * 3 + [2])
    weights = balanced_weights(labels, 3)
    expected = compute_class_weight("balanced", classes=np.arange(3), y=labels)
    assert np.allclose(weights, expected[labels])

    theirs = small_model()
    theirs.compile(keras.optimizers.Adam(0.05), "sparse_categorical_crossentropy")
    history = theirs.fit(data.rows, labels, batch_size=12, class_weight=dict(enumerate(expected)), verbose=0)
    ours = small_model()
    loss, _ = train_step(ours, Adam(0.05), np.float32)(data.rows, labels, weights)

    assert float(loss) == pytest.approx(history.history["loss"][0], rel=1e-5)
    for mine, his in zip(ours.get_weights(), theirs.get_weights(), strict=True):
        assert np.allclose(mine, his, atol=1e-6)


def test_reports_every_batch_and_the_means_over_images() -> None:
    progress, model = Recorder(), small_model()
    epochs, ending = run(model, progress, BestWeights(model), epochs=2)
    assert ending == "finished"
    batches = progress.of(BatchEnd)
    assert [(b.epoch, b.batch, b.batches) for b in batches] == [(e, b, 5) for e in (1, 2) for b in range(1, 6)]
    assert all(b.images_per_second > 0 for b in batches)
    assert progress.of(EpochEnd) == epochs
    val = examples(VAL_BATCHES * BATCH, 1)
    answers = np.asarray(model(val.rows))
    assert epochs[-1].val_accuracy == pytest.approx(np.mean(answers.argmax(1) == val.labels))
    picked = answers[np.arange(len(val)), val.labels]
    assert epochs[-1].val_loss == pytest.approx(-np.log(picked).mean(), rel=1e-4)


def test_E22_the_same_seed_gives_the_same_numbers() -> None:
    def history(seed: int) -> list[tuple[float, ...]]:
        model = small_model(dropout=0.3)
        epochs, _ = run(model, Recorder(), BestWeights(model), epochs=3, seed=seed)
        return [(e.loss, e.accuracy, e.val_loss, e.val_accuracy) for e in epochs]

    assert history(5) == history(5)
    assert history(5) != history(6)


@pytest.mark.parametrize("asked", [1, 2, 5, 6, 7, 8, 13, 14, 15, 22, 30])
def test_a_stop_ends_before_the_next_batch_and_the_best_epoch_can_be_restored(asked: int) -> None:
    """`asked` counts batches of training and validation: seven an epoch."""
    progress, model = Recorder(stop_when=lambda n: n >= asked), small_model()
    kept = Watched(model)
    epochs, ending = run(model, progress, kept)
    assert ending == "stopped"
    assert len(epochs) == (asked - 1) // (TRAIN_BATCHES + VAL_BATCHES)
    begun = min(asked - 1 - 7 * len(epochs), TRAIN_BATCHES)
    assert len(progress.of(BatchEnd)) == TRAIN_BATCHES * len(epochs) + begun
    assert progress.stops_asked == asked
    kept.restore()
    assert kept.best_seen is None or weights_of(model) == kept.best_seen


@pytest.mark.parametrize("checks", [1, 3, 9, 12, 20])
def test_a_cancel_ends_it_at_once(checks: int) -> None:
    progress, model = Recorder(cancel_when=lambda n: n >= checks), small_model()
    with pytest.raises(Cancelled):
        run(model, progress, BestWeights(model))
    assert progress.checks == checks


def test_E8_a_loss_that_is_no_number_ends_the_phase_and_says_where() -> None:
    progress, model = Recorder(), small_model()
    best = Watched(model)
    healthy, _ = run(model, progress, best, epochs=1)
    assert len(healthy) == 1
    model.layers[-1].bias.assign([np.nan, 0, 0])
    epochs, ending = run(model, progress, best, name="fine-tune", learning_rate=0.125)
    assert (epochs, ending) == ([], "diverged")
    assert "epoch 1 of phase fine-tune" in progress.notes
    assert "0.125" in progress.notes
    best.restore()
    assert weights_of(model) == best.best_seen


def test_E7_a_validation_loss_that_is_no_number_is_never_kept() -> None:
    model = small_model()
    val = examples(8, 1)
    val.rows[3, 2] = np.inf
    best = BestWeights(model)
    epochs, ending = run_phase(model, phase(), examples(19, 0), val, best, time.perf_counter(), Recorder())
    assert (epochs, ending, best.found) == ([], "diverged", False)


def test_early_stop_and_plateau_are_wired_in(monkeypatch: pytest.MonkeyPatch) -> None:
    used: list[keras.Optimizer] = []

    class Watching(loop.Adam):
        def __init__(self, learning_rate: float) -> None:
            super().__init__(learning_rate)
            used.append(self)

    def check_rate(event: Event) -> None:
        if isinstance(event, EpochEnd):
            assert float(used[0].learning_rate) == pytest.approx(event.learning_rate)

    monkeypatch.setattr(loop, "Adam", Watching)
    progress, model = Recorder(on_event=check_rate), small_model()
    epochs, ending = run(model, progress, BestWeights(model), epochs=40, patience=4, plateau_patience=1)
    assert ending == "finished"
    best = max(range(len(epochs)), key=lambda i: (epochs[i].val_accuracy, -i))
    assert len(epochs) == best + 1 + 4 < 40
    rates = [e.learning_rate for e in epochs]
    assert rates[0] == 0.05
    for before, after, epoch in zip(rates, rates[1:], epochs, strict=False):
        lowest = min((e.val_loss for e in epochs[: epoch.epoch - 1]), default=np.inf)
        assert after == (before if epoch.val_loss + 1e-4 < lowest else before / 2)


def test_E26_a_training_leaves_nothing_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    """A hundred trainings in one session must fit into memory."""
    left: list[weakref.ref[Any]] = []

    def watched(*values: Any) -> Any:
        step = train_step(*values)
        left.extend(weakref.ref(o) for o in (step, values[0], values[1], step.get_concrete_function().graph))
        return step

    monkeypatch.setattr(loop, "train_step", watched)
    model = small_model()
    run(model, Recorder(), BestWeights(model), epochs=1)
    del model
    gc.collect()
    assert len(left) == 4
    assert [ref() for ref in left] == [None] * 4


def test_scores_are_those_of_scikit_learn() -> None:
    random = np.random.default_rng(0)
    truth, answers = random.integers(0, 4, 50), random.integers(0, 5, 50)
    assert accuracy(truth, answers) == pytest.approx(accuracy_score(truth, answers))
    assert macro_f1(truth, answers) == pytest.approx(f1_score(truth, answers, average="macro", zero_division=0))


class Watched(BestWeights):
    """Also remembers, on its own, which weights were the best when they were offered."""

    def __init__(self, model: keras.Model) -> None:
        super().__init__(model)
        self._watched = model
        self.best_seen: bytes | None = None

    def offer(self, val_accuracy: float, val_loss: float) -> bool:
        improved = super().offer(val_accuracy, val_loss)
        if improved:
            self.best_seen = weights_of(self._watched)
        return improved
