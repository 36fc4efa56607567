"""How each backbone is built, which pixels it was trained on, and under which names Keras publishes its weights."""

from dataclasses import dataclass, field
from typing import Any

Channels = tuple[float, float, float]
"""One value each for red, green and blue."""
_KERAS = "https://storage.googleapis.com/tensorflow/keras-applications"


@dataclass(frozen=True)
class WeightsFile:
    """A file of ImageNet weights as Keras publishes it.

    layers: how many layers of it hold weights. digest: its SHA-256, or where that is not known
    the MD5 of Keras's source; their lengths tell them apart.
    """

    name: str
    layers: int
    digest: str


@dataclass(frozen=True)
class Pretrained:
    """One backbone of `keras.applications`, where it has the same name.

    scale, offset: pixel × scale + offset is what the network was trained on, for 0–255 RGB.
    reads_bgr: its first kernels were trained on blue, green, red; they are turned round when they are loaded.
    options: further arguments of its constructor. weights: their number, without the top.
    folder: address of its files.
    """

    scale: float | Channels
    offset: float | Channels
    weights: int
    folder: str
    no_top: WeightsFile
    with_top: WeightsFile
    reads_bgr: bool = False
    options: dict[str, Any] = field(default_factory=dict)

    @property
    def files(self) -> tuple[WeightsFile, WeightsFile]:
        """The smaller one first."""
        return self.no_top, self.with_top


_BARE = {"include_preprocessing": False}
"""The normalisation stands before the network, at the same place and under the same name for all."""
_MEAN, _SPREAD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
"""Of ImageNet's pixels divided by 255."""

PRETRAINED = {
    "MobileNetV2": Pretrained(
        scale=1 / 127.5,
        offset=-1.0,
        weights=2_257_984,
        folder=f"{_KERAS}/mobilenet_v2/",
        no_top=WeightsFile(
            "mobilenet_v2_weights_tf_dim_ordering_tf_kernels_1.0_224_no_top.h5",
            104,
            "a405d867f82a4b5e234ad11839518f10e44678c8917f3aca1e12d35dcc0c3df8",
        ),
        with_top=WeightsFile(
            "mobilenet_v2_weights_tf_dim_ordering_tf_kernels_1.0_224.h5",
            105,
            "3e195a2857356cfc092cbbb460beb2a5bce279015d7792598b8d3d9e451902e3",
        ),
    ),
    "MobileNetV3Small": Pretrained(
        scale=1 / 127.5,
        offset=-1.0,
        weights=939_120,
        folder=f"{_KERAS}/mobilenet_v3/",
        no_top=WeightsFile(
            "weights_mobilenet_v3_small_224_1.0_float_no_top_v2.h5", 86, "d3e8ec802a04aa4fc771ee12a9a9b836"
        ),
        with_top=WeightsFile("weights_mobilenet_v3_small_224_1.0_float.h5", 88, "8768d4c2e7dee89b9d02b2d03d65d862"),
        options=_BARE,
    ),
    "EfficientNetV2B0": Pretrained(
        scale=(1 / (255 * _SPREAD[0]), 1 / (255 * _SPREAD[1]), 1 / (255 * _SPREAD[2])),
        offset=(-_MEAN[0] / _SPREAD[0], -_MEAN[1] / _SPREAD[1], -_MEAN[2] / _SPREAD[2]),
        weights=5_919_312,
        folder=f"{_KERAS}/efficientnet_v2/",
        no_top=WeightsFile("efficientnetv2-b0_notop.h5", 150, "893217f2bb855e2983157299931e43ff"),
        with_top=WeightsFile("efficientnetv2-b0.h5", 151, "21ecbf6da12460d5c40bb2f29ceb2188"),
        options=_BARE,
    ),
    "ResNet50": Pretrained(
        scale=1.0,
        offset=(-123.68, -116.779, -103.939),
        weights=23_587_712,
        folder=f"{_KERAS}/resnet/",
        no_top=WeightsFile(
            "resnet50_weights_tf_dim_ordering_tf_kernels_notop.h5", 106, "4d473c1dd8becc155b73f8504c6f6626"
        ),
        with_top=WeightsFile("resnet50_weights_tf_dim_ordering_tf_kernels.h5", 107, "2cb95161c43110f7111970584f804107"),
        reads_bgr=True,
    ),
}
