"""What a plan says of backbones, boundaries and poolings that do not go together."""

import pytest

from vv_desktop.core.backbones import BACKBONES
from vv_desktop.core.errors import UserError
from vv_desktop.core.plans import CLASSIC, Plan


@pytest.mark.parametrize("name", BACKBONES)
def test_each_backbone_takes_its_own_boundaries_and_no_others(name: str) -> None:
    known = BACKBONES[name]
    assert known.boundary in known.boundaries
    for boundary in ("all", *known.boundaries):
        assert Plan(backbone=name, fine_tune_from=boundary).fine_tune_from == boundary
    for other in BACKBONES.values():
        if other is not known:
            with pytest.raises(UserError, match=f"{name} begins at all, {known.boundary}.*'{other.boundary}'$"):
                Plan(backbone=name, fine_tune_from=other.boundary)


def test_a_backbone_that_is_not_there_is_a_sentence() -> None:
    with pytest.raises(UserError, match=r"MobileNetV2, MobileNetV3Small.*received 'VGG16'$"):
        CLASSIC.changed(backbone="VGG16")


def test_another_backbone_asks_for_another_boundary() -> None:
    tail = CLASSIC.changed(fine_tune_from="block_12_add")
    with pytest.raises(UserError, match=r"ResNet50 begins at.*conv4_block6_out.*received 'block_12_add'$"):
        tail.changed(backbone="ResNet50")
    assert tail.changed(backbone="ResNet50", fine_tune_from="conv4_block6_out").backbone == "ResNet50"


def test_nine_cells_need_a_picture_that_is_large_enough() -> None:
    with pytest.raises(UserError, match=r"96 px or more; received 64$"):
        Plan(image_size=64, pooling="3x3")
    assert Plan(image_size=32).pooling == "average"
