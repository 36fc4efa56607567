"""Plans: all hyperparameters of a training, with the words that explain them."""

import dataclasses
from dataclasses import dataclass, field
from typing import Any, Literal

from vv_desktop.core.backbones import WHOLE, backbone_named, check_boundary
from vv_desktop.core.errors import UserError

Pooling = Literal["average", "3x3"]
Schedule = Literal["plateau", "cosine"]
_SMALLEST = {"average": 32, "3x3": 96}
"""Pixels: from here on the pooling has something to pool. Nine cells come of 193 px and more, four of 129 and more."""


def _hyper(default: Any, unit: str, low: float, high: float, tip: str) -> Any:
    return field(default=default, metadata={"unit": unit, "low": low, "high": high, "tip": tip})


@dataclass(frozen=True)
class Plan:
    """All hyperparameters of a training. The defaults are the recipe's. Raises UserError for values out of range.

    pooling: `average` keeps one mean per feature map, as the recipe does; `3x3` keeps nine, so that
        left and right survive, and puts the 1×1-convolution head behind them.
    """

    name: str = "classic"
    backbone: str = "MobileNetV2"
    pooling: Pooling = "average"
    image_size: int = _hyper(224, "px", 32, 512, "Side of the square picture the network sees.")
    batch_size: int = _hyper(32, "images", 1, 1024, "How many images are looked at between two steps.")
    head_epochs: int = _hyper(
        20, "epochs", 0, 1000, "Phase 1 trains only the new layers; the pretrained network stays as it is."
    )
    head_learning_rate: float = _hyper(1e-3, "", 1e-8, 1.0, "Step size of phase 1.")
    fine_tune_epochs: int = _hyper(
        15, "epochs", 0, 1000, "Phase 2 adapts the whole pretrained network to your photos. Slow, and worth it."
    )
    fine_tune_learning_rate: float = _hyper(
        1e-4, "", 1e-8, 1.0, "Step size of phase 2; small, so that what is known is not lost."
    )
    fine_tune_from: str = field(
        default=WHOLE,
        metadata={
            "unit": "",
            "tip": "Where phase 2 begins. What lies before is computed once for each photo and stays as it is, "
            "so each epoch takes less time; early layers see edges and textures, late ones parts of things.",
        },
    )
    units: int = _hyper(128, "units", 1, 4096, "Width of the layer between the pretrained network and the answer.")
    dropout: float = _hyper(
        0.2, "", 0.0, 0.95, "Share of features hidden at random in each step, so that none is relied on alone."
    )
    dropout_last: float = _hyper(0.1, "", 0.0, 0.95, "The same, just before the answer.")
    balanced: bool = field(default=True, metadata={"unit": "", "tip": "Rare classes count as much as frequent ones."})
    mirror: bool = field(
        default=False,
        metadata={
            "unit": "",
            "tip": "Training sees each image mirrored too, left and right classes swapped (Edit > Classes…).",
        },
    )
    mirror_average: bool = field(
        default=False,
        metadata={
            "unit": "",
            "tip": "Each answer is the mean of two: of the image, and of its mirrored copy with left and right "
            "swapped back. Better, and twice the work; an exported file has to be asked twice too.",
        },
    )
    schedule: Schedule = field(
        default="plateau",
        metadata={
            "unit": "",
            "tip": "How the step size falls: halved whenever the validation loss stays where it is, "
            "or along a smooth curve to nothing over all epochs of a phase.",
        },
    )
    warm_up: float = _hyper(
        0.0, "epochs", 0.0, 100.0, "With the smooth curve: the step size grows from nothing for this long first."
    )
    label_smoothing: float = _hyper(
        0.0, "", 0.0, 0.5, "Share of certainty that is taken from each label, as some labels are wrong."
    )
    average_weights: float = _hyper(
        0.0,
        "",
        0.0,
        0.9999,
        "What is tried and kept is a moving average of the weights over the steps; "
        "this share of it is kept in each step, 0 is off.",
    )
    brightness: float = _hyper(0.0, "", 0.0, 0.5, "Changed copies are up to this share brighter or darker.")
    contrast: float = _hyper(0.0, "", 0.0, 0.9, "Changed copies have up to this share more or less contrast.")
    crop: float = _hyper(0.0, "", 0.0, 0.5, "Changed copies are cut to no less than 1 minus this share of the side.")
    rotation: float = _hyper(0.0, "°", 0.0, 15.0, "Changed copies are turned by up to this angle either way.")
    copies: int = _hyper(
        0,
        "",
        0,
        64,
        "How many changed copies of each training image are computed where the frozen part is not run again; "
        "each epoch draws one of them or the image itself. Fine-tuning from the photo changes each image anew.",
    )
    patience: int = _hyper(
        7, "epochs", 1, 1000, "A phase ends early after this many epochs without a better validation accuracy."
    )
    plateau_patience: int = _hyper(
        3, "epochs", 1, 1000, "The step size is halved after this many epochs without a lower validation loss."
    )
    seed: int = _hyper(0, "", 0, 2**31 - 1, "The same seed on the same data gives the same result.")

    def __post_init__(self) -> None:
        if self.pooling not in ("average", "3x3"):
            raise UserError(f"Pooling is average or 3x3; received {self.pooling!r}")
        if self.schedule not in ("plateau", "cosine"):
            raise UserError(f"The schedule is plateau or cosine; received {self.schedule!r}")
        backbone_named(self.backbone)
        check_boundary(self.backbone, self.fine_tune_from)
        if self.head_epochs + self.fine_tune_epochs < 1:
            raise UserError(
                f"A training needs at least one epoch; received {self.head_epochs} and {self.fine_tune_epochs}"
            )
        for item in dataclasses.fields(self):
            low, high, value = item.metadata.get("low"), item.metadata.get("high"), getattr(self, item.name)
            if low is not None and not low <= value <= high:
                raise UserError(f"{item.name} is between {low:g} and {high:g}; received {value!r}")
        if self.image_size < _SMALLEST[self.pooling]:
            least = _SMALLEST[self.pooling]
            raise UserError(f"Pooling {self.pooling} needs images of {least} px or more; received {self.image_size}")

    @property
    def changes_images(self) -> bool:
        """Whether training sees changed copies of its images."""
        return any((self.brightness, self.contrast, self.crop, self.rotation))

    def changed(self, **values: Any) -> "Plan":
        """The same plan with other values, given as numbers or as text from a command line. Raises UserError."""
        types = {item.name: type(getattr(self, item.name)) for item in dataclasses.fields(self)}
        return dataclasses.replace(self, **{key: _parsed(key, text, types) for key, text in values.items()})

    def as_dict(self) -> dict[str, Any]:
        """As plain JSON values."""
        return dataclasses.asdict(self)


CLASSIC = Plan()
QUICK = Plan(
    name="quick",
    pooling="3x3",
    batch_size=64,
    head_epochs=30,
    head_learning_rate=2e-3,
    fine_tune_epochs=0,
    units=256,
    dropout=0.5,
    dropout_last=0.3,
    mirror=False,  # +0.4 points over three seeds, within their spread, for twice the features: a choice, no default
)
BEST = Plan(
    name="best",
    pooling="3x3",
    units=256,
    dropout=0.5,
    dropout_last=0.3,
    head_epochs=0,
    fine_tune_epochs=12,
    fine_tune_learning_rate=3e-4,
    fine_tune_from="block_12_add",
    schedule="cosine",
    warm_up=1.0,
    patience=12,
    label_smoothing=0.1,
    average_weights=0.99,
    mirror=True,
    mirror_average=True,
    copies=3,
    brightness=0.2,
    contrast=0.2,
    crop=0.15,
    rotation=5.0,
)
"""Found by experiment: docs/experiments.md."""
PLANS = {plan.name: plan for plan in (QUICK, BEST, CLASSIC)}
EXPLANATIONS = {
    "quick": "The new layers alone, on features computed once. Try this first.",
    "best": "The last third of the network too, on mirrored and slightly changed copies. The most accurate.",
    "classic": "First the new layers, then the whole network: the textbook's way, and the slowest.",
}


def copies_of(plan: Plan) -> int:
    """How many changed copies of each training image are cached; none if the plan changes nothing."""
    return plan.copies if plan.changes_images else 0


def _parsed(key: str, value: Any, types: dict[str, type]) -> Any:
    if key not in types:
        raise UserError(f"A plan has no such value (it has {', '.join(types)}); received {key!r}")
    kind = types[key]
    try:
        if kind is bool:
            return {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}[str(value).lower()]
        return kind(value)
    except (ValueError, KeyError):
        wanted = {bool: "yes or no", str: "text"}.get(kind, "a number")
        raise UserError(f"{key} takes {wanted}; received {value!r}") from None
