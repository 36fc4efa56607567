"""What each piece of a training costs, in products of `ml/calibration.py`, so that one figure of a machine gives all.

Measured by `python -m tests.costs`: MobileNetV2, 224 px, batches of 32 in phase 2. The network's costs go with the
area of the picture. They need not be exact: after a training its own figures take their place.
"""

from vv_desktop.core.backbones import BACKBONES, WHOLE
from vv_desktop.core.plans import Plan

SIZE = 224
BACKBONE = 1.44
"""One picture through the frozen backbone in LiteRT."""
FRONT = {
    "block_2_add": 0.475,
    "block_4_add": 0.615,
    "block_5_add": 0.656,
    "block_7_add": 0.728,
    "block_8_add": 0.775,
    "block_9_add": 0.833,
    "block_11_add": 0.952,
    "block_12_add": 1.10,
    "block_14_add": 1.19,
    "block_15_add": 1.26,
}
"""One picture up to where fine-tuning begins, in LiteRT."""
STEP = {
    "all": 8.04,
    "block_2_add": 4.60,
    "block_4_add": 3.54,
    "block_5_add": 3.25,
    "block_7_add": 2.72,
    "block_8_add": 2.60,
    "block_9_add": 2.43,
    "block_11_add": 1.74,
    "block_12_add": 1.33,
    "block_14_add": 0.821,
    "block_15_add": 0.597,
}
"""One picture in a training step of phase 2, by where that begins."""
LOOK = {
    "all": 2.27,
    "block_2_add": 1.26,
    "block_4_add": 1.01,
    "block_5_add": 0.941,
    "block_7_add": 0.833,
    "block_8_add": 0.766,
    "block_9_add": 0.707,
    "block_11_add": 0.542,
    "block_12_add": 0.433,
    "block_14_add": 0.266,
    "block_15_add": 0.205,
}
"""One validation picture likewise."""
HEAD_STEP = {"average": (0.80, 0.0026), "3x3": (1.17, 0.0463)}
HEAD_LOOK = {"average": (0.48, 0.0003), "3x3": (0.72, 0.0133)}
"""One batch, and one picture in it, of phase 1, by pooling: a straight line through batches of 32 and 128."""
UNITS = {"average": 128, "3x3": 256}
"""Width of the layer that they were measured with."""
READING = 2.0
"""A megabyte of photos, where none can be read to find out."""
START, CONVERT, COMPILE_HEAD, COMPILE_STEP, FINISH = 1764.0, 2298.0, 148.0, 1483.0, 2459.0
"""TensorFlow imported, the pretrained network converted, steps compiled, a run converted: on one core, each once."""


CHANGE = 2.0
"""One picture changed at random: rotation, crop, brightness and contrast (from 3,411 of them against 6,822 fronts)."""
WORK = {"MobileNetV2": 1.0, "MobileNetV3Small": 0.2, "EfficientNetV2B0": 2.4, "ResNet50": 13.0}
"""Multiplications of a picture in each backbone, against MobileNetV2's, as published; only that one was measured."""


def features(plan: Plan) -> float:
    """Of one picture through the frozen backbone."""
    return BACKBONE * WORK[plan.backbone] * _area(plan)


def activations(plan: Plan) -> float:
    """Of one picture through the frozen front, up to where fine-tuning begins."""
    if plan.fine_tune_from in FRONT:
        return FRONT[plan.fine_tune_from] * _area(plan)
    return features(plan) * (1 - _behind(plan))


def head_epoch(plan: Plan, train: int, val: int) -> float:
    """Of one epoch of phase 1 over `train` samples, with a look at `val` images."""
    batch, sample = HEAD_STEP[plan.pooling]
    looked_batch, looked = HEAD_LOOK[plan.pooling]
    width = plan.units / UNITS[plan.pooling]
    return train * (batch / plan.batch_size + sample * width) + val * (looked_batch / plan.batch_size + looked * width)


def fine_tune_epoch(plan: Plan, train: int, val: int) -> float:
    """Of one epoch of phase 2 over `train` samples, with a look at `val` images."""
    return train * _tuned(STEP, plan) + val * _tuned(LOOK, plan)


def predicted(plan: Plan) -> float:
    """Of one answer of the fine-tuned network: its tail alone where what lies before is kept."""
    return features(plan) if plan.fine_tune_from == WHOLE else _tuned(LOOK, plan)


def _tuned(costs: dict[str, float], plan: Plan) -> float:
    if plan.fine_tune_from in costs and plan.backbone == "MobileNetV2":
        return costs[plan.fine_tune_from] * _area(plan)
    return costs[WHOLE] * WORK[plan.backbone] * _behind(plan) * _area(plan)


def _behind(plan: Plan) -> float:
    """Share of the work that lies behind where fine-tuning begins, for networks that were not measured: by blocks."""
    known = BACKBONES[plan.backbone].boundaries
    return 1.0 if plan.fine_tune_from == WHOLE else 1 - (known.index(plan.fine_tune_from) + 1) / (len(known) + 1)


def _area(plan: Plan) -> float:
    """Of the plan's pictures, as a share of those that were measured."""
    return (plan.image_size / SIZE) ** 2
