"""report.html of an export: one file with everything inside, to be read on a wide screen or a phone, light or dark."""

from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from string import Template

from vv_desktop.core.arrays import Float32Array
from vv_desktop.core.bundled import resources_folder
from vv_desktop.core.evaluation import Evaluation
from vv_desktop.core.export_texts import NAMES, Described, ExportedFile
from vv_desktop.core.progress import EpochEnd
from vv_desktop.core.proof import Checked, Proof, SplitScore, counting_split, evaluation_of, scores_of
from vv_desktop.core.report import inline_picture
from vv_desktop.core.runs import Run

Timing = dict[str, dict[str, float]]
"""Milliseconds by number of threads: median, p95, runs."""
_SHOWN = 12
"""Pictures of a kind."""
_WIDTH, _HEIGHT, _EDGE = 640, 200, 28
"""Of a chart, in its own units; the page scales it."""


def write_report(
    path: Path, run: Run, described: Described, checked: Checked, answers: Float32Array, photos: Mapping[int, Path]
) -> None:
    """Write the page. answers: the model's probabilities (N, classes) of the checked images. photos: the file of
    each image id. Raises OSError.
    """
    scores = scores_of(answers, checked)
    split = counting_split(scores) or "val"
    found = evaluation_of(answers, checked, split)
    text = (resources_folder() / "export" / "report.html").read_text(encoding="utf-8")
    page = Template(text).substitute(
        name=escape(run.name),
        score=_score(scores.get(split), split),
        about=_about(run, described),
        verdict=_verdict(described.files),
        asked=_asked(described.files),
        files=_files(described.files),
        latency=_latency(described.files),
        changed="".join(_changed(file, photos) for file in described.files),
        matrix=_matrix(found),
        split=escape(split),
        per_class=_per_class(found, described.files),
        curves=_curves(run.history),
        mistakes=_mistakes(found, photos),
    )
    path.write_bytes(page.encode("utf-8", "replace"))


def _score(score: SplitScore | None, split: str) -> str:
    if score is None:
        return ""
    low, high = score.interval
    f1_low, f1_high = score.macro_f1_interval
    return (
        f'<p class="big">{score.accuracy:.1%}</p>'
        f"<p>of {score.images} {escape(split)} images are right (95 %: {low:.1%} to {high:.1%}); "
        f"macro F1 {score.macro_f1:.3f} ({f1_low:.3f} to {f1_high:.3f}).</p>"
    )


def _about(run: Run, described: Described) -> str:
    parts = [
        f"Plan {run.plan.name}, {len(run.history)} epochs, {run.seconds:.0f} s, {run.trained:%Y-%m-%d %H:%M}.",
        f"{described.parameters:,} parameters, {run.plan.image_size} × {run.plan.image_size} pixels.",
        f"Pretrained weights: {run.weights}.",
    ]
    if run.averaged:
        parts.append(
            "All numbers here are of one answer; the run's own score is of the mean with the mirrored picture's."
        )
    return escape(" ".join(parts))


def _verdict(files: Sequence[ExportedFile]) -> str:
    failed = [file for file in files if not file.proof.passed]
    if not failed:
        return f'<p class="good">Every file passed its gate, over {files[0].images} validation and test images.</p>'
    lines = (f"{escape(file.path.name)}: {escape('; '.join(file.proof.reasons))}." for file in failed)
    return f'<p class="bad"><strong>Below its gate, and exported all the same:</strong><br>{"<br>".join(lines)}</p>'


def _files(files: Sequence[ExportedFile]) -> str:
    whole = next((file.bytes for file in files if file.format == "fp32"), None)
    head = ("File", "Gate", "Same answer", "Changed", "Largest |Δp|", "Mean |Δp|", "Accuracy", "Macro F1", "MB")
    rows = []
    for file in files:
        proof, score = file.proof, file.proof.scores.get(file.proof.split or "")
        size = f"{file.bytes / 1e6:.2f}"
        rows.append(
            [
                escape(file.path.name),
                '<span class="good">passed</span>' if proof.passed else '<span class="bad">not passed</span>',
                f"{proof.gate.agreement_figure(proof.top1_agreement)}%",
                f"{len(proof.changed)} of {proof.images}",
                proof.gate.difference_figure(proof.max_abs_diff),
                f"{proof.mean_abs_diff:.2g}",
                f"{score.accuracy:.1%} ({score.interval[0]:.1%} to {score.interval[1]:.1%})" if score else "–",
                f"{score.macro_f1:.3f}" if score else "–",
                f"{size} ({file.bytes / whole:.0%})" if whole else size,
            ]
        )
    return _table(head, rows)


def _asked(files: Sequence[ExportedFile]) -> str:
    """The gates, those that are the same together."""
    names: dict[str, list[str]] = {}
    for file in files:
        names.setdefault(file.proof.gate.words, []).append(NAMES[file.format])
    return escape("; ".join(f"{', '.join(same)}: {words}" for words, same in names.items()))


def _latency(files: Sequence[ExportedFile]) -> str:
    timed = [(file, file.latency_ms) for file in files if file.latency_ms is not None]
    if not timed:
        return "<p>No .tflite was exported.</p>"
    threads = list(timed[0][1])
    whole = next((taken for file, taken in timed if file.format == "fp32"), None)
    head = ("File", *(f"{n} thread{'' if n == '1' else 's'}" for n in threads), "Memory")
    return _table(head, [_latency_row(file, taken, whole) for file, taken in timed])


def _latency_row(file: ExportedFile, taken: Timing, whole: Timing | None) -> list[str]:
    """Each time with its part of what float32 takes on as many threads."""
    cells = [escape(file.path.name)]
    for threads, one in taken.items():
        part = f" · {one['median'] / whole[threads]['median']:.2f}×" if whole and file.format != "fp32" else ""
        cells.append(f"{one['median']:.1f} ms{part} (p95 {one['p95']:.1f})")
    return [*cells, f"{file.memory / 1e6:.0f} MB" if file.memory is not None else "–"]


def _changed(file: ExportedFile, photos: Mapping[int, Path]) -> str:
    """before → after, the surest first."""
    proof: Proof = file.proof
    if not proof.changed:
        return ""
    first = sorted(proof.changed, key=lambda one: -one.after_probability)[:_SHOWN]
    pairs = [
        (
            photos[one.image],
            f"{one.before} {one.before_probability:.0%} → {one.after} {one.after_probability:.0%}"
            + (f"; labelled {one.label}" if one.label is not None else ""),
        )
        for one in first
    ]
    more = f", {len(first)} of them:" if len(first) < len(proof.changed) else ":"
    name, surest = NAMES[file.format], max(one.before_probability for one in proof.changed)
    return (
        f"<h3>{escape(name)}: {len(proof.changed)} answered differently{more}</h3>"
        f'<p class="muted">The model itself is at most {surest:.0%} sure of its answers to them.</p>{_photos(pairs)}'
    )


def _matrix(found: Evaluation) -> str:
    names = [escape(name) for name in found.classes.names]
    rows = []
    for name, row in zip(names, found.confusion.tolist(), strict=True):
        whole = max(1, sum(row))
        cells = "".join(f'<td style="--share:{60 * n / whole:.0f}%">{n or "·"}</td>' for n in row)
        rows.append(f"<tr><th>{name}</th>{cells}</tr>")
    head = "".join(f"<th>{name}</th>" for name in names)
    return f'<table class="matrix"><tr><th></th>{head}</tr>{"".join(rows)}</table>'


def _per_class(found: Evaluation, files: Sequence[ExportedFile]) -> str:
    """Scores of the model, and how many images more or fewer each file gets right."""
    head = ("Class", "Precision", "Recall", "F1", "Images", *(escape(NAMES[file.format]) for file in files))
    rows = []
    for i, score in enumerate(found.per_class):
        values = [f"{value:.3f}" if value == value else "–" for value in (score.precision, score.recall, score.f1)]
        gains = [file.proof.per_class[i].after - file.proof.per_class[i].before for file in files]
        rows.append(
            [escape(score.name), *values, str(score.support), *(f"{gain:+d}" if gain else "0" for gain in gains)]
        )
    return _table(head, rows)


def _curves(history: Sequence[EpochEnd]) -> str:
    if not history:
        return ""
    accuracy = _chart("Accuracy", [e.accuracy for e in history], [e.val_accuracy for e in history], history)
    return accuracy + _chart("Loss", [e.loss for e in history], [e.val_loss for e in history], history)


def _chart(name: str, train: Sequence[float], val: Sequence[float], history: Sequence[EpochEnd]) -> str:
    """Validation strong, training faint, a hairline where a phase begins, a dot at the epoch that is kept."""
    low, high = min(*train, *val), max(*train, *val)
    span = high - low or 1.0

    def x(i: int) -> float:
        return _EDGE + i * (_WIDTH - 2 * _EDGE) / max(1, len(val) - 1)

    def y(value: float) -> float:
        return _EDGE + (high - value) * (_HEIGHT - 2 * _EDGE) / span

    def line(kind: str, values: Sequence[float]) -> str:
        points = " ".join(f"{x(i):.1f},{y(value):.1f}" for i, value in enumerate(values))
        return f'<polyline class="{kind}" points="{points}"/>'

    phases = "".join(
        f'<line class="phase" x1="{x(i):.1f}" x2="{x(i):.1f}" y1="{_EDGE}" y2="{_HEIGHT - _EDGE}"/>'
        for i in range(1, len(history))
        if history[i].phase != history[i - 1].phase
    )
    best = max((i for i, epoch in enumerate(history) if epoch.best), default=len(history) - 1)
    dot = f'<circle class="best" cx="{x(best):.1f}" cy="{y(val[best]):.1f}" r="4"/>'
    words = f"{name}: validation {val[best]:.3f} in the epoch that is kept, training (faint) {train[best]:.3f}"
    return (
        f'<figure class="chart"><figcaption>{words}; {low:.2f} to {high:.2f} over {len(val)} epochs</figcaption>'
        f'<svg viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" aria-label="{words}">{phases}'
        f"{line('train', train)}{line('val', val)}{dot}</svg></figure>"
    )


def _mistakes(found: Evaluation, photos: Mapping[int, Path]) -> str:
    names, place = found.classes.names, {int(image): i for i, image in enumerate(found.images)}
    rows = [(int(image), place[int(image)]) for image in found.mistakes()[:_SHOWN]]
    return _photos(
        [(photos[i], f"labelled {names[found.labels[r]]}, taken for {names[found.predicted[r]]}") for i, r in rows]
    )


def _photos(pairs: Sequence[tuple[Path, str]]) -> str:
    if not pairs:
        return "<p>None.</p>"
    figures = (
        f"<figure>{inline_picture(path)}<figcaption>{escape(text)}</figcaption></figure>" for path, text in pairs
    )
    return f'<div class="photos">{"".join(figures)}</div>'


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Cells are HTML already."""
    lines = [f"<tr>{''.join(f'<th>{cell}</th>' for cell in head)}</tr>"]
    lines += [f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in rows]
    return f"<table>{''.join(lines)}</table>"
