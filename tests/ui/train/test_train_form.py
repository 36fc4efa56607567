"""The form of a plan, and what stands in the way of a training."""

import dataclasses
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtTest import QTest

from vv_desktop.core.classes import ClassList
from vv_desktop.core.errors import UserError
from vv_desktop.core.mirror import find_pairs
from vv_desktop.core.plans import CLASSIC, PLANS, QUICK, Plan
from vv_desktop.core.records import ImageRow
from vv_desktop.ui.train.form import FIXED, PlanForm
from vv_desktop.ui.train.material import survey
from vv_desktop.ui.train.places import place_of


@pytest.fixture
def form(qtbot: Any) -> PlanForm:
    form = PlanForm()
    qtbot.addWidget(form)
    return form


def retype(form: PlanForm, field: str, text: str) -> None:
    box = form.editors[field].box
    box.selectAll()  # type: ignore[attr-defined]
    QTest.keyClicks(box, text)


def test_every_value_of_a_plan_has_an_editor_with_name_and_tip(form: PlanForm) -> None:
    assert set(form.editors) == {item.name for item in dataclasses.fields(Plan)} - set(FIXED)
    for name, editor in form.editors.items():
        assert editor.box.accessibleName(), name
        assert editor.toolTip() not in ("", "<span></span>"), name


def test_it_gives_the_plan_that_is_shown(form: PlanForm) -> None:
    assert form.plan() == QUICK
    form.show_plan("classic")
    assert form.plan() == CLASSIC


@pytest.mark.parametrize("text", ["0.0005", "5e-4", "5E-04", "0,0005"])
def test_learning_rates_are_typed_as_people_type_them(form: PlanForm, text: str) -> None:
    retype(form, "head_learning_rate", text)
    assert form.plan().head_learning_rate == 5e-4


def test_G8_what_is_no_number_outlives_a_look_at_another_plan(form: PlanForm) -> None:
    retype(form, "head_learning_rate", "0.002c")
    form.show_plan("classic")
    form.show_plan("quick")
    assert form.editors["head_learning_rate"].read() == "0.002c"
    with pytest.raises(UserError):
        form.plan()


@pytest.mark.parametrize("text", ["", "fast", "2", "1e-99", "nan"])
def test_a_learning_rate_that_is_none_is_refused_in_words(form: PlanForm, text: str) -> None:
    box = form.editors["head_learning_rate"].box
    box.clear()  # type: ignore[attr-defined]
    QTest.keyClicks(box, text)
    with pytest.raises(UserError, match=r"^The learning rate of phase 1 "):
        form.plan()


def test_no_epoch_at_all_is_refused(form: PlanForm) -> None:
    form.editors["head_epochs"].write(0)
    with pytest.raises(UserError, match="at least one epoch"):
        form.plan()


def test_reset_is_offered_only_where_something_changed(form: PlanForm) -> None:
    form.show()
    assert not form.reset_button.isVisible()
    form.editors["batch_size"].write(8)
    assert form.plan().batch_size == 8
    assert form.reset_button.isVisible()
    form.reset_button.click()
    assert form.plan() == QUICK
    assert not form.reset_button.isVisible()


def test_changes_stay_with_their_plan_and_survive_a_restart(form: PlanForm, qtbot: Any) -> None:
    form.editors["dropout"].write(0.45)
    form.show_plan("classic")
    assert form.plan() == CLASSIC
    again = PlanForm()
    qtbot.addWidget(again)
    again.restore_changes(form.changes())
    assert again.plan() == QUICK.changed(dropout=0.45)


def test_state_of_another_version_is_passed_over(form: PlanForm) -> None:
    form.restore_changes({"quick": {"dropout": 7, "gone": 1, "batch_size": 16, "name": "x"}, "lost": {}, "classic": 3})
    assert form.plan() == QUICK.changed(batch_size=16)
    form.restore_changes("nonsense")


def test_rarer_values_are_folded_away(form: PlanForm) -> None:
    form.show()
    assert not form.editors["seed"].isVisible()
    assert form.editors["batch_size"].isVisible()
    form.advanced.click()
    assert form.editors["seed"].isVisible()


SIDED, LONELY, SIDELESS = (
    find_pairs(ClassList(names)) for names in (("Left", "Right"), ("FrontLeft", "Rear"), ("a", "b"))
)


def test_the_mirror_switch_works_where_every_class_has_a_mirrored_class(form: PlanForm) -> None:
    form.show_mirror(SIDED)
    box = form.editors["mirror"].box
    assert box.isEnabled()
    assert not form.mirror_reason.isVisibleTo(form)
    assert "1 pair of classes changes places" in form.editors["mirror"].toolTip()
    box.click()  # type: ignore[attr-defined]
    assert form.plan() == QUICK.changed(mirror=True)


@pytest.mark.parametrize("pairs", [LONELY, SIDELESS, SIDED.switched(False)])
def test_without_a_whole_map_the_switch_is_off_and_says_why_right_there(form: PlanForm, pairs: Any, qtbot: Any) -> None:
    form.show_mirror(pairs)
    assert not form.editors["mirror"].box.isEnabled()
    assert form.mirror_reason.isVisibleTo(form)
    assert form.mirror_reason.sentence.text() == f"{pairs.sentence}."
    with qtbot.waitSignal(form.classes_wanted):
        form.mirror_reason.edit.click()


def test_a_plan_that_wants_mirrored_copies_still_wants_them_when_the_map_is_whole_again(form: PlanForm) -> None:
    form.editors["mirror"].write(True)
    form.show_mirror(LONELY)
    check = form.editors["mirror"].box
    assert not check.isChecked()  # type: ignore[attr-defined]
    assert form.plan().mirror, "the plan is not changed by what the project lacks"
    form.show_mirror(SIDED)
    assert check.isChecked()  # type: ignore[attr-defined]


def test_each_plan_is_known_with_its_changes_and_without_what_it_cannot_have(form: PlanForm) -> None:
    form.editors["batch_size"].write(8)
    form.show_plan("classic")
    retype(form, "head_learning_rate", "fast")
    assert form.plans() == {**PLANS, "quick": QUICK.changed(batch_size=8)}


def test_what_has_no_effect_is_off(form: PlanForm) -> None:
    assert not form.editors["fine_tune_from"].isEnabled()
    form.editors["fine_tune_epochs"].write(1)
    assert form.editors["fine_tune_from"].isEnabled()
    form.editors["head_epochs"].write(0)
    assert not form.editors["head_learning_rate"].isEnabled()


@pytest.mark.parametrize(
    ("name", "section"),
    [("brightness", "Changed copies"), ("copies", "Changed copies"), ("schedule", "Common"), ("not_yet", "Common")],
)
def test_fields_that_a_plan_may_get_have_a_place(name: str, section: str) -> None:
    place = place_of(name)
    assert (place.section, place.advanced) == (section, True)
    assert place.label[0].isupper()


def test_words_that_a_newcomer_has_not_heard_are_explained(form: PlanForm) -> None:
    assert "one pass over all training images" in form.editors["head_epochs"].toolTip()
    assert "Too large" in form.editors["fine_tune_learning_rate"].toolTip()
    assert "one pass" not in form.editors["batch_size"].toolTip()


def rows(*what: tuple[str | None, str | None]) -> list[ImageRow]:
    return [ImageRow(i, f"{i}.jpg", 1, 1, "g", label, split) for i, (label, split) in enumerate(what)]  # type: ignore


@pytest.mark.parametrize(
    ("images", "words"),
    [
        (rows((None, "train"), (None, "val")), "No image has a label yet"),
        (rows(("a", None), ("b", None)), "2 labelled images are in no split"),
        (rows(("a", "train"), ("b", "train"), (None, "val")), "labelled images in the val split"),
        (rows(("a", "train"), ("a", "train"), ("b", "val")), "at least two classes; all train images are labelled a"),
    ],
)
def test_what_cannot_be_trained_says_why(images: list[ImageRow], words: str) -> None:
    assert words in (survey(images, ClassList(("a", "b"))).problem or "")


def test_what_can_be_trained_is_counted() -> None:
    images = rows(("a", "train"), ("b", "train"), ("b", "val"), ("b", "test"), (None, "train"))
    material = survey(images, ClassList(("a", "b", "c")))
    assert material.problem is None
    assert "labelled c" in (material.warning or "")
    assert (
        material.sentence(2, "evening") == "2 train · 1 val · 1 test images, 3 classes, 2 labels changed since evening"
    )


def test_excluded_images_are_not_material() -> None:
    images = rows(("a", "train"), ("b", "train"), ("b", "train"), ("b", "val"))
    images[2] = dataclasses.replace(images[2], excluded=True)
    assert survey(images, ClassList(("a", "b"))).sentence(0, None) == (
        "2 train · 1 val · 0 test images, 1 excluded, 2 classes"
    )
    images = [dataclasses.replace(row, excluded=True) for row in images]
    assert "Every labelled image is excluded" in (survey(images, ClassList(("a", "b"))).problem or "")


def test_the_plots_come_only_with_the_first_chart(qtbot: Any, tmp_path: Path) -> None:
    """pyqtgraph takes a second to import; opening the window must not."""
    import subprocess
    import sys

    code = "import sys; import vv_desktop.ui.train.page; sys.exit('pyqtgraph' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=Path(__file__).parents[3], check=False).returncode == 0


def test_the_boundaries_are_those_of_the_backbone(form: PlanForm) -> None:
    backbone, boundary = form.editors["backbone"], form.editors["fine_tune_from"]
    backbone.write("ResNet50")
    assert form.plan() == QUICK.changed(backbone="ResNet50"), "the whole network stays the whole network"
    boundary.write("conv4_block5_out")
    assert form.plan().fine_tune_from == "conv4_block5_out"
    assert boundary.box.currentText() == "Block 4.5"  # type: ignore[attr-defined]
    backbone.write("EfficientNetV2B0")
    assert form.plan() == QUICK.changed(backbone="EfficientNetV2B0", fine_tune_from="block5e_add")
    assert form.changes() == {"quick": {"backbone": "EfficientNetV2B0", "fine_tune_from": "block5e_add"}}
    form.show_plan("classic")
    assert form.plan() == CLASSIC


def test_a_backbone_and_its_boundary_are_restored_together(form: PlanForm) -> None:
    form.restore_changes({"quick": {"fine_tune_from": "conv4_block6_out", "backbone": "ResNet50"}})
    assert form.plan() == QUICK.changed(backbone="ResNet50", fine_tune_from="conv4_block6_out")
    form.restore_changes({"quick": {"backbone": "MobileNetV2", "fine_tune_from": "conv4_block6_out"}})
    assert form.plan() == QUICK
