"""Temperature scaling: after a training its probabilities are made to mean what they say, in the weights themselves.

The logits are divided by one number that is fitted on split val (Guo et al. 2017), and so are kernel and bias of the
last layer: the run, its .tflite and every export answer alike, and no one has to remember the number. What is
answered does not change, only how sure.
"""

from dataclasses import replace

import keras
import numpy as np

from vv_desktop.core.arrays import Float32Array, Int64Array
from vv_desktop.core.calibration import Calibration
from vv_desktop.core.confidence import reliability
from vv_desktop.ml.features import CHUNK
from vv_desktop.ml.material import Answering, Examples

FEWEST = 30
"""Images without which nothing is fitted: one mistake more or less would move the temperature by a tenth."""
LIMITS = (0.25, 8.0)


def calibrate(model: keras.Model, val: Examples, answer: Answering) -> Calibration | None:
    """Fit the temperature of `model` on the labelled examples `val` and divide its last layer by it.

    answer: the model's way from inputs to probabilities, which shares the layer. None, and nothing changed, of too few.
    """
    if len(val) < FEWEST:
        return None
    sides = [_answers(replace(val, twins=None), answer)]
    if val.twins is not None:
        mirrored = _answers(replace(val, places=val.twins, twins=None), answer)
        sides.append(mirrored[:, list(val.partners or ())])
    temperature = fitted(sides, val.labels)
    last = model.get_layer("probabilities")
    last.set_weights([weights / temperature for weights in last.get_weights()])
    raw = np.asarray(np.mean(sides, axis=0), np.float32)
    return Calibration(temperature, len(val), reliability(raw, val.labels))


def fitted(sides: list[Float32Array], labels: Int64Array) -> float:
    """The temperature with the least negative log-likelihood of `labels` (N,).

    sides: probabilities (N, classes) of each way an image is looked at; each is scaled, then they are averaged.
    """
    from scipy.optimize import minimize_scalar

    logs = [np.log(np.maximum(side.astype(np.float64), 1e-12)) for side in sides]
    rows = np.arange(len(labels))

    def loss(log_temperature: float) -> float:
        scaled = [log / np.exp(log_temperature) for log in logs]
        powers = [np.exp(one - one.max(axis=1, keepdims=True)) for one in scaled]
        answer = np.mean([power / power.sum(axis=1, keepdims=True) for power in powers], axis=0)
        return float(-np.log(np.maximum(answer[rows, labels], 1e-12)).mean())

    found = minimize_scalar(loss, bounds=np.log(LIMITS), method="bounded")
    return float(np.exp(found.x))


def _answers(examples: Examples, answer: Answering) -> Float32Array:
    return np.concatenate([probabilities for probabilities, _ in examples.answers(answer, CHUNK)]).astype(np.float32)
