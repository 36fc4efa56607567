"""Where each value of a plan stands in the form, what it is called there, and what it does in a newcomer's words."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from vv_desktop.core.backbones import BACKBONES, WHOLE

Section = Literal["Phase 1: new layers", "Phase 2: whole network", "Network", "Common", "Changed copies"]
SECTIONS: tuple[Section, ...] = (
    "Phase 1: new layers",
    "Phase 2: whole network",
    "Network",
    "Common",
    "Changed copies",
)
HINTS: dict[Section, str] = {
    "Phase 1: new layers": "The pretrained network only looks; new layers behind it learn your classes.",
    "Phase 2: whole network": "Then the pretrained network adapts to your photos too. 0 epochs leave it out.",
    "Network": "What stands between the pretrained network and the answer.",
    "Changed copies": "Each image is seen a little different each time, so that it is not learned by heart.",
}


@dataclass(frozen=True)
class Place:
    """Where a field stands in the form, and what it is called there and in a sentence."""

    section: Section
    label: str
    sentence: str
    advanced: bool = False


PLACES = {
    "head_epochs": Place(SECTIONS[0], "At most", "The number of epochs of phase 1"),
    "head_learning_rate": Place(SECTIONS[0], "Learning rate", "The learning rate of phase 1"),
    "fine_tune_epochs": Place(SECTIONS[1], "At most", "The number of epochs of phase 2"),
    "fine_tune_learning_rate": Place(SECTIONS[1], "Learning rate", "The learning rate of phase 2"),
    "fine_tune_from": Place(SECTIONS[1], "Begin at", "The place where phase 2 begins"),
    "backbone": Place(SECTIONS[2], "Backbone", "The backbone", advanced=True),
    "pooling": Place(SECTIONS[2], "Pooling", "The pooling"),
    "units": Place(SECTIONS[2], "Layer width", "The layer width"),
    "image_size": Place(SECTIONS[2], "Image size", "The image size", advanced=True),
    "dropout": Place(SECTIONS[2], "Dropout", "The dropout", advanced=True),
    "dropout_last": Place(SECTIONS[2], "Last dropout", "The last dropout", advanced=True),
    "batch_size": Place(SECTIONS[3], "Batch", "The batch"),
    "patience": Place(SECTIONS[3], "Stop after", "The epochs before stopping"),
    "balanced": Place(SECTIONS[3], "Balance classes", "Balance classes"),
    "mirror": Place(SECTIONS[3], "Mirrored copies", "Mirrored copies"),
    "mirror_average": Place(SECTIONS[3], "Mirrored answers", "Mirrored answers"),
    "schedule": Place(SECTIONS[3], "Rate falls", "The schedule of the learning rate", advanced=True),
    "warm_up": Place(SECTIONS[3], "Warm-up", "The warm-up", advanced=True),
    "plateau_patience": Place(SECTIONS[3], "Halve rate after", "The epochs before halving", advanced=True),
    "label_smoothing": Place(SECTIONS[3], "Label smoothing", "The label smoothing", advanced=True),
    "average_weights": Place(SECTIONS[3], "Average weights", "Average weights", advanced=True),
    "seed": Place(SECTIONS[3], "Seed", "The seed", advanced=True),
    "copies": Place(SECTIONS[4], "Copies", "The number of changed copies", advanced=True),
    "brightness": Place(SECTIONS[4], "Brightness", "The change of brightness", advanced=True),
    "contrast": Place(SECTIONS[4], "Contrast", "The change of contrast", advanced=True),
    "crop": Place(SECTIONS[4], "Crop", "The crop", advanced=True),
    "rotation": Place(SECTIONS[4], "Rotation", "The rotation", advanced=True),
}
CHOICES = {
    "pooling": {"average": "Average", "3x3": "3×3 cells"},
    "backbone": {name: name for name in BACKBONES},
    "fine_tune_from": {WHOLE: "The photo"},
    "schedule": {"plateau": "When stuck", "cosine": "Smoothly"},
}
TIPS = {
    "pooling": "What is kept of each feature: one mean over the picture, or nine, so that left and right survive.",
    "backbone": " ".join(
        ["The network that has already learned to see, on 1.3 million photos."]
        + [f"{known.name}: {known.sentence}" for known in BACKBONES.values()]
    ),
}
_EPOCH = "An epoch is one pass over all training images."
_RATE = "Too large, and the loss jumps about or is no number any more; too small, and nothing is learned in time."


def place_of(name: str) -> Place:
    """Where a field stands; one that has no place yet stands with the advanced ones."""
    spoken = name.replace("_", " ")
    return PLACES.get(name) or Place(SECTIONS[3], spoken.capitalize(), f"The {spoken}", advanced=True)


def boundary_choices(backbone: str) -> dict[str, str]:
    """Where fine-tuning of a backbone may begin, in words: block_12_add is "Block 12", conv4_block6_out "Block 4.6"."""
    words = {WHOLE: "The photo"}
    for boundary in BACKBONES[backbone].boundaries:
        words[boundary] = "Block " + ".".join(re.findall(r"\d+[a-h]?", boundary))
    return words


def rank_of(name: str) -> int:
    """Fields stand in the order of PLACES, and what has no place yet behind them."""
    return list(PLACES).index(name) if name in PLACES else len(PLACES)


def tip_of(name: str, metadata: Mapping[str, Any]) -> str:
    """What a field does, with the words in it that a newcomer has not heard yet."""
    own = metadata.get("tip") or TIPS.get(name, "")
    explained = _EPOCH if metadata.get("unit") == "epochs" else _RATE if name.endswith("learning_rate") else ""
    return f"{own} {explained}".strip()
