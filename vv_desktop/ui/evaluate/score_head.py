"""The head of the Evaluate page: which run, which split, and how good it is in one line."""

from collections import Counter

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import QButtonGroup, QComboBox, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from vv_desktop.core.class_words import sentences_left_out
from vv_desktop.core.dataset import SPLITS, Split
from vv_desktop.core.evaluation import Evaluation
from vv_desktop.core.viewpoint import speaks_of
from vv_desktop.session import Session
from vv_desktop.ui import words
from vv_desktop.ui.elided_label import ElidedLabel
from vv_desktop.ui.evaluate.score_words import accuracy_with_interval, images_of, percent, viewpoint_line
from vv_desktop.ui.theme import XS, M, S

TIPS: dict[Split, str] = {
    "train": "The images it learned from: this score flatters.",
    "val": "The images that chose the best epoch: this score flatters a little.",
    "test": "Images that played no part in the training.",
}

VIEWPOINT_TIP = (
    "1 less the mean weight of the answers: a wrong side weighs its angle by 180°, a side taken for Background, or "
    "Background for a side, as much as the opposite side."
)
RENAMED_TIP = (
    "A class that only changed its name: rename it in Edit > Classes… to what the run calls it, and back. From then on "
    "the project knows that both are one."
)
LIVE_TIP = "Images that the live head does not learn from, and that chose nothing."


class ScoreHead(QWidget):
    """Shows and changes what the session looks at. Window's thread.

    Signals: train_wanted, labels changed and the run is behind.
    """

    train_wanted = Signal()

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self.runs = QComboBox()
        self.runs.setAccessibleName("Run")
        self.runs.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.runs.setMinimumContentsLength(14)
        self.runs.activated.connect(self._look_at)
        self._group = QButtonGroup(self)
        self.splits: dict[Split, QPushButton] = {split: self._split_button(split) for split in SPLITS}
        self.headline, self.details = (
            ElidedLabel(mode=Qt.TextElideMode.ElideRight),
            ElidedLabel(mode=Qt.TextElideMode.ElideRight),
        )
        self.headline.setProperty("role", "title")
        self.details.setProperty("role", "muted")
        self.viewpoint = ElidedLabel(mode=Qt.TextElideMode.ElideRight)
        self.viewpoint.setProperty("role", "muted")
        self.left_out = QLabel()
        self.left_out.setProperty("role", "muted")
        self.left_out.setTextFormat(Qt.TextFormat.PlainText)
        self.left_out.setWordWrap(True)
        self._place()

    def refresh(self) -> None:
        """Say what the session says."""
        self._fill_runs()
        self._fill_splits()
        evaluation = self._session.evaluation
        split = self._session.split
        if evaluation is None and self._session.run is None:
            self.headline.show_text("The live head has no answers yet")
            self.details.show_text("")
        elif evaluation is None:
            self.headline.show_text("This run has no predictions that can be read")
            self.details.show_text("Choose another run, or train again.")
        elif not len(evaluation.images):
            self.headline.show_text(f"No labelled {split} image has a prediction")
            self.details.show_text("Choose another split, or label images of this one.")
        else:
            of = images_of(len(evaluation.images), split)
            verb = "is" if len(evaluation.images) == 1 else "are"
            whose = "Live head: " if self._session.live is not None else ""
            self.headline.show_text(f"{whose}{accuracy_with_interval(evaluation)} of {of} {verb} right")
            low, high = evaluation.interval
            between = f"95 % interval {100 * low:.1f}–{100 * high:.1f} %"
            tip = LIVE_TIP if self._session.live is not None and split != "train" else TIPS[split]
            self.details.show_text(f"{between} · macro F1 {percent(evaluation.macro_f1)} · {tip}")
        sides = evaluation is not None and speaks_of(evaluation.classes)
        self.viewpoint.show_text(viewpoint_line(evaluation) if evaluation is not None and sides else "")
        self.viewpoint.setToolTip(VIEWPOINT_TIP)
        self.viewpoint.setVisible(sides)
        self._say_left_out(evaluation, split)
        self._say_changed(evaluation)

    # How

    def _fill_runs(self) -> None:
        with QSignalBlocker(self.runs):
            self.runs.clear()
            for run in self._session.runs:
                self.runs.addItem(f"{run.name} · {run.trained:%Y-%m-%d %H:%M}", run.id)
            self.runs.setCurrentIndex(self.runs.findData(self._session.run.id if self._session.run else None))
        self.runs.setVisible(self.runs.count() > 0)

    def _fill_splits(self) -> None:
        project = self._session.project
        counts = Counter(r.split for r in project.images.values() if r.used) if project else Counter()
        for split, button in self.splits.items():
            button.setText(f"{split} {counts[split]:,}")
            button.setAccessibleName(f"Score the {images_of(counts[split], split)}")
            button.setEnabled(counts[split] > 0)
            button.setChecked(split == self._session.split)

    def _say_left_out(self, evaluation: Evaluation | None, split: Split) -> None:
        count = evaluation.left_out if evaluation else 0
        verb = "is" if count == 1 else "are"
        project = self._session.project
        if self._session.live is not None:
            why = "what cannot be read, or came after its newest update, the live head does not answer"
            sentences = [f"{images_of(count, split)} {verb} left out: {why}."] if count else []
        else:
            removed = project.classes.missing(evaluation.classes) if project and evaluation else ()
            sentences = sentences_left_out(count, evaluation.unknown if evaluation else (), removed, split)
        self.left_out.setText(words.shown(" ".join(sentences)))
        self.left_out.setToolTip(RENAMED_TIP if len(sentences) > 1 else "")
        self.left_out.setVisible(bool(sentences))

    def _say_changed(self, evaluation: Evaluation | None) -> None:
        run = self._session.run
        shown = set(evaluation.images.tolist()) if evaluation else set()
        count = len(shown & self._session.changed_since_run)
        training = f"the training of {run.name}" if run and self._session.live is not None else "the training"
        sentence = f"{count:,} of these labels {'was' if count == 1 else 'were'} changed since {training}."
        if run is None:
            sentence = "There is no run yet: the live head is gone when the app is closed."
        self.changed.show_text(sentence if count or run is None else f"These labels are as in {training}.")
        self.changed.setStyleSheet("font-weight: 600;" if count else "")
        self.again.setText("Train again" if run is not None else "Train a first model")
        self.again.setVisible(count > 0 or run is None)

    def _look_at(self, row: int) -> None:
        wanted = self.runs.itemData(row)
        run = next((r for r in self._session.runs if r.id == wanted), None)
        if run is not None and (self._session.run is None or run.id != self._session.run.id):
            self._session.look_at(run)

    def _split_button(self, split: Split) -> QPushButton:
        button = QPushButton(split)
        button.setCheckable(True)
        button.setProperty("role", "chip")
        button.setToolTip(TIPS[split])
        button.clicked.connect(lambda: self._session.look_at_split(split))
        self._group.addButton(button)
        return button

    def _place(self) -> None:
        title = QLabel("Evaluate")
        title.setProperty("role", "title")
        choices = QHBoxLayout()
        choices.setSpacing(S)
        choices.addWidget(title)
        choices.addSpacing(M)
        choices.addWidget(self.runs, 1)
        choices.addStretch(1)
        for button in self.splits.values():
            choices.addWidget(button)
        self.changed = ElidedLabel(mode=Qt.TextElideMode.ElideRight)
        self.changed.setProperty("role", "muted")
        self.again = QPushButton("Train again")
        self.again.setProperty("role", "flat")
        self.again.clicked.connect(self.train_wanted)
        policy = self.again.sizePolicy()
        policy.setRetainSizeWhenHidden(True)  # the page must not jump at the first relabelling
        self.again.setSizePolicy(policy)
        row = QHBoxLayout()
        row.setSpacing(S)
        row.addWidget(self.viewpoint, 3)
        row.addWidget(self.changed, 2)
        row.addWidget(self.again)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(XS)
        layout.addLayout(choices)
        layout.addSpacing(S)
        layout.addWidget(self.headline)
        layout.addWidget(self.details)
        layout.addLayout(row)
        layout.addWidget(self.left_out)
