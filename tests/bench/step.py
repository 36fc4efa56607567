"""Steps of phase 2: plain Keras against folded BatchNormalization, and the whole network against a boundary.

One step and one look at a validation batch, 32 images of 224 px. Medians of interleaved pairs with their
quartiles. Photos and their decoding are not in it.
"""

from collections.abc import Callable

import numpy as np

from tests.bench.pictures import pretrained
from tests.bench.timing import interleaved, ratio
from vv_desktop.core.plans import CLASSIC
from vv_desktop.ml.boundary import freeze_front, tail_of
from vv_desktop.ml.folding import FoldedForward
from vv_desktop.ml.networks import build_network, freeze_statistics
from vv_desktop.ml.steps import Adam, answer_step, train_step

BOUNDARY = "block_12_add"


def step(pairs: int) -> None:
    """Ratios of the steps of phase 2."""
    weights = pretrained().path
    random = np.random.default_rng(0)
    labels, ones = random.integers(0, 7, CLASSIC.batch_size), np.ones(CLASSIC.batch_size, np.float32)

    def calls(folded: bool, boundary: str = "all") -> list[Callable[[], float]]:
        network = build_network(weights, CLASSIC, 7)
        freeze_statistics(network.backbone)
        model, dtype = network.whole, np.dtype(np.uint8)
        if boundary != "all":
            freeze_front(network.backbone, boundary)
            model, dtype = tail_of(network.whole, boundary), np.dtype(np.float16)
        forward = FoldedForward(model) if folded else None
        rows = random.uniform(0, 255 if boundary == "all" else 4, (CLASSIC.batch_size, *model.input_shape[1:]))
        rows = rows.astype(dtype)
        step, answer = train_step(model, Adam(1e-5), dtype, forward), answer_step(model, dtype, forward)
        return [lambda: float(step(rows, labels, ones)[0]), lambda: float(answer(rows)[0, 0])]

    plain, folded, tail = calls(False), calls(True), calls(True, BOUNDARY)
    for name, first, second in (
        ("training step, plain against folded", plain[0], folded[0]),
        ("validation, plain against folded", plain[1], folded[1]),
        (f"training step, folded, all against {BOUNDARY}", folded[0], tail[0]),
    ):
        seconds = interleaved((first, second), pairs)
        speeds = CLASSIC.batch_size / np.median(seconds, axis=0)
        print(f"{name}: {speeds[0]:.0f} and {speeds[1]:.0f} images/s, ratio {ratio(seconds[:, 0], seconds[:, 1])}")
