"""The pretrained networks that a plan can choose from: what is known of them without TensorFlow."""

from dataclasses import dataclass

from vv_desktop.core.errors import UserError

WHOLE = "all"
"""Fine-tuning from the pixels on, whatever the backbone."""


@dataclass(frozen=True)
class Backbone:
    """One pretrained network.

    sentence: what a person choosing one wants to know; accuracies are those Keras publishes for ImageNet.
    boundaries: names of the layers that fine-tuning may begin behind, from the pixels on: the ends of
        those blocks whose input is added to their output. No way leads around any of them.
    boundary: the recommended one. Most weights lie behind it, and little of the time.
    """

    name: str
    sentence: str
    boundaries: tuple[str, ...]
    boundary: str


BACKBONES = {
    backbone.name: backbone
    for backbone in (
        Backbone(
            "MobileNetV2",
            "2.3 million weights, 71 % on ImageNet: small and quick, and what everything here was measured with.",
            tuple(f"block_{number}_add" for number in (2, 4, 5, 7, 8, 9, 11, 12, 14, 15)),
            "block_12_add",
        ),
        Backbone(
            "MobileNetV3Small",
            "0.9 million weights, 68 % on ImageNet: a fifth of MobileNetV2's work, for slow phones.",
            tuple(f"expanded_conv_{number}_add" for number in (2, 4, 5, 7, 9, 10)),
            "expanded_conv_7_add",
        ),
        Backbone(
            "EfficientNetV2B0",
            "5.9 million weights, 79 % on ImageNet: more than twice MobileNetV2's work.",
            tuple(
                f"block{stage}{block}_add"
                for stage, blocks in ((2, "b"), (3, "b"), (4, "bc"), (5, "bcde"), (6, "bcdefgh"))
                for block in blocks
            ),
            "block5e_add",
        ),
        Backbone(
            "ResNet50",
            "24 million weights, 75 % on ImageNet: thirteen times MobileNetV2's work; large for a phone.",
            tuple(
                f"conv{stage}_block{block}_out"
                for stage, blocks in ((2, 3), (3, 4), (4, 6), (5, 2))
                for block in range(1, blocks + 1)
            ),
            "conv4_block6_out",
        ),
    )
}


def backbone_named(name: str) -> Backbone:
    """The backbone of this name. Raises UserError."""
    if name not in BACKBONES:
        raise UserError(f"The backbone is one of {', '.join(BACKBONES)}; received {name!r}")
    return BACKBONES[name]


def check_boundary(backbone: str, boundary: str) -> None:
    """Raise UserError unless fine-tuning of `backbone` may begin at `boundary`."""
    known = backbone_named(backbone)
    if boundary not in (WHOLE, *known.boundaries):
        some = f"{WHOLE}, {known.boundary}, or another from {known.boundaries[0]} to {known.boundaries[-1]}"
        raise UserError(f"Fine-tuning of {backbone} begins at {some}; received {boundary!r}")
