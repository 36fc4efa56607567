"""What each piece of a training costs, in products of `ml/calibration.py`, so that one figure of a machine gives all.

Measured by `python -m tests.costs`: MobileNetV2, 224 px, pictures one at a time in LiteRT, batches of 32 in phase 2.
The network's costs go with the area of the picture. They need not be exact: after a training its own figures count.
"""

from vv_desktop.core.plans import Plan

SIZE = 224
BACKBONE = 0.30
FRONT = {f"block_{number}_add": 0.2 for number in (2, 4, 5, 7, 8, 9, 11, 12, 14, 15)}
STEP = {"all": 1.7} | {f"block_{number}_add": 0.2 for number in (2, 4, 5, 7, 8, 9, 11, 12, 14, 15)}
LOOK = {"all": 0.3} | {f"block_{number}_add": 0.2 for number in (2, 4, 5, 7, 8, 9, 11, 12, 14, 15)}
HEAD_STEP = {"average": (0.19, 0.0003), "3x3": (0.02, 0.012)}
HEAD_LOOK = {"average": (0.08, 0.0002), "3x3": (0.1, 0.0025)}
UNITS = {"average": 128, "3x3": 256}
READING = 2.0
START, CONVERT, COMPILE_HEAD, COMPILE_STEP, FINISH = 300.0, 500.0, 50.0, 300.0, 300.0


def area(plan: Plan) -> float:
    """Of the plan's pictures, as a share of those that were measured."""
    return (plan.image_size / SIZE) ** 2


def features(plan: Plan) -> float:
    """Of one picture through the frozen backbone."""
    return BACKBONE * area(plan)


def activations(plan: Plan) -> float:
    """Of one picture through the frozen front, up to where fine-tuning begins."""
    return FRONT[plan.fine_tune_from] * area(plan)


def head_epoch(plan: Plan, train: int, val: int) -> float:
    """Of one epoch of phase 1 over `train` samples, with a look at `val` images."""
    batch, sample = HEAD_STEP[plan.pooling]
    looked_batch, looked = HEAD_LOOK[plan.pooling]
    width = plan.units / UNITS[plan.pooling]
    return train * (batch / plan.batch_size + sample * width) + val * (looked_batch / plan.batch_size + looked * width)


def fine_tune_epoch(plan: Plan, train: int, val: int) -> float:
    """Of one epoch of phase 2."""
    return (train * STEP[plan.fine_tune_from] + val * LOOK[plan.fine_tune_from]) * area(plan)
