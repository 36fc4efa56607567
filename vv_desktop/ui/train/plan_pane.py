"""The left half of the Train page: plan, values, weights, and the buttons or what runs."""

from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from vv_desktop.core.errors import UserError
from vv_desktop.core.plans import Plan
from vv_desktop.ui.theme import L, M, S, Theme
from vv_desktop.ui.train.form import PlanForm
from vv_desktop.ui.train.interrupted_row import plain_label
from vv_desktop.ui.train.material import Material
from vv_desktop.ui.train.plan_cards import PlanChooser
from vv_desktop.ui.train.progress_panel import ProgressPanel
from vv_desktop.ui.train.weights_row import WeightsRow


class PlanPane(QWidget):
    """Owns the wish of what to train, and says what came of it. Window's thread.

    Signals: train_wanted; samples_wanted, to see what a training would see; evaluate_wanted, after a training;
    edited, the plan or the weights are others; measure_wanted, of this machine.
    """

    train_wanted = Signal()
    samples_wanted = Signal()
    evaluate_wanted = Signal()
    edited = Signal()
    measure_wanted = Signal()

    def __init__(self, theme: Theme, interrupted: QWidget, parent: QWidget | None = None) -> None:
        """interrupted: what is offered above the button instead of a new training."""
        super().__init__(parent)
        self.interrupted = interrupted
        self.chooser, self.form, self.weights = PlanChooser(theme), PlanForm(), WeightsRow()
        self.progress = ProgressPanel()
        self._problem: str | None = None
        self._running = False
        self._inputs = QWidget()
        self._feet: list[QWidget] = []
        self._build()
        self._switch(running=False)
        self.chooser.chosen.connect(self.form.show_plan)
        self.form.edited.connect(self._check)
        self.form.edited.connect(self.edited)
        self.weights.edited.connect(self.edited)
        self.form.advanced.toggled.connect(self.weights.show_advanced)
        self._check()

    # What it says

    @property
    def ready(self) -> bool:
        """A training could start now."""
        return self.train.isEnabled()

    def plan(self) -> Plan:
        """The plan as the form stands. Raises UserError."""
        return self.form.plan()

    def set_plan(self, plan: Plan) -> None:
        """Choose and show this plan."""
        self.chooser.choose(plan.name)
        self.form.set_plan(plan)

    def state(self) -> dict[str, object]:
        """Plain JSON values."""
        return {
            "plan": self.chooser.choice,
            "changed": self.form.changes(),
            "advanced": self.form.advanced.isChecked(),
        }

    def restore(self, state: dict[str, Any]) -> None:
        """What `state` gave."""
        self.form.restore_changes(state.get("changed"))
        self.chooser.choose(str(state.get("plan")))
        self.form.show_plan(self.chooser.choice)
        self.form.show_advanced(state.get("advanced") is True)

    # What it shows

    def show_material(self, material: Material, sentence: str) -> None:
        """What a training would work on."""
        self._problem = material.problem
        self.summary.setText(sentence)
        self._explain(material.problem or material.warning or "")

    def show_problem(self, sentence: str) -> None:
        """There is nothing to train on."""
        self._problem = sentence
        self.summary.setText("")
        self._explain(sentence)

    def show_times(self, source: str, measuring: bool) -> None:
        """Where the times on the cards come from, and whether they are being measured now."""
        self.source.setText(source)
        self.measure.setEnabled(not measuring)

    def show_running(self) -> None:
        """A training runs: what it does takes the place of the button."""
        self._switch(running=True)
        self.progress.begin()

    def show_end(self, line: str = "", failure: str = "") -> None:
        """No training runs any more: how it ended, or why there is no run."""
        self._switch(running=False)
        for label, text in ((self.result, line), (self.failure, failure)):
            label.setText(text)
            label.setVisible(bool(text))
        self.evaluate.setVisible(bool(line))

    # How

    def _switch(self, running: bool) -> None:
        self._running = running
        self._inputs.setEnabled(not running)
        self.foot.setCurrentIndex(1 if running else 0)
        for page in self._feet:  # the other one takes no room
            vertical = QSizePolicy.Policy.Preferred if page is self.foot.currentWidget() else QSizePolicy.Policy.Ignored
            page.setSizePolicy(QSizePolicy.Policy.Preferred, vertical)
        self._check()

    def _explain(self, sentence: str) -> None:
        self.reason.setText(sentence)
        self.reason.setVisible(bool(sentence))
        self._check()

    def _check(self) -> None:
        try:
            self.plan()
            fault = ""
        except UserError as error:
            fault = str(error)
        self.fault.setText(fault)
        self.fault.setVisible(bool(fault))
        possible = not fault and self._problem is None and not self._running
        self.train.setEnabled(possible)
        self.samples.setEnabled(possible)

    def _build(self) -> None:
        inputs = QVBoxLayout(self._inputs)
        inputs.setContentsMargins(L, L, L, L)
        inputs.setSpacing(M)
        title = QLabel("Train")
        title.setProperty("role", "title")
        inputs.addWidget(title)
        inputs.addWidget(self.chooser)
        inputs.addLayout(self._measuring())
        for part in (self.weights, self.form):
            inputs.addWidget(part)
        inputs.addStretch()
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setWidget(self._inputs)
        scroll.setMinimumWidth(300)
        self._build_foot()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        rule = QFrame()
        rule.setProperty("role", "rule")
        layout.addWidget(scroll, 1)
        layout.addWidget(rule)
        layout.addWidget(self.foot)

    def _measuring(self) -> QHBoxLayout:
        """Where the times on the cards come from."""
        self.source = plain_label("small")
        self.measure = QPushButton("Measure again")
        self.measure.setProperty("role", "flat")
        self.measure.setToolTip(
            "Two seconds of reading photos and computing, from which the times are reckoned. "
            "Each training puts them right by what it took."
        )
        self.measure.clicked.connect(self.measure_wanted)
        row = QHBoxLayout()
        row.setSpacing(S)
        row.addWidget(self.source, 1)
        row.addWidget(self.measure)
        return row

    def _build_foot(self) -> None:
        self.summary, self.reason, self.fault = plain_label("muted"), plain_label("muted"), plain_label("error")
        self.failure, self.result = plain_label("error"), plain_label("")
        self.evaluate = QPushButton("See what is wrong")
        self.evaluate.setProperty("role", "flat")
        self.evaluate.clicked.connect(self.evaluate_wanted)
        self.train = QPushButton("Train")
        self.train.setProperty("role", "primary")
        self.train.setAccessibleName("Train")
        self.train.clicked.connect(self.train_wanted)
        self.samples = QPushButton("Show samples")
        self.samples.setToolTip(
            "24 images as the network would get them, each with the label that it would be taught. "
            "Worth a look before a training: wrong labels and wrong mirror pairs show at once."
        )
        self.samples.clicked.connect(self.samples_wanted)
        buttons = QWidget()
        row = QHBoxLayout(buttons)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(S)
        row.addWidget(self.train, 1)
        row.addWidget(self.samples)
        self.foot = QStackedWidget()
        for parts in (
            (
                *(self.interrupted, self.result, self.evaluate),
                *(self.summary, self.reason, self.fault, self.failure, buttons),
            ),
            (self.progress,),
        ):
            page = QWidget()
            column = QVBoxLayout(page)
            column.setContentsMargins(L, M, L, L)
            column.setSpacing(S)
            column.addStretch()
            for part in parts:
                column.addWidget(part, 0, Qt.AlignmentFlag.AlignLeft if part is self.evaluate else Qt.AlignmentFlag(0))
            self.foot.addWidget(page)
            self._feet.append(page)
        for part in (self.failure, self.result, self.evaluate):
            part.hide()
