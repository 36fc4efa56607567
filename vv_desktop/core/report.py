"""A report of a run as one HTML file with its pictures inside: scores, matrix, mistakes, exported files."""

import base64
import html
import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from vv_desktop.core.errors import UserError
from vv_desktop.core.evaluation import Evaluation
from vv_desktop.core.files import atomic_write
from vv_desktop.core.pixels import ImageProblem, decode, scaled
from vv_desktop.core.runs import Run

_STYLE = """body{font:15px/1.5 system-ui,sans-serif;max-width:960px;margin:32px auto;padding:0 16px;color:#1b1c1f;background:#fff}
h1{font-size:24px}h2{font-size:18px;margin-top:32px}.big{font-size:32px;font-weight:600}.muted{color:#5c6067}
table{border-collapse:collapse;font-variant-numeric:tabular-nums}td,th{padding:4px 12px;text-align:right;border-bottom:1px solid #e3e4e8}
th{font-weight:500;color:#5c6067}td:first-child,th:first-child{text-align:left}.wide{overflow-x:auto}
.photos{display:grid;grid-template-columns:repeat(auto-fill,minmax(150px,1fr));gap:12px}figure{margin:0}img{width:100%;border-radius:6px}
figcaption{font-size:13px}
@media(prefers-color-scheme:dark){body{background:#1c1d20;color:#ececef}td,th{border-color:#3b3d43}.muted,th{color:#a4a8af}}"""


class Answered(Protocol):
    """What a run said of one photo."""

    @property
    def path(self) -> Path:
        """The photo."""

    @property
    def probabilities(self) -> tuple[float, ...] | None:
        """In the run's class order; None for a photo that cannot be read."""


class Exported(Protocol):
    """One exported file and how it agrees with the model."""

    format: str
    path: Path
    bytes: int
    images: int
    top1_agreement: float
    max_abs_diff: float


def write_report(
    out: Path,
    run: Run,
    scores: Evaluation,
    images: Mapping[int, Path],
    answers: Sequence[Answered],
    files: Sequence[Any],
) -> Path:
    """Write report.html into `out`; its path. images: the file of each image id. Raises UserError."""
    low, high = scores.interval
    names = run.classes.names
    mistakes = scores.mistakes()[:12]
    place = {int(image): i for i, image in enumerate(scores.images)}
    wrong = [
        (
            images[int(i)],
            f"labelled {names[scores.labels[place[int(i)]]]}, taken for {names[scores.predicted[place[int(i)]]]}",
        )
        for i in mistakes
    ]
    predicted = [(a.path, _best(names, a.probabilities)) for a in answers if a.probabilities is not None]
    parts = [
        f"<h1>{html.escape(run.name)}</h1>",
        f"<p class=big>{scores.accuracy:.1%}</p><p>of {len(scores.images)} test images are right (95 %: {low:.1%} to {high:.1%}); macro F1 {scores.macro_f1:.3f}.</p>",
        f"<p class=muted>Plan {html.escape(run.plan.name)}, {len(run.history)} epochs, {run.seconds:.0f} s. {html.escape(run.weights)}</p>",
        "<h2>Confusion matrix</h2><p class=muted>Rows are labels, columns are predictions.</p>",
        f"<div class=wide>{_matrix(scores)}</div><h2>Per class</h2><div class=wide>{_per_class(scores)}</div>",
        f"<h2>Predictions</h2>{_photos(predicted)}<h2>Surest mistakes</h2>{_photos(wrong) if wrong else '<p>None.</p>'}",
        f"<h2>Exported files</h2><div class=wide>{_files(files)}</div>",
    ]
    page = f"<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport content='width=device-width'><title>{html.escape(run.name)}</title><style>{_STYLE}</style><body>{''.join(parts)}</body></html>"
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(f"The report's folder cannot be made ({error.strerror}): {out}") from error
    atomic_write(out / "report.html", page.encode("utf-8", "replace"))
    return out / "report.html"


def _best(names: Sequence[str], probabilities: Sequence[float] | None) -> str:
    assert probabilities is not None
    best = max(range(len(names)), key=lambda i: probabilities[i])
    return f"{names[best]} {probabilities[best]:.0%}"


def _matrix(scores: Evaluation) -> str:
    import pandas as pd

    names = list(scores.classes.names)
    return str(pd.DataFrame(scores.confusion, index=names, columns=names).to_html(border=0))


def _per_class(scores: Evaluation) -> str:
    import pandas as pd

    frame = pd.DataFrame([vars(score) for score in scores.per_class]).rename(columns={"name": "class"})
    return str(frame.to_html(border=0, index=False, float_format=lambda value: f"{value:.3f}", na_rep="–"))


def _files(files: Sequence[Exported]) -> str:
    import pandas as pd

    rows = [
        {
            "file": f.path.name,
            "MB": f"{f.bytes / 1e6:.2f}",
            "images": f.images,
            "same answer": f"{f.top1_agreement:.1%}",
            "largest difference": f"{f.max_abs_diff:.2g}",
        }
        for f in files
    ]
    return str(pd.DataFrame(rows).to_html(border=0, index=False))


def _photos(pairs: Sequence[tuple[Path, str]]) -> str:
    figures = (f"<figure>{_picture(path)}<figcaption>{html.escape(text)}</figcaption></figure>" for path, text in pairs)
    return f"<div class=photos>{''.join(figures)}</div>"


def _picture(path: Path) -> str:
    try:
        image = scaled(decode(path, at_least=240), 240)
    except ImageProblem as error:
        return f"<p>{html.escape(str(error))}</p>"
    data = io.BytesIO()
    image.save(data, "JPEG", quality=80)
    return f"<img alt='{html.escape(path.name, quote=True)}' src='data:image/jpeg;base64,{base64.b64encode(data.getvalue()).decode()}'>"
