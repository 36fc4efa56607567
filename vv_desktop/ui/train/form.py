"""The form of a plan: every value with its unit and what it does, the rarer ones folded away."""

import dataclasses
from collections.abc import Iterable
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFormLayout, QHBoxLayout, QLabel, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from vv_desktop.core.backbones import BACKBONES
from vv_desktop.core.errors import UserError
from vv_desktop.core.mirror import MirrorPairs
from vv_desktop.core.plans import PLANS, Plan
from vv_desktop.ui import words
from vv_desktop.ui.theme import XS, M, S
from vv_desktop.ui.train.fields import ChoiceEditor, MirrorEditor, ValueEditor, editor_of
from vv_desktop.ui.train.places import HINTS, SECTIONS, Section, boundary_choices, place_of, rank_of

FIXED = ("name",)
"""Fields that the choice of the plan itself sets."""


class PlanForm(QWidget):
    """Edits the values of one plan at a time and keeps what was changed in each. Window's thread.

    Signals: edited when a value or the plan changed, by hand or not; classes_wanted, to edit the mirror pairs.
    """

    edited = Signal()
    classes_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._base = next(iter(PLANS.values()))
        self._changed: dict[str, dict[str, Any]] = {name: {} for name in PLANS}
        self._writing = False
        self.editors: dict[str, ValueEditor] = {}
        self._labels: dict[str, QLabel] = {}
        self._forms: list[QFormLayout] = []
        self._rare_titles: list[QLabel] = []
        self.mirror_reason = MirrorReason()
        self.mirror_reason.classes_wanted.connect(self.classes_wanted)
        self._build()
        self.show_plan(self._base.name)

    # What it holds

    def plan(self) -> Plan:
        """The plan as the form stands. Raises UserError for a value it cannot have."""
        values = {name: editor.read() for name, editor in self.editors.items()}
        try:
            return self._base.changed(**values)
        except UserError as error:
            raise UserError(_in_words(str(error))) from None

    def plans(self) -> dict[str, Plan]:
        """Every plan with what was changed in it, as far as it can have that."""
        return {
            name: plan.changed(**_acceptable(plan, self._changed[name])) if self._changed[name] else plan
            for name, plan in PLANS.items()
        }

    def show_plan(self, name: str) -> None:
        """Show the plan of this name, with what was changed in it before."""
        self._base = PLANS.get(name, self._base)
        self._write({**self._base.as_dict(), **self._changed[self._base.name]})

    def set_plan(self, plan: Plan) -> None:
        """Show exactly this plan."""
        self._base = PLANS.get(plan.name, self._base)
        self._write(plan.as_dict())
        self._note_changes()

    def changes(self) -> dict[str, dict[str, Any]]:
        """What differs from each plan's own values, by plan and field."""
        return {name: dict(values) for name, values in self._changed.items() if values}

    def restore_changes(self, changes: Any) -> None:
        """Take what `changes` gave; what no longer fits a plan is passed over."""
        for name, values in changes.items() if isinstance(changes, dict) else ():
            if name in PLANS and isinstance(values, dict):
                self._changed[name] = _acceptable(PLANS[name], values)
        self.show_plan(self._base.name)

    def reset(self) -> None:
        """Back to the plan's own values."""
        self._changed[self._base.name] = {}
        self.show_plan(self._base.name)

    def show_advanced(self, shown: bool) -> None:
        """Unfold or fold the rarer values."""
        for form in self._forms:
            for name, editor in self.editors.items():
                if form.indexOf(editor) >= 0 and place_of(name).advanced:
                    form.setRowVisible(editor, shown)
        for title in self._rare_titles:
            title.setVisible(shown)
        self.advanced.setText("Fewer settings" if shown else "More settings")
        self.advanced.setChecked(shown)

    def show_mirror(self, pairs: MirrorPairs | None) -> None:
        """What the project knows of mirrored classes: without a whole map the switches are off, and say why."""
        for editor in self.editors.values():
            if isinstance(editor, MirrorEditor):
                editor.allow(pairs)
        self.mirror_reason.show_pairs(pairs)

    # How

    def _build(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(S)
        items = sorted((i for i in dataclasses.fields(Plan) if i.name not in FIXED), key=lambda i: rank_of(i.name))
        for section in SECTIONS:
            own = [item for item in items if place_of(item.name).section == section]
            if own:
                self._add_section(layout, section, own)
        self.advanced = _flat("More settings")
        self.advanced.setCheckable(True)
        self.advanced.toggled.connect(self.show_advanced)
        self.reset_button = _flat("Reset")
        self.reset_button.setAccessibleName("Reset the plan to its own values")
        self.reset_button.clicked.connect(self.reset)
        feet = QHBoxLayout()
        feet.addWidget(self.advanced)
        feet.addStretch()
        feet.addWidget(self.reset_button)
        layout.addLayout(feet)
        self.show_advanced(False)

    def _add_section(self, layout: QVBoxLayout, section: Section, items: "list[dataclasses.Field[Any]]") -> None:
        title, hint = QLabel(section), QLabel(HINTS.get(section, ""), wordWrap=True)
        title.setStyleSheet("font-weight: 600;")
        hint.setProperty("role", "small")
        parts = [title, hint] if hint.text() else [title]
        if all(place_of(item.name).advanced for item in items):
            self._rare_titles += parts
        heads = QVBoxLayout()
        heads.setSpacing(2)
        for part in parts:
            heads.addWidget(part)
        layout.addLayout(heads)
        form = QFormLayout()
        form.setContentsMargins(0, 0, 0, S)
        form.setHorizontalSpacing(M)
        form.setVerticalSpacing(XS)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        for item in items:
            self._add_row(form, item)
        mirrored = [row for row, item in enumerate(items) if isinstance(self.editors[item.name], MirrorEditor)]
        if mirrored:
            form.insertRow(mirrored[-1] + 1, self.mirror_reason)
        self._forms.append(form)
        layout.addLayout(form)

    def _add_row(self, form: QFormLayout, item: "dataclasses.Field[Any]") -> None:
        editor = editor_of(item, getattr(self._base, item.name))
        editor.edited.connect(self._note_changes)
        label = QLabel(place_of(item.name).label)
        label.setTextFormat(Qt.TextFormat.PlainText)
        label.setToolTip(editor.toolTip())
        label.setMinimumWidth(116)  # that of the widest in bold, so that a change moves nothing
        label.setBuddy(editor.box)
        form.addRow(label, editor)
        self.editors[item.name], self._labels[item.name] = editor, label

    def _write(self, values: dict[str, Any]) -> None:
        self._writing = True
        for name in _in_order(self.editors):
            self.editors[name].write(values[name])
            if name == "backbone":
                self._offer_boundaries()
        self._writing = False
        self._announce()

    def _note_changes(self) -> None:
        if self._writing:
            return
        self._offer_boundaries()
        own = self._base.as_dict()
        read = {name: editor.read() for name, editor in self.editors.items()}
        self._changed[self._base.name] = {name: value for name, value in read.items() if value != own[name]}
        self._announce()

    def _offer_boundaries(self) -> None:
        """Those of the backbone; one of another backbone gives way to the recommended one."""
        backbone, boundary = self.editors["backbone"].read(), self.editors["fine_tune_from"]
        assert isinstance(boundary, ChoiceEditor)
        boundary.offer(boundary_choices(backbone), BACKBONES[backbone].boundary)

    def _announce(self) -> None:
        changed = self._changed[self._base.name]
        # a hidden button would make the row lower: it keeps its place
        policy = self.reset_button.sizePolicy()
        policy.setRetainSizeWhenHidden(True)
        self.reset_button.setSizePolicy(policy)
        self.reset_button.setVisible(bool(changed))
        for name, label in self._labels.items():
            label.setStyleSheet("font-weight: 600;" if name in changed else "")
        for phase in ("head", "fine_tune"):
            trained = self.editors[f"{phase}_epochs"].read() > 0
            for name in (f"{phase}_learning_rate", f"{phase}_from"):
                if name in self.editors:
                    self.editors[name].setEnabled(trained)
        self.edited.emit()


class MirrorReason(QWidget):
    """Why there can be no mirrored copies, and the way to change that. Window's thread.

    Signals: classes_wanted, to give every class a mirrored one.
    """

    classes_wanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.sentence = QLabel(wordWrap=True)
        self.sentence.setTextFormat(Qt.TextFormat.PlainText)
        self.sentence.setProperty("role", "small")
        self.edit = _flat("Edit classes…")
        self.edit.clicked.connect(lambda: self.classes_wanted.emit())
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.sentence)
        layout.addWidget(self.edit)
        self.hide()

    def show_pairs(self, pairs: MirrorPairs | None) -> None:
        """Speak where a project has no whole map, or mirroring is switched off."""
        needed = pairs is not None and pairs.of is None
        self.sentence.setText(f"{words.shown(pairs.sentence)}." if pairs is not None and needed else "")
        self.setVisible(needed)


def _flat(text: str) -> QPushButton:
    button = QPushButton(text)
    button.setProperty("role", "flat")
    button.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
    return button


def _in_words(sentence: str) -> str:
    """The plan names its fields as the command line does; the form as a person does."""
    first, _, rest = sentence.partition(" ")
    return f"{place_of(first).sentence} {rest}" if first in {i.name for i in dataclasses.fields(Plan)} else sentence


def _in_order(names: Iterable[str]) -> list[str]:
    """As a plan has them: the backbone before the boundary, as it decides which there are."""
    known = set(names)
    return [item.name for item in dataclasses.fields(Plan) if item.name in known]


def _acceptable(plan: Plan, values: dict[str, Any]) -> dict[str, Any]:
    kept: dict[str, Any] = {}
    for name in _in_order(values):
        try:
            kept[name] = getattr(plan.changed(**kept, **{name: values[name]}), name)
        except (UserError, TypeError):
            continue
    return {name: value for name, value in kept.items() if name not in FIXED}
