"""Whether an exported file answers as the model does, picture by picture, and whether that is near enough to ship."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import numpy as np

from vv_desktop.core.arrays import Float32Array, Int64Array
from vv_desktop.core.classes import ClassList
from vv_desktop.core.evaluation import Evaluation
from vv_desktop.core.gates import Gate

_DRAWS = 1000
"""Draws of the bootstrap that makes the interval of a macro F1."""


@dataclass(frozen=True)
class Checked:
    """The images a proof is over, in order: ids, paths and labels (N,), -1 where there is no label; splits of each."""

    classes: ClassList
    ids: tuple[int, ...]
    names: tuple[str, ...]
    labels: Int64Array
    splits: tuple[str, ...]


@dataclass(frozen=True)
class SplitScore:
    """How good a file is on one split; 95 % intervals, of accuracy by Wilson, of macro F1 by bootstrap."""

    images: int
    accuracy: float
    interval: tuple[float, float]
    macro_f1: float
    macro_f1_interval: tuple[float, float]


@dataclass(frozen=True)
class ClassChange:
    """How many of the `support` images of a class the model gets right, and the file."""

    name: str
    before: int
    after: int
    support: int


@dataclass(frozen=True)
class ChangedImage:
    """An image whose most probable class is another in the file; label None where it has none."""

    image: int
    file: str
    label: str | None
    before: str
    before_probability: float
    after: str
    after_probability: float


@dataclass(frozen=True)
class Proof:
    """What came out for one file. `reasons`: a sentence for each part of the gate it does not pass."""

    images: int
    top1_agreement: float
    max_abs_diff: float
    mean_abs_diff: float
    accuracy_loss: float
    scores: Mapping[str, SplitScore]
    per_class: tuple[ClassChange, ...]
    changed: tuple[ChangedImage, ...]
    gate: Gate
    reasons: tuple[str, ...]

    @property
    def passed(self) -> bool:
        """Whether the file passes its gate."""
        return not self.reasons

    @property
    def split(self) -> str | None:
        """The split whose scores count: test, else val, else what there is; None where nothing has a label."""
        return counting_split(self.scores)


def prove(answers: Float32Array, expected: Float32Array, checked: Checked, gate: Gate) -> Proof:
    """Hold a file's probabilities (N, classes) against the model's for the same images."""
    before, after = expected.argmax(axis=1), answers.argmax(axis=1)
    labelled = checked.labels >= 0
    right = (before == checked.labels) & labelled, (after == checked.labels) & labelled
    difference = np.abs(answers - expected)
    loss = (right[0].sum() - right[1].sum()) / max(1, labelled.sum())
    proof = Proof(
        images=len(expected),
        top1_agreement=float(np.mean(before == after)),
        max_abs_diff=float(difference.max()),
        mean_abs_diff=float(difference.mean()),
        accuracy_loss=float(loss),
        scores=scores_of(answers, checked),
        per_class=tuple(
            ClassChange(name, int(right[0][of].sum()), int(right[1][of].sum()), int(of.sum()))
            for i, name in enumerate(checked.classes.names)
            for of in [checked.labels == i]
        ),
        changed=_changed(answers, expected, checked),
        gate=gate,
        reasons=(),
    )
    return replace(proof, reasons=tuple(_reasons(proof)))


def scores_of(answers: Float32Array, checked: Checked) -> dict[str, SplitScore]:
    """Scores of probabilities (N, classes) on each split that has labelled images."""
    scores = {}
    for split in dict.fromkeys(checked.splits):
        found = evaluation_of(answers, checked, split)
        if len(found.images):
            spread = _macro_f1_interval(found)
            scores[split] = SplitScore(len(found.images), found.accuracy, found.interval, found.macro_f1, spread)
    return scores


def evaluation_of(answers: Float32Array, checked: Checked, split: str) -> Evaluation:
    """Probabilities (N, classes) held against the labels of one split."""
    of = np.array([s == split for s in checked.splits], bool) & (checked.labels >= 0)
    return Evaluation(checked.classes, np.array(checked.ids, np.int64)[of], checked.labels[of], answers[of], 0)


def counting_split(splits: Iterable[str]) -> str | None:
    """The split whose scores count: test, else val, else what there is; None of none."""
    names = list(splits)
    return next((name for name in ("test", "val", *names) if name in names), None)


def _reasons(proof: Proof) -> list[str]:
    gate, reasons = proof.gate, []
    failed = gate.failed(proof.top1_agreement, proof.max_abs_diff, proof.accuracy_loss)
    if "agreement" in failed:
        count = len(proof.changed)
        reasons.append(
            f"{count} of {proof.images} images get another answer than from the model: "
            f"{gate.agreement_figure(proof.top1_agreement)}% the same where {100 * gate.agreement:g}% is asked"
        )
    if "difference" in failed:
        difference = gate.difference_figure(proof.max_abs_diff)
        reasons.append(f"a probability is {difference} off where {gate.difference:g} is allowed")
    if "loss" in failed:
        lost = gate.loss_figure(proof.accuracy_loss)
        reasons.append(f"{lost} points of accuracy are lost where {100 * (gate.loss or 0):g} may be")
    return reasons


def _changed(answers: Float32Array, expected: Float32Array, checked: Checked) -> tuple[ChangedImage, ...]:
    before, after = expected.argmax(axis=1), answers.argmax(axis=1)
    names = checked.classes.names
    return tuple(
        ChangedImage(
            checked.ids[i],
            checked.names[i],
            names[checked.labels[i]] if checked.labels[i] >= 0 else None,
            names[before[i]],
            float(expected[i, before[i]]),
            names[after[i]],
            float(answers[i, after[i]]),
        )
        for i in np.flatnonzero(before != after)
    )


def _macro_f1_interval(found: Evaluation) -> tuple[float, float]:
    """The middle 95 % of the macro F1 over draws of as many images, with repetition (bootstrap, seed 0)."""
    classes, count = len(found.classes), len(found.labels)
    cells = found.labels * classes + found.predicted
    drawn = np.random.default_rng(0).multinomial(count, np.bincount(cells, minlength=classes**2) / count, _DRAWS)
    matrices = drawn.reshape(_DRAWS, classes, classes)
    hits = np.diagonal(matrices, axis1=1, axis2=2)
    whole = matrices.sum(axis=1) + matrices.sum(axis=2)
    with np.errstate(invalid="ignore"):
        f1 = np.nanmean(np.where(whole > 0, 2 * hits / whole, np.nan), axis=1)
    low, high = np.quantile(f1, [0.025, 0.975])
    return float(low), float(high)
